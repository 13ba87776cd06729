"""Each request has its context, whoever it turns out to be from."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings

import pghistory_ops as pgh
from context.site import things, write
from context.tools import count_contexts
from db.shop import query
from pghistory_ops.contexts.context import current
from pghistory_ops.middleware import HistoryMiddleware

pytestmark = pytest.mark.django_db(transaction=True)

MIDDLEWARE = ["pghistory_ops.middleware.HistoryMiddleware", "context.site.UserOfTheHeader"]
User = get_user_model()


@pytest.fixture
def site(thing: Any) -> Iterator[None]:
    for name in ("ada", "bob"):
        User.objects.create(username=name)
    with override_settings(ROOT_URLCONF="context.site", MIDDLEWARE=MIDDLEWARE, ALLOWED_HOSTS=["*"]):
        yield


def recorded() -> list[Any]:
    """Return (row, user, url) of each event."""
    return query(
        "SELECT shop_thingevent.id, metadata->>'user', metadata->>'url' FROM shop_thingevent "
        "LEFT JOIN pghistory_ops_context AS context ON context.id = pgh_context_id ORDER BY pgh_id"
    )


def key_of(name: str) -> str:
    return str(User.objects.get(username=name).pk)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_request_is_recorded(site: None, method: str) -> None:
    getattr(Client(), method)("/write/1/", headers={"x-user": "ada"})
    assert recorded() == [(1, key_of("ada"), "/write/1/")]
    assert current.get() is None


@pytest.mark.parametrize("view", ["write", "asynchronous"])
def test_an_asynchronous_request_is_recorded(site: None, view: str) -> None:
    async def main() -> None:
        await AsyncClient().post(f"/{view}/1/", headers={"x-user": "ada"})
        await sync_to_async(connections.close_all)()

    asyncio.run(main())
    assert set(recorded()) == {(1, key_of("ada"), f"/{view}/1/")}


def test_nobody_is_recorded_as_such(site: None) -> None:
    Client().post("/write/1/")
    assert recorded() == [(1, None, "/write/1/")]
    assert count_contexts() == 1


@pytest.mark.parametrize("method", ["head", "options", "trace"])
def test_other_methods_have_no_context(site: None, method: str) -> None:
    getattr(Client(), method)("/write/1/")
    assert recorded() == [(1, None, None)]


def test_the_methods_are_the_projects(site: None) -> None:
    with override_settings(PGHISTORY_OPS={"middleware_methods": ["post"]}):
        client = Client()
        client.get("/write/1/")
        client.post("/write/2/")
    assert recorded() == [(1, None, None), (2, None, "/write/2/")]


def test_a_user_who_is_set_late_is_recorded(site: None) -> None:
    Client().post("/late/7/")
    assert recorded() == [(7, "7", "/late/7/")] * 3
    assert query("SELECT metadata->>'order' FROM pghistory_ops_context") == ["7"]


def test_a_request_that_writes_nothing_looks_for_nobody(site: None) -> None:
    class Loud:
        @property
        def pk(self) -> int:
            raise AssertionError("asked")

    def respond(request: HttpRequest) -> HttpResponse:
        request.user = Loud()  # type: ignore[assignment]
        assert things().count() == 0
        return HttpResponse()

    request = RequestFactory().post("/")
    HistoryMiddleware(respond)(request)
    assert type(request).__name__ == "WSGIRequest"


def test_an_error_ends_the_context(site: None) -> None:
    with pytest.raises(RuntimeError, match="a mistake"):
        Client().post("/error/1/")
    assert current.get() is None


def test_get_context_can_be_overridden(site: None) -> None:
    class Own(HistoryMiddleware):
        def get_context(self, request: HttpRequest) -> Mapping[str, Any]:
            return {**super().get_context(request), "agent": request.headers["User-Agent"]}

    request = RequestFactory(headers={"user-agent": "tests"}).post("/path/?a=1")
    Own(lambda request: write(request, 1))(request)
    assert recorded() == [(1, None, "/path/")]
    assert query("SELECT metadata->>'agent' FROM pghistory_ops_context") == ["tests"]


def test_what_a_block_says_is_added_to_the_request(site: None) -> None:
    def respond(request: HttpRequest) -> HttpResponse:
        with pgh.context(job="a"):
            things().create(id=1)
            exported = pgh.export_context()
        with pgh.resume_context(exported):
            things().create(id=2)
        return HttpResponse()

    HistoryMiddleware(respond)(RequestFactory().post("/path/"))
    assert recorded() == [(1, None, "/path/"), (2, None, "/path/")]
    assert query("SELECT DISTINCT metadata->>'job' FROM pghistory_ops_context") == ["a"]


def test_it_is_synchronous_or_asynchronous_as_what_it_wraps() -> None:
    async def respond(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert iscoroutinefunction(HistoryMiddleware(respond))
    assert not iscoroutinefunction(HistoryMiddleware(lambda request: HttpResponse()))
    assert HistoryMiddleware.sync_capable
    assert HistoryMiddleware.async_capable


def test_two_users_at_once_under_wsgi_never_mix(site: None) -> None:
    def send(name: str, key: int) -> None:
        try:
            assert Client().post(f"/together/{key}/", headers={"x-user": name}).status_code == 200
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=send, args=arguments) for arguments in (("ada", 1), ("bob", 2))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(recorded()) == [
        *[(1, key_of("ada"), "/together/1/")] * 3,
        *[(2, key_of("bob"), "/together/2/")] * 3,
    ]


@pytest.mark.parametrize("view", ["asynchronous", "together"])
@pytest.mark.parametrize("between", [[], ["context.site.SyncOnly"]])
def test_two_users_at_once_under_asgi_never_mix(site: None, view: str, between: list[str]) -> None:
    async def send(application: Any, name: str, key: int) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": f"/{view}/{key}/",
            "query_string": b"",
            "headers": [(b"x-user", name.encode()), (b"host", b"testserver")],
        }
        communicator = ApplicationCommunicator(application, scope)
        await communicator.send_input({"type": "http.request", "body": b""})
        start = await communicator.receive_output(20)
        assert start["status"] == 200
        await communicator.receive_output(20)
        await communicator.wait(20)

    async def main() -> None:
        application = ASGIHandler()
        pairs = [("ada", 1), ("bob", 2)]
        await asyncio.gather(*(send(application, name, key) for name, key in pairs))

    with override_settings(MIDDLEWARE=[*MIDDLEWARE, *between]):
        asyncio.run(main())
    found = recorded()
    assert set(found) == {
        (1, key_of("ada"), f"/{view}/1/"),
        (2, key_of("bob"), f"/{view}/2/"),
    }
    assert len(found) == (6 if view == "together" else 4)
    assert count_contexts() == 2


def test_the_user_of_a_rest_framework_is_recorded(site: None) -> None:
    from rest_framework.authentication import BaseAuthentication
    from rest_framework.response import Response
    from rest_framework.test import APIRequestFactory
    from rest_framework.views import APIView

    class Token(BaseAuthentication):
        def authenticate(self, request: Any) -> Any:
            return User(pk=int(request.headers["Token"])), None

    class View(APIView):
        authentication_classes = [Token]

        def post(self, request: Any) -> Any:
            things().create(id=1)
            return Response()

    request = APIRequestFactory().post("/api/", headers={"token": "7"})
    HistoryMiddleware(View.as_view())(request)
    assert recorded() == [(1, "7", "/api/")]
