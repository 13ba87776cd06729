"""Django's own operations on fields of tracked and event models: there and back."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from catalog import catalog
from chain import Chain
from operations.recording import assert_recorded, follow, forget, walk


def test_a_field_is_added(history: Chain, policy: dict[str, Any]) -> None:
    walk(
        history,
        *follow(policy, "total", "note", "paid"),
        migrations.AddField("Order", "paid", models.BooleanField(default=False)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
        paid=True,
    )


def test_a_field_is_added_to_the_tracked_model_alone(
    history: Chain, policy: dict[str, Any]
) -> None:
    # The comparison of whole rows ends with the first column that is not mirrored.
    operations: list[Operation] = [
        migrations.AddField("Order", "paid", models.BooleanField(default=False))
    ]
    if not policy:
        operations.append(pgh.AlterEventModel("OrderEvent", exclude=["paid"]))
        operations.append(pgh.RefreshTrackers("OrderEvent"))
    walk(history, *operations, total=3, note="a", paid=True)
    row = history.model("Order").objects.create(total=1)
    seen = history.model("OrderEvent")._base_manager.count()
    history.model("Order").objects.filter(pk=row.pk).update(paid=True)
    assert history.model("OrderEvent")._base_manager.count() == seen


def test_a_field_is_renamed(history: Chain, policy: dict[str, Any]) -> None:
    walk(
        history,
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        *follow(policy, "amount", "note"),
        pgh.RefreshTrackers("OrderEvent"),
        amount=3,
        note="a",
    )


def test_a_column_is_renamed_and_its_field_is_not(history: Chain) -> None:
    walk(
        history,
        migrations.AlterField(
            "Order", "total", models.IntegerField(default=0, db_column="Sum Total")
        ),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
    )
    walk(
        history,
        migrations.AlterField("OrderEvent", "total", models.IntegerField(db_column="summa")),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
    )


REMOVALS: dict[str, list[Operation]] = {
    "with its history": [
        pgh.RefreshTrackers("OrderEvent", without=["note"]),
        migrations.RemoveField("Order", "note"),
        migrations.RemoveField("OrderEvent", "note"),
    ],
    "and its history kept": [
        migrations.AlterField("OrderEvent", "note", models.TextField(null=True)),
        pgh.RefreshTrackers("OrderEvent", without=["note"]),
        migrations.RemoveField("Order", "note"),
    ],
}


@pytest.mark.parametrize("removal", REMOVALS.values(), ids=REMOVALS)
def test_a_field_is_removed(
    history: Chain, policy: dict[str, Any], removal: list[Operation]
) -> None:
    assert_recorded(history, total=3, note="kept")
    start = catalog()
    history.forwards(*removal, *follow(policy, "total"), pgh.RefreshTrackers("OrderEvent"))
    first = catalog()
    assert_recorded(history, total=4)
    if ("column", "shop_orderevent.note") in first:
        notes = (
            history.model("OrderEvent")
            ._base_manager.order_by("pgh_id")
            .values_list("note", flat=True)
        )
        assert list(notes) == ["kept"] * 3 + [None] * 3
    forget(history)
    history.backwards()
    assert catalog() == start
    assert_recorded(history, total=3, note="a")
    forget(history)
    history.forwards(*removal, *follow(policy, "total"), pgh.RefreshTrackers("OrderEvent"))
    assert catalog() == first
    assert_recorded(history, total=4)


def test_a_copy_alone_is_removed(history: Chain, policy: dict[str, Any]) -> None:
    changed: dict[str, Any] = {"fields": ["total"]} if policy else {"exclude": ["note"]}
    walk(
        history,
        pgh.AlterEventModel("OrderEvent", **changed),
        pgh.RefreshTrackers("OrderEvent"),
        migrations.RemoveField("OrderEvent", "note"),
        total=3,
        note="a",
    )


def test_a_type_is_widened(history: Chain, policy: dict[str, Any]) -> None:
    if policy:
        # The trigger compares the column, and PostgreSQL does not alter it under the trigger.
        tracker = history.state.models["shop", "orderevent"].spec.installed("snapshot").tracker
        operations: list[Operation] = [
            pgh.RemoveTracker("OrderEvent", "snapshot"),
            migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),
            migrations.AlterField("OrderEvent", "total", models.BigIntegerField()),
            pgh.AddTracker("OrderEvent", tracker),
            pgh.RefreshTrackers("OrderEvent"),
        ]
    else:
        operations = [
            migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),
            migrations.AlterField("OrderEvent", "total", models.BigIntegerField()),
            pgh.RefreshTrackers("OrderEvent"),
        ]
    walk(history, *operations, total=2**40, note="a")
