"""``event_model()`` and ``event_models()``: what is asked, and what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.db.models.options import Options
from django.test import override_settings
from django.utils.functional import cached_property

import pghistory_ops as pgh
from pghistory_ops.registry import event_models as registry
from pghistory_ops.registry.event_base import EventBase
from pghistory_ops.registry.event_models import AmbiguousEventModel, history_of
from pghistory_ops.state import UnknownEventModel
from projects import Project

from .store import make_store, models_of, write_store

pytestmark = pytest.mark.django_db

BASE = [("pghistory_ops", "0001_initial")]


def test_every_way_to_ask_gives_one_class(project: Project) -> None:
    store = make_store(project)
    model = pgh.event_model("store.OrderEvent")
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    event = model.objects.get()
    refs: list[Any] = ["store.orderevent", "store.Order", "store.OpenOrder", store.Order, order]
    refs += [store.OpenOrder, store.OpenOrder.objects.get(), model, event]
    for ref in refs:
        assert pgh.event_model(ref) is model
        assert pgh.event_model(ref, "order.paid") is model
    assert issubclass(model, EventBase)
    assert event.pgh_obj == order
    assert type(event.pgh_obj) is store.Order
    assert repr(model) == "<class 'store.migrations.OrderEvent'>"
    assert repr(event) == f"<OrderEvent: OrderEvent object ({event.pk})>"
    assert model._meta.label == "store.OrderEvent"
    assert not model._meta.managed
    assert type(model._base_manager) is models.Manager


def test_the_child_of_a_model_is_another_model(project: Project) -> None:
    store = make_store(project)
    assert pgh.event_model(store.Contract)._meta.label == "store.ContractEvent"
    assert [item._meta.label for item in pgh.event_models(tracks=store.Order)] == [
        "store.OrderEvent"
    ]


def test_several_event_models_are_told_apart_by_label(project: Project) -> None:
    store = make_store(
        project,
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order"),\n'
        'pgh.AddTracker("OrderEvent", pgh.Snapshot()),\n'
        'pgh.CreateEventModel("OrderAudit", tracks="store.Order"),\n'
        'pgh.AddTracker("OrderAudit", pgh.AfterDelete("gone")),\n'
        'pgh.CreateEventModel("OrderBare", tracks="store.Order"),\n',
    )
    assert pgh.event_model(store.Order, "gone")._meta.label == "store.OrderAudit"
    assert pgh.event_model("store.Order", label="snapshot")._meta.label == "store.OrderEvent"
    assert pgh.event_model("store.OrderAudit", "gone")._meta.label == "store.OrderAudit"
    known = "store.OrderAudit ('gone'), store.OrderBare (no tracker), store.OrderEvent ('snapshot')"
    with pytest.raises(AmbiguousEventModel) as ambiguous:
        pgh.event_model(store.Order)
    assert str(ambiguous.value) == (
        f"Several event models track store.Order: {known}. Name one by its own label, or give the "
        "label of a tracker."
    )
    with pytest.raises(UnknownEventModel) as unknown:
        pgh.event_model(store.Order, "sent")
    assert str(unknown.value) == (
        f"No event model of store.Order has the label 'sent'. Known: {known}."
    )
    with pytest.raises(UnknownEventModel, match=r"Known: store\.OrderAudit \('gone'\)\.$"):
        pgh.event_model("store.OrderAudit", "snapshot")


def test_what_is_not_there_is_named(project: Project) -> None:
    make_store(project)
    for ref in ("store.Nothing", "store.Missing"):
        with pytest.raises(UnknownEventModel) as raised:
            pgh.event_model(ref)
        assert str(raised.value) == (
            f"There is no event model {ref!r}, and none that tracks a model of that name. The app "
            "'store' has: ContractEvent, CustomerEvent, OrderEvent, ParcelEvent. Event models are "
            "made by CreateEventModel in a migration."
        )
    with pytest.raises(UnknownEventModel, match="The app 'auth' has: none"):
        pgh.event_model(User)
    with pytest.raises(UnknownEventModel, match="there is no app with the label 'nowhere'"):
        pgh.event_model("nowhere.Order")


@pytest.mark.parametrize("ref", ["Order", "a.b.c", "", ".Order", "shop."])
def test_a_text_that_is_no_label_is_refused(ref: str) -> None:
    with pytest.raises(ValueError, match=f"{ref!r} is not the label of a model"):
        pgh.event_model(ref)


@pytest.mark.parametrize("ref", [None, 3, int, object()])
def test_what_is_no_model_is_refused(ref: Any) -> None:
    with pytest.raises(TypeError, match="An event model is asked for by its label"):
        pgh.event_model(ref)


def test_an_abstract_model_is_refused() -> None:
    with pytest.raises(TypeError, match="The model EventBase is abstract"):
        pgh.event_model(EventBase)


def test_all_that_track_or_refer_to_a_model(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)

    def labels(**kwargs: Any) -> list[str]:
        return [item._meta.object_name for item in pgh.event_models(**kwargs)]

    assert labels() == ["ContractEvent", "CustomerEvent", "OrderEvent", "ParcelEvent"]
    assert labels(tracks=order) == labels(tracks="store.Order") == ["OrderEvent"]
    assert labels(tracks=store.OpenOrder) == ["OrderEvent"]
    assert labels(references=customer) == ["CustomerEvent", "OrderEvent"]
    assert labels(references="store.order") == ["ContractEvent", "OrderEvent", "ParcelEvent"]
    assert labels(references=store.Order, tracks=store.Parcel) == ["ParcelEvent"]
    assert labels(tracks=User) == labels(references=User) == []
    assert labels(references="pghistory_ops.Context") == labels()


# The history that a class carries -----------------------------------------------------------------


def test_the_history_of_a_model(project: Project) -> None:
    store = make_store(
        project,
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order", exclude=["secret"],\n'
        '    attrs=[("note", models.TextField(null=True))]),\n'
        'pgh.AddTracker("OrderEvent", pgh.Snapshot()),\n'
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete()),\n'
        'pgh.AddTracker("OrderEvent", pgh.AfterTruncate()),\n'
        'pgh.AddTracker("OrderEvent", pgh.BeforeUpdate("was")),\n'
        'pgh.AddTracker("OrderEvent", pgh.DatabaseTracker("all",\n'
        "    operation=pgh.Insert | pgh.Delete)),\n"
        'pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.paid")),\n'
        'pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel",\n'
        "    context_field=pgh.ContextJSONField(), context_id_field=pgh.ContextUUIDField()),\n"
        'pgh.CreateEventModel("CustomerEvent", tracks="store.Customer", fields=[],\n'
        "    obj_field=None, context_field=None),\n",
    )
    history = history_of(pgh.event_model(store.Order))
    assert (history.label, history.tracks) == ("store.OrderEvent", "store.Order")
    assert history.tracked_model is store.Order
    assert (history.obj, history.key, history.identity) == ("pgh_obj", ("id",), ("pgh_obj",))
    assert set(history.mirrored) == {"id", "customer", "status", "total", "notes", "doubled"}
    assert history.labels[0] == "snapshot"
    assert history.removal_labels == {"after_delete", "after_truncate"}
    assert history.mixed_labels == {"all"}
    assert history.old_row_labels == {"was"}
    assert (history.context, history.context_id) == ("foreign_key", None)

    history = history_of(pgh.event_model(store.Parcel))
    assert (history.obj, history.identity) == (None, ("order", "number"))
    assert history.key == ("order", "number")
    assert (history.context, history.context_id) == ("json", "pgh_context_id")

    history = history_of(pgh.event_model(store.Customer))
    assert (history.obj, history.identity, history.mirrored) == (None, (), ())
    assert (history.context, history.context_id) == (None, None)


def test_other_models_have_no_history(project: Project) -> None:
    make_store(project)
    with pytest.raises(UnknownEventModel, match=r"The model auth\.User is no event model"):
        history_of(User)


# Historical models --------------------------------------------------------------------------------


def test_a_migration_asks_its_own_models(project: Project) -> None:
    write_store(project)
    project.write_migration(
        "store",
        "0003_data",
        "migrations.RunPython(run, migrations.RunPython.noop),",
    )
    file = project.root / "store/migrations/0003_data.py"
    file.write_text(file.read_text().replace("class Migration", f"{RUN}\n\nclass Migration"))
    project.write_migration("store", "0004_rename", 'migrations.RenameModel("Order", "Purchase"),')
    project.migrate("store", "0003")
    answers = ["store.OrderEvent"] * 4 + ["order.paid"] * 2
    assert models_of(project).Customer.objects.get().name == ", ".join(answers)


RUN = """
def run(apps, schema_editor):
    from pghistory_ops.registry.event_models import history_of

    Order = apps.get_model("store", "Order")
    OrderEvent = apps.get_model("store", "OrderEvent")
    customer = apps.get_model("store", "Customer").objects.create(name="ada")
    order = Order.objects.create(customer=customer, total=3)
    assert pgh.event_model(Order) is pgh.event_model(order) is OrderEvent
    assert pgh.event_models(tracks=order) == [OrderEvent]
    assert len(pgh.event_models(references=Order)) == 3
    answers = [pgh.event_model(ref)._meta.label for ref in (Order, order, OrderEvent)]
    answers.append(history_of(OrderEvent).label)
    assert history_of(OrderEvent).tracked_model is Order
    event = pgh.create_event(Order.objects.only("status").get(), label="order.paid")
    assert type(event) is OrderEvent
    assert (event.total, event.pgh_obj_id) == (3, order.pk)
    answers.append(event.pgh_label)
    answers.extend(item.pgh_label for item in pgh.create_events([order], label="order.paid"))
    for unknown in (customer.__class__, type(order)):
        try:
            pgh.event_model(unknown, "nothing")
        except LookupError as error:
            assert "nothing" in str(error)
    try:
        pgh.event_model(apps.get_model("auth", "User"))
    except LookupError as error:
        assert "none that tracks a model of that name" in str(error)
    else:
        raise AssertionError
    try:
        history_of(Order)
    except LookupError as error:
        assert "is no event model at this point of the migrations" in str(error)
    else:
        raise AssertionError
    customer.name = ", ".join(answers)
    customer.save()
