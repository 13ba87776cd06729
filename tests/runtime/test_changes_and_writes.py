"""Events with their changes can be locked, updated and deleted as any others."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import NotSupportedError, transaction

import pghistory_ops as pgh
from db.shop import make_shop
from projects import Project

pytestmark = pytest.mark.django_db

TRACKERS = ("pgh.Snapshot()", "pgh.AfterDelete('gone')")


def lived(project: Project) -> Any:
    thing = make_shop(project, *TRACKERS)
    for key in (1, 2):
        thing.objects.create(id=key, name="a", size=1)
    for size in (2, 3):
        thing.objects.update(size=size)
    thing.objects.update(name="b")
    return thing


def sized(thing: Any) -> Any:
    return pgh.events(thing(id=1)).with_changes().filter(pgh_changes__has_key="size")


def test_update(project: Project) -> None:
    thing = lived(project)
    assert sized(thing).update(name="seen") == 2
    assert [event.size for event in pgh.events(thing).filter(name="seen")] == [2, 3]
    assert pgh.events(thing(id=2)).with_changes().filter(pgh_changes={}).update(size=9) == 0
    with pytest.raises(TypeError, match="Cannot update a query once a slice"):
        sized(thing)[:1].update(name="b")


def test_delete(project: Project) -> None:
    thing = lived(project)
    assert sized(thing).delete() == (2, {"shop.ThingEvent": 2})
    assert [event.size for event in pgh.events(thing(id=1))] == [1, 3]
    assert pgh.events(thing(id=2)).count() == 4
    with pytest.raises(TypeError, match="Cannot use 'limit' or 'offset' with delete"):
        sized(thing)[:1].delete()


def test_writes_are_no_methods_of_managers_and_templates() -> None:
    assert pgh.EventQuerySet.update.alters_data  # type: ignore[attr-defined]
    assert pgh.EventQuerySet.delete.alters_data  # type: ignore[attr-defined]
    assert not hasattr(pgh.EventQuerySet.as_manager(), "delete")


def test_locks(project: Project) -> None:
    thing = lived(project)
    found = pgh.events(thing(id=1)).select_for_update().with_changes()
    with transaction.atomic():
        assert [event.pgh_changes for event in found][1] == {"size": (1, 2)}
    with pytest.raises(
        NotSupportedError, match=r"Call select_for_update\(\) before with_changes\(\)"
    ):
        sized(thing).select_for_update()
