"""Who did it, and why: ``context`` and ``add_context``, and how a worker goes on with them.

The module is not named after the function: a submodule takes its own name in the package when it is
imported, and so would hide it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pghistory_ops.contexts import metadata as json_metadata
from pghistory_ops.contexts.scopes import Scope
from pghistory_ops.contexts.uuid7 import uuid7

# Equal values of these types have one text, and never change.
_UNCHANGING = frozenset({str, int, bool, type(None), UUID})

Provider = Callable[[], Mapping[str, Any]]


class Holders:
    """The keys under which database sessions write one context.

    Two open transactions that insert the same key would wait for each other, perhaps for ever, when
    one program has both. So the first session that writes has the context's own key, and each other
    one a key of its own; whether they are sessions of one database is not asked, since two aliases
    may well lead to one.
    """

    def __init__(self) -> None:
        self._first: dict[None, tuple[int, int]] = {}
        self._others: dict[tuple[int, int], UUID] = {}
        self._late: tuple[list[Any], dict[str, str]] = ([], {})

    def key(self, session: int) -> UUID | None:
        """Return the key of a session; None for the context's own."""
        holder = (os.getpid(), session)  # a forked process has the same blocks open
        # dict.setdefault is atomic, and unlike a lock is never left held by a fork.
        if self._first.setdefault(None, holder) == holder:
            return None
        return self._others.get(holder) or self._others.setdefault(holder, uuid7())

    def encode_late(self, late: Mapping[str, Any]) -> dict[str, str]:
        """Return the JSON texts of what a provider says, which is mostly what it said before."""
        if not _UNCHANGING.issuperset(map(type, late.values())):
            return json_metadata.encode(late)
        given = [(key, value, type(value)) for key, value in late.items()]
        known, encoded = self._late
        if given != known:
            encoded = json_metadata.encode(late)
            self._late = (given, encoded)
        return encoded


@dataclass(frozen=True, eq=False)
class OpenContext:
    """What ``with context(…) as ctx`` gives.

    Attributes:
        id: The key of the context's row, a UUIDv7. A second database session that writes while the
            block is open, such as another thread's, has a row of its own below this one.
        parent_id: The ``id`` of the block around it, or None.
        root_id: The ``id`` of the outermost block; its own if there is none around it.
        metadata: What it and the blocks around it say, as it was when the block was opened.
    """

    id: UUID
    parent_id: UUID | None
    root_id: UUID
    metadata: Mapping[str, Any]
    encoded: Mapping[str, str] = field(repr=False)
    provider: Provider | None = field(default=None, repr=False)
    holders: Holders = field(default_factory=Holders, repr=False)

    def identity(self, session: int) -> tuple[UUID, UUID | None]:
        """Return the key and the parent of the row that the events of a database session name."""
        key = self.holders.key(session)
        return (self.id, self.parent_id) if key is None else (key, self.id)

    def metadata_text(self) -> str:
        """Return the metadata as JSON, with what is only known now."""
        encoded = self.encoded
        if self.provider is not None and not _asking.get():
            token = _asking.set(True)
            try:
                late = self.provider()
            finally:
                _asking.reset(token)
            encoded = {**self.holders.encode_late(late), **encoded}
        return json_metadata.joined(encoded)

    def with_metadata(self, metadata: Mapping[str, Any], encoded: Mapping[str, str]) -> OpenContext:
        """Return the same context with more to say."""
        return dataclasses.replace(
            self,
            metadata=MappingProxyType({**self.metadata, **metadata}),
            encoded={**self.encoded, **encoded},
        )


current: ContextVar[OpenContext | None] = ContextVar("pghistory_ops_context", default=None)
# Set while a provider is asked: it may itself use the database.
_asking: ContextVar[bool] = ContextVar("pghistory_ops_asking", default=False)


class _ContextScope(Scope[OpenContext, OpenContext | None]):
    @property
    def _variable(self) -> ContextVar[OpenContext | None]:
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
        TypeError: A value's type is unknown to the encoder.
        ValueError: A value cannot be stored: NaN, infinity, a NUL byte, half of a surrogate pair.
    """

    def __init__(self, /, **metadata: Any) -> None:
        super().__init__()
        self._metadata = metadata
        self._encoded = json_metadata.encode(metadata)

    def _copy(self) -> context:
        copy = context()
        copy._metadata, copy._encoded = self._metadata, self._encoded
        return copy

    def _opened(self) -> tuple[OpenContext, OpenContext]:
        opened = _inside(current.get(), self._metadata, self._encoded)
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
        opened = _inside(current.get(), {}, {}, self._provider)
        return opened, opened


class resume_context(_ContextScope):  # noqa: N801
    """Go on in a worker with what ``export_context`` returned where the work was ordered.

    The block is a context of its own below the one that was exported, so that
    ``Context.objects.group`` finds both. With None, it is one without anything around it. ::

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
        around = current.get() if self._sender is None else self._sender
        opened = _inside(around, self._added, self._encoded)
        return opened, opened


def add_context(**metadata: Any) -> None:
    """Add to what the innermost open context says; without one, do nothing.

    What the context has said of a key before is replaced, in its row as well. Events that are
    already written with JSON metadata of their own keep it.

    Args:
        metadata: As for ``context``.

    Raises:
        TypeError, ValueError: As for ``context``.
    """
    encoded = json_metadata.encode(metadata)
    opened = current.get()
    if opened is not None:
        current.set(opened.with_metadata(metadata, encoded))


def export_context() -> dict[str, Any] | None:
    """Return the innermost open context as plain JSON values, for ``resume_context`` in a worker.

    Returns:
        A dictionary that any serializer takes, or None if no context is open.
    """
    opened = current.get()
    if opened is None:
        return None
    return {
        "id": str(opened.id),
        "root_id": str(opened.root_id),
        "metadata": json.loads(opened.metadata_text()),
    }


def _inside(
    outer: OpenContext | None,
    metadata: Mapping[str, Any],
    encoded: Mapping[str, str],
    provider: Provider | None = None,
) -> OpenContext:
    key = uuid7()
    if outer is None:
        around: tuple[Mapping[str, Any], Mapping[str, str]] = ({}, {})
        parent, root = None, key
    else:
        around = (outer.metadata, outer.encoded)
        parent, root = outer.id, outer.root_id
        provider = _both(outer.provider, provider)
    return OpenContext(
        id=key,
        parent_id=parent,
        root_id=root,
        metadata=MappingProxyType({**around[0], **metadata}),
        encoded={**around[1], **encoded},
        provider=provider,
    )


def _both(outer: Provider | None, inner: Provider | None) -> Provider | None:
    if outer is None or inner is None:
        return outer or inner
    return lambda: {**outer(), **inner()}


def _imported(exported: Mapping[str, Any]) -> OpenContext:
    try:
        key, root = UUID(exported["id"]), UUID(exported["root_id"])
        metadata = dict(exported["metadata"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{exported!r} is not what export_context() returned. Hand it on as it is, or None."
        ) from error
    return OpenContext(
        id=key,
        parent_id=None,
        root_id=root,
        metadata=metadata,
        encoded=json_metadata.encode(metadata),
    )
