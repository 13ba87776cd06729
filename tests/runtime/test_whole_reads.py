"""What changed, where no objects were given: windows over what the query is about, or look-ups.

With a look-up for each event, as many events as one object has are read as many times.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Exists, F, Max, OuterRef, Q, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Random, RowNumber

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from pghistory_ops.queries import scope
from projects import Project

from .store import make_store
from .test_plans import filled, index, moment, plan
from .tools import TRACKERS, is_windowed, things

pytestmark = pytest.mark.django_db

CHANGED = {"name": ("a", "b")}
LINEAR = ("WindowAgg", 1), ("SubPlan", 0)


def has(found: Any, *numbers: tuple[str, int]) -> str:
    """Check how often the plan of a query has some words."""
    text = plan(found)
    for word, number in numbers:
        assert text.count(word) == number, text
    return text


def test_one_pass_without_objects(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    found = pgh.events(thing)
    for asked in (
        found,
        found.reverse(),
        found.filter(name="a"),
        found.filter(Q(name="a") | Q(size__lt=100)).exclude(pgh_label="gone"),
        found.between(moment(), None),
        found.filter(pgh_obj__name="a"),
        found.order_by("-pgh_id")[:1000],
        found.order_by("size")[100:2000],
        found.filter(pgh_obj_id__gt=100),
        found.select_related("pgh_context", "pgh_obj")[:1000],
        found[5:],
    ):
        has(asked.with_changes(), *LINEAR)
    has(found.with_changes().filter(pgh_changes__has_key="name", size__gt=5), LINEAR[0])
    page = has(found.order_by("-pgh_id").with_changes()[:100], *LINEAR)
    assert f"Index Scan Backward using {index('pgh_id')}" in page
    assert index("pgh_obj_id") in page
    assert "Seq Scan" not in page


def test_objects_that_filters_name(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    execute("INSERT INTO shop_thing SELECT n, 'a', n FROM generate_series(1, 500) AS n")
    found, item = pgh.events(thing), thing(id=7)
    for asked in (
        found.filter(pgh_obj_id=7),
        found.filter(pgh_obj=item),
        found.filter(pgh_obj=7, name="a").filter(pgh_obj__pk=7),
        found.filter(pgh_obj__id=7).order_by("-pgh_id")[:20],
        found.filter(Q(Q(pgh_obj__in=[7, item]) & Q(name="a"))),
        found.filter(Q(pgh_obj=7) | Q(pgh_obj__in=[8, 9])),
        found.filter(pgh_obj=item) | found.filter(pgh_obj=8),
        pgh.events(item) | pgh.events(thing(id=8)),
        found.filter(pgh_obj=7)[:20],
    ):
        text = has(asked.with_changes(), *LINEAR)
        assert index("pgh_obj_id") in text
        assert "Seq Scan on shop_thingevent" not in text
    after = found.with_changes().filter(pgh_obj=item, size__gt=5)
    assert index("pgh_obj_id") in has(after, *LINEAR)
    after = found.with_changes().for_objects(item)
    assert index("pgh_obj_id") in has(after, *LINEAR)


def test_the_state_of_objects_that_filters_name(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    found, then = pgh.events(thing), moment()
    one = [
        found.filter(pgh_obj=7).as_of(then),
        found.as_of(then).filter(pgh_obj_id=7),
        found.as_of(then).filter(pgh_obj__pk=7, name="a"),
        found.filter(pgh_obj=thing(id=7)).as_of(then).with_changes(),
    ]
    some = [
        found.filter(pgh_obj__in=[7, 8]).as_of(then),
        found.as_of(then).filter(Q(pgh_obj=7) | Q(pgh_obj=8)),
        (found.filter(pgh_obj=7) | found.filter(pgh_obj=8)).as_of(then),
    ]
    for asked in (*one, *some):
        text = plan(asked)
        assert index("pgh_obj_id") in text
        assert "Seq Scan on shop_thingevent" not in text
    assert all("Limit" in plan(asked) for asked in one)
    assert all("Aggregate" in plan(asked) for asked in some)
    either = found.as_of(then).filter(pgh_obj=7) | found.as_of(then).filter(pgh_obj=8)
    assert sorted(event.id for event in either) == [7, 8]
    assert [len(asked) for asked in (*one, *some)] == [1, 1, 1, 1, 2, 2, 2]


def test_what_is_looked_up(project: Project) -> None:
    """A subquery may find other events the second time, and a look-up is for few."""
    thing = things(project)
    found = pgh.events(thing)
    everything = dict(found.with_changes().values_list("pk", "pgh_changes"))
    for asked, number in (
        (found[:20], 6),
        (found.filter(pk__in=found.order_by("?")[:2]), 2),
        (found.filter(pgh_obj__in=thing.objects.filter(id=2)), 2),
        (found.filter(Exists(thing.objects.filter(pk=OuterRef("pgh_obj_id")))), 6),
        (found.filter(size=F("pgh_obj__size")), 6),
        (found.annotate(r=Random()).filter(r__lt=2), 6),
        (found.latest_per_object(), 3),
    ):
        told = asked.with_changes()
        assert not is_windowed(told)
        answers = list(told.values_list("pk", "pgh_changes"))
        assert len(answers) == number
        assert all(everything[key] == value for key, value in answers)


def test_slices_that_a_subquery_would_take_otherwise(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "FEW", 0)
    thing = things(project)
    thing.objects.filter(id=3).delete()
    found = pgh.events(thing)
    told = found.with_changes()
    everything = dict(told.values_list("pk", "pgh_changes"))
    assert len(everything) == 7
    assert is_windowed(told[:2])
    for start in range(7):
        assert [event.pk for event in told[start : start + 2]] == list(everything)[start:][:2]
    numbered = told.annotate(n=Window(RowNumber(), order_by="-pgh_id"))
    of_each = Window(RowNumber(), partition_by="pgh_obj_id", order_by="pgh_id")
    # A column of all, an expression, a random one: each row once, and as many as were asked for.
    for asked in (
        told.order_by("?")[:5],
        told.annotate(r=Random()).order_by("r")[:5],
        told.order_by(F("size").desc(), "pk")[:5],
        told.order_by("pgh_changes", "pk")[:5],
        told.filter(pgh_changes__isnull=False) | told.filter(pgh_label="gone")[:5],
        numbered.filter(n__gt=2)[:5],
        told.annotate(n=of_each).filter(n=2)[:3],
        told.filter(name="b")[:3],
        told.filter(pgh_obj__name="b")[:4],
    ):
        rows = [(event.pk, event.pgh_changes) for event in asked]
        assert len(rows) == len(dict(rows)) >= 3
        assert all(everything[key] == value for key, value in rows)
    assert [e.pk for e in told.annotate(n=of_each).filter(n=2)[:3]] == [
        e.pk for e in found.filter(name="b", pgh_label="snapshot")
    ]
    last = told.annotate(n=Window(RowNumber(), order_by="pgh_id")).order_by("-pgh_id")
    assert [event.n for event in last[:2]] == [7, 6]
    thing.objects.filter(id=1).update(size=50)
    thing.objects.filter(id=2).delete()
    (resized,) = told.filter(pgh_changes__has_key="size").order_by("-pgh_id")[:1]
    assert resized.size == 50
    labels = told.order_by("pgh_label").values_list("pgh_label", flat=True).distinct()
    assert list(labels[:2]) == ["gone", "snapshot"]
    changed = told.order_by("name").values_list("name", "pgh_changes").distinct()
    assert len(changed[:9]) == 4


def test_a_join_that_leaves_rows_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "FEW", 0)
    thing = things(project)
    thing.objects.filter(id__in=[1, 2]).delete()
    told = pgh.events(thing).with_changes()
    for asked in (
        told.filter(pgh_obj__name="b")[:1],
        told.filter(pgh_obj__size__gt=0).select_related("pgh_obj")[:1],
        told.filter(pgh_obj__size__gt=0).filter(name="a")[:1],
        told.filter(pgh_obj__isnull=False, pgh_obj__id=3).order_by("pgh_obj__size")[:1],
    ):
        assert is_windowed(asked)
        assert [event.id for event in asked] == [3]
    assert [event.id for event in told.order_by("pgh_obj__name", "pk")[:2]] == [3, 3]


def test_nothing_is_asked(project: Project) -> None:
    thing = things(project)
    told = pgh.events(thing).with_changes()
    for nothing in (
        told.none(),
        told.filter(pgh_obj__in=[]),
        told.filter(pgh_obj=2**70),
        told.filter(name__in=[]),
        told[0:0],
    ):
        assert list(nothing) == []
        assert nothing.count() == 0
        assert nothing.aggregate(n=Max("pk")) == {"n": None}
    assert len(told.exclude(pgh_obj__in=[])) == 6
    assert len(told.filter(~Q(pgh_obj__in=[]) & Q(name="a"))) == 3
    assert len(pgh.events(thing).as_of(now()).filter(pgh_obj__in=[])) == 0
    assert len(pgh.events(thing).as_of(now()).exclude(pgh_obj__in=[])) == 3


def now() -> datetime:
    found: datetime = query("SELECT clock_timestamp()")[0]
    return found


def test_around_and_in_other_queries(project: Project) -> None:
    thing = things(project)
    told = pgh.events(thing).with_changes()
    own = told.filter(pgh_obj=OuterRef("pk"), pgh_changes__has_key="name")
    assert thing.objects.filter(Exists(own)).count() == 3
    one = told.filter(pgh_obj=2)
    assert thing.objects.filter(pk__in=one.values("pgh_obj")).get().pk == 2
    same = thing.objects.filter(pk=OuterRef("pgh_obj"), name=OuterRef("new"))
    for asked, number in ((told, 3), (one, 1), (told.filter(size__gt=0), 3)):
        newer = asked.annotate(new=KT("pgh_changes__name__1"))
        assert newer.filter(Exists(same)).count() == number
        assert [event.new for event in newer.filter(Exists(same))] == ["b"] * number
    assert len(told.union(one)) == 6
    assert [event.pgh_changes for event in told.union(one).order_by("pgh_id")][3:] == [CHANGED] * 3
    assert told.filter(pgh_changes__isnull=True).values("pgh_label").distinct().count() == 1
    locked = told.select_for_update()
    assert [event.pgh_changes for event in locked][3:] == [CHANGED] * 3
    assert told.filter(name="b").update(size=9) == 3
    assert told.filter(pgh_changes__has_key="size").count() == 3
    assert told.filter(pgh_changes__has_key="size").delete()[0] == 3


def test_events_of_no_object(project: Project) -> None:
    thing = make_shop(project, *TRACKERS, event="obj_field=pgh.ObjForeignKey(null=True)")
    for key in (1, 2):
        thing.objects.create(id=key, name="a", size=key)
    thing.objects.update(name="b")
    execute("UPDATE shop_thingevent SET pgh_obj_id = NULL WHERE id = 2")
    found = pgh.events(thing)
    looked_up = found.filter(pk__in=found.values("pk")).with_changes()
    assert [event.pgh_changes for event in looked_up] == [None, None, CHANGED, None]
    for asked in (
        found,
        found[:1000],
        found.filter(name__isnull=False),
        found.filter(pgh_obj=None) | found.filter(pgh_obj=1),
    ):
        assert [event.pgh_changes for event in asked.with_changes()] == [None, None, CHANGED, None]
    nobody = found.filter(pgh_obj=None).with_changes()
    assert [event.pgh_changes for event in nobody] == [None, None]
    assert is_windowed(nobody)
    assert [row.pgh_diff for row in pgh.Events.objects.order_by("pgh_id")] == [
        None,
        None,
        {"name": ["a", "b"]},
        None,
    ]


def test_keys_of_several_columns(project: Project) -> None:
    history = (
        'pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),\n'
        'pgh.AddTracker("ParcelEvent", pgh.Snapshot()),\n'
        'pgh.AddTracker("ParcelEvent", pgh.AfterDelete()),\n'
    )
    store = make_store(project, history)
    order = store.Order.objects.create(customer=store.Customer.objects.create(name="ada"))
    for number in (1, 2):
        store.Parcel.objects.create(order=order, number=number)
    store.Parcel.objects.filter(number=1).update(weight=5)
    found = pgh.events(store.Parcel)
    changed = [None, {"weight": (0, 5)}]
    for asked in (
        found.filter(order=order, number=1),
        found.filter(order_id=order.pk, number__in=[1, 7]),
        found.filter(number=1),
        found.filter(Q(order=order) & Q(number=1)),
        found.filter(pgh_label="snapshot", number__lt=2),
    ):
        assert [event.pgh_changes for event in asked.with_changes()] == changed
        assert [event.weight for event in asked.as_of(now())] == [5]
    one = found.filter(order=order, number=1)
    assert is_windowed(one.with_changes())
    assert "LIMIT 1" in str(one.as_of(now()).query)
    assert "LIMIT 1" not in str(found.filter(order=order).as_of(now()).query)
    assert is_windowed(found.with_changes())
    assert len(found.with_changes()) == 3


def test_all_events_of_many_models(project: Project) -> None:
    filled(project, *TRACKERS)
    found = pgh.Events.objects
    assert plan(found.all()).count("WindowAgg") == 1
    assert plan(found.values_list("pgh_id", "pgh_diff")).count("WindowAgg") == 1
    for asked in (found.all()[:20], found.filter(pgh_label="x"), found.defer("pgh_diff")):
        assert "WindowAgg" not in plan(asked)
    assert " OVER " not in str(found.values("pgh_id").query)
