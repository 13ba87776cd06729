"""Which events a question is about, and in which order they come."""

from __future__ import annotations

import pytest
from django.core.management.base import CommandError
from django.db import connection, connections, models
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pghistory_ops as pgh
from db.shop import make_shop
from pghistory_ops.state import UnknownEventModel
from projects import Project

from .store import make_store
from .tools import TRACKERS, rows, things

pytestmark = pytest.mark.django_db


def test_the_events_of_an_object_the_oldest_first(project: Project) -> None:
    thing = things(project)
    assert rows(pgh.events(thing.objects.get(id=2))) == [("snapshot", 2, "a"), ("snapshot", 2, "b")]


def test_the_events_of_an_object_that_is_gone(project: Project) -> None:
    thing = things(project)
    item = thing.objects.get(id=2)
    item.delete()
    message = (
        r"The shop.Thing has no primary key any more, as after delete\(\), which leaves its events "
        r"where they are. Keep the key, and ask (events|references)\(Thing\(pk=…\)\)."
    )
    for ask in (pgh.events, pgh.Events.objects.tracks, pgh.Events.objects.references):
        with pytest.raises(ValueError, match=message):
            ask(item)
    with pytest.raises(ValueError, match=r"The shop.Thing has no primary key yet, so it has no ev"):
        pgh.events(thing())
    assert rows(pgh.events(thing(id=2)))[-1] == ("gone", 2, "b")


@pytest.mark.parametrize("ref", ["shop.ThingEvent", "shop.thingevent", "shop.Thing"])
def test_all_events_by_a_label(project: Project, ref: str) -> None:
    things(project)
    assert [row[1] for row in rows(pgh.events(ref))] == [1, 2, 3, 1, 2, 3]


def test_all_events_by_a_class(project: Project) -> None:
    thing = things(project)
    event = pgh.event_model(thing)
    assert rows(pgh.events(thing)) == rows(pgh.events(event)) == rows(pgh.events("shop.Thing"))
    assert pgh.events(thing).model is event


def test_the_events_of_a_queryset_are_one_query(project: Project) -> None:
    thing = things(project)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = rows(pgh.events(thing.objects.filter(size__gt=1)))
    assert [row[1] for row in found] == [2, 3, 2, 3]
    assert len(queries) == 1


def test_the_events_of_a_slice(project: Project) -> None:
    thing = things(project)
    found = pgh.events(thing.objects.order_by("-size")[:1])
    assert rows(found) == [("snapshot", 3, "a"), ("snapshot", 3, "b")]
    assert rows(pgh.events(thing.objects.order_by("-size")[1:2].values("name")))[0][1] == 2
    assert rows(pgh.events(thing.objects.none())) == []


