"""Requests in which the user changes, that stream, or that publish tasks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.db import connections, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

import pghistory_ops as pgh
from context.site import things
from db.shop import query
from pghistory_ops.contexts.context import current
from pghistory_ops.middleware import HistoryMiddleware
from pghistory_ops.models import Context

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("thing")]

User = get_user_model()
ADA, BOB, NOBODY = User(pk=1), User(pk=2), User()


def respond(*steps: Any, user: Any = NOBODY) -> list[Any]:
    """Write a thing of each number, be each user, call each function; return each event's user."""

    def view(request: HttpRequest) -> HttpResponse:
        for step in steps:
            if isinstance(step, int):
                things().create(id=step)
            elif isinstance(step, User):
                request.user = step  # type: ignore[assignment]
            else:
                step(request)
        return HttpResponse()

    request = RequestFactory().post("/path/")
    request.user = user
    HistoryMiddleware(view)(request)
    return users()


def users() -> list[Any]:
    return query(
        "SELECT shop_thingevent.id, (metadata->>'user')::int FROM shop_thingevent "
        "LEFT JOIN pghistory_ops_context AS context ON context.id = pgh_context_id ORDER BY pgh_id"
    )


def rows() -> list[Any]:
    """Return the user and the parent's user of each context."""
    found = Context.objects.order_by("created_at")
    assert len({each.root_id for each in found}) == 1
    return [(each.metadata["user"], each.parent and each.parent.metadata["user"]) for each in found]


def test_who_logs_out_has_done_what_was_done_before() -> None:
    assert respond(1, NOBODY, 2, user=ADA) == [(1, 1), (2, None)]
    assert rows() == [(1, None), (None, 1)]


def test_another_user_has_done_only_what_comes_next() -> None:
    assert respond(1, BOB, 2, ADA, 3, BOB, 4, user=ADA) == [(1, 1), (2, 2), (3, 1), (4, 2)]
    assert rows() == [(1, None), (2, 1)]


def test_who_deletes_the_own_account_has_done_it() -> None:
    def delete(request: HttpRequest) -> None:
        request.user.pk = None  # as Model.delete() does at its end

    assert respond(1, delete, 2, user=User(pk=1)) == [(1, 1), (2, None)]


def test_a_user_who_was_unknown_is_filled_in() -> None:
    assert respond(1, ADA, 2) == [(1, 1), (2, 1)]
    assert rows() == [(1, None)]


def test_nobody_after_a_logout_stays_nobody() -> None:
    assert respond(1, NOBODY, 2, BOB, 3, user=ADA) == [(1, 1), (2, None), (3, 2)]
    assert rows() == [(1, None), (None, 1), (2, 1)]


def test_it_is_the_same_in_one_transaction() -> None:
    def whole(request: HttpRequest) -> None:
        with transaction.atomic():
            things().create(id=1)
            request.user = BOB  # type: ignore[assignment]
            things().create(id=2)
            with transaction.atomic():
                request.user = ADA  # type: ignore[assignment]
                things().create(id=3)
                transaction.set_rollback(True)
            request.user = BOB  # type: ignore[assignment]
            things().create(id=4)

    assert respond(whole, user=ADA) == [(1, 1), (2, 2), (4, 2)]


def test_it_is_the_same_in_a_block_of_the_view() -> None:
    def block(request: HttpRequest) -> None:
        with pgh.context(job="a"):
            things().create(id=1)
            request.user = BOB  # type: ignore[assignment]
            things().create(id=2)
        things().create(id=3)

    assert respond(block, user=ADA) == [(1, 1), (2, 2), (3, 2)]
    jobs = Context.objects.order_by("created_at").values_list("metadata__job", flat=True)
    assert list(jobs) == ["a", "a", None]


def test_what_the_view_says_itself_is_replaced_as_it_says() -> None:
    def say(request: HttpRequest) -> None:
        pgh.add_context(user=7)

    assert respond(1, say, BOB, 2, user=ADA) == [(1, 7), (2, 7)]
    assert len(rows()) == 1


def stream(body: Callable[[], Any], *, peek: bool = False) -> StreamingHttpResponse:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        content = body()
        if peek:
            content = itertools.chain([next(content)], content)
        return StreamingHttpResponse(content)

    request = RequestFactory().post("/path/")
    request.user = ADA
    response = HistoryMiddleware(view)(request)
    assert current.get() is None
    assert isinstance(response, StreamingHttpResponse)
    return response


def body() -> Iterator[str]:
    with pgh.context(export=True):
        for key in (1, 2):
            things().create(id=key)
            yield str(key)
    things().create(id=3)


