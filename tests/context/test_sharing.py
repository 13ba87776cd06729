"""One context on several connections, and several contexts at once."""

from __future__ import annotations

import asyncio
import contextvars
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction

import pghistory_ops as pgh
from context.tools import (
    connected,
    count_contexts,
    keys_of_events,
    metadata_of_events,
)
from db.shop import execute, query
from pghistory_ops.models import Context
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def in_thread(work: Callable[[], Any], *, shared: bool = False, timeout: float = 20) -> Any:
    """Run in a new thread, with the contexts that are open here if they are shared."""
    outcome: Future[Any] = Future()
    run = contextvars.copy_context().run if shared else lambda function: function()

    def target() -> None:
        try:
            outcome.set_result(run(work))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    result = outcome.result(timeout)
    thread.join()
    return result


def test_a_thread_has_no_context_of_another(thing: Any) -> None:
    with pgh.context(user=1):
        in_thread(lambda: thing.objects.create(id=1))
    assert keys_of_events() == [None]


def test_a_thread_that_shares_a_block_writes_without_waiting(thing: Any) -> None:
    def write() -> None:
        with transaction.atomic():
            thing.objects.create(id=2)
            pgh.add_context(step="b")
            thing.objects.create(id=3)

    with transaction.atomic(), pgh.context(user=1) as ctx:
        thing.objects.create(id=1)
        in_thread(write, shared=True)  # commits, while the row of the context here is not visible
        thing.objects.create(id=4)
    keys = dict(query("SELECT id, pgh_context_id FROM shop_thingevent"))
    assert keys[1] == keys[4] == ctx.id
    assert keys[2] == keys[3] != ctx.id
    group = Context.objects.group(ctx).order_by("created_at").values_list("id", "parent", "root")
    assert set(group) == {(ctx.id, None, ctx.id), (keys[2], ctx.id, ctx.id)}
    assert dict(metadata_of_events())[3] == {"user": 1, "step": "b"}
    assert dict(metadata_of_events())[4] == {"user": 1}


def test_a_thread_that_comes_first_does_not_make_the_others_wait(thing: Any) -> None:
    written, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            thing.objects.create(id=1)
            written.set()
            assert go_on.wait(20)

    with pgh.context(user=1) as ctx:
        copied = contextvars.copy_context()
        thread = threading.Thread(target=lambda: (copied.run(write), connections.close_all()))
        thread.start()
        assert written.wait(20)
        thing.objects.create(id=2)
        go_on.set()
        thread.join()
    assert Context.objects.group(ctx).count() == 2


def test_two_databases_have_the_context(thing: Any, project: Project) -> None:
    project.migrate(database="other")
    with pgh.context(user=1) as ctx, transaction.atomic(), transaction.atomic(using="other"):
        thing.objects.create(id=1)
        thing.objects.using("other").create(id=2)
        pgh.add_context(job="a")
        thing.objects.using("other").update(size=3)
    thing.objects.using("other").create(id=4)
    assert metadata_of_events() == [(1, {"user": 1})]
    said = {"user": 1, "job": "a"}
    assert metadata_of_events("other") == [(2, said), (2, said), (4, None)]
    for alias in ("default", "other"):
        assert Context.objects.using(alias).group(ctx).count() == 1


def test_two_aliases_of_one_database_do_not_wait_for_each_other(thing: Any) -> None:
    name = connections["default"].settings_dict["NAME"]
    settings = connections["other"].settings_dict
    connections["other"].close()
    before, settings["NAME"] = settings["NAME"], name
    try:
        execute("SET lock_timeout = '5s'", using="other")
        with pgh.context(user=1) as ctx, transaction.atomic():
            thing.objects.create(id=1)
            thing.objects.using("other").create(id=2)
    finally:
        connections["other"].close()
        settings["NAME"] = before
    assert Context.objects.group(ctx).count() == 2


def test_the_tasks_of_a_loop_have_their_own(thing: Any) -> None:
    async def write(user: int) -> None:
        for step in range(3):
            async with pgh.context(user=user, step=step):
                await asyncio.sleep(0)
                await thing.objects.acreate(size=user)
                await asyncio.sleep(0)
                pgh.add_context(added=user)
                await thing.objects.filter(size=user).aupdate(name="a")

    async def main() -> None:
        await asyncio.gather(*(write(user) for user in range(5)))
        await thing.objects.acreate(size=99)
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    rows = query(
        "SELECT size, metadata->>'user', metadata->>'added' FROM shop_thingevent "
        "LEFT JOIN pghistory_ops_context AS context ON context.id = pgh_context_id"
    )
    assert (99, None, None) in rows
    assert {(size, user) for size, user, _ in rows} == {
        (99, None),
        *((user, str(user)) for user in range(5)),
    }
    assert count_contexts() == 15


