"""Operations inside ``SeparateDatabaseAndState``, where Django opens no transaction of its own."""

from __future__ import annotations

import pytest
from django.db import NotSupportedError, connection

from db.shop import make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

NESTED = """
migrations.SeparateDatabaseAndState(
    database_operations=[{operation}],
    state_operations=[{operation}],
),
"""
ADD = 'pgh.AddTracker("ThingEvent", pgh.Snapshot(), lock_timeout="2s")'


def test_it_works_in_a_migration_that_is_not_atomic(project: Project) -> None:
    thing = make_shop(project)
    project.write_migration("shop", "0002_more", NESTED.format(operation=ADD), atomic=False)
    assert "BEGIN;" in project.sqlmigrate("shop", "0002")
    project.migrate("shop")
    thing.objects.create(id=1, size=1)
    assert query("SELECT size FROM shop_thingevent") == [1]
    project.migrate("shop", "0001")
    assert query("SELECT proname FROM pg_proc WHERE proname LIKE 'pgh\\_shop%'") == []


def test_nothing_is_half_done(project: Project) -> None:
    make_shop(project)
    text = ADD.replace("pgh.Snapshot()", "pgh.AfterInsert(condition=pgh.Condition('no(NEW.size)'))")
    project.write_migration("shop", "0002_more", NESTED.format(operation=text), atomic=False)
    with pytest.raises(
        (ValueError, NotSupportedError), match=r"The condition of the tracker .* does not work"
    ):
        project.migrate("shop")
    assert query("SELECT proname FROM pg_proc WHERE proname LIKE 'pgh\\_shop%'") == []
    assert not connection.in_atomic_block
