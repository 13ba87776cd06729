"""Blocks that do not end in the reverse of their order; without a database."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

import pghistory_ops as pgh
from pghistory_ops.contexts.context import current, open_context


def said() -> dict[str, Any] | None:
    opened = open_context()
    return None if opened is None else dict(opened.metadata)


def in_block(**metadata: Any) -> Iterator[Any]:
    with pgh.context(**metadata):
        for _ in range(3):
            yield said()


@pgh.context(job="a")
def decorated() -> Iterator[Any]:
    for step in range(2):
        pgh.add_context(step=step)
        with pgh.context():
            yield open_context().told().metadata  # type: ignore[union-attr]


def test_the_end_of_a_block_ends_those_inside_it() -> None:
    with pgh.context(user="outside"):
        outer, inner = pgh.context(user="ada"), pgh.context(user="bob")
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        assert said() == {"user": "outside"}
        with pytest.warns(RuntimeWarning, match=r"decorate the function with context\(…\)"):
            inner.__exit__(None, None, None)
        assert said() == {"user": "outside"}
    assert current.get() is None


def test_a_generator_that_goes_on_opens_nothing_again() -> None:
    with pgh.context(user="ada"):
        rows = in_block(export=True)
        next(rows)
    assert current.get() is None
    with pgh.context(user="bob"):
        next(rows)
        assert said() == {"user": "bob"}
        with pytest.warns(RuntimeWarning, match="ended before it"):
            assert list(rows) == [{"user": "bob"}]
        assert said() == {"user": "bob"}
    assert current.get() is None


def test_generators_in_step_leave_nothing_open() -> None:
    for _ in zip(in_block(user="ada"), in_block(user="bob"), strict=False):
        pass
    gc.collect()
    assert current.get() is None


def test_an_abandoned_generator_leaves_nothing_open() -> None:
    with pgh.context(user="ada"):
        rows = in_block(export=True)
        next(rows)
    del rows  # closes it
    assert current.get() is None


def test_a_generator_that_another_thread_closes_leaves_nothing_open() -> None:
    rows = in_block(user="ada")
    next(rows)
    thread = threading.Thread(target=rows.close)  # type: ignore[attr-defined]
    thread.start()
    thread.join()
    assert said() is None
    assert current.get() is None


def test_pauses_end_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    from pghistory_ops.contexts import pauses
    from pghistory_ops.contexts.session import paused_event_models

    monkeypatch.setattr(pauses, "_pausable", str)

    def rows() -> Iterator[int]:
        with pgh.paused("shop.ThingEvent"):
            yield 1

    with pgh.paused("shop.OrderEvent"):
        going_on = rows()
        next(going_on)
    assert paused_event_models.get() is None
    going_on.close()  # type: ignore[attr-defined]
    assert paused_event_models.get() is None


def test_a_decorated_generator_has_its_block_while_it_runs() -> None:
    with pgh.context(user="ada"):
        rows = decorated()
    with pgh.context(user="bob"):
        assert next(rows) == '{"user": "ada", "job": "a", "step": 0}'
        assert said() == {"user": "bob"}
        # The block that is open inside is still the innermost there, and so what is added is its.
        assert next(rows) == '{"user": "ada", "job": "a", "step": 1}'
        assert list(rows) == []
        assert said() == {"user": "bob"}
    assert current.get() is None


def test_each_call_of_a_decorated_generator_has_a_block_of_its_own() -> None:
    @pgh.context()
    def keys() -> Iterator[Any]:
        while True:
            yield open_context().id  # type: ignore[union-attr]

    first, second = keys(), keys()
    assert next(first) == next(first) != next(second)
    assert current.get() is None


def test_a_decorated_generator_can_be_sent_to_thrown_into_and_closed() -> None:
    heard: list[Any] = []

    @pgh.context(job="a")
    def work() -> Any:
        try:
            heard.append((yield 1))
            try:
                yield 2
            except KeyError as error:
                heard.append((error, said()))
            yield 3
        finally:
            heard.append(("closed", said()))
        return 4

    def whole() -> Any:
        return (yield from work())

    running = work()
    assert next(running) == 1
    assert running.send("x") == 2
    error = KeyError()
    assert running.throw(error) == 3
    running.close()
    assert heard == ["x", (error, {"job": "a"}), ("closed", {"job": "a"})]
    assert said() is None

    going_on = whole()
    assert [next(going_on), going_on.send(None), going_on.send(None)] == [1, 2, 3]
    with pytest.raises(StopIteration) as end:
        next(going_on)
    assert end.value.value == 4


def test_an_error_of_a_decorated_generator_is_the_callers() -> None:
    @pgh.context(job="a")
    def work() -> Iterator[int]:
        yield 1
        raise ValueError("mistake")

    rows = work()
    assert next(rows) == 1
    with pytest.raises(ValueError, match="mistake"):
        next(rows)
    assert current.get() is None


def test_a_partial_generator_function_can_be_decorated() -> None:
    rows = pgh.context(job="a")(functools.partial(in_block, step=1))()
    assert next(rows) == {"job": "a", "step": 1}
    assert said() is None


def test_an_asynchronous_generator_that_is_left_leaves_nothing_open() -> None:
    async def rows() -> AsyncIterator[Any]:
        async with pgh.context(user="ada"):
            yield said()
            yield said()

    async def main() -> None:
        async for _ in rows():
            break
        for _ in range(10):  # until the loop has closed it, in a task of its own
            gc.collect()
            await asyncio.sleep(0)
        assert said() is None
        async with pgh.context(user="bob"):
            assert said() == {"user": "bob"}

    asyncio.run(main(), debug=True)


def test_a_decorated_asynchronous_generator_has_its_block_while_it_runs() -> None:
    heard: list[Any] = []

    @pgh.context(job="a")
    async def rows() -> Any:
        try:
            heard.append((yield said()))
            await asyncio.sleep(0)
            try:
                yield said()
            except KeyError:
                yield "caught"
        finally:
            heard.append(said())

    async def main() -> None:
        async with pgh.context(user="bob"):
            async with aclosing(rows()) as going_on:
                assert await anext(going_on) == {"user": "bob", "job": "a"}
                assert said() == {"user": "bob"}
                assert await going_on.asend("x") == {"user": "bob", "job": "a"}
                assert await going_on.athrow(KeyError()) == "caught"
                assert said() == {"user": "bob"}
            assert heard == ["x", {"user": "bob", "job": "a"}]
            assert [each async for each in rows()] == [{"user": "bob", "job": "a"}] * 2
        assert said() is None

    asyncio.run(main())


def test_a_block_may_end_in_another_task() -> None:
    async def main() -> None:
        block = pgh.context(user="ada")
        await block.__aenter__()
        assert said() == {"user": "ada"}
        await asyncio.create_task(block.__aexit__(None, None, None))
        assert said() is None

    asyncio.run(main())


def test_a_task_keeps_the_block_in_which_it_was_started() -> None:
    async def work(go_on: asyncio.Event) -> Any:
        await go_on.wait()
        with pgh.context(step=1):
            inside = said()
        return inside, said()

    async def main() -> None:
        go_on = asyncio.Event()
        async with pgh.context(user="ada"):
            task = asyncio.create_task(work(go_on))
            await asyncio.sleep(0)
        go_on.set()
        assert await task == ({"user": "ada", "step": 1}, {"user": "ada"})

    asyncio.run(main())


def test_a_decorated_generator_may_end_a_block_of_its_caller() -> None:
    block = pgh.context(user="ada")

    @pgh.context(job="a")
    def rows() -> Iterator[Any]:
        yield said()
        block.__exit__(None, None, None)
        yield said()

    with pgh.context(user="outside"):
        block.__enter__()
        assert list(rows()) == [{"user": "ada", "job": "a"}, {"user": "outside"}]
        assert said() == {"user": "outside"}


def test_a_copied_context_that_ends_a_block_ends_it_for_all() -> None:
    with pgh.context(user="outside"):
        rows = in_block(user="ada")
        next(rows)
        contextvars.copy_context().run(rows.close)  # type: ignore[attr-defined]
        assert said() == {"user": "outside"}
        pgh.add_context(step=1)
        assert open_context().told().metadata == '{"user": "outside", "step": 1}'  # type: ignore[union-attr]
