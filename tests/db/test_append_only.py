"""An append-only event table takes new events, and refuses every other change."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

EVENT = "(pgh_id, pgh_created_at, pgh_label, pgh_obj_id, id) VALUES (1, now(), 'again', 1, 1)"
REFUSED = {
    "update": "UPDATE shop_thingevent SET size = 5",
    "update of no row": "UPDATE shop_thingevent SET size = 5 WHERE false",
    "delete": "DELETE FROM shop_thingevent",
    "delete of no row": "DELETE FROM shop_thingevent WHERE pgh_id < 0",
    "truncate": "TRUNCATE shop_thingevent",
    "truncate that cascades": "TRUNCATE shop_thing, shop_thingevent CASCADE",
    "upsert": (f"INSERT INTO shop_thingevent {EVENT} ON CONFLICT (pgh_id) DO UPDATE SET size = 5"),
    "merge": (
        "MERGE INTO shop_thingevent USING (SELECT 1) AS source ON pgh_id = 1 "
        "WHEN MATCHED THEN DELETE"
    ),
    "writable CTE": "WITH gone AS (DELETE FROM shop_thingevent RETURNING *) SELECT * FROM gone",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(project: Project, statement: str) -> None:
    thing = make_shop(project, "pgh.Snapshot()", event="append_only=True")
    thing.objects.create(id=1, size=1)
    with (
        pytest.raises(DatabaseError, match=r"append-only event table public\.shop_thingevent"),
        transaction.atomic(),
    ):
        execute(statement)
    thing.objects.update(size=2)
    assert events("size") == [1, 2]


def test_the_tracked_table_can_be_deleted_and_truncated(project: Project) -> None:
    thing = make_shop(project, "pgh.AfterDelete()", "pgh.AfterTruncate()", event="append_only=True")
    thing.objects.bulk_create([thing(id=1), thing(id=2)])
    thing.objects.get(id=1).delete()
    execute("TRUNCATE shop_thing CASCADE")
    assert events("pgh_label, id") == [("after_delete", 1), ("after_truncate", 2)]


def test_events_are_added_by_hand_and_by_copy(project: Project) -> None:
    make_shop(project, event="append_only=True")
    execute(f"INSERT INTO shop_thingevent {EVENT}")
    execute(f"INSERT INTO shop_thingevent {EVENT} ON CONFLICT DO NOTHING")
    assert events("pgh_label") == ["again"]


def test_the_guard_comes_and_goes_with_migrations(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()")
    project.write_migration(
        "shop", "0002_guard", 'pgh.AlterEventModel("ThingEvent", append_only=True),'
    )
    project.write_migration(
        "shop", "0003_lift", 'pgh.AlterEventModel("ThingEvent", append_only=False),'
    )
    thing.objects.create(id=1, size=1)

    def delete() -> bool:
        try:
            with transaction.atomic():
                execute("DELETE FROM shop_thingevent WHERE false")
        except DatabaseError:
            return False
        return True

    allowed = {}
    for name in ("0002", "0003", "0002", "0001", "0003"):
        project.migrate("shop", name)
        allowed[name] = delete()
    assert allowed == {"0001": True, "0002": False, "0003": True}
    project.migrate("shop", "zero")
    assert query("SELECT proname FROM pg_proc WHERE proname LIKE 'pgh_shop%'") == []
