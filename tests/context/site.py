"""A site whose views write; the tests of the middleware use it as ``ROOT_URLCONF``."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.functional import SimpleLazyObject

import pghistory_ops as pgh

barrier = threading.Barrier(2, timeout=20)


def things() -> Any:
    return apps.get_model("shop.Thing").objects  # type: ignore[attr-defined]


def write(request: HttpRequest, key: int) -> HttpResponse:
    things().create(id=key)
    return HttpResponse("written")


async def asynchronous(request: HttpRequest, key: int) -> HttpResponse:
    await things().acreate(id=key)
    await asyncio.sleep(0.01)
    await things().filter(id=key).aupdate(size=key)
    return HttpResponse("written")


def late(request: HttpRequest, key: int) -> HttpResponse:
    """Find the user inside the view, as REST frameworks do."""
    with transaction.atomic():
        things().create(id=key)
        request.user = get_user_model()(pk=key)
        things().filter(id=key).update(size=key)
        pgh.add_context(order=key)
        things().filter(id=key).update(size=0)
    return HttpResponse("written")


def together(request: HttpRequest, key: int) -> HttpResponse:
    """Write in turns with another request."""
    for size in range(3):
        barrier.wait()
        things().update_or_create(id=key, defaults={"size": size})
    return HttpResponse("written")


def error(request: HttpRequest, key: int) -> HttpResponse:
    raise RuntimeError("a mistake")


urlpatterns = [
    path("write/<int:key>/", write),
    path("asynchronous/<int:key>/", asynchronous),
    path("late/<int:key>/", late),
    path("together/<int:key>/", together),
    path("error/<int:key>/", error),
]


class UserOfTheHeader:
    """Set the user that a header names: lazily, and from the database."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        name = request.headers.get("X-User")
        users = get_user_model().objects
        request.user = (
            SimpleLazyObject(lambda: users.get(username=name)) if name else AnonymousUser()
        )
        return self.get_response(request)


class SyncOnly:
    """A middleware of the old kind: what is inside it runs in threads."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)
