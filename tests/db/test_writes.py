"""Every kind of write makes exactly the right events, for every tracker at every level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from db.changes import Row, Rule, Table, expected
from db.kinds_of_write import START, WRITES, Write
from db.shop import execute, forget_events, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

BOX = """
class Box(models.Model):
    label = models.TextField()
"""
CREATE_BOX = """
migrations.CreateModel(
    "Box", [("id", models.BigAutoField(primary_key=True)), ("label", models.TextField())]
),
"""
FIELDS = {
    "name": "models.TextField(null=True, unique=True)",
    "size": "models.IntegerField(null=True)",
    "box": 'models.ForeignKey("shop.Box", models.CASCADE, null=True, db_constraint=False)',
}
DATABASE_CASCADE = """
migrations.RunSQL(
    "ALTER TABLE shop_thing ADD FOREIGN KEY (box_id) REFERENCES shop_box ON DELETE CASCADE"
),
"""


def changed(change: Any) -> bool:
    return change.old != change.new


def grew(change: Any) -> bool:
    old, new = change.old.size, change.new.size
    return old is not None and new is not None and new > old


def big(row: str) -> Callable[[Any], bool]:
    return lambda change: (change.rows[row].size or 0) >= 2


RULES: dict[str, tuple[str, Rule]] = {
    "Snapshot": ("", Rule(("INSERT", "UPDATE"), when=lambda c: c.old is None or changed(c))),
    "AfterInsert": ("", Rule(("INSERT",))),
    "AfterInsertOrUpdate": ("", Rule(("INSERT", "UPDATE"))),
    "BeforeUpdate": ("", Rule(("UPDATE",), "OLD")),
    "AfterUpdate": ("", Rule(("UPDATE",))),
    "BeforeDelete": ("", Rule(("DELETE",))),
    "AfterDelete": ("", Rule(("DELETE",))),
    "DatabaseTracker": (
        "operation=pgh.Insert | pgh.Update | pgh.Delete",
        Rule(("INSERT", "UPDATE", "DELETE")),
    ),
}
CONDITIONED: dict[str, tuple[str, Rule]] = {
    "big inserted": (
        "operation=pgh.Insert, condition=pgh.Q(new__size__gte=2)",
        Rule(("INSERT",), when=big("NEW")),
    ),
    "grew": (
        'operation=pgh.Update, snapshot="OLD", condition=pgh.Q(new__size__gt=pgh.F("old__size"))',
        Rule(("UPDATE",), "OLD", when=grew),
    ),
    "changed": (
        "operation=pgh.Update, condition=pgh.AnyChange()",
        Rule(("UPDATE",), when=changed),
    ),
    "big deleted": (
        "operation=pgh.Delete, condition=pgh.Q(old__size__gte=2)",
        Rule(("DELETE",), when=big("OLD")),
    ),
    # A condition that reads but the row which is not copied.
    "was big": (
        "operation=pgh.Update, condition=pgh.Q(old__size__gte=2)",
        Rule(("UPDATE",), "NEW", when=big("OLD")),
    ),
}
OTHERS = {
    "truncated": ("pgh.AfterTruncate({!r})", Rule(("TRUNCATE",))),
    "big truncated": (
        "pgh.AfterTruncate({!r}, condition=pgh.Q(old__size__gte=2))",
        Rule(("TRUNCATE",), when=big("OLD")),
    ),
    "all": (
        "pgh.DatabaseTracker({!r}, operation=pgh.Insert | pgh.Update | pgh.Delete | pgh.Truncate)",
        Rule(("INSERT", "UPDATE", "DELETE", "TRUNCATE")),
    ),
    "before": (
        (
            "pgh.DatabaseTracker({!r}, operation=pgh.Update | pgh.Delete, when=pgh.Before, "
            'snapshot="OLD")'
        ),
        Rule(("UPDATE", "DELETE"), "OLD"),
    ),
    "before it grew": (
        (
            'pgh.DatabaseTracker({!r}, operation=pgh.Update, when=pgh.Before, snapshot="OLD", '
            'condition=pgh.Q(new__size__gt=pgh.F("old__size")))'
        ),
        Rule(("UPDATE",), "OLD", when=grew),
    ),
}
LEVELS = {"": "", " by row": "level=pgh.Row", " by statement": "level=pgh.Statement"}


def all_trackers() -> dict[str, tuple[str, Rule]]:
    """Return the source and the rule of every tracker at every level, by label."""
    found = {label: (source.format(label), rule) for label, (source, rule) in OTHERS.items()}
    for suffix, level in LEVELS.items():
        for rules, fixed in ((RULES, None), (CONDITIONED, "DatabaseTracker")):
            for name, (arguments, rule) in rules.items():
                parts = ", ".join(filter(None, [repr(name + suffix), arguments, level]))
                found[name + suffix] = (f"pgh.{fixed or name}({parts})", rule)
    return found


TRACKERS = all_trackers()


def recorded() -> dict[str, dict[int, list[Row]]]:
    """Return the rows of the events: by label, then by object, in their order."""
    found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for label, obj, *values in query(
        "SELECT pgh_label, pgh_obj_id, id, name, size, box_id FROM shop_thingevent ORDER BY pgh_id"
    ):
        found[label][obj].append(Row(*values))
    return {label: dict(rows) for label, rows in found.items()}


@pytest.fixture(scope="module")
def thing(shared_project: Project, django_db_blocker: DjangoDbBlocker) -> Any:
    """The tracked model, with every tracker."""
    with django_db_blocker.unblock():
        return make_shop(
            shared_project,
            *(source for source, _ in TRACKERS.values()),
            fields=FIELDS,
            extra=BOX,
            first=CREATE_BOX,
            then=DATABASE_CASCADE,
        )


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_each_tracker_records_each_kind_of_write(thing: Any, write: Write) -> None:
    execute("INSERT INTO shop_box VALUES (1, 'left'), (2, 'right')")
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1, 1), (2, 'b', 2, 1), (3, 'c', NULL, 2)")
    forget_events()
    table = Table(START)

    write(thing, table)

    assert {Row(*row) for row in thing.objects.values_list()} == set(table.rows.values())
    events = {label: expected(rule, table.changes) for label, (_, rule) in TRACKERS.items()}
    assert recorded() == {label: found for label, found in events.items() if found}
