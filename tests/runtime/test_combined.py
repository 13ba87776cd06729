"""Querysets that are combined with ``|``, ``&`` and ``^``."""

from __future__ import annotations

from typing import Any

import pytest

import pghistory_ops as pgh
from projects import Project

from .store import make_lived_store
from .tools import TRACKERS, changes, things

pytestmark = pytest.mark.django_db


def pairs(found: Any) -> list[tuple[int, str]]:
    return [(item.id, item.name) for item in found]


def test_a_slice_keeps_the_questions(project: Project) -> None:
    thing = things(project)
    first, rest = pgh.events(thing(id=1)), pgh.events(thing).filter(name="b")
    for found in (first[:1] | rest, rest | first[:1], first[:1] | rest[:9]):
        assert pairs(found) == [(1, "a"), (1, "b"), (2, "b"), (3, "b")]
        assert len(changes(found)) == 4
        assert pairs(found.latest_per_object()) == [(1, "b"), (2, "b"), (3, "b")]
        assert found.labeled("snapshot").order_by("-pgh_id")[0].id == 3
    for found in (first[:2] ^ rest, rest ^ first[:2]):
        assert pairs(found) == [(1, "a"), (2, "b"), (3, "b")]
        assert found.with_changes().count() == 3
    assert pairs(first[1:] | first[:1]) == [(1, "a"), (1, "b")]
    assert pairs(first[:1].as_instances() | rest) == pairs(first[:1] | rest)
    assert type((first[:1].as_instances() | rest)[0]) is thing


def test_a_slice_keeps_what_changed(project: Project) -> None:
    thing = things(project)
    first, rest = pgh.events(thing(id=1)), pgh.events(thing).filter(name="b")
    changed = [None, *[{"name": ("a", "b")}] * 3]
    for found in (
        first.with_changes()[:1] | rest,
        first.with_changes()[:1] | rest.with_changes(),
        first.with_changes() | rest.with_changes()[:9],
        first.with_changes()[:1] | rest.with_changes()[:9],
        pgh.events(thing)[:1].with_changes()[:1] | rest,
    ):
        assert [event.pgh_changes for event in found] == changed
    both = first.with_changes()[:2] | first.with_changes()[1:]
    assert [event.pgh_changes for event in both] == changed[:2]
    assert len(both.filter(pgh_changes__has_key="name")) == 1


def test_an_empty_slice(project: Project) -> None:
    thing = things(project)
    first = pgh.events(thing(id=1))
    for nothing in (first.none()[:1], first[0:0], first.for_objects([])[:1]):
        assert pairs(nothing | first) == pairs(first | nothing) == pairs(first)
        assert (nothing | first).with_changes().count() == 2


def test_what_two_slices_have_together(project: Project) -> None:
    thing = things(project)
    found, second = pgh.events(thing), pgh.events(thing(id=2))
    assert pairs(found[1:4] & second) == pairs(second & found[1:4]) == [(2, "a")]
    assert pairs(found[1:5] & found[4:]) == [(2, "b")]
    both = found[1:5].with_changes() & second
    assert [event.pgh_changes for event in both] == [None, {"name": ("a", "b")}]


def test_slices_of_the_events_of_many_models(project: Project) -> None:
    store = make_lived_store(project)
    found = pgh.Events.objects.tracks(store.order, store.parcel)
    keys = list(found.values_list("pk", flat=True))
    assert len(keys) == 5
    assert [row.pk for row in found[:2] | found[3:]] == [*keys[:2], *keys[3:]]
    late = found.filter(pk=keys[-1])
    assert [row.pk for row in found[:1] | late] == [keys[0], keys[-1]]
    assert [row.pk for row in late | found[:1]] == [keys[0], keys[-1]]
    assert [row.pk for row in found[:1] ^ found] == keys[1:]
    assert (found[:1] | late).in_context().count() == 0
    with pytest.raises(TypeError, match="over different events cannot be combined"):
        found[:1] | pgh.Events.objects.tracks(store.ada)


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_of_a_slice(project: Project) -> None:
    thing = things(project, *TRACKERS)
    project.migrate(database="other")
    thing.objects.using("other").create(id=1, name="there")
    found = pgh.events(thing).using("other")
    for both in (found[:1] | found, found | found[:1]):
        assert both.db == "other"
        assert [event.name for event in both] == ["there"]
