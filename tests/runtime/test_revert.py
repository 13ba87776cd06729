"""Bringing a row back as an event has it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import events as stored
from db.shop import execute, make_shop, query, session
from projects import Project

from .store import WHOLE_ROWS, make_store
from .tools import TRACKERS, refused

pytestmark = pytest.mark.django_db

FIELDS = {
    "name": "models.TextField(null=True)",
    "created": "models.DateTimeField(auto_now_add=True)",
    "changed": "models.DateTimeField(auto_now=True)",
    "double": (
        "models.GeneratedField(expression=models.F('id') * 2, "
        "output_field=models.BigIntegerField(), db_persist=True)"
    ),
    "ratio": "models.FloatField(default=0.1, db_column='The ratio {}')",
}


def lived(project: Project, **options: Any) -> Any:
    thing = make_shop(project, *TRACKERS, **{"fields": FIELDS, **options})
    item = thing.objects.create(name="a")
    item.name, item.ratio = "b", 0.3
    item.save()
    return thing


def values(thing: Any) -> list[dict[str, Any]]:
    return list(thing.objects.order_by("pk").values())


def row(event: Any) -> dict[str, Any]:
    names = ("id", "name", "created", "changed", "double", "ratio")
    return {name: getattr(event, name) for name in names}


def test_a_row_that_is_there(project: Project) -> None:
    thing = lived(project)
    first, second = pgh.events(thing)
    assert pgh.can_revert(first)
    item = pgh.revert(first)
    assert values(thing) == [row(first)]
    assert (type(item), item.name, item.changed) == (thing, "a", first.changed)
    assert [event.pgh_label for event in pgh.events(thing)] == ["snapshot"] * 3
    assert row(pgh.events(thing).last()) == row(first) != row(second)


def test_a_row_that_is_gone(project: Project) -> None:
    thing = lived(project)
    first = pgh.events(thing)[0]
    thing.objects.all().delete()
    assert pgh.can_revert(first)
    item = pgh.revert(first)
    assert values(thing) == [row(first)]
    assert item.pk == first.id
    labels = [event.pgh_label for event in pgh.events(thing)]
    assert labels == ["snapshot", "snapshot", "gone", "snapshot"]
    assert thing.objects.create(name="c").pk == first.id + 1  # the sequence has not moved


def test_the_event_of_a_removal(project: Project) -> None:
    thing = lived(project)
    thing.objects.all().delete()
    event = pgh.events(thing).labeled("gone").get()
    assert pgh.revert(event).name == "b"
    assert values(thing) == [row(event)]


def test_no_signal_is_sent_and_save_is_not_called(project: Project) -> None:
    thing = lived(project)
    first = pgh.events(thing)[0]
    seen: list[Any] = []

    def record(**kwargs: Any) -> None:
        seen.append(kwargs)

    pre_save.connect(record, sender=thing)
    post_save.connect(record, sender=thing)
    pgh.revert(first)
    thing.objects.all().delete()
    pgh.revert(first)
    assert seen == []
    pre_save.disconnect(record, sender=thing)
    post_save.disconnect(record, sender=thing)


def test_values_are_copied_in_the_database(project: Project) -> None:
    thing = lived(project)
    first = pgh.events(thing)[0]
    first.name = "made up"
    with CaptureQueriesContext(connection) as queries:
        assert pgh.revert(first).name == "a"
    assert not [item for item in queries.captured_queries if "made up" in item["sql"]]


def test_a_row_that_is_as_it_was(project: Project) -> None:
    thing = lived(project)
    pgh.revert(pgh.events(thing).last())
    assert len(pgh.events(thing)) == 2


def test_without_a_copy_of_the_key_the_reference_tells(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, event="exclude=['id']")
    item = thing.objects.create(id=5, name="a", size=1)
    item.delete()
    assert pgh.revert(pgh.events(thing)[0]).pk == 5
    assert query("SELECT id, name, size FROM shop_thing") == [(5, "a", 1)]


def test_without_a_reference_the_copy_of_the_key_tells(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, event="obj_field=None")
    thing.objects.create(id=5, name="a").delete()
    assert pgh.revert(pgh.events(thing)[0]).pk == 5


def test_an_event_with_the_old_row(project: Project) -> None:
    thing = make_shop(project, "pgh.BeforeUpdate()")
    thing.objects.create(id=5, name="a")
    thing.objects.update(name="b")
    assert pgh.revert(pgh.events(thing).get()).name == "a"
    assert stored("pgh_label, id, name") == [("before_update", 5, "a"), ("before_update", 5, "b")]


def test_a_table_with_nothing_but_a_key(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, fields={})
    thing.objects.create(id=5)
    event = pgh.events(thing).get()
    assert pgh.revert(event).pk == 5
    thing.objects.all().delete()
    assert pgh.revert(event).pk == 5


def test_composite_keys(project: Project) -> None:
    store = make_store(project, WHOLE_ROWS)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    for number in (1, 2):
        store.Parcel.objects.create(order=order, number=number, weight=number)
    store.Parcel.objects.update(weight=9)
    event = pgh.events(store.Parcel(order=order, number=2))[0]
    assert pgh.revert(event).weight == 2
    store.Parcel.objects.filter(number=2).delete()
    assert pgh.revert(event).pk == (order.pk, 2)
    assert list(store.Parcel.objects.order_by("number").values_list("weight", flat=True)) == [9, 2]


def test_a_field_that_is_not_mirrored(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, event="exclude=['size']")
    thing.objects.create(id=1)
    refused(
        pgh.events(thing).get(),
        r"The events of shop.ThingEvent do not have the field 'size' of shop.Thing, so the row "
        r"cannot be brought back. Mirror it: see the fields and exclude of the event model.",
    )


def test_a_row_that_is_referred_to_is_gone(project: Project) -> None:
    store = make_store(project, WHOLE_ROWS)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    order.delete()
    customer.delete()
    refused(
        pgh.events(store.Order)[0],
        r"The event store.OrderEvent 1 refers by 'customer' to the store.Customer 1, which is "
        r"gone. Bring that back first.",
    )
    store.Customer.objects.create(pk=1, name="ada")
    assert pgh.revert(pgh.events(store.Order)[0]).customer.name == "ada"


def test_a_row_that_refers_to_itself(project: Project) -> None:
    thing = make_shop(
        project,
        *TRACKERS,
        fields={"parent": "models.ForeignKey('self', models.CASCADE, null=True)"},
    )
    item = thing.objects.create(id=1)
    item.parent = item
    item.save()
    item.delete()
    item = pgh.revert(pgh.events(thing)[1])
    assert item.parent == item
    execute("UPDATE shop_thingevent SET parent_id = 7")
    refused(pgh.events(thing)[1], "which is gone")


def test_what_the_table_refuses(project: Project) -> None:
    thing = make_shop(
        project, *TRACKERS, fields={"name": "models.TextField(null=True, unique=True)"}
    )
    thing.objects.create(id=1, name="a").delete()
    thing.objects.create(id=2, name="a")
    event = pgh.events(thing)[0]
    assert pgh.can_revert(event)
    with pytest.raises(IntegrityError):
        pgh.revert(event)
    assert [item["id"] for item in values(thing)] == [2]
    assert len(pgh.events(thing)) == 3


def test_events_that_do_not_say_whose_they_are(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, event="obj_field=None, exclude=['id']")
    thing.objects.create(id=1)
    refused(pgh.events(thing).get(), r"The events of shop.ThingEvent do not say whose they are")


def test_a_tracked_model_that_is_gone(project: Project) -> None:
    thing = lived(project)
    assert thing.objects.count() == 1
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0002_gone",
        """
        pgh.RemoveTracker("ThingEvent", "gone"),
        pgh.RemoveTracker("ThingEvent", "snapshot"),
        migrations.AlterField("ThingEvent", "pgh_obj", models.BigIntegerField()),
        migrations.DeleteModel("Thing"),
        """,
    )
    project.migrate()
    event = pgh.events("shop.ThingEvent")[0]
    refused(event, r"The model shop.Thing that shop.ThingEvent tracks is gone")


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_of_the_event(project: Project) -> None:
    thing = lived(project)
    project.migrate(database="other")
    thing.objects.using("other").create(id=1, name="there")
    thing.objects.using("other").update(name="changed")
    event = pgh.events(thing, using="other")[0]
    assert pgh.revert(event).name == "there"
    assert pgh.revert(event, using="other")._state.db == "other"
    assert thing.objects.get().name == "b"
    refused(event, r"is of the database 'other', and its row of that one too", using="default")


@pytest.mark.django_db(transaction=True)
def test_the_row_is_locked_first(project: Project) -> None:
    thing = lived(project)
    first = pgh.events(thing)[0]
    done: list[Any] = []

    def run() -> None:
        try:
            done.append(pgh.revert(first).name)
        finally:
            connections["default"].close()

    with session() as other:
        other.execute("UPDATE shop_thing SET name = 'c'")
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(0.5)
        assert not done
        other.commit()
        thread.join(30)
    assert done == ["a"]
    assert [event.name for event in pgh.events(thing)] == ["a", "b", "c", "a"]
