"""A context for each request: who sent it, and where to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from pghistory_ops import conf
from pghistory_ops.contexts.context import late_context


class HistoryMiddleware:
    """Open a context around each request, with the user's key and the path.

    It may stand anywhere in ``MIDDLEWARE``: the request is asked when something is about to be
    written, so that it does not matter when the user is known, and a request that writes nothing
    does not look for one. The methods are those of ``PGHISTORY_OPS["middleware_methods"]``.

    It runs in synchronous and in asynchronous stacks (Django documentation, "Middleware",
    "Asynchronous support"). Override ``get_context`` to record something else::

        class ShopHistoryMiddleware(HistoryMiddleware):
            def get_context(self, request):
                return {**super().get_context(request), "shop": request.shop.pk}
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response: Any = get_response
        self._methods = conf.runtime().middleware_methods
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if request.method not in self._methods:
            return self.get_response(request)
        if self._is_async:
            return self._respond(request)
        with late_context(lambda: self.get_context(request)):
            return self.get_response(request)

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        async with late_context(lambda: self.get_context(request)):
            response: HttpResponseBase = await self.get_response(request)
        return response

    def get_context(self, request: HttpRequest) -> Mapping[str, Any]:
        """Return the metadata of a request, as it is now.

        Args:
            request: Django's own request, on which REST frameworks set the user too.
        """
        user = getattr(request, "user", None)
        return {"user": getattr(user, "pk", None), "url": request.path}
