"""What an operation says of itself, and what it is made of."""

import pytest
from django.db import models
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.writer import OperationWriter

import pghistory_ops as pgh
from chain import written

ADDITION, REMOVAL, ALTERATION = (
    OperationCategory.ADDITION,
    OperationCategory.REMOVAL,
    OperationCategory.ALTERATION,
)
SAID: list[tuple[Operation, OperationCategory, str, str]] = [
    (
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        ADDITION,
        "Create event model OrderEvent for shop.Order",
        "orderevent",
    ),
    (
        pgh.AlterEventModel("OrderEvent", append_only=True, fields=["total"]),
        ALTERATION,
        "Alter fields, append_only of event model OrderEvent",
        "alter_orderevent",
    ),
    (
        pgh.DeleteEventModel("OrderEvent"),
        REMOVAL,
        "Delete event model OrderEvent",
        "delete_orderevent",
    ),
    (
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("order.paid – now")),
        ADDITION,
        "Add tracker order.paid – now to OrderEvent",
        "orderevent_order_paid___now",
    ),
    (
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        REMOVAL,
        "Remove tracker snapshot from OrderEvent",
        "remove_orderevent_snapshot",
    ),
    (
        pgh.RefreshTrackers("OrderEvent"),
        ALTERATION,
        "Refresh trackers of OrderEvent",
        "refresh_orderevent",
    ),
]
IDS = [type(operation).__name__ for operation, *_ in SAID]


@pytest.mark.parametrize(("operation", "category", "description", "fragment"), SAID, ids=IDS)
def test_it_says_what_it_does(
    operation: Operation, category: OperationCategory, description: str, fragment: str
) -> None:
    assert operation.category is category
    assert operation.describe() == description
    assert operation.formatted_description() == f"{category.value} {description}"
    assert operation.migration_name_fragment == fragment
    assert fragment.isidentifier()


@pytest.mark.parametrize("operation", [item[0] for item in SAID], ids=IDS)
def test_it_can_run_both_ways_in_a_transaction(operation: Operation) -> None:
    assert operation.reversible
    assert operation.reduces_to_sql
    assert operation.atomic
    assert not operation.elidable


FULL: list[tuple[Operation, dict[str, object]]] = [
    (
        pgh.CreateEventModel("E", tracks="shop.Order"),
        {"name": "E", "tracks": "shop.Order"},
    ),
    (
        pgh.CreateEventModel(
            "E",
            tracks="shop.Order",
            fields=("total",),
            exclude=None,
            columns=None,
            attrs=[],
            context_field=pgh.ContextForeignKey(),
            context_id_field=None,
            append_only=False,
            pausable=False,
            security_definer=True,
            bases=(models.Model,),
            options={},
            declared=False,
            template=1,
        ),
        {"name": "E", "tracks": "shop.Order", "fields": ["total"]},
    ),
    (
        pgh.CreateEventModel(
            "E",
            tracks="shop.Order",
            exclude=["total"],
            obj_field=None,
            context_field=pgh.ContextJSONField(null=False),
            context_id_field=pgh.ContextUUIDField(db_index=True),
            append_only=True,
            pausable=True,
            security_definer=False,
            options={"ordering": ["pgh_id"]},
            declared=True,
        ),
        {
            "name": "E",
            "tracks": "shop.Order",
            "exclude": ["total"],
            "obj_field": None,
            "context_field": pgh.ContextJSONField(null=False),
            "context_id_field": pgh.ContextUUIDField(db_index=True),
            "append_only": True,
            "pausable": True,
            "security_definer": False,
            "options": {"ordering": ["pgh_id"]},
            "declared": True,
        },
    ),
    (
        pgh.CreateEventModel(
            "E",
            tracks="shop.Order",
            obj_field=pgh.ObjForeignKey(db_index=False, related_name="events"),
            context_field=None,
        ),
        {
            "name": "E",
            "tracks": "shop.Order",
            "obj_field": pgh.ObjForeignKey(db_index=False, related_name="events"),
            "context_field": None,
        },
    ),
    (
        pgh.AlterEventModel("E", tracks="shop.Sale", fields=None, append_only=False),
        {"name": "E", "tracks": "shop.Sale", "fields": None, "append_only": False},
    ),
    (pgh.DeleteEventModel("E"), {"name": "E"}),
    (pgh.DeleteEventModel("E", lock_timeout="2s"), {"name": "E", "lock_timeout": "2s"}),
    (
        pgh.AddTracker("E", pgh.Snapshot(), lock_timeout="500ms"),
        {"event_model": "E", "tracker": pgh.Snapshot(), "lock_timeout": "500ms"},
    ),
    (pgh.RemoveTracker("E", "x"), {"event_model": "E", "label": "x"}),
    (pgh.RefreshTrackers("E"), {"event_model": "E"}),
    (
        pgh.RefreshTrackers("E", without=["a"], template=1, lock_timeout="2s"),
        {"event_model": "E", "without": ["a"], "template": 1, "lock_timeout": "2s"},
    ),
]


@pytest.mark.parametrize(("operation", "kwargs"), FULL)
def test_it_is_made_of_what_is_not_the_default(
    operation: Operation, kwargs: dict[str, object]
) -> None:
    assert operation.deconstruct() == (type(operation).__name__, [], kwargs)


@pytest.mark.parametrize("operation", [operation for operation, _ in FULL])
def test_it_comes_back_from_a_migration_as_it_went_in(operation: Operation) -> None:
    (read,) = written([operation])
    assert type(read) is type(operation)
    assert read is not operation
    assert read.deconstruct() == operation.deconstruct()


@pytest.mark.parametrize("operation", [operation for operation, _ in FULL])
def test_a_migration_names_the_permanent_module(operation: Operation) -> None:
    text, imports = OperationWriter(operation, indentation=0).serialize()
    assert text.startswith(f"pghistory_ops.operations.{type(operation).__name__}(")
    assert "import pghistory_ops.operations" in imports


class Paid(pgh.DatabaseTracker):
    """A tracker of the project's own."""

    operation = pgh.Update
    condition = pgh.Q(new__paid=True)


def test_a_tracker_of_ones_own_is_written_as_its_values() -> None:
    text, imports = OperationWriter(pgh.AddTracker("E", Paid()), indentation=0).serialize()
    assert "pghistory_ops.trackers.DatabaseTracker('paid', " in text
    assert "Paid" not in text
    assert not any("test_description" in line for line in imports)
    (read,) = written([pgh.AddTracker("E", Paid())])
    assert type(read.tracker) is pgh.DatabaseTracker
    assert read.tracker == pgh.DatabaseTracker(
        "paid", operation=pgh.Update, condition=pgh.Q(new__paid=True)
    )


def test_operations_refer_to_the_tracked_and_to_the_event_model() -> None:
    for operation, _, _, _ in SAID:
        assert operation.references_model("OrderEvent", "shop")
        assert operation.references_model("orderevent", "shop")
        assert operation.references_model("Order", "shop")


def test_written_columns_tell_which_models_are_referred_to() -> None:
    operation = pgh.CreateEventModel(
        "Event",
        tracks="shop.Order",
        columns=[
            ("tax", models.ForeignKey("shop.Tax", models.DO_NOTHING, related_name="+")),
            ("total", models.IntegerField()),
        ],
    )
    assert operation.references_model("Event", "shop")
    assert operation.references_model("ORDER", "shop")
    assert operation.references_model("Tax", "shop")
    assert not operation.references_model("Customer", "shop")
    assert not operation.references_model("Order", "auth")
