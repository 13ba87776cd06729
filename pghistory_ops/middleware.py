"""A context for each request: who sent it, and where to."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from pghistory_ops import conf
from pghistory_ops.contexts.context import inside, late_context


class HistoryMiddleware:
    """Open a context around each request, with the user's key and the path.

    It may stand anywhere in ``MIDDLEWARE``: the request is asked when something is about to be
    written, so that it does not matter when the user is known, and a request that writes nothing
    does not look for one. The body of a streaming response is made in the request's context too.
    The methods are those of ``PGHISTORY_OPS["middleware_methods"]``.

    What a context has recorded stays: a value that was None is filled in, and another change, such
    as of the user who logs out, begins a context below the request's for what is written next.

    It runs in synchronous and in asynchronous stacks (Django documentation, "Middleware",
    "Asynchronous support"). Override ``get_context`` to record something else::

        class ShopHistoryMiddleware(HistoryMiddleware):
            def get_context(self, request):
                return {**super().get_context(request), "shop": request.shop.pk}

    Raises:
        ImproperlyConfigured: ``get_context`` is a coroutine function.
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response: Any = get_response
        if iscoroutinefunction(self.get_context):
            raise ImproperlyConfigured(
                f"{type(self).__qualname__}.get_context is a coroutine function, and is called "
                "where a statement is about to run, which waits for nothing. Write it with def."
            )
        self._methods = conf.runtime().middleware_methods
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if request.method not in self._methods:
            return self.get_response(request)
        if self._is_async:
            return self._respond(request)
        with late_context(lambda: self._metadata(request)):
            return _streamed_inside(self.get_response(request))

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        async with late_context(lambda: self._metadata(request)):
            return _streamed_inside(await self.get_response(request))

    def _metadata(self, request: HttpRequest) -> Mapping[str, Any]:
        metadata = self.get_context(request)
        if not isinstance(metadata, Mapping):
            raise TypeError(
                f"{type(self).__qualname__}.get_context() returned {metadata!r}. Return a mapping "
                "of the metadata, if need be an empty one."
            )
        return metadata

    def get_context(self, request: HttpRequest) -> Mapping[str, Any]:
        """Return the metadata of a request, as it is now.

        Args:
            request: Django's own request, on which REST frameworks set the user too.
        """
        user = getattr(request, "user", None)
        return {"user": getattr(user, "pk", None), "url": request.path}


def _streamed_inside(response: HttpResponseBase) -> HttpResponseBase:
    """Let the body of a streaming response be made in the context that is open now.

    Files write nothing, and the server may have a faster way for them.
    """
    if (
        isinstance(response, StreamingHttpResponse)
        and getattr(response, "file_to_stream", None) is None
    ):
        suspended = inside()
        # As it is: ``streaming_content`` gives what is wrapped, and passes no end on to it. The
        # server ends it by these closers if the client goes away.
        private: Any = response
        source, closers = private._iterator, private._resource_closers
        closers[:] = [partial(suspended.run, closer) for closer in closers]
        if response.is_async:
            parts = suspended.adrive(_aparts(source))
            response.streaming_content = parts
            closers.append(partial(_close, parts))
        else:
            response.streaming_content = suspended.drive(_parts(source))
    return response


def _parts(source: Iterator[Any]) -> Generator[Any]:
    yield from source


async def _aparts(source: AsyncIterator[Any]) -> AsyncGenerator[Any]:
    try:
        async for part in source:
            yield part
    finally:
        if close := getattr(source, "aclose", None):
            await close()


def _close(parts: AsyncGenerator[Any]) -> None:
    """Close a body that was left; Django closes responses in threads, also asynchronous ones."""
    generator: Any = parts
    if generator.ag_frame is None or generator.ag_running:  # it has ended, or is about to
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        async_to_sync(_aclose)(parts)


async def _aclose(parts: AsyncGenerator[Any]) -> None:
    await parts.aclose()
