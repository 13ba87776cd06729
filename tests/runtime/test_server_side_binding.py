"""Questions about history where PostgreSQL binds the parameters and must know their types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import pghistory_ops as pgh
from context.tools import connected
from db.shop import make_shop
from projects import Project

from .test_proxies import Requests, Totals

pytestmark = pytest.mark.django_db(transaction=True)

TRACKERS = (
    "pgh.Snapshot()",
    "pgh.AfterDelete('gone')",
    "pgh.BeforeUpdate('aaa')",
    "pgh.BeforeUpdate('zzz')",
)
OLD = ("pgh.AfterInsert('snapshot')", "pgh.BeforeUpdate('aaa')", "pgh.AfterUpdate('0', {})")


@pytest.mark.parametrize("event", ["", "obj_field=None", "context_field=pgh.ContextJSONField()"])
@pytest.mark.parametrize(
    "trackers", [TRACKERS, tuple(text.format("condition=pgh.Q(new__size=2)") for text in OLD)]
)
def test_every_question(project: Project, event: str, trackers: tuple[str, ...]) -> None:
    thing = make_shop(project, *trackers, event=event)
    with pgh.context(user=1):
        item = thing.objects.create(id=1, name="a", size=1)
        item.size = 2
        item.save()

    def ask() -> list[Any]:
        found: list[Any] = []
        for events in (pgh.events(item), pgh.events(thing), pgh.events(thing.objects.all())):
            found += events.with_changes().values_list("pgh_changes")
            found += events.with_changes().filter(pgh_changes__has_key="size").values("name")
            found += events.latest_per_object().values("size")
            found += events.labeled("snapshot").in_context(user=1).values("size")
            found += events.between(None, datetime(2030, 1, 1, tzinfo=UTC)).values("size")
            moment = datetime(2030, 1, 1, tzinfo=UTC)
            found += events.as_of(moment, states=["snapshot"]).values("size")
        for rows in (pgh.Events.objects, Requests.objects, Totals.objects):
            for some in (
                rows.all(),
                rows.tracks(item),
                rows.references(item),
                rows.in_context(user=1),
            ):
                found += some.values("pgh_slug", "pgh_data", "pgh_diff", "pgh_context")
                found += some.filter(pgh_data__size=2).order_by("pgh_id")[:1]
        found += Requests.objects.filter(user=1).values("user", "url", "job", "tags", "total")
        return found

    expected = ask()
    assert len(expected) > 40
    with connected(server_side_binding=True):
        assert ask() == expected
        event_found = pgh.events(item).labeled("snapshot")[0]
        assert pgh.revert(event_found).size == 1
        item.delete()
        if "gone" in trackers[1]:
            assert pgh.revert(event_found).size == 1
