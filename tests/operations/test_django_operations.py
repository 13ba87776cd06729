"""Django's own operations on tracked and event models, with a refresh: there and back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from catalog import Catalog, catalog
from chain import Chain, assert_there_and_back
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


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> dict[str, Any]:
    return POLICIES[request.param]


@pytest.fixture(params=TRACKERS)
def trackers(request: pytest.FixtureRequest) -> list[pgh.Tracker]:
    return TRACKERS[request.param]


@pytest.fixture
def chain(chain: Chain, policy: dict[str, Any], trackers: list[pgh.Tracker]) -> Iterator[Chain]:
    yield chain.forwards(TRACKED).forwards(
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", **policy),
        *[pgh.AddTracker("OrderEvent", tracker) for tracker in trackers],
    )
    forget(chain)


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


def test_a_field_is_added(chain: Chain, policy: dict[str, Any]) -> None:
    walk(
        chain,
        *follow(policy, "total", "note", "paid"),
        migrations.AddField("Order", "paid", models.BooleanField(default=False)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
        paid=True,
    )


def test_a_field_is_added_to_the_tracked_model_alone(chain: Chain, policy: dict[str, Any]) -> None:
    # The comparison of whole rows ends with the first column that is not mirrored.
    operations: list[Operation] = [
        migrations.AddField("Order", "paid", models.BooleanField(default=False))
    ]
    if not policy:
        operations.append(pgh.AlterEventModel("OrderEvent", exclude=["paid"]))
        operations.append(pgh.RefreshTrackers("OrderEvent"))
    walk(chain, *operations, total=3, note="a", paid=True)
    row = chain.model("Order").objects.create(total=1)
    seen = chain.model("OrderEvent")._base_manager.count()
    chain.model("Order").objects.filter(pk=row.pk).update(paid=True)
    assert chain.model("OrderEvent")._base_manager.count() == seen


def follow(policy: dict[str, Any], *fields: str, name: str = "OrderEvent") -> list[Operation]:
    """Return what a policy that names its fields takes beside a change of them."""
    return [pgh.AlterEventModel(name, fields=fields)] if policy else []


def test_a_field_is_renamed(chain: Chain, policy: dict[str, Any]) -> None:
    walk(
        chain,
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        *follow(policy, "amount", "note"),
        pgh.RefreshTrackers("OrderEvent"),
        amount=3,
        note="a",
    )


def test_a_column_is_renamed_and_its_field_is_not(chain: Chain) -> None:
    walk(
        chain,
        migrations.AlterField(
            "Order", "total", models.IntegerField(default=0, db_column="Sum Total")
        ),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
    )
    walk(
        chain,
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
def test_a_field_is_removed(chain: Chain, policy: dict[str, Any], removal: list[Operation]) -> None:
    assert_recorded(chain, total=3, note="kept")
    start = catalog()
    chain.forwards(*removal, *follow(policy, "total"), pgh.RefreshTrackers("OrderEvent"))
    first = catalog()
    assert_recorded(chain, total=4)
    if ("column", "shop_orderevent.note") in first:
        notes = (
            chain.model("OrderEvent")
            ._base_manager.order_by("pgh_id")
            .values_list("note", flat=True)
        )
        assert list(notes) == ["kept"] * 3 + [None] * 3
    forget(chain)
    chain.backwards()
    assert catalog() == start
    assert_recorded(chain, total=3, note="a")
    forget(chain)
    chain.forwards(*removal, *follow(policy, "total"), pgh.RefreshTrackers("OrderEvent"))
    assert catalog() == first
    assert_recorded(chain, total=4)


def test_a_copy_alone_is_removed(chain: Chain, policy: dict[str, Any]) -> None:
    changed: dict[str, Any] = {"fields": ["total"]} if policy else {"exclude": ["note"]}
    walk(
        chain,
        pgh.AlterEventModel("OrderEvent", **changed),
        pgh.RefreshTrackers("OrderEvent"),
        migrations.RemoveField("OrderEvent", "note"),
        total=3,
        note="a",
    )


def test_a_type_is_widened(chain: Chain, policy: dict[str, Any]) -> None:
    if policy:
        # The trigger compares the column, and PostgreSQL does not alter it under the trigger.
        tracker = chain.state.models["shop", "orderevent"].spec.installed("snapshot").tracker
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
    walk(chain, *operations, total=2**40, note="a")


def test_the_event_model_is_renamed(chain: Chain) -> None:
    assert_recorded(chain, total=3, note="a")
    start = catalog()
    operations = [
        migrations.RenameModel("OrderEvent", "Change"),
        pgh.RefreshTrackers("Change"),
    ]
    first = assert_there_and_back(chain, *operations)
    assert not any("orderevent_" in name for kind, name in first if kind == "function")
    assert_recorded(chain, event="Change", total=3, note="a")
    chain.backwards()
    assert catalog() == start
    assert_recorded(chain, total=3, note="a")


def test_the_event_table_is_renamed(chain: Chain) -> None:
    walk(
        chain,
        migrations.AlterModelTable("OrderEvent", "The History"),
        pgh.RefreshTrackers("OrderEvent"),
        total=3,
        note="a",
    )


def test_the_tracked_model_is_renamed_and_its_history_goes_on(
    chain: Chain, policy: dict[str, Any]
) -> None:
    assert_recorded(chain, total=3, note="a")
    assert_there_and_back(chain, migrations.RenameModel("Order", "Sale"))
    assert_recorded(chain, "Sale", total=3, note="a")
    reference = chain.model("OrderEvent")._meta.get_field("pgh_obj")
    assert reference.related_model._meta.label == "shop.Sale"
    assert_there_and_back(
        chain,
        *follow(policy, "total", "note", "paid"),
        migrations.AddField("Sale", "paid", models.BooleanField(default=False)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
    )
    assert_recorded(chain, "Sale", total=3, note="a", paid=True)
    chain.backwards(2)
    assert_recorded(chain, total=3, note="a")


def test_the_tracked_table_is_renamed_and_its_history_goes_on(chain: Chain) -> None:
    walk(chain, migrations.AlterModelTable("Order", "Sales"), total=3, note="a")
    with connection.cursor() as cursor:
        cursor.execute("""INSERT INTO "Sales" (total, note, secret) VALUES (1, '', '')""")
        chain.settle()
        cursor.execute('TRUNCATE "Sales"')


def test_both_models_are_renamed_and_changed_in_one_migration(
    chain: Chain, policy: dict[str, Any]
) -> None:
    assert_there_and_back(
        chain,
        migrations.RenameModel("Order", "Sale"),
        migrations.RenameModel("OrderEvent", "SaleEvent"),
        migrations.RenameField("Sale", "total", "amount"),
        migrations.RenameField("SaleEvent", "total", "amount"),
        *follow(policy, "amount", "note", name="SaleEvent"),
        pgh.RefreshTrackers("SaleEvent"),
    )
    assert_recorded(chain, "Sale", "SaleEvent", amount=3, note="a")
    chain.backwards()
    assert_recorded(chain, total=3, note="a")


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
    chain: Chain, operations: list[Operation]
) -> None:
    walk(chain, *operations, total=3, note="a")


@one_kind_of_tracker
def test_an_index_is_an_ordinary_one(chain: Chain) -> None:
    index = models.Index(fields=["pgh_obj", "-pgh_created_at"], name="event_latest")
    operation = AddIndexConcurrently("OrderEvent", index)
    assert operation.references_model("OrderEvent", "shop")
    walk(chain, migrations.AddIndex("OrderEvent", index), total=3, note="a")


@one_kind_of_tracker
def test_python_code_uses_the_event_model_like_any_other(chain: Chain) -> None:
    chain.model("Order").objects.create(total=3)

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

    chain.forwards(migrations.RunPython(correct, undo))
    seen = [(event["pgh_label"], event["total"]) for event in chain.events("OrderEvent")]
    assert seen == [("snapshot", 3), ("corrected", 33), ("snapshot", 4)]
    chain.backwards()
    assert [event["total"] for event in chain.events("OrderEvent")] == [3, 4]


@one_kind_of_tracker
def test_a_history_without_reference_is_told_the_new_name(
    chain: Chain, policy: dict[str, Any]
) -> None:
    operations = [
        pgh.CreateEventModel("Plain", tracks="shop.Order", obj_field=None, fields=["id", "total"]),
        pgh.AddTracker("Plain", pgh.Snapshot("plain")),
    ]
    chain.forwards(*operations)
    rename = migrations.RenameModel("Order", "Sale")
    chain.forwards(rename, pgh.AlterEventModel("Plain", tracks="shop.Sale"))
    chain.model("Sale").objects.create(total=5)
    assert [event["total"] for event in chain.events("Plain")] == [5]
    chain.again()
    chain.forwards(
        migrations.AddField("Sale", "paid", models.BooleanField(default=False)),
        migrations.AddField("Plain", "paid", models.BooleanField(null=True)),
        pgh.AlterEventModel("Plain", fields=["id", "total", "paid"]),
        pgh.RefreshTrackers("Plain"),
        *([] if policy else [pgh.AlterEventModel("OrderEvent", exclude=["paid"])]),
        pgh.RefreshTrackers("OrderEvent"),
    )
    chain.model("Sale").objects.create(total=6, paid=True)
    assert [event["paid"] for event in chain.events("Plain")] == [None, True]


@one_kind_of_tracker
def test_a_history_without_reference_says_how_to_follow_a_rename(chain: Chain) -> None:
    chain.forwards(
        pgh.CreateEventModel("Plain", tracks="shop.Order", obj_field=None),
        pgh.AddTracker("Plain", pgh.Snapshot("plain")),
    )
    with pytest.raises(LookupError) as refusal:
        chain.forwards(migrations.RenameModel("Order", "Sale"), pgh.RefreshTrackers("Plain"))
    assert 'AlterEventModel("Plain", tracks="app.NewName") after the rename' in str(refusal.value)
