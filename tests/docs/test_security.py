"""What the page on security says to do after a grant on all functions."""

import pytest
from django.db import ProgrammingError, connection, transaction

from db.shop import execute, make_shop
from projects import Project

from .blocks import blocks

TRIGGER = """
SELECT format('CREATE TRIGGER forge AFTER INSERT ON mine EXECUTE FUNCTION %s', oid::regprocedure)
FROM pg_proc WHERE proname ~ '^pgh_shop_thingevent'
"""


@pytest.mark.django_db
def test_the_functions_are_closed_again(project: Project) -> None:
    make_shop(project, "pgh.AfterInsert(level=pgh.Row)")
    (again,) = [block.text for block in blocks("docs/security.md") if "REVOKE ALL" in block.text]
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)
        (forge,) = cursor.fetchall()[0]
    execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC")
    execute("CREATE ROLE mallory")
    execute("CREATE TABLE mine (LIKE shop_thing); ALTER TABLE mine OWNER TO mallory")
    forge_as_mallory(forge)  # the grant lets them
    execute(again)
    with pytest.raises(ProgrammingError, match="permission denied"):
        forge_as_mallory(forge)


def forge_as_mallory(statement: str) -> None:
    with transaction.atomic():
        execute("SET LOCAL ROLE mallory")
        execute(statement)
        execute("DROP TRIGGER forge ON mine")
        execute("RESET ROLE")
