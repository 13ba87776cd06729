"""The end of a streaming body whose client has gone away is of the request too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

import pghistory_ops as pgh
from context.site import things
from context.tools import metadata_of_events
from pghistory_ops.contexts.context import current
from pghistory_ops.middleware import HistoryMiddleware

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thing")]

REQUEST = {"user": None, "url": "/path/"}


def respond(body: Callable[[], Any]) -> StreamingHttpResponse:
    request = RequestFactory().get("/path/")
    response = HistoryMiddleware(lambda request: StreamingHttpResponse(body()))(request)
    assert isinstance(response, StreamingHttpResponse)
    return response


def generator() -> Iterator[str]:
    try:
        with pgh.context(export=True):
            try:
                for key in range(1, 4):
                    things().create(id=key)
                    yield str(key)
            finally:
                things().create(id=8)
    finally:
        things().create(id=9)


def test_a_generator_that_is_closed_ends_in_the_request() -> None:
    response = respond(generator)
    assert next(iter(response)) == b"1"
    response.close()
    export = {**REQUEST, "export": True}
    assert metadata_of_events() == [(1, export), (8, export), (9, REQUEST)]
    assert current.get() is None


def test_a_generator_that_is_read_to_its_end_ends_once() -> None:
    response = respond(generator)
    assert b"".join(response) == b"123"
    response.close()
    assert [key for key, _ in metadata_of_events()] == [1, 2, 3, 8, 9]
    assert all(metadata for _, metadata in metadata_of_events())


def test_a_generator_inside_another_iterator_ends_in_the_request() -> None:
    response = respond(lambda: map(str.upper, generator()))
    assert next(iter(response)) == b"1"
    response.close()
    assert [key for key, _ in metadata_of_events()] == [1, 8, 9]
    assert all(metadata for _, metadata in metadata_of_events())


class Rows:
    """An iterator that is no generator."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        things().create(id=1)
        return "1"

    def close(self) -> None:
        things().create(id=9)


def test_an_iterator_that_is_closed_ends_in_the_request() -> None:
    response = respond(Rows)
    assert next(iter(response)) == b"1"
    response.close()
    assert metadata_of_events() == [(1, REQUEST), (9, REQUEST)]


async def asynchronous() -> AsyncIterator[str]:
    try:
        for key in range(1, 4):
            await things().acreate(id=key)
            yield str(key)
    finally:
        await things().acreate(id=9)


class AsynchronousRows:
    def __init__(self) -> None:
        self.parts = asynchronous()

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> str:
        return await anext(self.parts)

    async def aclose(self) -> None:
        await self.parts.aclose()  # type: ignore[attr-defined]


async def view(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(asynchronous())


async def view_of_rows(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(AsynchronousRows())


urlpatterns = [path("path/", view), path("rows/", view_of_rows)]


@pytest.mark.parametrize("url", ["/path/", "/rows/"])
def test_a_client_of_the_asgi_server_that_goes_away(url: str) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": url,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }

    async def main() -> None:
        gone = asyncio.Event()
        received = iter([{"type": "http.request", "body": b"", "more_body": False}])
        bodies = []

        async def receive() -> Any:
            for message in received:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                bodies.append(message["body"])
                if len(bodies) == 2:
                    gone.set()
                    await asyncio.sleep(30)

        await ASGIHandler()(scope, receive, send)
        assert bodies == [b"1", b"2"]
        await sync_to_async(connections.close_all)()

    middleware = ["pghistory_ops.middleware.HistoryMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware):
        asyncio.run(main())
    said = {**REQUEST, "url": url}
    assert metadata_of_events() == [(1, said), (2, said), (9, said)]


def test_an_asynchronous_body_that_is_closed_in_the_loop_is_left_to_it() -> None:
    async def main() -> None:
        request = RequestFactory().get("/path/")
        response: Any = await HistoryMiddleware(view)(request)  # type: ignore[misc]
        parts = aiter(response)
        assert await anext(parts) == b"1"
        response.close()
        await parts.aclose()
        del parts, response
        for _ in range(100):  # the loop closes what is collected
            await asyncio.sleep(0.01)
            if await things().filter(id=9).aexists():
                break
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    assert metadata_of_events() == [(1, REQUEST), (9, REQUEST)]


def test_an_asynchronous_body_that_was_never_begun_is_nothing_to_end() -> None:
    async def main() -> None:
        response: Any = await HistoryMiddleware(view)(RequestFactory().get("/"))  # type: ignore[misc]
        await sync_to_async(response.close)()

    asyncio.run(main())
    assert metadata_of_events() == []
