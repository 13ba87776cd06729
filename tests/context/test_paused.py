"""``paused``: no events of some event models, where the migrations allow it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

import pghistory_ops as pgh
from context.tools import TRACKER, keys_of_events
from db.shop import events, execute, make_shop
from pghistory_ops.contexts.pauses import NotPausable
from pghistory_ops.state import UnknownEventModel
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pausable(project: Project) -> Any:
    return make_shop(project, TRACKER, event="pausable=True")


@pytest.mark.parametrize("atomic", [True, False])
def test_a_pause_rests_the_trackers(pausable: Any, atomic: bool) -> None:
    def write() -> None:
        pausable.objects.create(id=1)
        with pgh.paused("shop.ThingEvent"):
            pausable.objects.create(id=2)
            with pgh.context(user=1), pgh.paused("shop.thingevent"):
                pausable.objects.update(size=1)
            pausable.objects.filter(id=2).delete()
        pausable.objects.create(id=3)

    if atomic:
        with transaction.atomic():
            write()
    else:
        write()
    assert events("id") == [1, 3]


def test_a_pause_takes_the_class(pausable: Any) -> None:
    with pgh.paused(pgh.event_model("shop.ThingEvent")):
        pausable.objects.create(id=1)
    assert events("id") == []


def test_an_event_by_hand_is_written_in_a_pause(pausable: Any) -> None:
    row = pausable.objects.create(id=1)
    with pgh.paused("shop.ThingEvent"), pgh.context(user=1) as ctx:
        pausable.objects.update(size=1)
        assert pgh.create_event(row, label="all").pgh_context_id == ctx.id
    assert keys_of_events() == [None, ctx.id]


def test_the_context_goes_on_in_a_pause(pausable: Any) -> None:
    with transaction.atomic(), pgh.context(user=1) as ctx:
        with pgh.paused("shop.ThingEvent"):
            pgh.add_context(a=1)
            pausable.objects.create(id=1)
        pausable.objects.create(id=2)
        assert keys_of_events() == [ctx.id]


def test_functions_and_coroutines_can_be_paused(pausable: Any) -> None:
    @pgh.paused("shop.ThingEvent")
    def work() -> None:
        pausable.objects.create(id=1)

    @pgh.paused("shop.ThingEvent")
    async def asynchronous() -> None:
        await pausable.objects.acreate(id=2)

    async def main() -> None:
        await asynchronous()
        async with pgh.paused("shop.ThingEvent"):
            await pausable.objects.acreate(id=3)
        await pausable.objects.acreate(id=4)
        await sync_to_async(connections.close_all)()

    work()
    asyncio.run(main())
    assert events("id") == [4]


def test_a_pause_is_gone_back_from(pausable: Any) -> None:
    with transaction.atomic():
        execute("SAVEPOINT here")
        with pgh.paused("shop.ThingEvent"):
            pausable.objects.create(id=1)
            execute("ROLLBACK TO here")
            pausable.objects.create(id=2)
        pausable.objects.create(id=3)
    assert events("id") == [3]


def test_what_the_migrations_do_not_allow_is_refused(thing: Any) -> None:
    with pytest.raises(NotPausable, match="pausable=True"), pgh.paused("shop.ThingEvent"):
        pass
    thing.objects.create(id=1)
    assert events("id") == [1]


def test_an_unknown_event_model_is_refused(pausable: Any) -> None:
    with pytest.raises(UnknownEventModel), pgh.paused("shop.NoEvent"):
        pass


@pytest.mark.parametrize("ref", ["shop.Thing", "model"])
def test_a_tracked_model_is_refused(pausable: Any, ref: str) -> None:
    given = pausable if ref == "model" else ref
    with pytest.raises(NotPausable, match="not what they track"), pgh.paused(given):
        pass


def test_nothing_to_pause_is_refused() -> None:
    with pytest.raises(TypeError, match="takes the event models"):
        pgh.paused()
