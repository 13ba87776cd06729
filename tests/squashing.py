"""Operations of a shop's history, and what the optimizer makes of them."""

from typing import Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState

import pghistory_ops as pgh
from catalog import catalog, shape
from chain import Chain
from pghistory_ops.state import event_states
from pghistory_ops.tracked import tracked_label

ID = ("id", models.BigAutoField(primary_key=True))
ORDER = migrations.CreateModel(
    "Order", [ID, ("total", models.IntegerField()), ("note", models.TextField(default=""))]
)
TAX = migrations.CreateModel("Tax", [ID, ("code", models.CharField(max_length=3, unique=True))])
COLUMNS = [
    ("id", models.BigIntegerField()),
    ("total", models.IntegerField()),
    ("note", models.TextField()),
]


def create(name: str = "OrderEvent", **changes: Any) -> pgh.CreateEventModel:
    return pgh.CreateEventModel(name, **{"tracks": "shop.Order", "columns": COLUMNS, **changes})


def add(label: str = "snapshot", **arguments: Any) -> pgh.AddTracker:
    return pgh.AddTracker("OrderEvent", pgh.Snapshot(label), **arguments)


def noop(apps: object, schema_editor: object) -> None:
    """Stand for code that may look at anything."""


PYTHON = migrations.RunPython(noop, noop)
SQL = migrations.RunSQL("SELECT 1", "SELECT 1")
REFRESH = pgh.RefreshTrackers("OrderEvent")
BIG = models.BigIntegerField(null=True)
TEXT = models.TextField(null=True)
INDEX = models.Index(fields=["total"], name="event_total")
CONDITION = pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total=9)))


def optimized(operations: list[Operation]) -> list[Operation]:
    return MigrationOptimizer().optimize(operations, "shop")


def described(operations: list[Operation]) -> list[object]:
    def text(value: object) -> object:
        if isinstance(value, dict):
            return {key: text(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [text(item) for item in value]
        return value.deconstruct()[1:] if hasattr(value, "deconstruct") else value

    return [(type(item).__name__, text(item.deconstruct()[2])) for item in operations]


def comparable(state: ProjectState) -> dict[tuple[str, str], object]:
    """Return the models; what is tracked follows a rename of the model with the reference alone."""
    found = dict(state.models)
    for item in event_states(state):
        found[item.key] = item.clone()
        found[item.key].spec = item.spec.replace(tracks=tracked_label(item).lower())
    return found


def assert_builds_the_same(
    chain: Chain, operations: list[Operation], *before: Operation
) -> list[Operation]:
    """Run the operations as they are and optimized: state and catalog agree, there and back."""
    chain.forwards(*before)
    start = catalog()
    chain.forwards(*operations)
    expected, state = shape(catalog()), chain.state
    chain.backwards()
    fewer = optimized(operations)
    chain.forwards(*fewer)
    assert shape(catalog()) == expected
    assert comparable(chain.state) == comparable(state)
    chain.backwards()
    assert catalog() == start
    return fewer
