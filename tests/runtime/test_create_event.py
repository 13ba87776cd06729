"""Events written by hand: for what, and what they hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, models, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from pghistory_ops.state import UnknownEventModel
from projects import Project

from .store import make_store

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def order_of(store: Any, **values: Any) -> Any:
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, **{"total": 5, **values})
    pgh.event_model("store.OrderEvent").objects.all().delete()
    return order


def test_an_event_holds_the_object(project: Project) -> None:
    store = make_store(project)
    order = order_of(store, notes={"gift": True})
    event = pgh.create_event(order, label="order.paid")
    assert event.pgh_obj == order
    assert event.pgh_label == "order.paid"
    assert (event.id, event.status, event.total, event.doubled) == (order.pk, "new", 5, 10)
    assert event.notes == {"gift": True}
    assert event.customer_id == order.customer_id
    assert event.pgh_context_id is None
    assert not event._state.adding
    stored = pgh.event_model("store.OrderEvent").objects.get()
    assert stored == event
    for field in stored._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(event, field.attname)


def test_the_server_says_when(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (before,) = cursor.fetchone()
    first = pgh.create_event(order, label="order.paid")
    second = pgh.create_event(order, label="order.paid")
    assert before < first.pgh_created_at < second.pgh_created_at


def test_the_moment_can_be_given(project: Project) -> None:
    event = pgh.create_event(order_of(make_store(project)), label="order.paid", at=NOON)
    assert event.pgh_created_at == NOON


def test_a_moment_without_a_time_zone_is_refused(project: Project) -> None:
    order = order_of(make_store(project))
    with pytest.raises(ValueError, match="2026-05-01 12:00:00 of an event has no time zone"):
        pgh.create_event(order, label="order.paid", at=NOON.replace(tzinfo=None))
    with pytest.raises(TypeError, match="is a datetime, not 'noon'"):
        pgh.create_event(order, label="order.paid", at="noon")  # type: ignore[arg-type]


@pytest.mark.parametrize("label", ["snapshot", "after_delete"])
def test_any_label_will_do(project: Project, label: str) -> None:
    event = pgh.create_event(order_of(make_store(project)), label=label)
    assert event.pgh_label == label


def test_an_unknown_label_names_the_known_ones(project: Project) -> None:
    order = order_of(make_store(project))
    with pytest.raises(UnknownEventModel) as raised:
        pgh.create_event(order, label="order.payed")
    assert str(raised.value) == (
        "No event model of store.Order has the label 'order.payed'. Known: store.OrderEvent "
        "('snapshot', 'after_delete', 'order.paid')."
    )


def test_an_untracked_model_is_refused(project: Project) -> None:
    store = make_store(project, 'pgh.CreateEventModel("OrderEvent", tracks="store.Order")')
    customer = store.Customer.objects.create(name="ada")
    with pytest.raises(UnknownEventModel, match=r"none that tracks a model of that name"):
        pgh.create_event(customer, label="snapshot")


def test_an_object_that_is_not_saved_is_refused(project: Project) -> None:
    store = make_store(project)
    for obj in (store.Order(total=1), store.Order(pk=7), store.Parcel(number=1)):
        with pytest.raises(ValueError, match=r"of store\.\w+ is not saved"):
            pgh.create_event(obj, label="order.paid")
    order = order_of(store)
    order.delete()
    with pytest.raises(
        ValueError, match=r"has no primary key any more, .* Write the event before the delete"
    ):
        pgh.create_event(order, label="order.paid")


def test_what_is_no_object_is_refused(project: Project) -> None:
    store = make_store(project)
    with pytest.raises(TypeError, match="for an instance of a model, not for"):
        pgh.create_event(store.Order, label="order.paid")


def test_a_proxy_stands_for_its_model(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    event = pgh.create_event(store.OpenOrder.objects.get(), label="order.paid")
    assert event.pgh_obj == order
    assert type(event) is pgh.event_model(store.Order)


def test_the_child_of_a_model_has_its_own_table(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, months=12)
    event = pgh.create_event(contract, label="contract.signed")
    assert (event.pgh_obj, event.months, event.order_ptr_id) == (contract, 12, contract.pk)
    assert type(event) is pgh.event_model("store.ContractEvent")


def test_a_composite_key_is_mirrored_into_an_append_only_table(project: Project) -> None:
    store = make_store(project)
    parcel = store.Parcel.objects.create(order=order_of(store), number=2, weight=9)
    event = pgh.create_event(parcel, label="parcel.sent")
    assert (event.order_id, event.number, event.weight) == (parcel.order_id, 2, 9)


def test_deferred_fields_are_loaded_in_one_query(project: Project) -> None:
    store = make_store(project)
    orders = [order_of(store, total=number) for number in range(3)]
    found = list(store.Order.objects.only("status").order_by("pk"))
    with CaptureQueriesContext(connection) as queries:
        events = pgh.create_events(found, label="order.paid")
    assert [event.total for event in events] == [0, 1, 2]
    assert [event.pgh_obj_id for event in events] == [order.pk for order in orders]
    assert len(queries) == 2
    assert "hidden" not in queries[0]["sql"]
    assert found[1].__dict__["total"] == 1


def test_deferred_parts_of_a_composite_row_are_loaded(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    store.Parcel.objects.bulk_create(
        [store.Parcel(order=order, number=number, weight=number) for number in (1, 2)]
    )
    events = pgh.create_events(store.Parcel.objects.defer("weight"), label="parcel.sent")
    assert [event.weight for event in events] == [1, 2]


def test_what_is_gone_cannot_be_loaded(project: Project) -> None:
    store = make_store(project)
    order_of(store)
    order = store.Order.objects.only("status").get()
    store.Order.objects.all().delete()
    with pytest.raises(ValueError, match=r"not in the database 'default' any more, so its fields"):
        pgh.create_event(order, label="order.paid")


def test_an_expression_is_what_the_database_has_made_of_it(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    store.Order.objects.update(total=9)
    order.total = models.F("total") + 1  # as ``save()`` leaves it on older versions of Django
    event = pgh.create_event(order, label="order.paid")
    assert event.total == 9


def test_an_expression_is_left_to_the_next_save(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    order.total = models.F("total") + 10
    assert pgh.create_event(order, label="order.paid").total == 5
    order.save()
    assert store.Order.objects.get().total == 15


def test_a_deleted_row_can_have_an_event(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)
    store.Order.objects.all().delete()
    event = pgh.create_event(order, label="order.paid")
    assert event.total == 5


def test_what_is_not_mirrored_is_left_out(project: Project) -> None:
    attrs = (
        "attrs=[('reviewed', models.BooleanField(db_default=False)), "
        "('by', models.TextField(null=True))]"
    )
    store = make_store(
        project,
        f'pgh.CreateEventModel("OrderEvent", tracks="store.Order", fields=["total"], {attrs}),\n'
        'pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.paid")),',
    )
    event = pgh.create_event(order_of(store), label="order.paid")
    assert (event.total, event.reviewed, event.by) == (5, False, None)
    assert "status" not in vars(event)


def test_a_database_default_that_does_not_hold_is_refused(project: Project) -> None:
    store = make_store(
        project,
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order", fields=["total"]),\n'
        'pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.paid")),\n'
        'migrations.RunSQL("ALTER TABLE store_orderevent ADD CHECK (total < 100)"),',
    )
    order = order_of(store, total=100)
    with pytest.raises(IntegrityError), transaction.atomic():
        pgh.create_event(order, label="order.paid")
    assert pgh.event_model("store.OrderEvent").objects.count() == 0


@pytest.mark.django_db(databases=["default", "other"], transaction=True)
def test_the_database_is_that_of_the_object(project: Project) -> None:
    store = make_store(project)
    project.migrate("store", database="other")
    customer = store.Customer.objects.using("other").create(name="ada")
    order = store.Order.objects.using("other").create(customer=customer)
    event = pgh.create_event(order, label="order.paid")
    assert event._state.db == "other"
    model = pgh.event_model(order)
    assert model.objects.using("other").filter(pgh_label="order.paid").count() == 1
    assert model.objects.count() == 0
    assert pgh.create_event(order, label="order.paid", using="default")._state.db == "default"
    here = store.Order.objects.create(customer=store.Customer.objects.create(name="bob"))
    with pytest.raises(ValueError, match="of different databases: default, other"):
        pgh.create_events([here, order], label="order.paid")
    assert len(pgh.create_events([here, order], label="order.paid", using="other")) == 2
    bare = store.Order.objects.using("other").only("status").get()
    store.Order.objects.using("other").update(total=77)
    assert pgh.create_event(bare, label="order.paid", using="default").total == 77


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_writes_events(project: Project) -> None:
    store = make_store(project)
    order = order_of(store)

    async def write() -> Any:
        try:
            return await pgh.acreate_event(order, label="order.paid", at=NOON)
        finally:
            await sync_to_async(connections.close_all)()  # that of the thread that wrote

    event = asyncio.run(write())
    assert (event.pgh_obj_id, event.pgh_created_at) == (order.pk, NOON)
