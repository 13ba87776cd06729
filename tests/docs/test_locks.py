"""The locks that the page on busy tables names."""

import re

import pytest
from django.db import connection, transaction

from projects import Project

from .blocks import ROOT, blocks

LOCKS = """
SELECT mode FROM pg_locks
WHERE pid = pg_backend_pid() AND relation = 'shop_order'::regclass
"""
# The manual's table 13.2, from the weakest to the strongest.
MODES = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
# A condition at statement level, which PostgreSQL tries on the table.
LARGE = """
pgh.AddTracker("OrderEvent", pgh.AfterInsert("large", condition=pgh.Q(new__total__gt=9))),
pgh.CreateEventModel("PlainEvent", tracks="shop.Order"),
pgh.AddTracker("PlainEvent", pgh.AfterInsert("plain")),
"""
CHANGES = {
    "CreateEventModel": 'pgh.CreateEventModel("OtherEvent", tracks="shop.Order"),',
    "CreateEventModel, ObjForeignKey(db_constraint=True)": """
        pgh.CreateEventModel(
            "OtherEvent", tracks="shop.Order", obj_field=pgh.ObjForeignKey(db_constraint=True)
        ),
        """,
    "AddTracker": 'pgh.AddTracker("OrderEvent", pgh.AfterUpdate()),',
    "RemoveTracker": 'pgh.RemoveTracker("OrderEvent", "snapshot"),',
    "RefreshTrackers, only functions change": """
        pgh.AlterEventModel("OrderEvent", pausable=True),
        pgh.RefreshTrackers("OrderEvent"),
        """,
    "RefreshTrackers, a condition in `WHEN` changes too": """
        pgh.AlterEventModel("OrderEvent", exclude=["total"]),
        migrations.RemoveField("orderevent", "total"),
        pgh.RefreshTrackers("OrderEvent"),
        """,
    "RefreshTrackers, `without` makes a column nullable": """
        pgh.RefreshTrackers("PlainEvent", without=["status"]),
        pgh.AlterEventModel("PlainEvent", exclude=["status"]),
        pgh.RefreshTrackers("PlainEvent"),
        """,
    "AlterEventModel": 'pgh.AlterEventModel("OrderEvent", append_only=True),',
    "DeleteEventModel": 'pgh.DeleteEventModel("OrderEvent"),',
}
ROW = re.compile(r"^\| (.+?) \| (.+?) \|$", re.MULTILINE)


def stated() -> dict[str, str]:
    """Return the locks that the page's table states, by what takes them."""
    rows = ROW.findall((ROOT / "docs/locks.md").read_text(encoding="utf-8"))
    return {key.replace("`", ""): lock.strip("`") for key, lock in rows}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_the_page_states_the_strongest_lock_on_the_tracked_table(
    project: Project, change: str
) -> None:
    shown = {block.file: block.text for block in blocks("docs/quickstart.md") if block.file}
    project.write("shop/models.py", shown["shop/models.py"])
    project.write("shop/migrations/__init__.py", "")
    project.makemigrations("shop")
    file = "shop/migrations/0002_order_history.py"
    project.write(file, shown[file])
    project.write_migration("shop", "0003_large", LARGE)
    project.migrate("shop")
    project.write_migration("shop", "0004_change", CHANGES[change])
    with transaction.atomic(), connection.cursor() as cursor:
        project.migrate("shop")
        cursor.execute(LOCKS)
        taken = {mode for (mode,) in cursor.fetchall()}
    strongest = [name for mode, name in MODES.items() if mode in taken][-1:]
    assert [stated()[change.replace("`", "")]] == (strongest or ["none"])
