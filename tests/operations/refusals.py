"""A plan that is refused: by ``migrate`` before it runs anything, and by the system check."""

import pytest
from django.core.management import CommandError
from django.db import connection

from catalog import catalog
from projects import Project
from staleness import found_by_the_check


def assert_refused(project: Project, *expected: str) -> str:
    """Run ``migrate``: it refuses, says so, and runs nothing; and so does the system check."""
    before = catalog()
    with pytest.raises(CommandError) as refusal:
        project.migrate("shop")
    assert type(refusal.value).__name__ == "RefusedMigration"
    text = str(refusal.value)
    assert text.startswith("Nothing was migrated.\n")
    for part in expected:
        assert part in text, text
    assert catalog() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'shop'")
        applied = cursor.fetchone()[0]
    assert applied in (0, 2)
    errors = found_by_the_check(project)
    assert errors
    for error in errors:
        assert error.msg.partition(": ")[2] in text or error.msg in text
        assert (error.hint or "") in text
    return text
