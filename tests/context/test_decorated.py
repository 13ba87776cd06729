"""What a decorated function returns is in the block too, if it is still to run; no database."""

from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
import types
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

import pghistory_ops as pgh
from pghistory_ops.contexts.context import current, open_context


def said() -> dict[str, Any] | None:
    opened = open_context()
    return None if opened is None else dict(opened.metadata)


def said_again(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that knows nothing of coroutines and generators."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        pgh.add_context(again=True)
        return function(*args)

    return wrapper


@pgh.context(job="a")
def generator(step: int = 1, *, last: int = 2) -> Generator[Any, Any, str]:
    """Say it."""
    yield said()
    yield step, last
    return "end"


@pgh.context(job="a")
async def asynchronous() -> AsyncGenerator[Any]:
    yield said()


class Decorated:
    @pgh.context(job="a")
    def rows(self) -> Generator[Any]:
        yield self, said()

    @classmethod
    @pgh.context(job="a")
    def all(cls) -> Generator[Any]:
        yield cls, said()


def test_an_asynchronous_view_is_in_the_block_of_its_dispatch() -> None:
    @method_decorator(pgh.context(job="a"), name="dispatch")
    class Page(View):
        async def get(self, request: HttpRequest) -> HttpResponse:
            await asyncio.sleep(0)
            return HttpResponse(repr(said()))

    async def main() -> HttpResponse:
        request = HttpRequest()
        request.method = "GET"
        response: Any = Page.as_view()(request)
        assert said() is None
        return await response  # type: ignore[no-any-return]

    assert asyncio.run(main()).content == b"{'job': 'a'}"


def test_a_coroutine_that_a_function_returns_is_in_its_block() -> None:
    @pgh.context(job="a")
    @said_again
    async def work() -> Any:
        await asyncio.sleep(0)
        with pgh.context(inner=True):
            pass
        return said()

    async def main() -> Any:
        with pgh.context(user=1):
            going_on: Any = work()
        assert going_on.__qualname__.endswith("work")
        found = await asyncio.gather(going_on, work())
        return [*found, await asyncio.create_task(work()), said()]  # type: ignore[arg-type]

    inside = {"job": "a", "again": True}
    assert asyncio.run(main()) == [{"user": 1, **inside}, inside, inside, None]


def test_a_coroutine_of_a_generator_is_one() -> None:
    @pgh.context(job="a")
    @said_again
    @types.coroutine
    def work() -> Generator[Any, Any, Any]:
        yield
        return said()

    async def main() -> Any:
        return await work()  # type: ignore[no-any-return]

    assert asyncio.run(main()) == {"job": "a", "again": True}


def test_a_task_that_a_function_returns_is_the_same_task() -> None:
    async def work() -> Any:
        return said()

    async def main() -> Any:
        tasks = []

        @pgh.context(job="a")
        def start() -> Awaitable[Any]:
            tasks.append(asyncio.create_task(work()))
            return tasks[0]

        task = start()
        assert task is tasks[0]
        return await task

    assert asyncio.run(main()) == {"job": "a"}


def test_an_error_in_what_is_returned_ends_the_block() -> None:
    @pgh.context(job="a")
    @said_again
    async def work() -> None:
        raise ValueError(said())

    async def main() -> None:
        with pytest.raises(ValueError, match="'job': 'a'"):
            await work()  # type: ignore[misc]
        assert current.get() is None

    asyncio.run(main())


def test_generators_that_a_function_returns_are_in_its_block() -> None:
    rows = pgh.context(job="b")(said_again(generator))()
    assert said() is None
    assert next(rows) == {"job": "a", "again": True}
    assert said() is None

    async def main() -> Any:
        return [row async for row in pgh.context(job="b")(said_again(asynchronous))()]

    assert asyncio.run(main()) == [{"job": "a", "again": True}]


def test_a_decorated_generator_function_is_taken_for_one() -> None:
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isgeneratorfunction(pgh.context(more=1)(generator))
    assert inspect.isgeneratorfunction(pgh.context()(functools.partial(generator, 2)))
    assert inspect.isgeneratorfunction(Decorated().rows)
    assert inspect.isgeneratorfunction(Decorated.all)
    assert not inspect.isasyncgenfunction(generator)
    assert inspect.isasyncgenfunction(asynchronous)
    assert not inspect.isgeneratorfunction(asynchronous)


def test_a_decorated_generator_function_is_like_the_function() -> None:
    assert list(generator(3, last=4)) == [{"job": "a"}, (3, 4)]
    assert str(inspect.signature(generator)).startswith("(step: 'int' = 1, *, last: 'int' = 2)")
    assert (generator.__name__, generator.__doc__) == ("generator", "Say it.")
    assert repr(generator).startswith("<function generator at 0x")
    assert pickle.loads(pickle.dumps(generator)) is generator
    bound = Decorated()
    assert list(bound.rows()) == [(bound, {"job": "a"})]
    assert list(Decorated.rows(bound)) == [(bound, {"job": "a"})]
    assert list(Decorated.all()) == [(Decorated, {"job": "a"})]


@pytest.fixture
@pgh.context(job="fixture")
def fixture() -> Generator[Any]:
    yield said()
    assert said() == {"job": "fixture"}


def test_a_fixture_can_be_decorated(fixture: Any) -> None:
    assert fixture == {"job": "fixture"}
    assert said() is None
