"""The order of events that is there unless another is asked for, and the answers that it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Count, F, Max, OuterRef, Subquery
from django.utils import timezone

import pghistory_ops as pgh
from projects import Project

from .tools import TRACKERS, things

pytestmark = pytest.mark.django_db

# The project's own order of its events, which is none of history's.
OWN = "options={'ordering': ['-name', '-pgh_id']}"


@pytest.fixture(params=["", OWN], ids=["plain", "own"])
def thing(request: Any, project: Project) -> Any:
    """A model of which three objects were made, as ``a``, and made ``b``."""
    return things(project, *TRACKERS, event=request.param)


def ids(found: Any) -> list[int]:
    return list(found.values_list("pgh_id", flat=True))


def asked(thing: Any) -> dict[str, Any]:
    """Ask in every way for the events of all things, or of each its newest."""
    return {
        "all": pgh.events(thing),
        "label": pgh.events(thing).labeled("snapshot"),
        "objects": pgh.events(thing).for_objects([thing(id=key) for key in (1, 2, 3)]),
        "queryset": pgh.events(thing.objects.all()),
        "changes": pgh.events(thing.objects.all()).with_changes(),
        "as_of": pgh.events(thing).as_of(timezone.now()),
        "newest": pgh.events(thing).latest_per_object(),
        "sliced": pgh.events(thing)[1:].latest_per_object(),
        "instances": pgh.events(thing).as_instances(),
    }


def test_the_oldest_first_whatever_the_project_orders_by(thing: Any) -> None:
    for name, found in asked(thing).items():
        assert found.ordered, name
        assert len(found) in (3, 6), name
        assert ids(found) == sorted(ids(found)), name
        assert ids(found.reverse()) == sorted(ids(found), reverse=True), name
        assert ids(found.all()[1:3]) == ids(found)[1:3], name
    assert pgh.events(thing(id=2)).first().name == "a"
    assert pgh.events(thing(id=2)).last().name == "b"
    assert [item.name for item in pgh.events(thing(id=2)).as_instances()] == ["a", "b"]


def test_groups_are_of_what_is_asked_for(thing: Any) -> None:
    for name, found in asked(thing).items():
        counts = list(found.values("name").annotate(n=Count("pk")))
        assert sorted(item["n"] for item in counts) in ([3], [3, 3]), name
        assert not found.values("name").annotate(n=Count("pk")).ordered, name
    assert pgh.events(thing).values("name").annotate(n=Count("pk")).order_by("-name")[0] == {
        "name": "b",
        "n": 3,
    }
    newest = pgh.events(thing).filter(pgh_obj=OuterRef("pk")).values("pgh_obj")
    counted = thing.objects.annotate(n=Subquery(newest.annotate(n=Count("pk")).values("n")))
    assert [item.n for item in counted] == [2, 2, 2]


def test_distinct_values_are_distinct(thing: Any) -> None:
    for name, found in asked(thing).items():
        names = found.values_list("name", flat=True).distinct()
        assert sorted(names) in (["b"], ["a", "b"]), name
        assert names.count() == len(names)
    found = pgh.events(thing)
    assert ids(found.distinct()) == sorted(ids(found))
    assert [row[0] for row in found.values_list("pgh_id", "name").distinct()] == ids(found)
    assert list(found.values_list(F("pgh_id")).distinct()) == [(key,) for key in ids(found)]
    assert set(found.values_list(F("name")).distinct()) == {("a",), ("b",)}
    assert [item.name for item in found.order_by("name", "-pgh_id").distinct("name")] == ["a", "b"]


def test_groups_of_one_row_keep_the_order(thing: Any) -> None:
    for name, found in asked(thing).items():
        counted = found.annotate(n=Count("pgh_obj"))
        assert [item.pk for item in found] == [item.pk for item in counted], name
    found = pgh.events(thing)
    counted = found.annotate(n=Count("pgh_obj"))
    assert "ORDER BY" in str(counted.query)
    assert counted.last().pk == ids(found)[-1]
    assert [item.pk for item in counted.reverse()] == ids(found)[::-1]
    assert counted.count() == 6
    grouped = found.values("pgh_id", "name").annotate(n=Count("pgh_obj"))
    assert [row["pgh_id"] for row in grouped] == ids(found)
    assert "ORDER BY" in str(grouped.query)
    assert len(grouped.values("n").distinct()) == 1
    assert "ORDER BY" not in str(counted.order_by().query)


def test_unions(thing: Any) -> None:
    first, second = pgh.events(thing(id=1)), pgh.events(thing(id=2))
    assert sorted(ids(second.union(first))) == sorted(ids(first) + ids(second))
    assert ids(second.union(first).order_by("pgh_id")) == sorted(ids(first) + ids(second))
    names = second.values_list("name").union(first.values_list("name"))
    assert sorted(names) == [("a",), ("b",)]
    assert len(second.union(first).values_list("name", flat=True)) == 2
    assert list(names.order_by("-name")) == [("b",), ("a",)]
    own = second.values_list(F("pgh_id")).union(first.values_list(F("pgh_id")))
    assert sorted(own) == [(key,) for key in sorted(ids(first) + ids(second))]


def test_another_order_takes_its_place(thing: Any) -> None:
    found = pgh.events(thing)
    assert ids(found.order_by("-pgh_id")) == ids(found)[::-1]
    assert "ORDER BY" not in str(found.order_by().query)
    assert not found.order_by().ordered
    newest = found.order_by("-pgh_id")[:4].latest_per_object()
    assert newest.query.order_by == ("-pgh_id",)
    assert not found.order_by()[:4].latest_per_object().ordered
    assert ids(found.order_by("-pgh_id") | found.filter(name="a")) == ids(found)[::-1]
    assert found.aggregate(Max("pgh_id")) == {"pgh_id__max": ids(found)[-1]}


def test_the_options_of_the_model_stay_as_they_are(thing: Any) -> None:
    event = pgh.event_model(thing)
    own = list(event._meta.ordering)
    found = pgh.events(thing)
    assert len(found) == 6
    assert found.query.get_meta().ordering == ("pgh_id",)
    assert list(event._meta.ordering) == own
    expected = found.order_by(*own) if own else found.order_by()
    assert str(event.objects.all().query) == str(expected.query)


def test_rows_of_many_models(project: Project) -> None:
    thing = things(project)
    found = pgh.Events.objects.tracks(thing.objects.all())
    assert [row.pgh_id for row in found] == [row.pgh_id for row in pgh.events(thing)]
    labels = found.values_list("pgh_label", flat=True).distinct()
    assert list(labels) == ["snapshot"]
    assert list(found.values("pgh_label").annotate(n=Count("pk"))) == [
        {"pgh_label": "snapshot", "n": 6}
    ]
    keys = found.values("pgh_created_at", "pgh_model", "pgh_id").distinct()
    assert "ORDER BY" in str(keys.query)
    assert [row.pgh_id for row in found.annotate(n=Count("pgh_label"))] == ids(found)