def test_a_proxy_stands_for_its_model(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    store.OpenOrder.objects.create(customer=customer, total=5)
    order = store.OpenOrder.objects.get()
    assert pgh.events(order).get().total == 5
    assert pgh.events(store.OpenOrder).get().total == 5
    assert pgh.events(store.OpenOrder.objects.all()).get().total == 5


def test_the_child_of_a_model_is_one_of_its_objects(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, total=5, months=2)
    pgh.create_event(contract, label="contract.signed")
    assert pgh.events(contract).get().months == 2
    assert pgh.events("store.OrderEvent").for_objects(contract).get().total == 5


def test_composite_keys(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    first, second = (store.Order.objects.create(customer=customer) for _ in "ab")
    parcels = [
        store.Parcel.objects.create(order=order, number=number)
        for order in (first, second)
        for number in (1, 2)
    ]
    pgh.create_events(parcels, label="parcel.sent")
    found = pgh.events(parcels[2])
    assert list(found.values_list("order", "number")) == [(second.pk, 1)]
    found = pgh.events(store.Parcel).for_objects([parcels[0], parcels[3]])
    assert list(found.values_list("order", "number")) == [(first.pk, 1), (second.pk, 2)]
    found = pgh.events(store.Parcel.objects.filter(number=2).order_by("-order")[:1])
    assert list(found.values_list("order", "number")) == [(second.pk, 2)]
    parcels[2].delete()
    with pytest.raises(ValueError, match=r"no primary key any more, .* ask events\(Parcel\(pk=…"):
        pgh.events(parcels[2])
    assert pgh.events(store.Parcel(pk=(second.pk, 1))).count() == 1


def test_without_a_reference_the_mirrored_key_tells(project: Project) -> None:
    thing = things(project, "pgh.Snapshot()", event="obj_field=None")
    assert rows(pgh.events(thing(id=2))) == [("snapshot", 2, "a"), ("snapshot", 2, "b")]
    assert len(pgh.events(thing.objects.filter(id__in=[1, 2]))) == 4


def test_events_that_do_not_say_whose_they_are(project: Project) -> None:
    thing = things(project, "pgh.Snapshot()", event="obj_field=None, exclude=['id']")
    assert len(pgh.events(thing)) == 6
    message = r"The events of shop.ThingEvent do not say whose they are"
    for ask in (
        lambda: pgh.events(thing(id=2)),
        lambda: pgh.events(thing).as_of(timezone.now()),
        lambda: pgh.events(thing).latest_per_object(),
        lambda: pgh.events(thing).with_changes(),
        lambda: pgh.events(thing).as_instances(),
    ):
        with pytest.raises(ValueError, match=message):
            ask()


def test_several_objects(project: Project) -> None:
    thing = things(project)
    found = pgh.events(thing).for_objects([thing(id=1), thing(id=3)])
    assert [row[1] for row in rows(found)] == [1, 3, 1, 3]
    assert rows(pgh.events(thing).for_objects([])) == []
    assert rows(pgh.events(thing).for_objects([]).with_changes()) == []
    assert pgh.events(thing).for_objects([]).with_changes().count() == 0


def test_what_is_no_object(project: Project) -> None:
    thing = things(project)
    from django.contrib.auth.models import Group

    message = "The events of shop.ThingEvent are those of shop.Thing, and .* is no such object"
    for given in ([1], Group(pk=1), Group.objects.all()):
        with pytest.raises(TypeError, match=message):
            pgh.events(thing).for_objects(given)
    with pytest.raises(UnknownEventModel):
        pgh.events(Group)
    with pytest.raises(TypeError):
        pgh.events(5)


def test_it_is_an_ordinary_queryset(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, total=5)
    order.total = 7
    order.save()
    found = pgh.events(order)
    assert isinstance(found, models.QuerySet)
    assert found.select_related("customer", "pgh_obj").get(total=7).customer.name == "ada"
    assert found.prefetch_related("customer").first().customer == customer
    assert found.filter(customer__name="ada").count() == 2
    assert found.aggregate(total=models.Sum("total")) == {"total": 12}
    assert list(found.values("pgh_label").annotate(n=Count("pk")).order_by()) == [
        {"pgh_label": "snapshot", "n": 2}
    ]
    assert (found.filter(total=5) | found.filter(total=7)).count() == 2
    assert found.filter(total=5).union(found.filter(total=7)).count() == 2
    newest = pgh.events(store.Order).filter(pgh_obj=models.OuterRef("pk")).order_by("-pgh_id")
    orders = store.Order.objects.annotate(last=models.Subquery(newest.values("total")[:1]))
    assert orders.get().last == 7
    assert store.Order.objects.filter(pk__in=found.values("pgh_obj")).get() == order
    assert [event.total for event in found.iterator(chunk_size=1)] == [5, 7]


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_of_the_object(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    project.migrate(database="other")
    thing.objects.create(id=1, name="here")
    thing.objects.using("other").create(id=1, name="there")
    here, there = thing.objects.get(), thing.objects.using("other").get()
    assert pgh.events(here).get().name == "here"
    assert pgh.events(there).get().name == "there"
    assert pgh.events(there, using="default").get().name == "here"
    assert pgh.events(thing, using="other").get().name == "there"
    assert pgh.events(thing.objects.using("other")).get().name == "there"
    assert pgh.events(thing).using("other").as_of(timezone.now()).get().name == "there"
    assert pgh.events(thing).using("other").with_changes().get().name == "there"
    assert pgh.events(there).latest_per_object().get().name == "there"
    assert pgh.events(there).as_instances().get()._state.db == "other"
    with pytest.raises(ValueError, match="The objects are of the database 'other', and the event"):
        pgh.events(thing).using("default").for_objects(thing.objects.using("other"))
    assert set(connections) == {"default", "other"}


def test_historical_models(project: Project) -> None:
    make_shop(project, *TRACKERS)
    project.write("shop/seen.py", "found = {}\n")
    project.write_migration(
        "shop",
        "0002_read",
        "migrations.RunPython(read, migrations.RunPython.noop),",
    )
    path = "shop/migrations/0002_read.py"
    text = project.read(path)
    code = (
        "from shop.seen import found\n"
        "def read(apps, editor):\n"
        "    Thing, Event = apps.get_model('shop', 'Thing'), apps.get_model('shop', 'ThingEvent')\n"
        "    thing = Thing.objects.create(id=1, name='a')\n"
        "    found['object'] = pgh.events(thing).with_changes().get().name\n"
        "    found['model'] = pgh.events(Thing).latest_per_object().get().name\n"
        "    found['event'] = pgh.events(Event).get().name\n"
        "    found['class'] = pgh.events(Thing).model is Event\n"
        "    found['queryset'] = pgh.events(Thing.objects.all()).as_instances().get().name\n"
        "    found['instance'] = pgh.events(thing).as_instances().get().__class__ is Thing\n\n\n"
    )
    project.write(path, text.replace("class Migration", code + "class Migration"))
    project.migrate()
    import sys

    assert sys.modules["shop.seen"].found == {
        "object": "a",
        "model": "a",
        "event": "a",
        "class": True,
        "queryset": "a",
        "instance": True,
    }


def test_a_tracked_model_that_is_gone(project: Project) -> None:
    thing = things(project, *TRACKERS, "pgh.BeforeUpdate('old')")
    assert thing.objects.count() == 3
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0002_gone",
        """
        pgh.RemoveTracker("ThingEvent", "gone"),
        pgh.RemoveTracker("ThingEvent", "old"),
        pgh.RemoveTracker("ThingEvent", "snapshot"),
        migrations.AlterField("ThingEvent", "pgh_obj", models.BigIntegerField()),
        migrations.DeleteModel("Thing"),
        """,
    )
    project.migrate()
    found = pgh.events("shop.ThingEvent")
    assert len(found.filter(pgh_obj=2)) == 3
    assert found.latest_per_object().count() == 3
    changes = found.filter(pgh_obj=2).with_changes().values_list("pgh_changes", flat=True)
    assert {"name": ("a", "b")} in changes
    assert pgh.Events.objects.first().pgh_obj_model == "shop.Thing"
    for ask in (lambda: found.for_objects([]), found.as_instances):
        with pytest.raises(
            ValueError, match=r"The model shop.Thing that shop.ThingEvent tracks is"
        ):
            ask()
    with pytest.raises(CommandError, match=r"so its objects have no keys to ask for"):
        project.call("history", "shop.ThingEvent", "2")
