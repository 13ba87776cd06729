"""Which of the events: by label, time and context, the newest, and in a slice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

import pghistory_ops as pgh
from db.shop import make_shop
from pghistory_ops.registry.event_models import AmbiguousEventModel
from projects import Project

from .store import HISTORY, make_store
from .tools import TRACKERS, open_context, rows, things

pytestmark = pytest.mark.django_db


def test_labels(project: Project) -> None:
    thing = things(project)
    thing.objects.filter(id=1).delete()
    assert rows(pgh.events(thing).labeled("gone")) == [("gone", 1, "b")]
    assert len(pgh.events(thing).labeled("gone", "snapshot")) == 7
    assert rows(pgh.events(thing, label="gone")) == [("gone", 1, "b")]
    assert rows(pgh.events(thing).labeled()) == []
    with pytest.raises(
        ValueError,
        match=(
            r"No tracker of shop.ThingEvent has the label 'deleted'. It has: 'snapshot', 'gone'. "
            r"For the events of a tracker that was removed, use filter\(pgh_label=…\)."
        ),
    ):
        pgh.events(thing).labeled("deleted")


def test_a_label_says_which_of_several_event_models(project: Project) -> None:
    more = (
        'pgh.CreateEventModel("AuditEvent", tracks="store.Order", fields=["total"]),\n'
        'pgh.AddTracker("AuditEvent", pgh.AfterInsert("audited")),\n'
    )
    store = make_store(project, HISTORY + more)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    assert [item.pgh_label for item in pgh.events(order, label="audited")] == ["audited"]
    with pytest.raises(AmbiguousEventModel):
        pgh.events(order)


def test_a_span_of_time_is_half_open(project: Project) -> None:
    thing = make_shop(project, "pgh.ManualTracker('seen')")
    item = thing.objects.create(id=1)
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    for hours in range(4):
        pgh.create_event(item, label="seen", at=noon + timedelta(hours=hours))

    def hours(start: datetime | None, end: datetime | None) -> list[int]:
        found = pgh.events(item).between(start, end)
        return [(event.pgh_created_at - noon).seconds // 3600 for event in found]

    one, three = noon + timedelta(hours=1), noon + timedelta(hours=3)
    assert hours(one, three) == [1, 2]
    assert hours(None, one) == [0]
    assert hours(three, None) == [3]
    assert hours(None, None) == [0, 1, 2, 3]
    assert hours(three, one) == []


@pytest.mark.parametrize("ask", ["between", "as_of"])
def test_a_moment_has_a_time_zone(project: Project, ask: str) -> None:
    thing = things(project)

    def asked(moment: Any) -> Any:
        arguments = (moment, None) if ask == "between" else (moment,)
        return getattr(pgh.events(thing), ask)(*arguments)

    with pytest.raises(ValueError, match="The moment 2026-05-01T00:00:00 has no time zone"):
        asked(datetime(2026, 5, 1))  # noqa: DTZ001
    with pytest.raises(TypeError, match=r"is no moment\. Give a datetime"):
        asked(datetime(2026, 5, 1, tzinfo=UTC).date())


CONTEXTS = ["", "context_field=pgh.ContextJSONField()"]


@pytest.mark.parametrize("event", CONTEXTS)
def test_what_the_context_says(project: Project, event: str) -> None:
    thing = make_shop(project, *TRACKERS, event=event)

    def create(key: int, context: str) -> None:
        open_context(key, context)
        thing.objects.create(id=key)

    thing.objects.create(id=1)
    create(2, '{"user": 5, "url": "/a", "tags": ["x", "y"], "a b": {"c": null}}')
    create(3, '{"user": 6, "when": "2026-05-01T00:00:00Z"}')

    def keys(**metadata: Any) -> list[int]:
        return [event.id for event in pgh.events(thing).in_context(**metadata)]

    assert keys() == [2, 3]
    assert keys(user=5) == [2]
    assert keys(user="5") == []
    assert keys(user=6, url="/a") == []
    assert keys(tags=["y"]) == [2]
    assert keys(**{"a b": {"c": None}}) == [2]
    assert keys(when=datetime(2026, 5, 1, tzinfo=UTC)) == [3]
    assert keys(user__gt=5) == []
    assert [item.id for item in pgh.events(thing(id=2)).in_context(user=5).with_changes()] == [2]


def test_events_without_context(project: Project) -> None:
    thing = things(project, *TRACKERS, event="context_field=None")
    with pytest.raises(ValueError, match=r"The events of shop.ThingEvent have no context"):
        pgh.events(thing).in_context(user=5)


def test_the_newest_of_each_object(project: Project) -> None:
    thing = things(project)
    thing.objects.filter(id=2).delete()
    found = pgh.events(thing).latest_per_object()
    assert rows(found) == [("snapshot", 1, "b"), ("snapshot", 3, "b"), ("gone", 2, "b")]
    found = pgh.events(thing).filter(name="a").latest_per_object()
    assert rows(found) == [("snapshot", key, "a") for key in (1, 2, 3)]
    assert rows(pgh.events(thing).latest_per_object().filter(pgh_label="gone")) == [
        ("gone", 2, "b")
    ]
    found = pgh.events(thing)[:4].latest_per_object()
    assert rows(found) == [("snapshot", 2, "a"), ("snapshot", 3, "a"), ("snapshot", 1, "b")]
    assert rows(found.filter(name="b")) == [("snapshot", 1, "b")]
    found = pgh.events(thing).order_by("-pgh_id")[:2].latest_per_object()
    assert rows(found) == [("gone", 2, "b"), ("snapshot", 3, "b")]
    with pytest.raises(ValueError, match="leaves the annotations behind"):
        pgh.events(thing).annotate(double=F("size") * 2)[:4].latest_per_object()


def test_a_slice_cannot_be_filtered(project: Project) -> None:
    thing = things(project)
    for ask in (
        lambda found: found.labeled("gone"),
        lambda found: found.as_of(timezone.now()),
        lambda found: found.for_objects(thing(id=1)),
        lambda found: found.between(timezone.now(), None),
    ):
        with pytest.raises(TypeError, match="Cannot filter a query once a slice has been taken"):
            ask(pgh.events(thing)[:2])
