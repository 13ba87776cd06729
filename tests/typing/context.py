"""Uses of contexts that the type checker must accept."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_type
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

import pghistory_ops as pgh
from pghistory_ops.middleware import HistoryMiddleware
from pghistory_ops.models import Context

with pgh.context(user=1, reason="refund") as ctx:
    assert_type(ctx.id, UUID)
    assert_type(ctx.root_id, UUID)
    assert_type(ctx.parent_id, UUID | None)
    assert_type(ctx.metadata, Mapping[str, Any])
    pgh.add_context(step=2)
    exported = pgh.export_context()
    assert_type(exported, dict[str, Any] | None)

with pgh.resume_context(exported, task="ship") as resumed:
    assert_type(resumed.root_id, UUID)


def write_without_events() -> None:
    with pgh.paused("shop.OrderEvent", Context) as nothing:
        assert_type(nothing, None)


@pgh.context(job="nightly")
def work(number: int) -> str:
    return str(number)


@pgh.context(job="export")
def rows(number: int) -> Iterator[str]:
    yield str(number)


@pgh.paused("shop.OrderEvent")
async def asynchronous(number: int) -> str:
    async with pgh.context() as inner:
        return str(inner.id)


async def publish() -> None:
    assert_type(await pgh.aexport_context(), dict[str, Any] | None)


assert_type(work(1), str)
assert_type(rows(1), Iterator[str])


@pgh.resume_context(exported, task="pack")
def go_on(number: int, *, fast: bool = False) -> list[int]:
    return [number]


assert_type(go_on(1, fast=True), list[int])


def contexts(found: Context) -> QuerySet[Context]:
    Context.objects.group(ctx)
    Context.objects.group(found.id)
    return Context.objects.filter(metadata__user=1).group(found)


class OwnMiddleware(HistoryMiddleware):
    def get_context(self, request: HttpRequest) -> Mapping[str, Any]:
        return {**super().get_context(request), "shop": 1}


def metadata_has_names() -> None:
    pgh.context("user")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.add_context(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
