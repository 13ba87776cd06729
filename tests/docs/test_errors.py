"""The page on errors quotes the texts; here each of them comes about."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

import pghistory_ops as pgh

from .blocks import blocks

PAGE = "docs/errors.md"
ORDER = CreateModel(
    "Order",
    [("id", models.BigAutoField(primary_key=True)), ("status", models.TextField())],
)
SEAT = CreateModel(
    "Seat",
    [
        ("pk", models.CompositePrimaryKey("row", "number")),
        ("row", models.IntegerField()),
        ("number", models.IntegerField()),
    ],
)
EVENTS = pgh.CreateEventModel("OrderEvent", tracks="shop.Order")
CONTEXT = CreateModel("Context", [("id", models.UUIDField(primary_key=True))])


def quoted() -> str:
    return " ".join(
        " ".join(block.text.split()) for block in blocks(PAGE) if block.language == "text"
    )


def state_after(*operations: Operation) -> ProjectState:
    state = ProjectState()
    CONTEXT.state_forwards("pghistory_ops", state)
    for operation in operations:
        operation.state_forwards("shop", state)
    return state


def two_policies() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", fields=["id"], exclude=["status"])


def unknown_field() -> None:
    state_after(ORDER, pgh.CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["note"]))


def unknown_tracked_model() -> None:
    state_after(ORDER, pgh.CreateEventModel("OrderEvent", tracks="shop.Odrer"))


def unknown_event_model() -> None:
    state_after(ORDER, EVENTS, pgh.AddTracker("OrdersEvent", pgh.Snapshot()))


def unknown_label() -> None:
    state_after(ORDER, EVENTS, pgh.RemoveTracker("OrderEvent", "snapshot"))


def taken_label() -> None:
    tracker = pgh.AddTracker("OrderEvent", pgh.Snapshot())
    state_after(ORDER, EVENTS, tracker, tracker)


def taken_name() -> None:
    state_after(ORDER, EVENTS, EVENTS)


def old_row_of_an_insert() -> None:
    pgh.DatabaseTracker("added", operation=pgh.Insert, snapshot="OLD")


def condition_on_an_unknown_field() -> None:
    tracker = pgh.AfterUpdate("paid", condition=pgh.Q(new__paid=True))
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def condition_on_the_old_row_of_an_insert() -> None:
    tracker = pgh.AfterInsert("paid", condition=pgh.Q(old__status="new"))
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def reference_to_a_composite_key() -> None:
    state_after(
        SEAT, pgh.CreateEventModel("SeatEvent", tracks="shop.Seat", obj_field=pgh.ObjForeignKey())
    )


def another_operation_than_the_name_says() -> None:
    pgh.AfterUpdate(operation=pgh.Insert)


def snapshot_on_a_condition() -> None:
    pgh.Snapshot("changed", condition=pgh.AnyChange("status"))


def new_row_before_the_update() -> None:
    pgh.DatabaseTracker("early", operation=pgh.Update, when=pgh.Before)


def naive_datetime() -> None:
    pgh.AfterUpdate(condition=pgh.Q(new__paid_at__gt=datetime(2030, 1, 1)))  # noqa: DTZ001


class Large(pgh.Condition):
    sql = "NEW.total > 100"

    def resolve(self, model: type[models.Model]) -> str:
        return "NEW.total > 100"


def condition_that_code_of_the_project_resolves() -> None:
    pgh.AfterUpdate(condition=Large())


def without_an_unknown_field() -> None:
    tracker = pgh.AddTracker("OrderEvent", pgh.Snapshot())
    state_after(ORDER, EVENTS, tracker, pgh.RefreshTrackers("OrderEvent", without=["note"]))


def condition_on_a_virtual_column() -> None:
    net = models.GeneratedField(
        expression=models.F("total"), output_field=models.IntegerField(), db_persist=False
    )
    order = CreateModel("Order", [*ORDER.fields, ("total", models.IntegerField()), ("net", net)])
    events = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["net"])
    tracker = pgh.AfterInsert("net", condition=pgh.Q(new__net__gt=100))
    state_after(order, events, pgh.AddTracker("OrderEvent", tracker))


class WithReason(models.Model):
    reason = models.TextField()

    class Meta:
        abstract = True
        app_label = "shop"


def base_with_fields() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", bases=(WithReason,))


def base_with_a_table() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", bases=("shop.order",))


def label_for_a_name() -> None:
    pgh.CreateEventModel("shop.OrderEvent", tracks="shop.Order")


def class_for_a_configuration() -> None:
    configuration: Any = pgh.ObjForeignKey
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", obj_field=configuration)


def track_paid(condition: Any) -> None:
    tracker = pgh.AfterUpdate("paid", condition=condition)
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def condition_with_an_unknown_lookup() -> None:
    track_paid(pgh.Q(new__status__like="paid"))


def condition_without_an_end() -> None:
    track_paid(pgh.Condition("NEW.status = 'paid"))


def condition_with_a_subquery() -> None:
    track_paid(pgh.Condition("NEW.id IN (SELECT id FROM paid)"))


def without_a_text() -> None:
    pgh.RefreshTrackers("OrderEvent", without="status")


def tracker_without_parentheses() -> None:
    pgh.AddTracker("OrderEvent", pgh.Snapshot)


def timeout_without_a_unit() -> None:
    pgh.AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout="2")


def unknown_template() -> None:
    pgh.RefreshTrackers("OrderEvent", template=99)


@pytest.mark.parametrize(
    "mistake",
    [
        two_policies,
        unknown_field,
        unknown_tracked_model,
        unknown_event_model,
        unknown_label,
        taken_label,
        taken_name,
        old_row_of_an_insert,
        condition_on_an_unknown_field,
        condition_on_the_old_row_of_an_insert,
        reference_to_a_composite_key,
        another_operation_than_the_name_says,
        snapshot_on_a_condition,
        new_row_before_the_update,
        naive_datetime,
        condition_that_code_of_the_project_resolves,
        without_an_unknown_field,
        condition_on_a_virtual_column,
        base_with_fields,
        base_with_a_table,
        label_for_a_name,
        class_for_a_configuration,
        condition_with_an_unknown_lookup,
        condition_without_an_end,
        condition_with_a_subquery,
        without_a_text,
        tracker_without_parentheses,
        timeout_without_a_unit,
        unknown_template,
    ],
)
def test_the_page_quotes_what_is_said(mistake: Callable[[], None]) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, FieldDoesNotExist)) as error:
        mistake()
    text = error.value.args[0]
    assert " ".join(text.split()) in quoted(), text
