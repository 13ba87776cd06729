"""Event tables that move, and fields that every event has."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

SCHEMAS = (
    "SELECT DISTINCT pronamespace::regnamespace::text FROM pg_proc WHERE proname LIKE 'pgh_shop%'"
)
MOVE = """
migrations.RunSQL(
    "ALTER TABLE shop_thingevent SET SCHEMA audit",
    "ALTER TABLE audit.shop_thingevent SET SCHEMA public",
),
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.AlterModelTable("ThingEvent", '"audit"."shop_thingevent"')],
),
pgh.RefreshTrackers("ThingEvent"),
"""


def test_the_functions_move_along_with_the_event_table(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", event="append_only=True")
    execute("CREATE SCHEMA audit")
    project.write_migration("shop", "0002_moved", MOVE)
    project.migrate("shop")
    assert query(SCHEMAS) == ["audit"]
    thing.objects.create(id=1, size=1)
    assert query("SELECT size FROM audit.shop_thingevent") == [1]
    project.migrate("shop", "0001")
    assert query(SCHEMAS) == ["public"]
    thing.objects.update(size=2)
    assert events("size") == [1, 2]


@pytest.mark.parametrize("name", ["pgh_label", "pgh_created_at"])
def test_a_field_that_every_event_has_keeps_its_name(project: Project, name: str) -> None:
    make_shop(project, "pgh.Snapshot()")
    project.write_migration(
        "shop", "0002_renamed", f'migrations.RenameField("ThingEvent", "{name}", "other"),'
    )
    refused = pytest.raises(CommandError, match=f"has no field '{name}', which every event has")
    with refused:
        project.migrate("shop")