"""


# What becomes of the models -----------------------------------------------------------------------


def test_history_outlives_its_model(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, total=3)
    text = project.read("store/models.py")
    start, end = text.index("class Order("), text.index("class Parcel(")
    gone = (
        text[:start]
        + text[end:].partition("    order = ")[0]
        + "    number = models.IntegerField()\n"
    )
    gone = gone.replace('CompositePrimaryKey("order", "number")', "BigAutoField(primary_key=True)")
    project.write("store/models.py", gone.replace("    pk = models.Big", "    id = models.Big"))
    store = models_of(project)
    registry.clear()
    model = pgh.event_model("store.OrderEvent")
    event = model.objects.get()
    assert (event.pgh_obj, event.total) == (order.pk, 3)  # a plain column
    assert event.customer == store.Customer.objects.get()
    assert model.objects.filter(pgh_obj=order.pk).count() == 1
    assert pgh.event_model("store.Order") is model
    history = history_of(model)
    assert (history.tracked_model, history.key, history.identity) == (None, (), ("pgh_obj",))
    assert "total" in history.mirrored


def test_a_renamed_model_is_found_by_its_name_of_today(project: Project) -> None:
    make_store(project)
    text = project.read("store/models.py")
    project.write_migration(
        "store",
        "0003_rename",
        'migrations.RenameModel("Order", "Purchase"),\n'
        'migrations.RenameModel("OrderEvent", "PurchaseHistory"),\n',
    )
    renamed = text.replace("class Order(", "class Purchase(").replace("(Order,", "(Purchase,")
    project.write("store/models.py", renamed.replace("(Order)", "(Purchase)"))
    store = models_of(project)
    model = pgh.event_model(store.Purchase)
    assert model._meta.label == "store.PurchaseHistory"
    assert model._meta.get_field("pgh_obj").related_model is store.Purchase
    with pytest.raises(UnknownEventModel):
        pgh.event_model("store.OrderEvent")


def test_settings_that_change_in_a_test_are_followed(project: Project) -> None:
    make_store(project)
    model = pgh.event_model("store.OrderEvent")
    with override_settings(MIGRATION_MODULES={"store": None}):
        with pytest.raises(UnknownEventModel):
            pgh.event_model("store.OrderEvent")
        assert pgh.event_models() == []
    again = pgh.event_model("store.OrderEvent")
    assert again is not model
    assert again._meta.label == model._meta.label


def test_migrations_may_be_elsewhere(project: Project) -> None:
    write_store(project)
    (project.root / "store/migrations").rename(project.root / "store/changes")
    with override_settings(MIGRATION_MODULES={"store": "store.changes"}):
        project.install()
        model = pgh.event_model("store.Order")
        assert repr(model) == "<class 'store.changes.OrderEvent'>"
        assert pgh.event_models(tracks="store.Order") == [model]


def test_nothing_is_put_on_live_classes(project: Project) -> None:
    history = (
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order",\n'
        '    obj_field=pgh.ObjForeignKey(related_name="events", related_query_name="event"),\n'
        '    context_field=pgh.ContextForeignKey(related_name="orders"),\n'
        '    attrs=[("by", models.ForeignKey("auth.User", models.CASCADE, null=True))],\n'
        '    options={"default_related_name": "history"}),\n'
    )
    store = make_store(project, history)
    list(store.Order.objects.select_related("customer"))
    live = [*apps.get_models(include_auto_created=True, include_swapped=True)]
    cached = [name for name, item in vars(Options).items() if isinstance(item, cached_property)]
    for model in live:
        for name in cached:
            getattr(model._meta, name)  # Django would compute it in the course of the test
        model._meta.get_fields(include_hidden=True)
    before = {model: (dict(vars(model)), dict(vars(model._meta))) for model in live}
    pending = {key: list(found) for key, found in apps._pending_operations.items()}
    event = pgh.event_model(store.Order)
    assert event._meta.get_fields(include_hidden=True)
    list(event.objects.select_related("pgh_obj__customer", "by", "pgh_context"))
    list(event.objects.filter(pgh_obj__customer__name="ada", pgh_context__metadata__user=1))
    assert {model: (dict(vars(model)), dict(vars(model._meta))) for model in live} == before
    assert apps.get_models(include_auto_created=True, include_swapped=True) == live
    assert {key: list(found) for key, found in apps._pending_operations.items()} == pending
    assert not hasattr(store.Order, "events")
