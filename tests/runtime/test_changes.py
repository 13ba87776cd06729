"""What each event changed."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import make_shop, query
from projects import Project

from .tools import TRACKERS, changes

pytestmark = pytest.mark.django_db

OLD_ROWS = ("pgh.AfterInsert()", "pgh.BeforeUpdate('old')", "pgh.AfterDelete()")


def lived(project: Project, *trackers: str) -> Any:
    """Make a shop with a thing that was created, changed, saved, changed, removed, created."""
    thing = make_shop(project, *trackers)
    item = thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    thing.objects.update(size=2)
    thing.objects.update(name=None, size=3)
    item.delete()
    thing.objects.create(id=1, name="c", size=4)
    thing.objects.create(id=2, name="other")
    return thing


SIZE = {"size": (1, 2)}
BOTH = {"name": ("a", None), "size": (2, 3)}


def test_against_the_event_before(project: Project) -> None:
    thing = lived(project, *TRACKERS, "pgh.AfterUpdate('updated')")
    assert changes(pgh.events(thing(id=1))) == [
        ("snapshot", None),
        ("snapshot", SIZE),
        ("updated", {}),
        ("updated", {}),
        ("snapshot", BOTH),
        ("updated", {}),
        ("gone", None),
        ("snapshot", None),
    ]


@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize("label", ["aaa", "zzz"])
def test_old_rows_beside_new_ones(project: Project, label: str, level: str) -> None:
    thing = lived(project, *TRACKERS, f"pgh.BeforeUpdate({label!r}{level})")
    found = changes(pgh.events(thing(id=1)))
    assert [item for item in found if item[0] != label] == [
        ("snapshot", None),
        ("snapshot", SIZE),
        ("snapshot", BOTH),
        ("gone", None),
        ("snapshot", None),
    ]
    assert [item[1] for item in found if item[0] == label] == [SIZE, {}, BOTH]


def test_old_rows_alone(project: Project) -> None:
    thing = lived(project, "pgh.BeforeUpdate('old')")
    assert changes(pgh.events(thing(id=1))) == [
        ("old", SIZE),
        ("old", {}),
        ("old", {"name": ("a", "c"), "size": (2, 4)}),  # as it is now, for all that is known
    ]
    thing.objects.filter(id=1).delete()
    assert changes(pgh.events(thing(id=1)))[-1] == ("old", None)


def test_old_rows_and_removals(project: Project) -> None:
    thing = lived(project, *OLD_ROWS)
    assert changes(pgh.events(thing(id=1))) == [
        ("after_insert", None),
        ("old", SIZE),
        ("old", {}),
        ("old", BOTH),
        ("after_delete", None),
        ("after_insert", None),
    ]


@pytest.mark.parametrize("label", ["aaa", "zzz"])
def test_old_rows_of_every_update_and_new_rows_of_some(project: Project, label: str) -> None:
    some = f"pgh.AfterUpdate({label!r}, condition=pgh.Q(new__size=3))"
    thing = lived(project, *OLD_ROWS, some)
    found = changes(pgh.events(thing(id=1)))
    assert [item[1] for item in found if item[0] == "old"] == [SIZE, {}, BOTH]
    assert [item[1] for item in found if item[0] == label] == [BOTH]


def test_a_label_for_everything(project: Project) -> None:
    thing = lived(
        project,
        "pgh.DatabaseTracker('changed', operation=pgh.Insert | pgh.Update | pgh.Delete)",
    )
    assert [item[1] for item in changes(pgh.events(thing(id=1)))] == [
        None,
        SIZE,
        {},
        BOTH,
        {},
        {"name": (None, "c"), "size": (3, 4)},
    ]


def test_nothing_else_changes_the_answer(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    found = pgh.events(thing(id=1))
    full = dict(found.with_changes().values_list("pk", "pgh_changes"))
    assert len(full) == 5
    for some in (
        found.filter(size__gt=1).with_changes(),
        found.with_changes().filter(size__gt=1),
        found.with_changes().order_by("-size")[:2],
        found.order_by("-pk")[1:3].with_changes(),
        found.with_changes().exclude(name="a").reverse(),
        pgh.events(thing).with_changes().filter(size=3),
        pgh.events(thing.objects.filter(id=1)).with_changes().labeled("gone"),
        found.latest_per_object().with_changes(),
    ):
        rows = list(some.values_list("pk", "pgh_changes"))
        assert rows
        assert all(full[key] == value for key, value in rows)


def test_it_is_one_query(project: Project) -> None:
    thing = lived(project, *TRACKERS, "pgh.BeforeUpdate('old')")
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        with CaptureQueriesContext(connection) as queries:
            assert list(found.with_changes())
        assert len(queries) == 1


def test_changes_compose(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        asked = found.with_changes()
        assert asked.filter(pgh_changes__has_key="name").get().size == 3
        assert asked.filter(pgh_changes__isnull=False).count() == 2
        assert asked.count() == found.count()
        assert asked.exists()
        assert asked.aggregate(n=Count("pk")) == {"n": found.count()}
        assert asked.first().pgh_changes is None
        assert asked.values("pgh_changes")[1] == {"pgh_changes": SIZE}
        assert asked.only("pgh_label")[1].pgh_changes == SIZE
        assert pickle.loads(pickle.dumps(asked[1])).pgh_changes == SIZE
        assert list(asked.select_related("pgh_obj"))[1].pgh_changes == SIZE
        assert asked.filter(pgh_obj__name="c").count() == 5
        assert (
            asked.filter(pk__in=asked.filter(size=3, pgh_label="snapshot")).get().pgh_changes
            == BOTH
        )
        copied = pickle.loads(pickle.dumps(asked))
        assert [event.pgh_changes for event in copied] == [event.pgh_changes for event in asked]
        assert [e.pgh_changes for e in copied.all()] == [e.pgh_changes for e in asked]
        again = asked.with_changes()
        assert [event.pgh_changes for event in again] == [event.pgh_changes for event in asked]


def test_the_events_of_two_objects_together(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    thing.objects.filter(id=2).update(size=9)
    one, two = (pgh.events(thing(id=key)).with_changes() for key in (1, 2))
    for both in (one | two, two | pgh.events(thing(id=1))):
        assert {event.id for event in both} == {1, 2}
        assert [event.pgh_changes for event in both.filter(size=9)] == [{"size": (None, 9)}]
    assert not (one & two)
    assert len(one.union(two)) == 7
    events = pgh.events(thing).for_objects([thing(id=1), thing(id=2)]).with_changes()
    assert [event.pgh_changes for event in events.filter(size=9)] == [{"size": (None, 9)}]


def test_what_an_event_does_not_know_is_no_change(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a", size=1)
    project.write(
        "shop/models.py",
        project.read("shop/models.py").replace(
            "    class Meta", "    added = models.IntegerField(default=0)\n\n    class Meta"
        ),
    )
    project.makemigrations("shop")
    project.migrate()
    thing = project.model("shop.Thing")
    assert query("SELECT added FROM shop_thingevent") == [None]
    thing.objects.update(size=2)
    thing.objects.update(added=5)
    assert changes(pgh.events(thing(id=1)))[1:] == [
        ("snapshot", SIZE),
        ("snapshot", {"added": (0, 5)}),
    ]
