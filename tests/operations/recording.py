"""A tracked table whose history records, whatever Django's own operations make of its models."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from catalog import Catalog, catalog
from chain import Chain
from pghistory_ops.state import event_states

TRACKED = migrations.CreateModel(
    "Order",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("total", models.IntegerField(default=0)),
        ("note", models.TextField(default="")),
        ("secret", models.TextField(default="")),
    ],
)
# What the WHEN of the update's trigger compares: the whole row, or two columns of it.
POLICIES: dict[str, dict[str, Any]] = {
    "whole row": {},
    "some columns": {"fields": ["total", "note"]},
}
TRACKERS = {
    "row": [pgh.Snapshot(level=pgh.Row), pgh.AfterDelete(level=pgh.Row), pgh.AfterTruncate()],
    "statement": [pgh.Snapshot(level=pgh.Statement), pgh.AfterDelete(), pgh.AfterTruncate()],
}
one_kind_of_tracker = pytest.mark.parametrize("trackers", ["row"], indirect=True)


def assert_recorded(
    chain: Chain, tracked: str = "Order", event: str = "OrderEvent", **values: Any
) -> None:
    """Create, change and delete a row; its events have its values, under the names of now."""
    model, events = chain.model(tracked), chain.model(event)._base_manager
    mirrored = {field.name for field in events.model._meta.fields} & {
        field.name for field in model._meta.fields
    }
    last = events.order_by("pgh_id").last()
    row = model.objects.create(**values)
    name = "total" if "total" in values else "amount"
    setattr(row, name, values.get(name, 1) + 1)
    row.save()
    expected = {name: value for name, value in values.items() if name in mirrored}
    changed = expected | {name: values.get(name, 1) + 1}
    key = row.pk
    row.delete()
    new = events.filter(pgh_id__gt=last.pk if last else 0).order_by("pgh_id")
    assert [
        (item.pgh_label, item.pgh_obj_id, {name: getattr(item, name) for name in expected})
        for item in new
    ] == [
        ("snapshot", key, expected),
        ("snapshot", key, changed),
        ("after_delete", key, changed),
    ]


def forget(chain: Chain) -> None:
    """Delete the events: a column that is NOT NULL comes back to an empty table alone."""
    for item in event_states(chain.state):
        chain.model(item.name)._base_manager.all().delete()


def walk(
    chain: Chain, *operations: Operation, before: dict[str, Any] | None = None, **after: Any
) -> Catalog:
    """Go there, back and there again; each time the history records."""
    before = before or {"total": 3, "note": "a"}
    assert_recorded(chain, **before)
    start = catalog()
    chain.forwards(*operations)
    first = catalog()
    assert_recorded(chain, **after)
    forget(chain)
    chain.backwards()
    assert catalog() == start
    assert_recorded(chain, **before)
    forget(chain)
    chain.forwards(*operations)
    assert catalog() == first
    assert_recorded(chain, **after)
    return first


def follow(policy: dict[str, Any], *fields: str, name: str = "OrderEvent") -> list[Operation]:
    """Return what a policy that names its fields takes beside a change of them."""
    return [pgh.AlterEventModel(name, fields=fields)] if policy else []
