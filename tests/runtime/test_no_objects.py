"""Questions about no objects: no rows, and the aggregates that no rows have."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Count, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pghistory_ops as pgh
from projects import Project

from .store import make_lived_store
from .tools import TRACKERS, things

pytestmark = pytest.mark.django_db

NOTHING = {"n": 0, "m": 0, "k": None}


def aggregates(found: Any) -> dict[str, Any]:
    result: dict[str, Any] = found.aggregate(
        n=Count("pgh_id"), m=Coalesce(Max("pgh_id"), 0), k=Max("pgh_id") + 1
    )
    return result


def test_the_events_of_no_objects(project: Project) -> None:
    thing = things(project, *TRACKERS, "pgh.BeforeUpdate('old')")
    for objects in ([], thing.objects.none(), thing.objects.filter(pk__in=[])):
        found = pgh.events(thing).for_objects(objects)
        changes = found.with_changes()
        for item in (found, changes, changes[:2], found.as_of(timezone.now()), changes.distinct()):
            assert aggregates(item) == NOTHING
            assert item.count() == len(item) == 0
            assert not item.exists()
        assert aggregates(changes.filter(pgh_changes__has_key="name")) == NOTHING
        assert changes.values("name").annotate(n=Count("pk")).aggregate(k=Max("n")) == {"k": None}
        assert len(found | pgh.events(thing(id=1))) == 3
        assert len(changes | pgh.events(thing(id=1)).with_changes()) == 3
        assert aggregates(changes | changes) == NOTHING
        assert aggregates(changes.exclude(name="b")) == NOTHING


def test_without_objects_the_database_is_not_asked(project: Project) -> None:
    thing = things(project)
    with CaptureQueriesContext(connection) as queries:
        assert not list(pgh.events(thing).for_objects([]).with_changes())
        assert not list(pgh.Events.objects.tracks([]))
    assert not queries.captured_queries


def test_rows_of_no_objects(project: Project) -> None:
    store = make_lived_store(project)

    class Tagged(pgh.Events):
        total = pgh.ProxyField("pgh_data__total", models.IntegerField())
        tags = pgh.ProxyField("pgh_context__metadata__tags", models.JSONField())
        name = pgh.ProxyField("pgh_diff__name__0", models.TextField())

    no_orders = store.Order.objects.none()
    for found in (
        Tagged.objects.tracks([]),
        Tagged.objects.tracks(no_orders),
        Tagged.objects.references(no_orders),
        Tagged.objects.across(),
        Tagged.objects.tracks(no_orders, store.Parcel.objects.none()),
        Tagged.objects.tracks(store.order).tracks([]),
    ):
        assert aggregates(found) == NOTHING
        assert found.aggregate(
            total=Max("total"),
            tags=Count("tags"),
            name=Coalesce(Max("name"), Value("?", models.TextField())),
        ) == {"total": None, "tags": 0, "name": "?"}
        assert found.aggregate(at=Max("pgh_created_at"), data=Count("pgh_data")) == {
            "at": None,
            "data": 0,
        }
        assert found.count() == len(found) == 0
    some = Tagged.objects.tracks(no_orders, store.parcel)
    assert aggregates(some)["n"] == some.count() == len(some) == 3


def test_a_subquery_of_no_objects(project: Project) -> None:
    thing = things(project)
    none = pgh.events(thing).for_objects([]).with_changes()
    rows = pgh.Events.objects.tracks([])
    for found in (none.values("name"), rows.values("pgh_label")):
        asked = thing.objects.annotate(last=Subquery(found[:1]))
        assert [item.last for item in asked] == [None] * 3
        counted = found.filter(pgh_id=OuterRef("pk")).order_by().annotate(n=Count("pgh_id"))
        asked = thing.objects.annotate(n=Coalesce(Subquery(counted.values("n")), 0))
        assert [item.n for item in asked] == [0] * 3
        assert not thing.objects.filter(name__in=found).exists()
        assert thing.objects.exclude(name__in=found).count() == 3
