"""The objects as they were at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from projects import Project

from .store import make_store
from .tools import TRACKERS

pytestmark = pytest.mark.django_db


def moment() -> datetime:
    found: datetime = query("SELECT clock_timestamp()")[0]
    return found


def state(thing: Any, when: datetime, **options: Any) -> list[tuple[Any, ...]]:
    found = pgh.events(thing).as_of(when, **options)
    rows = list(found.values_list("id", "name").order_by("id"))
    if isinstance(thing, type) and thing._meta.pk.name == "id":
        # Asked alone, each object was the same.
        keys = pgh.events(thing).order_by("id").values_list("id", flat=True).distinct()
        assert rows == [row for key in keys for row in state(thing(id=key), when, **options)]
    return rows


@pytest.mark.parametrize("event", ["", "obj_field=None"])
def test_the_table_as_it_was(project: Project, event: str) -> None:
    thing = make_shop(project, *TRACKERS, event=event)
    start = moment()
    thing.objects.create(id=1, name="a")
    thing.objects.create(id=2, name="a")
    created = moment()
    thing.objects.filter(id=1).update(name="b")
    updated = moment()
    thing.objects.filter(id=1).delete()
    deleted = moment()
    thing.objects.create(id=1, name="c")
    assert state(thing, start) == []
    assert state(thing, created) == [(1, "a"), (2, "a")]
    assert state(thing, updated) == [(1, "b"), (2, "a")]
    assert state(thing, deleted) == [(2, "a")]
    assert state(thing, moment()) == [(1, "c"), (2, "a")]
    assert state(thing, moment() - timedelta(days=1)) == []
    assert [event.name for event in pgh.events(thing(id=1)).as_of(updated)] == ["b"]
    assert [event.name for event in pgh.events(thing(id=1)).as_of(deleted)] == []


def test_the_moment_of_an_event_is_after_it(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a")
    event = pgh.events(thing).get()
    assert state(thing, event.pgh_created_at) == [(1, "a")]
    assert state(thing, event.pgh_created_at - timedelta(microseconds=1)) == []


def test_filters_choose_among_the_states(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a", size=1)
    thing.objects.create(id=2, name="a", size=2)
    thing.objects.filter(id=1).update(name="b")
    now = moment()
    for found in (
        pgh.events(thing).filter(name="a").as_of(now),
        pgh.events(thing).as_of(now).filter(name="a"),
        pgh.events(thing).annotate(double=F("size") * 2).as_of(now).filter(name="a"),
    ):
        assert [event.id for event in found] == [2]
    assert [item.id for item in pgh.events(thing).as_of(now).order_by("-id")[:1]] == [2]
    assert pgh.events(thing).as_of(now).count() == 2
    assert pgh.events(thing.objects.filter(name="b")).as_of(now).get().id == 1
    assert pgh.events(thing).as_of(now).for_objects(thing(id=1)).get().name == "b"
    both = pgh.events(thing(id=1)).as_of(now) | pgh.events(thing(id=2)).as_of(now)
    assert sorted(event.id for event in both) == [1, 2]


def test_an_event_of_an_earlier_moment_hides_nothing_that_came_after_it(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, "pgh.ManualTracker('imported')")
    before = moment()
    item = thing.objects.create(id=1, name="a")
    created = moment()
    thing.objects.update(name="b")
    item.name = "legacy"
    legacy = pgh.create_event(item, label="imported", at=before - timedelta(days=9))
    assert legacy == pgh.events(thing).last()
    assert state(thing, before - timedelta(days=10)) == []
    assert state(thing, before) == [(1, "legacy")]
    assert state(thing, created) == [(1, "a")]
    assert state(thing, moment()) == [(1, "b")]
    assert state(thing, moment(), states=["imported"]) == [(1, "legacy")]
    item.name = "between"
    pgh.create_event(item, label="snapshot", at=created)
    assert state(thing, created) == [(1, "between")]
    assert state(thing, moment()) == [(1, "b")]
    thing.objects.all().delete()
    item.name = "late"
    pgh.create_event(item, label="imported", at=created)
    assert state(thing, created) == [(1, "late")]
    assert state(thing, moment()) == []


def test_of_equal_moments_the_last_effect_counts(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a")
    thing.objects.update(name="b")
    execute("UPDATE shop_thingevent SET pgh_created_at = '2026-01-01T00:00Z'")
    assert state(thing, moment()) == [(1, "b")]


def test_composite_keys(project: Project) -> None:
    history = (
        'pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),\n'
        'pgh.AddTracker("ParcelEvent", pgh.Snapshot()),\n'
        'pgh.AddTracker("ParcelEvent", pgh.AfterDelete()),\n'
    )
    store = make_store(project, history)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    for number in (1, 2):
        store.Parcel.objects.create(order=order, number=number)
    store.Parcel.objects.filter(number=1).update(weight=5)
    store.Parcel.objects.filter(number=2).delete()
    found = pgh.events(store.Parcel).as_of(moment())
    assert list(found.values_list("number", "weight")) == [(1, 5)]
    assert pgh.events(store.Parcel(order=order, number=1)).as_of(moment()).get().weight == 5


def test_truncate_removes_all(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", "pgh.AfterTruncate('cleared')")
    thing.objects.create(id=1, name="a")
    before = moment()
    execute("TRUNCATE shop_thing")
    assert state(thing, before) == [(1, "a")]
    assert state(thing, moment()) == []


def test_old_rows_are_no_states(project: Project) -> None:
    for order in ("aaa", "zzz"):  # before and after the event with the new row
        thing = make_shop(project, *TRACKERS, f"pgh.BeforeUpdate({order!r})")
        thing.objects.create(id=1, name="a")
        thing.objects.update(name="b")
        assert [event.pgh_label for event in pgh.events(thing)].count(order) == 1
        assert state(thing, moment()) == [(1, "b")]
        project.migrate("shop", "zero")
        project.uninstall()


@pytest.mark.parametrize(
    "trackers",
    [
        ("pgh.BeforeUpdate()",),
        ("pgh.AfterInsert()", "pgh.BeforeUpdate()", "pgh.AfterDelete()"),
        (
            "pgh.AfterInsert()",
            "pgh.BeforeUpdate()",
            "pgh.AfterUpdate(condition=pgh.Q(new__size=1))",
        ),
    ],
)
def test_where_only_old_rows_are_recorded_the_question_is_refused(
    project: Project, trackers: tuple[str, ...]
) -> None:
    thing = make_shop(project, *trackers)
    thing.objects.create(id=1, name="a")
    with pytest.raises(
        ValueError,
        match=(
            r"The events of shop.ThingEvent under 'before_update' hold the row as it was before an "
            r"update, and no tracker records the new row of every update, so the state of a row at "
            r"a moment is in no event. Add a Snapshot"
        ),
    ):
        pgh.events(thing).as_of(moment())
    found = pgh.events(thing).as_of(moment(), states=["after_insert"])
    assert [event.name for event in found] == (["a"] if len(trackers) > 1 else [])


MIXED = "pgh.DatabaseTracker('changed', operation=pgh.Insert | pgh.Update | pgh.Delete)"


def test_a_label_that_does_not_say_whether_the_row_is_gone(project: Project) -> None:
    thing = make_shop(project, MIXED)
    thing.objects.create(id=1, name="a")
    thing.objects.create(id=2, name="b").delete()
    with pytest.raises(
        ValueError,
        match=(
            r"Of the events of shop.ThingEvent under 'changed' some say that the row is gone and "
            r"some do not, and they do not say which. Give deletes a tracker of their own"
        ),
    ):
        pgh.events(thing).as_of(moment())
    assert state(thing, moment(), removals=[]) == [(1, "a"), (2, "b")]
    assert state(thing, moment(), removals=["changed"]) == []


def test_labels_of_trackers_that_were_removed(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a").delete()
    execute("UPDATE shop_thingevent SET pgh_label = 'deleted' WHERE pgh_label = 'gone'")
    assert state(thing, moment(), removals=["gone", "deleted"]) == []


def test_states_of_some_labels(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, "pgh.ManualTracker('seen')")
    item = thing.objects.create(id=1, name="a")
    pgh.create_event(item, label="seen")
    thing.objects.update(name="b")
    assert state(thing, moment(), states=["seen"]) == [(1, "a")]
    item.delete()
    assert state(thing, moment(), states=["seen"]) == []


def test_as_instances(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a")
    now = moment()
    thing.objects.update(name="b")
    then = pgh.events(thing).as_of(now).as_instances().get()
    assert (type(then), then.id, then.name) == (thing, 1, "a")
