"""The events of objects, on top of what was asked before, and at what cost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import NotSupportedError, connection
from django.db.models import Exists, OuterRef

import pghistory_ops as pgh
from projects import Project

from .store import make_lived_store
from .tools import rows, things

pytestmark = pytest.mark.django_db

BOTH = [("snapshot", 2, "a"), ("snapshot", 2, "b")]


def test_on_top_of_what_was_asked_before(project: Project) -> None:
    thing = things(project)
    second = thing(id=2)
    found = pgh.events(thing)
    assert rows(found.filter(name="b").for_objects(second)) == BOTH[1:]
    assert rows(found.exclude(name="b").for_objects(second)) == BOTH[:1]
    assert rows((found.filter(name="a") | found.filter(name="b")).for_objects(second)) == BOTH
    assert rows((pgh.events(thing(id=1)) | pgh.events(second)).for_objects(second)) == BOTH
    assert rows((pgh.events(thing(id=1)) ^ pgh.events(second)).for_objects(second)) == BOTH
    assert rows(pgh.events(thing(id=1)).for_objects(second)) == []
    assert rows(found.none().for_objects(second)) == []
    assert rows(found.filter(pgh_obj__size__gt=1).for_objects(second)) == BOTH
    assert rows(found.order_by("-pgh_id").for_objects(second)) == BOTH[::-1]
    assert rows(pgh.events(second).filter(pgh_obj__name="b", pgh_obj__size=2)) == BOTH
    assert rows(found) == rows(pgh.events(thing))
    with pytest.raises(TypeError, match="Cannot filter a query once a slice has been taken"):
        found[:1].for_objects(second)
    with pytest.raises(NotSupportedError, match="after union"):
        found.union(found).for_objects(second)


def test_as_a_part_of_another_query(project: Project) -> None:
    thing = things(project)
    thing.objects.filter(id=2).update(name="c")
    changed = pgh.events(thing(id=1)).filter(pgh_obj=OuterRef("pk"), name="b")
    assert thing.objects.get(Exists(changed)).pk == 1
    assert thing.objects.filter(~Exists(changed)).count() == 2
    own = pgh.events(thing(id=2)).filter(pgh_id__in=pgh.events(thing(id=2)).filter(name="c"))
    assert own.get().name == "c"
    assert pgh.events(thing.objects.filter(name="c")).count() == 3


def test_it_costs_no_more_than_a_plain_queryset(project: Project) -> None:
    store = make_lived_store(project)
    event = pgh.event_model(store.Order)

    def ours() -> Any:
        return pgh.events(store.order).order_by("-pgh_id")[:20]

    def plain() -> Any:
        return event.objects.filter(pgh_obj=store.order.pk).order_by("-pgh_id")[:20]

    def compiled(ask: Callable[[], Any]) -> Any:
        return ask().query.get_compiler(connection=connection).as_sql()

    assert compiled(ours) == compiled(plain)
    assert calls(ours) < calls(plain)
    assert calls(lambda: compiled(ours)) < calls(lambda: compiled(plain))


def calls(ask: Callable[[], Any]) -> int:
    """Return how many functions of Python's are called; the first time does not count."""
    ask()
    seen = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal seen
        seen += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        ask()
    finally:
        sys.setprofile(before)
    return seen
