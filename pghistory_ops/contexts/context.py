"""Who did it, and why: ``context`` and ``add_context``, and how a worker goes on with them.

The module is not named after the function: a submodule takes its own name in the package when it is
imported, and so would hide it.
"""

from __future__ import annotations

import dataclasses
import json
from collections import ChainMap
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Never
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

from pghistory_ops.contexts import metadata as json_metadata
from pghistory_ops.contexts.rows import Row, Rows
from pghistory_ops.contexts.scopes import Frame, Scope, Suspended, innermost
from pghistory_ops.contexts.uuid7 import uuid7

# Equal values of these types have one text, and never change.
_UNCHANGING = frozenset({str, int, bool, type(None), UUID})

Provider = Callable[[], Mapping[str, Any]]


class Late:
    """What is only known when something is about to be written.

    Args:
        provider: Returns it. It may use the database.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._last: tuple[list[Any], dict[str, str]] = ([], {})

    def pairs(self) -> dict[str, str]:
        """Return the JSON pairs of what the provider says, which is mostly what it said before."""
        late = self._provider()
        if not _UNCHANGING.issuperset(map(type, late.values())):
            return json_metadata.encode(late)
        given = [(key, value, type(value)) for key, value in late.items()]
        known, encoded = self._last
        if given != known:
            encoded = json_metadata.encode(late)
            self._last = (given, encoded)
        return encoded


class Told(NamedTuple):
    """What the database is told of a context.

    Attributes:
        row: The row that says it.
        metadata: It, as JSON.
    """

    row: Row
    metadata: str


@dataclass(frozen=True, eq=False)
class OpenContext:
    """What ``with context(…) as ctx`` gives.

    Attributes:
        id: The key of the context's row, a UUIDv7, in each database. A second session of a database
            that writes while the block is open, such as another thread's, has a row of its own
            below this one; ``Context.objects.group`` finds them all.
        parent_id: The ``id`` of the block around it, or None.
        root_id: The ``id`` of the outermost block; its own if there is none around it.
        metadata: What it and the blocks around it say, as it was when the block was opened.
    """

    id: UUID
    parent_id: UUID | None
    root_id: UUID
    metadata: Mapping[str, Any]
    encoded: Mapping[str, str] = field(repr=False)
    rows: Rows = field(repr=False)
    late: tuple[Late, ...] = field(default=(), repr=False)

    def told(self) -> Told:
        """Return what is to be told of it now."""
        if not self.late:
            return self._told
        if _asking.get():
            row = self.rows.last
            pairs = row.said
        else:
            token = _asking.set(True)
            try:
                asked = [late.pairs() for late in self.late]
            finally:
                _asking.reset(token)
            pairs = asked[0] if len(asked) == 1 else dict(ChainMap(*reversed(asked)))
            row = self.rows.saying(pairs, self.encoded)
        return Told(row, json_metadata.joined({**pairs, **self.encoded}))

    @cached_property
    def _told(self) -> Told:
        return Told(self.rows.own, json_metadata.joined(self.encoded))

    def with_metadata(self, metadata: Mapping[str, Any], encoded: Mapping[str, str]) -> OpenContext:
        """Return the same context with more to say."""
        return dataclasses.replace(
            self,
            metadata=MappingProxyType({**self.metadata, **metadata}),
            encoded={**self.encoded, **encoded},
        )


current: ContextVar[Frame[OpenContext] | None] = ContextVar("pghistory_ops_context", default=None)
# Set while a provider is asked: it may itself use the database.
_asking: ContextVar[bool] = ContextVar("pghistory_ops_asking", default=False)


def open_context() -> OpenContext | None:
    """Return the innermost open context."""
    frame = innermost(current)
    return None if frame is None else frame.value


class _ContextScope(Scope[OpenContext, OpenContext]):
    @property
    def _variable(self) -> ContextVar[Frame[OpenContext] | None]:
        return current


class context(_ContextScope):  # noqa: N801
    """Say who makes the changes, and why.

    All events of the block have it, whoever writes them: the ORM, SQL, a function in the database.
    A block inside another is a context of its own with the metadata of both and a reference to the
    outer one. ::

        with pgh.context(user=request.user.pk, reason="refund") as ctx:
            order.save()

        @pgh.context(job="nightly")
        def clean_up(): ...

        async with pgh.context(user=42):
            await order.asave()

    Args:
        metadata: Values that the JSON encoder knows (setting ``PGHISTORY_OPS["json_encoder"]``).

    Raises:
        TypeError: A value has no name, or a type that is unknown to the encoder.
        ValueError: A value cannot be stored: NaN, infinity, a NUL byte, half of a surrogate pair.
    """

    def __init__(self, /, *_unnamed: Never, **metadata: Any) -> None:
        super().__init__()
        _refuse_unnamed("context", _unnamed)
        self._metadata = metadata
        self._encoded = json_metadata.encode(metadata)

    def _copy(self) -> context:
        copy = context()
        copy._metadata, copy._encoded = self._metadata, self._encoded
        return copy

    def _opened(self) -> tuple[OpenContext, OpenContext]:
        opened = _inside(open_context(), self._metadata, self._encoded)
        return opened, opened


class late_context(_ContextScope):  # noqa: N801
    """A context whose metadata is asked for when something is about to be written.

    Args:
        provider: Returns the metadata. It may use the database.
    """

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider

    def _copy(self) -> late_context:
        return late_context(self._provider)

    def _opened(self) -> tuple[OpenContext, OpenContext]:
        opened = _inside(open_context(), {}, {}, self._provider)
        return opened, opened


def inside() -> Suspended[OpenContext]:
    """Return what is open now, for what goes on with it later."""
    return Suspended(current, current.get())


class resume_context(_ContextScope):  # noqa: N801
    """Go on in a worker with what ``export_context`` returned where the work was ordered.

    The block is a context of its own below the one that was exported, so that
    ``Context.objects.group`` finds both. Contexts that are open in the worker are not around it,
    nor with None, with which it stands alone. ::

        @shared_task
        def ship(order_id, history=None):
            with pgh.resume_context(history, task="ship"):
                ...

        ship.delay(order.pk, history=pgh.export_context())

    Args:
        exported: What ``export_context`` returned.
        metadata: What the worker adds.

    Raises:
        ValueError: ``exported`` is something else.
    """

    def __init__(self, exported: Mapping[str, Any] | None, /, **metadata: Any) -> None:
        super().__init__()
        self._exported, self._added = exported, metadata
        self._sender = None if exported is None else _imported(exported)
        self._encoded = json_metadata.encode(metadata)

    def _copy(self) -> resume_context:
        return resume_context(self._exported, **self._added)

    def _opened(self) -> tuple[OpenContext, OpenContext]:
        opened = _inside(self._sender, self._added, self._encoded)
        return opened, opened


def add_context(*_unnamed: Never, **metadata: Any) -> None:
    """Add to what the innermost open context says; without one, do nothing.

    What the context has said of a key before is replaced, in its row as well. Events that are
    already written with JSON metadata of their own keep it.

    Args:
        metadata: As for ``context``.

    Raises:
        TypeError, ValueError: As for ``context``.
    """
    _refuse_unnamed("add_context", _unnamed)
    encoded = json_metadata.encode(metadata)
    frame = innermost(current)
    if frame is not None:
        value = frame.value.with_metadata(metadata, encoded)
        current.set(dataclasses.replace(frame, value=value))


def export_context() -> dict[str, Any] | None:
    """Return the innermost open context as plain JSON values, for ``resume_context`` in a worker.

    Returns:
        A dictionary that any serializer takes, or None if no context is open.
    """
    opened = open_context()
    if opened is None:
        return None
    try:
        told = opened.told()
    except SynchronousOnlyOperation as error:
        raise SynchronousOnlyOperation(
            "export_context() has to ask the database who the user is, which asynchronous code "
            "cannot wait for. Write await aexport_context(), or have the task published in a "
            "thread: await sync_to_async(task.delay)(…)."
        ) from error
    return {
        "id": str(told.row.key),
        "root_id": str(opened.root_id),
        "metadata": json.loads(told.metadata),
    }


async def aexport_context() -> dict[str, Any] | None:
    """Return what ``export_context`` does, in asynchronous code.

    The user of a request may have to be looked up in the database; this waits for it.
    """
    return await sync_to_async(export_context)()


def _refuse_unnamed(function: str, unnamed: tuple[Any, ...]) -> None:
    if unnamed:
        decorator = f", or @{function}() above a function" if function == "context" else ""
        raise TypeError(
            f"{function}() takes metadata by name, and {unnamed[0]!r} has none. Write "
            f"{function}(user=…){decorator}."
        )


def _inside(
    outer: OpenContext | None,
    metadata: Mapping[str, Any],
    encoded: Mapping[str, str],
    provider: Provider | None = None,
) -> OpenContext:
    key = uuid7()
    late = () if provider is None else (Late(provider),)
    if outer is None:
        return OpenContext(
            key, None, key, MappingProxyType({**metadata}), encoded, Rows(Row(key)), late
        )
    return OpenContext(
        id=key,
        parent_id=outer.id,
        root_id=outer.root_id,
        metadata=MappingProxyType({**outer.metadata, **metadata}),
        encoded={**outer.encoded, **encoded},
        rows=Rows(Row(key, outer.rows.own)),
        late=(*outer.late, *late),
    )


def _imported(exported: Mapping[str, Any]) -> OpenContext:
    try:
        key, root = UUID(exported["id"]), UUID(exported["root_id"])
        metadata = dict(exported["metadata"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{exported!r} is not what export_context() returned. Hand it on as it is, or None."
        ) from error
    return OpenContext(key, None, root, metadata, json_metadata.encode(metadata), Rows(Row(key)))
