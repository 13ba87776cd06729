"""What users write in ``AddTracker`` and ``track()``: rules that write events under a label.

A tracker is an inert, immutable value. Its subclasses and their attributes are a convenience of the
person who writes them; a migration holds the values alone (``DatabaseTracker(...)``).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal

import pgtrigger
from django.db import models
from django.db.migrations.serializer import BaseSerializer
from django.db.migrations.writer import MigrationWriter
from pgtrigger import After, Before, Delete, Insert, Row, Statement, Truncate, Update

from pghistory_ops import conditions, names
from pghistory_ops.sql import quoting

__all__ = [
    "After",
    "AfterDelete",
    "AfterInsert",
    "AfterInsertOrUpdate",
    "AfterTruncate",
    "AfterUpdate",
    "Before",
    "BeforeDelete",
    "BeforeUpdate",
    "DatabaseTracker",
    "Delete",
    "Insert",
    "ManualTracker",
    "Row",
    "Snapshot",
    "Statement",
    "Tracker",
    "Truncate",
    "Update",
]

INSERT, UPDATE, DELETE, TRUNCATE = "INSERT", "UPDATE", "DELETE", "TRUNCATE"
OPERATIONS = (INSERT, UPDATE, DELETE, TRUNCATE)
OLD, NEW = "OLD", "NEW"
ROWS = {INSERT: {NEW}, UPDATE: {OLD, NEW}, DELETE: {OLD}, TRUNCATE: {OLD}}


class Tracker:
    """A rule that writes events under a label; use one of its subclasses.

    Args:
        label: The label of the events, by default the class's name in snake case. It is unique
            among the trackers of a tracked model.
    """

    label: str = ""

    def __init__(self, label: str | None = None) -> None:
        default = self.label or names.snake_case(type(self).__name__)
        given: Any = default if label is None else label
        if not isinstance(given, str) or not given:
            raise ValueError("A tracker's label is a text of at least one character.")
        self.label = given
        quoting.literal(given)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Return what the migration writer needs to write the tracker out."""
        raise NotImplementedError

    def _label_argument(self, cls: type[Tracker]) -> tuple[str, ...]:
        return () if self.label == names.snake_case(cls.__name__) else (self.label,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tracker) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self.label)

    def _identity(self) -> str:
        return repr(self)

    def __repr__(self) -> str:
        path, args, kwargs = self.deconstruct()
        parts = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"{path.rpartition('.')[2]}({', '.join(parts)})"