@pytest.mark.parametrize("peek", [False, True])
def test_the_body_of_a_stream_is_of_the_request(peek: bool) -> None:
    response = stream(body, peek=peek)
    parts = response.streaming_content
    assert isinstance(parts, Iterator)
    assert next(parts) == b"1"
    things().create(id=4)
    assert b"".join(parts) == b"2"
    things().create(id=5)
    assert users() == [(1, 1), (4, None), (2, 1), (3, 1), (5, None)]
    assert {row[0] for row in rows()} == {1}
    assert Context.objects.filter(metadata__export=True).count() == 1


@pytest.mark.parametrize("peek", [False, True])
def test_a_stream_that_is_left_leaves_nothing_open(peek: bool) -> None:
    response = stream(body, peek=peek)
    assert next(iter(response)) == b"1"
    response.close()
    things().create(id=4)
    assert current.get() is None
    assert users() == [(1, 1), (4, None)]


def test_an_asynchronous_stream_is_of_the_request() -> None:
    async def body() -> AsyncIterator[str]:
        for key in (1, 2):
            await things().acreate(id=key)
            yield str(key)

    async def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(body())

    async def main() -> None:
        request = RequestFactory().post("/path/")
        request.user = ADA
        response = await HistoryMiddleware(view)(request)  # type: ignore[misc]
        assert current.get() is None
        assert b"".join([part async for part in response]) == b"12"
        await things().acreate(id=3)
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    assert users() == [(1, 1), (2, 1), (3, None)]


def test_a_file_is_sent_as_it_is(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    response = FileResponse(path.open("rb"))
    HistoryMiddleware(lambda request: response)(RequestFactory().get("/path/"))
    assert response.file_to_stream is not None  # type: ignore[attr-defined]
    assert b"".join(response) == b"content"
    response.close()


def test_a_get_context_that_returns_no_mapping_is_named() -> None:
    class Shop(HistoryMiddleware):
        def get_context(self, request: HttpRequest) -> Any:
            return None

    def view(request: HttpRequest) -> HttpResponse:
        with pytest.raises(TypeError, match=r"Shop\.get_context\(\) returned None"):
            things().create(id=1)
        return HttpResponse()

    Shop(view)(RequestFactory().post("/path/"))


def test_an_asynchronous_get_context_is_refused_at_once() -> None:
    class Shop(HistoryMiddleware):
        async def get_context(self, request: HttpRequest) -> Any:  # type: ignore[override]
            return {}

    with pytest.raises(ImproperlyConfigured, match=r"Shop\.get_context is a coroutine function"):
        Shop(lambda request: HttpResponse())


def test_a_context_is_exported_from_an_asynchronous_view() -> None:
    User.objects.create(pk=1, username="ada")
    found = []

    async def view(request: HttpRequest) -> HttpResponse:
        with pytest.raises(SynchronousOnlyOperation, match=r"await aexport_context\(\)"):
            pgh.export_context()
        found.append(await pgh.aexport_context())
        found.append(pgh.export_context())  # the user is known now
        return HttpResponse()

    async def main() -> None:
        request = RequestFactory().post("/path/")
        request.user = SimpleLazyObject(lambda: User.objects.get(pk=1))  # type: ignore[assignment]
        await HistoryMiddleware(view)(request)  # type: ignore[misc]
        assert await pgh.aexport_context() is None
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    assert found[0] == found[1]
    assert found[0]["metadata"] == {"user": 1, "url": "/path/"}  # type: ignore[index]


def test_what_is_another_thing_each_time_begins_a_context_each_time() -> None:
    numbers = itertools.count()

    class Volatile(HistoryMiddleware):
        def get_context(self, request: HttpRequest) -> Any:
            return {**super().get_context(request), "number": next(numbers)}

    def view(request: HttpRequest) -> HttpResponse:
        for key in range(20):
            things().create(id=key)
        return HttpResponse()

    Volatile(view)(RequestFactory().post("/path/"))
    said = Context.objects.order_by("created_at").values_list("metadata__number", flat=True)
    assert list(said) == list(range(20))


def test_a_request_inside_another_says_what_both_say() -> None:
    def inner(request: HttpRequest) -> HttpResponse:
        things().create(id=1)
        return HttpResponse()

    def outer(request: HttpRequest) -> HttpResponse:
        with pgh.context(job="a"):
            return HistoryMiddleware(inner)(RequestFactory().post("/inner/"))  # type: ignore[no-any-return]

    request = RequestFactory().post("/outer/")
    request.user = ADA
    HistoryMiddleware(outer)(request)
    (row,) = Context.objects.all()
    assert row.metadata == {"user": None, "url": "/inner/", "job": "a"}
