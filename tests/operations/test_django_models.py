"""Django's own operations on tracked and event models, their tables and indexes: there and back."""

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from catalog import catalog
from chain import Chain, assert_there_and_back
from operations.recording import assert_recorded, follow, one_kind_of_tracker, walk


def test_the_event_model_is_renamed(history: Chain) -> None:
    assert_recorded(history, total=3, note="a")
    start = catalog()
    operations = [
        migrations.RenameModel("OrderEvent", "Change"),
        pgh.RefreshTrackers("Change"),
    ]
    first = assert_there_and_back(history, *operations)
    assert not any("orderevent_" in name for kind, name in first if kind == "function")
    assert_recorded(history, event="Change", total=3, note="a")
    history.backwards()
    assert catalog() == start
    assert_recorded(history, total=3, note="a")


def test_the_event_table_is_renamed(history: Chain) -> None:
    walk(
        history,
        migrations.AlterModelTable("OrderEvent", "The History"),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
    )


def test_the_tracked_model_is_renamed_and_its_history_goes_on(
    history: Chain, policy: dict[str, Any]
) -> None:
    assert_recorded(history, total=3, note="a")
    assert_there_and_back(history, migrations.RenameModel("Order", "Sale"))
    assert_recorded(history, "Sale", total=3, note="a")
    reference = history.model("OrderEvent")._meta.get_field("pgh_obj")
    assert reference.related_model._meta.label == "shop.Sale"
    assert_there_and_back(
        history,
        *follow(policy, "total", "note", "paid"),
        migrations.AddField("Sale", "paid", models.BooleanField(default=False)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
    )
    assert_recorded(history, "Sale", total=3, note="a", paid=True)
    history.backwards(2)
    assert_recorded(history, total=3, note="a")


def test_the_tracked_table_is_renamed_and_its_history_goes_on(history: Chain) -> None:
    walk(history, migrations.AlterModelTable("Order", "Sales"), total=3, note="a")
    with connection.cursor() as cursor:
        cursor.execute("""INSERT INTO "Sales" (total, note, secret) VALUES (1, '', '')""")
        history.settle()
        cursor.execute('TRUNCATE "Sales"')


def test_both_models_are_renamed_and_changed_in_one_migration(
    history: Chain, policy: dict[str, Any]
) -> None:
    assert_there_and_back(
        history,
        migrations.RenameModel("Order", "Sale"),
        migrations.RenameModel("OrderEvent", "SaleEvent"),
        migrations.RenameField("Sale", "total", "amount"),
        migrations.RenameField("SaleEvent", "total", "amount"),
        *follow(policy, "amount", "note", name="SaleEvent"),
        pgh.RefreshTrackers("SaleEvent"),
    )
    assert_recorded(history, "Sale", "SaleEvent", amount=3, note="a")
    history.backwards()
    assert_recorded(history, total=3, note="a")


INDIFFERENT = {
    "index": [migrations.AddIndex("OrderEvent", models.Index(fields=["total"], name="by_total"))],
    "index, renamed": [
        migrations.AddIndex("OrderEvent", models.Index(fields=["total"], name="by_total")),
        migrations.RenameIndex("OrderEvent", "of_total", "by_total"),
    ],
    "constraint": [
        migrations.AddConstraint(
            "OrderEvent",
            models.CheckConstraint(condition=models.Q(total__gte=0), name="event_total"),
        )
    ],
    "constraint on the tracked model": [
        migrations.AddConstraint(
            "Order", models.CheckConstraint(condition=models.Q(total__gte=0), name="order_total")
        )
    ],
    "table comment": [migrations.AlterModelTableComment("OrderEvent", "What happened.")],
    "options": [migrations.AlterModelOptions("OrderEvent", {"ordering": ["-pgh_id"]})],
    "nullable": [migrations.AlterField("OrderEvent", "note", models.TextField(null=True))],
    "a column of one's own": [
        migrations.AddField("OrderEvent", "weight", models.IntegerField(db_default=3))
    ],
    "unique together on the tracked model": [
        migrations.AlterUniqueTogether("Order", {("id", "total")})
    ],
}


@one_kind_of_tracker
@pytest.mark.parametrize("operations", INDIFFERENT.values(), ids=INDIFFERENT)
def test_what_the_triggers_do_not_depend_on_needs_no_refresh(
    history: Chain, operations: list[Operation]
) -> None:
    walk(history, *operations, total=3, note="a")


@one_kind_of_tracker
def test_an_index_is_an_ordinary_one(history: Chain) -> None:
    index = models.Index(fields=["pgh_obj", "-pgh_created_at"], name="event_latest")
    operation = AddIndexConcurrently("OrderEvent", index)
    assert operation.references_model("OrderEvent", "shop")
    walk(history, migrations.AddIndex("OrderEvent", index), total=3, note="a")


@one_kind_of_tracker
def test_python_code_uses_the_event_model_like_any_other(history: Chain) -> None:
    history.model("Order").objects.create(total=3)

    def correct(apps: Any, schema_editor: Any) -> None:
        events = apps.get_model("shop", "OrderEvent").objects.using(schema_editor.connection.alias)
        (event,) = events.all()
        assert event.pgh_obj.total == 3
        events.create(
            pgh_obj_id=event.pgh_obj_id,
            pgh_created_at=event.pgh_created_at,
            pgh_label="corrected",
            total=33,
            note="",
            **({"id": event.pgh_obj_id, "secret": ""} if hasattr(event, "id") else {}),
        )
        apps.get_model("shop", "Order").objects.update(total=4)

    def undo(apps: Any, schema_editor: Any) -> None:
        events = apps.get_model("shop", "OrderEvent").objects
        assert events.filter(pgh_label="corrected").delete()[0] == 1

    history.forwards(migrations.RunPython(correct, undo))
    seen = [(event["pgh_label"], event["total"]) for event in history.events("OrderEvent")]
    assert seen == [("snapshot", 3), ("corrected", 33), ("snapshot", 4)]
    history.backwards()
    assert [event["total"] for event in history.events("OrderEvent")] == [3, 4]


@one_kind_of_tracker
def test_a_history_without_reference_is_told_the_new_name(
    history: Chain, policy: dict[str, Any]
) -> None:
    operations = [
        pgh.CreateEventModel("Plain", tracks="shop.Order", obj_field=None, fields=["id", "total"]),
        pgh.AddTracker("Plain", pgh.Snapshot("plain")),
    ]
    history.forwards(*operations)
    rename = migrations.RenameModel("Order", "Sale")
    history.forwards(rename, pgh.AlterEventModel("Plain", tracks="shop.Sale"))
    history.model("Sale").objects.create(total=5)
    assert [event["total"] for event in history.events("Plain")] == [5]
    history.again()
    history.forwards(
        migrations.AddField("Sale", "paid", models.BooleanField(default=False)),
        migrations.AddField("Plain", "paid", models.BooleanField(null=True)),
        pgh.AlterEventModel("Plain", fields=["id", "total", "paid"]),
        pgh.RefreshTrackers("Plain"),
        *([] if policy else [pgh.AlterEventModel("OrderEvent", exclude=["paid"])]),
        pgh.RefreshTrackers("OrderEvent"),
    )
    history.model("Sale").objects.create(total=6, paid=True)
    assert [event["paid"] for event in history.events("Plain")] == [None, True]


@one_kind_of_tracker
def test_a_history_without_reference_says_how_to_follow_a_rename(history: Chain) -> None:
    history.forwards(
        pgh.CreateEventModel("Plain", tracks="shop.Order", obj_field=None),
        pgh.AddTracker("Plain", pgh.Snapshot("plain")),
    )
    with pytest.raises(LookupError) as refusal:
        history.forwards(migrations.RenameModel("Order", "Sale"), pgh.RefreshTrackers("Plain"))
    assert 'AlterEventModel("Plain", tracks="app.NewName") after the rename' in str(refusal.value)
