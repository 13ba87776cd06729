"""Questions about history are answered through indexes. ``benchmarks/reads.py`` measures them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from projects import Project

from .tools import TRACKERS

pytestmark = pytest.mark.django_db


def filled(project: Project, *trackers: str, event: str = "") -> Any:
    """Make a shop with 40 events of each of 500 things."""
    thing = make_shop(project, *trackers, event=event)
    own = "" if event else "pgh_obj_id, "
    execute(
        f"INSERT INTO shop_thingevent (pgh_created_at, pgh_label, {own}id, name, size) "
        "SELECT now() - (20000 - n) * interval '1 minute', 'snapshot', "
        f"{'' if event else '1 + n % 500, '}1 + n % 500, 'a', n FROM generate_series(1, 20000) n"
    )
    execute("ANALYZE shop_thingevent")
    return thing


def plan(found: Any) -> str:
    text: str = found.explain()
    return text


def index(column: str) -> str:
    """Return the name of the index of one column of the event table."""
    (name,) = query(
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_attribute "
        "ON attrelid = indrelid AND indkey::text = attnum::text "
        "WHERE indrelid = 'shop_thingevent'::regclass AND attname = %s",
        [column],
    )
    return str(name)


def moment() -> datetime:
    found: datetime = query("SELECT now() - interval '1 day'")[0]
    return found


@pytest.mark.parametrize(
    "trackers", [TRACKERS, (*TRACKERS, "pgh.BeforeUpdate('aaa')", "pgh.BeforeUpdate('zzz')")]
)
def test_the_events_of_an_object(project: Project, trackers: tuple[str, ...]) -> None:
    thing = filled(project, *trackers)
    obj, key = index("pgh_obj_id"), index("pgh_id")
    found = pgh.events(thing(id=7))
    last = plan(found.order_by("-pgh_id")[:20])
    state, timeline = plan(found.as_of(moment())), plan(found.with_changes())
    page = plan(found.with_changes().order_by("-pgh_id")[:20])
    newest = plan(found.latest_per_object())
    everywhere = plan(pgh.Events.objects.tracks(thing(id=7)))
    for text in (last, state, timeline, page, newest, everywhere):
        assert obj in text
        assert "Seq Scan on shop_thingevent" not in text
    for text in (timeline, page, everywhere):
        assert text.count("WindowAgg") >= 1
    # The event before comes with the window; another one is looked up.
    looked_up = (everywhere,) if trackers == TRACKERS else (timeline, page, everywhere)
    for text in looked_up:
        assert key in text


def test_a_page_of_all_events(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    found = plan(pgh.events(thing).with_changes().order_by("-pgh_id")[:20])
    assert f"Index Scan Backward using {index('pgh_id')}" in found
    assert index("pgh_obj_id") in found
    assert "Seq Scan" not in found
    found = plan(pgh.Events.objects.order_by("-pgh_id")[:20])
    assert f"Index Scan Backward using {index('pgh_id')}" in found
    assert "Seq Scan on shop_thingevent" not in found


def test_the_state_of_a_table(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    # All events are read in any case; which way is cheaper is the planner's to say.
    execute("SET LOCAL enable_seqscan = off")
    found = plan(pgh.events(thing).as_of(moment()))
    assert index("pgh_obj_id") in found
    assert index("pgh_id") in found
    assert "Seq Scan" not in found


def test_objects_by_a_queryset(project: Project) -> None:
    thing = filled(project, *TRACKERS)
    execute("INSERT INTO shop_thing SELECT n, 'a', n FROM generate_series(1, 500) AS n")
    execute("ANALYZE shop_thing")
    found = pgh.events(thing.objects.filter(id__in=[5, 6]))
    for asked in (found, found.with_changes(), found.as_of(moment())):
        assert index("pgh_obj_id") in plan(asked)
        assert "Seq Scan on shop_thingevent" not in plan(asked)


def test_the_event_before_is_not_looked_for_past_all_others(project: Project) -> None:
    """The planner may walk the primary key backwards, past the events of all other objects."""
    thing = filled(project, *TRACKERS)
    found = plan(pgh.events(thing).filter(name="none").with_changes())
    assert "Index Scan Backward" not in found
    assert "Index Only Scan Backward" not in found
    assert index("pgh_obj_id") in found
