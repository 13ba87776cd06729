"""The frozen specification that migration state carries for an event model.

Everything here is a value: two states agree on an event model when their specifications are equal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from pghistory_ops.fields import (
    ContextForeignKey,
    ContextJSONField,
    ContextUUIDField,
    ObjForeignKey,
)
from pghistory_ops.reading import ConditionField
from pghistory_ops.trackers import DatabaseTracker, Tracker


@dataclass(frozen=True)
class Policy:
    """Which tracked fields are mirrored, now and when fields come later."""

    fields: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()

    def selects(self, name: str) -> bool:
        """Return whether the tracked field ``name`` is to be mirrored."""
        return name not in self.exclude if self.fields is None else name in self.fields


@dataclass(frozen=True)
class Context:
    """Where an event holds its context: columns of the event table."""

    foreign_key: str | None = None
    json: str | None = None
    uuid: str | None = None
    table: str | None = None


@dataclass(frozen=True)
class Signature:
    """What a tracker's triggers are compiled from: a template makes SQL of it.

    The table that they are put on is not part of it, so that they survive its rename; nor is what
    only the database knows (``sql.v1.Schemas``).

    State keeps the signature of each installed tracker. While it equals the one that the state now
    implies, the triggers are right; see ``pghistory_ops.soundness.stale``.

    Attributes:
        template: The version of the SQL template.
        event_table: The event table, as ``db_table`` names it.
        columns: The mirrored columns: (event column, tracked column).
        whole_row: Whether a ``Snapshot`` mirrors every column of the tracked table.
        created_at, label: The event table's columns of these names.
        obj: The event column that refers to the tracked row, and the tracked column it holds.
        context: Where the context goes.
        pausable: Whether a client may pause the triggers.
        security_definer: Whether the functions run with the rights of their owner.
        condition_fields: The fields that the condition reads.
        all_columns: Whether the condition compares whole rows.
        position: A name that no column of the tracked table has.
        types: The types of the key and of the mirrored columns, where a function takes them from a
            row variable.
        sources: Of each tracked column: its name, its field's name, and the field.
    """

    template: int
    event_model: str
    event_table: str
    columns: tuple[tuple[str, str], ...]
    whole_row: bool
    created_at: str
    label: str
    obj: tuple[str, str] | None
    context: Context
    pausable: bool
    security_definer: bool
    condition_fields: tuple[ConditionField, ...] = ()
    all_columns: bool = False
    position: str = "pgh_row"
    types: tuple[str, ...] = ()
    sources: tuple[tuple[str, str, Any], ...] = dataclasses.field(
        default=(), compare=False, repr=False
    )

    def renamed(self, names: Mapping[str, str]) -> Signature:
        """Return the signature with tracked columns under other names."""
        return dataclasses.replace(
            self,
            columns=tuple((event, names.get(column, column)) for event, column in self.columns),
            condition_fields=tuple(
                dataclasses.replace(item, column=names.get(item.column, item.column))
                for item in self.condition_fields
            ),
        )

    def differences(self, other: Signature) -> list[str]:
        """Return the names of the attributes in which two signatures differ."""
        return [
            item.name
            for item in dataclasses.fields(self)
            if item.compare and getattr(self, item.name) != getattr(other, item.name)
        ]


class Compiled(Protocol):
    """What a signature is compiled from, when it is asked for."""

    @property
    def signature(self) -> Signature:
        """The signature."""

    @property
    def mirrored(self) -> tuple[str, ...]:
        """The fields that the event model mirrors."""


@dataclass(frozen=True, eq=False)
class InstalledTracker:
    """A tracker in state.

    Attributes:
        tracker: The tracker.
        compiled: What its signature is compiled from; None for a manual one.
        without: The tracked fields that it was compiled without, as they are about to be removed.
    """

    tracker: Tracker
    compiled: Compiled | None = None
    without: tuple[str, ...] = ()

    @property
    def signature(self) -> Signature | None:
        """What the triggers were compiled from; None for a manual tracker."""
        return None if self.compiled is None else self.compiled.signature

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, InstalledTracker)
            and (self.tracker, self.without) == (other.tracker, other.without)
            and (self.compiled == other.compiled or self.signature == other.signature)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class EventSpec:
    """What an event model is, beyond its fields.

    Attributes:
        tracks: The label of the tracked model.
        policy: Which tracked fields are mirrored.
        obj_field, context_field, context_id_field: The configuration of these fields.
        guard: The event table as it was called when the guard against UPDATE, DELETE and TRUNCATE
            was put on it; None where there is no guard.
        pausable: Whether a client may pause the triggers.
        security_definer: Whether the functions run with the rights of their owner.
        declared: Whether a declaration proposed the event model.
        derived: Whether its first columns are those that the tracked model happened to have.
        template: The version of the SQL template that trackers are compiled with.
        trackers: The trackers, in the order in which they were added.
        written: The event columns, by the names of then, that any trigger has ever written.
    """

    tracks: str
    policy: Policy = Policy()
    obj_field: ObjForeignKey | None = ObjForeignKey()
    context_field: ContextForeignKey | ContextJSONField | None = ContextForeignKey()
    context_id_field: ContextUUIDField | None = None
    guard: str | None = None
    pausable: bool = False
    security_definer: bool = True
    declared: bool = False
    derived: bool = field(default=False, compare=False)
    template: int = 1
    trackers: tuple[InstalledTracker, ...] = ()
    written: frozenset[str] = field(default=frozenset(), compare=False)

    def replace(self, **changes: Any) -> EventSpec:
        """Return the specification with ``changes``."""
        return dataclasses.replace(self, **changes)

    def with_trackers(self, trackers: tuple[InstalledTracker, ...]) -> EventSpec:
        """Return the specification with other trackers, whose triggers write from now on."""
        mirrored = [item.compiled.mirrored for item in trackers if item.compiled is not None]
        return self.replace(trackers=trackers, written=self.written.union(*mirrored))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the trackers."""
        return tuple(item.tracker.label for item in self.trackers)

    def installed(self, label: str) -> InstalledTracker | None:
        """Return the tracker of ``label``, or None."""
        for item in self.trackers:
            if item.tracker.label == label:
                return item
        return None

    @property
    def has_triggers(self) -> bool:
        """Whether any of the trackers has triggers."""
        return any(item.compiled is not None for item in self.trackers)

    def triggers(self) -> Iterator[tuple[DatabaseTracker, Signature]]:
        """Yield the trackers that have triggers, with their signatures."""
        for item in self.trackers:
            if isinstance(item.tracker, DatabaseTracker) and item.compiled is not None:
                yield item.tracker, item.compiled.signature