def test_tasks_inside_one_block_share_it(thing: Any) -> None:
    async def main() -> None:
        async with pgh.context(user=1):

            async def write(number: int) -> None:
                pgh.add_context(number=number)
                await thing.objects.acreate(size=number)

            await asyncio.gather(write(1), write(2))
            await thing.objects.acreate(size=3)
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    assert len(set(keys_of_events())) == 1
    assert query("SELECT metadata->>'number' FROM pghistory_ops_context")[0] in ("1", "2")


def test_a_pool_hands_nothing_on(thing: Any) -> None:
    with connected(pool={"min_size": 1, "max_size": 1}):
        with pgh.context(user=1) as ctx:
            thing.objects.create(id=1)
            session = query("SELECT pg_backend_pid()")
            connection.set_autocommit(False)
            thing.objects.create(id=2)
            connection.rollback()
            connection.set_autocommit(True)
        connection.close()  # gives it back to the pool

        def write() -> list[Any]:
            thing.objects.create(id=3)
            with pgh.context(user=2):
                thing.objects.create(id=4)
            with transaction.atomic():
                thing.objects.create(id=5)
            return query("SELECT pg_backend_pid()")

        # The pool belongs to the settings of this thread's connection.
        default = connections["default"]
        alias_settings = default.settings_dict

        def with_pool() -> list[Any]:
            connections["default"].settings_dict = alias_settings
            return write()

        assert in_thread(with_pool) == session
        connection.close()
        assert metadata_of_events() == [
            (1, {"user": 1}),
            (3, None),
            (4, {"user": 2}),
            (5, None),
        ]
        assert keys_of_events()[0] == ctx.id


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_writes_without_waiting(thing: Any) -> None:
    def write() -> None:
        for other in connections.all(initialized_only=True):
            other.connection = None  # the parent's
        thing.objects.create(id=2)
        connections.close_all()

    with transaction.atomic(), pgh.context(user=1) as ctx:
        thing.objects.create(id=1)
        process = multiprocessing.get_context("fork").Process(target=write)
        process.start()
        process.join(20)
        assert process.exitcode == 0
    assert Context.objects.group(ctx).count() == 2
    assert metadata_of_events() == [(1, {"user": 1}), (2, {"user": 1})] or metadata_of_events() == [
        (2, {"user": 1}),
        (1, {"user": 1}),
    ]


def test_a_factory_that_is_no_class_is_refused(thing: Any) -> None:
    import psycopg

    def factory(*args: Any, **kwargs: Any) -> Any:
        return psycopg.ClientCursor(*args, **kwargs)

    with (
        connected(cursor_factory=factory),
        pytest.raises(ImproperlyConfigured, match="subclass of psycopg"),
    ):
        connection.ensure_connection()


def test_a_factory_of_the_project_is_kept(thing: Any) -> None:
    import psycopg

    class Counting(psycopg.ClientCursor[Any]):
        seen: list[str] = []

        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            self.seen.append(str(query))
            return super().execute(query, *args, **kwargs)

    with connected(cursor_factory=Counting), pgh.context(user=1):
        thing.objects.create(id=1)
        with connection.connection.cursor() as cursor:
            assert isinstance(cursor, Counting)
    assert any("INSERT" in text for text in Counting.seen)
    assert metadata_of_events() == [(1, {"user": 1})]


def test_a_wrapper_of_the_caller_sees_its_own_statement_and_ends(thing: Any) -> None:
    seen = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    connection.close()
    with pgh.context(user=1), connection.execute_wrapper(wrapper):
        execute("INSERT INTO shop_thing (id) VALUES (%s)", [1])
    thing.objects.create(id=2)
    assert seen == ["INSERT INTO shop_thing (id) VALUES (%s)"]
    assert [wrapper.__name__ for wrapper in connection.execute_wrappers] == [
        "carry_with_named_cursor"
    ]