class ManualTracker(Tracker):
    """A label for ``create_event`` alone: it has no trigger."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "pghistory_ops.trackers.ManualTracker", self._label_argument(ManualTracker), {}


class DatabaseTracker(Tracker):
    """A tracker that triggers carry out: one per operation.

    The arguments can also be given as attributes of a subclass.

    Args:
        label: The label of the events.
        operation: ``Insert``, ``Update``, ``Delete``, ``Truncate``, or several joined with ``|``.
        when: ``After`` (the default), or ``Before`` for an event that is written before the row
            changes; that takes row level and the old row of an update or a delete. An event
            written before is also there when another trigger then calls the change off.
        condition: Which changes to record; see ``pghistory_ops.conditions``.
        snapshot: ``"OLD"`` or ``"NEW"``: the row to copy. By default the new one where there is
            one.
        level: ``Row`` or ``Statement``, by default the faster: ``Statement`` for inserts and
            deletes, ``Row`` for updates, whose condition then costs next to nothing when it is
            false. Statement-level events are written when the statement ends: after those of the
            writes that another row-level trigger made in response to it. Where a trigger of yours
            writes the same row again, use ``Row``, so that events are in the order of the effects.

    Raises:
        ValueError: The arguments contradict each other.
        TypeError: The condition is none, or its SQL is only known to code of the project.
    """

    operation: pgtrigger.Operation | None = None
    when: pgtrigger.When = After
    condition: Any = None
    snapshot: Literal["OLD", "NEW"] | None = None
    level: pgtrigger.Level | None = None

    def __init__(
        self,
        label: str | None = None,
        *,
        operation: pgtrigger.Operation | None = None,
        when: pgtrigger.When | None = None,
        condition: models.Q | pgtrigger.Condition | None = None,
        snapshot: Literal["OLD", "NEW"] | None = None,
        level: pgtrigger.Level | None = None,
    ) -> None:
        super().__init__(label)
        self.operation = operation or self.operation
        self.when = when or self.when
        self.condition = conditions.normalized(self.condition if condition is None else condition)
        self.snapshot = snapshot or self.snapshot
        self.level = level or self.level
        self._check()

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of the tracker, in one order: INSERT, UPDATE, DELETE, TRUNCATE."""
        assert self.operation is not None
        given = {str(operation) for operation in self.operation}
        return tuple(operation for operation in OPERATIONS if operation in given)

    def row(self, operation: str) -> str:
        """Return the row that is copied on ``operation``: ``"OLD"`` or ``"NEW"``."""
        return self.snapshot or (NEW if NEW in ROWS[operation] else OLD)

    def statement_level(self, operation: str) -> bool:
        """Return whether the trigger for ``operation`` runs once per statement."""
        if operation == TRUNCATE:
            return True
        if self.level is None:
            return not self.before and operation != UPDATE
        return str(self.level) == str(Statement)

    @property
    def before(self) -> bool:
        """Whether the triggers run before the row changes.

        django-pgtrigger's values have no equality, and a copy is another object.
        """
        return str(self.when) == str(Before)

    @property
    def misses_moves(self) -> bool:
        """Whether an update that moves a row to another partition writes no event.

        Row-level triggers see it as a delete and an insert (PostgreSQL manual, 39.1 "Overview of
        Trigger Behavior").
        """
        seen = {operation for operation in self.operations if not self.statement_level(operation)}
        substitute = INSERT if self.row(UPDATE) == NEW else DELETE
        return UPDATE in seen and substitute not in seen

    def at_level(self, level: pgtrigger.Level) -> DatabaseTracker:
        """Return the tracker with another level."""
        changed = copy.copy(self)
        changed.level = level
        changed._check()
        return changed

    def _check(self) -> None:
        name = f"The tracker {self.label!r}"
        if not isinstance(self.operation, pgtrigger.Operation) or not set(
            map(str, self.operation)
        ) <= set(OPERATIONS):
            raise ValueError(
                f"{name} needs an operation: Insert, Update, Delete, Truncate, or several joined "
                f"with |, not {self.operation!r}."
            )
        if str(self.when) not in (str(After), str(Before)):
            raise ValueError(f"{name} runs After or Before, not {self.when}.")
        if self.level is not None and str(self.level) not in (str(Row), str(Statement)):
            raise ValueError(f"{name} is of level Row or Statement, not {self.level}.")
        if self.snapshot not in (None, OLD, NEW):
            raise ValueError(f'{name} copies the row "OLD" or "NEW", not {self.snapshot!r}.')
        for operation in self.operations:
            if self.snapshot and self.snapshot not in ROWS[operation]:
                raise ValueError(
                    f"{name} copies the {self.snapshot} row on {operation}, which has none. "
                    f'Use snapshot="{min(ROWS[operation])}", or leave {operation} out.'
                )
        base = next(cls for cls in type(self).__mro__ if cls.__module__ == __name__)
        if base is not DatabaseTracker and issubclass(base, DatabaseTracker):
            named = base.operation, base.snapshot or NEW
            if (str(self.operation), self.snapshot or NEW) != (str(named[0]), named[1]):
                raise ValueError(
                    f"{name} is of the class {base.__name__}, which copies the {named[1]} row on "
                    f"{named[0]}. "
                    "Use DatabaseTracker for another operation or snapshot."
                )
        if self.before:
            if str(self.level) == str(Statement):
                raise ValueError(f"{name} cannot run Before at statement level. Use After or Row.")
            for operation in self.operations:
                if operation in (INSERT, TRUNCATE) or self.row(operation) == NEW:
                    raise ValueError(
                        f"{name} cannot copy the {self.row(operation)} row Before {operation}: the "
                        "row is not final yet. Use After, or the OLD row of an update or delete."
                    )

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Return what the migration writer needs: a class of this module, with plain values."""
        cls: type[DatabaseTracker] = type(self)
        if cls.__module__ != __name__:
            cls = Snapshot if isinstance(self, Snapshot) else DatabaseTracker
        kwargs = {}
        for name in ("operation", "when", "condition", "snapshot", "level"):
            value, default = _written(getattr(self, name)), _written(getattr(cls, name))
            if value != default:
                kwargs[name] = value
        return f"{__name__}.{cls.__name__}", self._label_argument(cls), kwargs


class Snapshot(DatabaseTracker):
    """Records the row on every insert, and on every update that changes a mirrored field.

    Args:
        label: The label of the events.
        level: ``Row`` or ``Statement``; see ``DatabaseTracker``.
    """

    operation = Insert | Update
    snapshot = "NEW"

    def _check(self) -> None:
        super()._check()
        if (
            self.operations != (INSERT, UPDATE)
            or self.condition is not None
            or (self.before or self.snapshot != NEW)
        ):
            raise ValueError(
                f"The tracker {self.label!r} is a Snapshot, which takes no operation, when, "
                "condition or snapshot. Use DatabaseTracker."
            )


class AfterInsert(DatabaseTracker):
    """Records the row after it was inserted."""

    operation = Insert


class AfterInsertOrUpdate(DatabaseTracker):
    """Records the row after it was inserted or updated, changed or not."""

    operation = Insert | Update


class BeforeUpdate(DatabaseTracker):
    """Records the row as it was before an update.

    The event is written when the update has taken place: "before" names the row, not the moment.
    """

    operation = Update
    snapshot = "OLD"


class AfterUpdate(DatabaseTracker):
    """Records the row after it was updated, changed or not."""

    operation = Update


class BeforeDelete(DatabaseTracker):
    """Records the row as it was before it was deleted.

    The event is written when the delete has taken place: "before" names the row, not the moment.
    """

    operation = Delete
    snapshot = "OLD"


class AfterDelete(DatabaseTracker):
    """Records the row that was deleted."""

    operation = Delete
    snapshot = "OLD"


class AfterTruncate(DatabaseTracker):
    """Records each row that a ``TRUNCATE`` removes."""

    operation = Truncate
    snapshot = "OLD"


@dataclass(frozen=True)
class _Word:
    """One of django-pgtrigger's values as its source.

    The migration writer would take a ``pgtrigger.Operation`` for a list, since it is iterable.
    """

    source: str

    def __repr__(self) -> str:
        return self.source


def _written(value: Any) -> Any:
    """Return a value as the migration writer can write it."""
    if isinstance(value, pgtrigger.Operation):
        return _Word(" | ".join(f"pgtrigger.{str(item).capitalize()}" for item in value))
    if isinstance(value, (pgtrigger.Level, pgtrigger.When)):
        return _Word(f"pgtrigger.{value.name.capitalize()}")
    return value


class _WordSerializer(BaseSerializer):
    def serialize(self) -> tuple[str, set[str]]:
        return self.value.source, {"import pgtrigger"}


MigrationWriter.register_serializer(_Word, _WordSerializer)
