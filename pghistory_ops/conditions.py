"""django-pgtrigger's conditions, made writable in migrations.

They are subclasses that ``&``, ``|`` and ``~`` combine, that the migration writer writes by this
module's path, and for which "changed" means that the stored bytes changed: no equality operator is
needed, and a change of case in a ``citext`` column is a change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

__all__ = [
    "AllChange",
    "AllDontChange",
    "AnyChange",
    "AnyDontChange",
    "Condition",
    "F",
    "Q",
]


class Q(pgtrigger.Q):
    """A condition on fields of the old and the new row: ``Q(old__status="new", new__total__gt=5)``.

    See ``pgtrigger.Q``.
    """

    if TYPE_CHECKING:

        def __and__(self, other: models.Q | Combinable) -> Q: ...
        def __or__(self, other: models.Q | Combinable) -> Q: ...


class F(pgtrigger.F):
    """A field of the old or the new row as a value: ``Q(new__total__gt=F("old__total"))``.

    See ``pgtrigger.F``.
    """


class Combinable:
    """Lets a condition take part in a tree of ``Q`` objects."""

    conditional = True  # what models.Q asks of an expression before it combines with it

    def __and__(self, other: models.Q | Combinable) -> Q:
        return Q(self) & Q(normalized(other))

    def __or__(self, other: models.Q | Combinable) -> Q:
        return Q(self) | Q(normalized(other))

    def __invert__(self) -> Q:
        return ~Q(self)

    def copy(self) -> Any:
        return self

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Combinable):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(repr(self.deconstruct()))

    def __repr__(self) -> str:
        path, args, kwargs = self.deconstruct()
        parts = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"{path.rpartition('.')[2]}({', '.join(parts)})"


class Condition(Combinable, pgtrigger.Condition):
    """A condition as SQL text over the rows ``OLD`` and ``NEW``.

    Args:
        sql: A boolean expression, such as ``'OLD."total" < NEW."total"'``. It names columns, not
            fields. It cannot hold a subquery (PostgreSQL manual, CREATE TRIGGER).
    """

    if TYPE_CHECKING:

        def __init__(self, sql: str) -> None: ...

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "pghistory_ops.conditions.Condition", (self.sql,), {}


class Change(Combinable):
    """A condition on which fields changed; its subclasses say how many of them."""

    fields: Any
    exclude: Any
    exclude_auto: bool

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.exclude:
            kwargs["exclude"] = list(self.exclude)
        if self.exclude_auto:
            kwargs["exclude_auto"] = True
        name = next(cls.__name__ for cls in _CHANGES if isinstance(self, cls))
        return f"pghistory_ops.conditions.{name}", tuple(self.fields), kwargs

    # The comparison is negated through Q, like that of every other condition.
    __invert__ = Combinable.__invert__


class AnyChange(Change, pgtrigger.AnyChange):
    """True when at least one of the fields changed. See ``pgtrigger.AnyChange``."""


class AnyDontChange(Change, pgtrigger.AnyDontChange):
    """True when at least one of the fields did not change. See ``pgtrigger.AnyDontChange``."""


class AllChange(Change, pgtrigger.AllChange):
    """True when every one of the fields changed. See ``pgtrigger.AllChange``."""


class AllDontChange(Change, pgtrigger.AllDontChange):
    """True when none of the fields changed. See ``pgtrigger.AllDontChange``."""


_CHANGES = (AnyChange, AnyDontChange, AllChange, AllDontChange)
_OURS = {
    pgtrigger.AnyChange: AnyChange,
    pgtrigger.AnyDontChange: AnyDontChange,
    pgtrigger.AllChange: AllChange,
    pgtrigger.AllDontChange: AllDontChange,
}


def normalized(condition: Any) -> Any:
    """Return ``condition`` made of ``Q`` and this module's classes alone, or None for an empty one.

    Raises:
        TypeError: It is not a condition, or a subclass that overrides ``resolve``, whose SQL could
            only be known by running the project's code of today.
    """
    if condition is None:
        return None
    if isinstance(condition, models.Q):
        children = [
            (child[0], _normalized_value(child[1]))
            if isinstance(child, tuple)
            else normalized(child)
            for child in condition.children
        ]
        children = [child for child in children if child is not None]
        if not children:
            return None
        return Q(*children, _connector=condition.connector, _negated=condition.negated)
    if not isinstance(condition, pgtrigger.Condition):
        raise TypeError(
            f"{condition!r} is not a condition. Use pghistory_ops.Q, Condition, AnyChange, "
            "AnyDontChange, AllChange or AllDontChange."
        )
    plain = condition if isinstance(condition, Combinable) else _from_pgtrigger(condition)
    if type(condition).resolve not in _KNOWN_RESOLVES:
        raise TypeError(
            f"{type(condition).__name__} overrides resolve(), so a migration cannot hold it. "
            "Write what it resolves to as Condition('...')."
        )
    return plain


def _normalized_value(value: Any) -> Any:
    """Return ``value`` as it comes back from a written migration, which imports no user code."""
    if isinstance(value, pgtrigger.F):
        return F(f"{value.row_alias.lower()}__{value.col_name}")
    if isinstance(value, Enum):
        return _normalized_value(value.value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, datetime):
        if timezone.is_naive(value):
            raise ValueError(
                f"The condition has the naive datetime {value!r}, which means another moment under "
                "another TIME_ZONE. Give it a tzinfo."
            )
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: _normalized_value(value[key]) for key in sorted(value)}
    if isinstance(value, (set, frozenset)):
        return [_normalized_value(item) for item in sorted(value, key=repr)]
    if isinstance(value, (list, tuple)):
        return type(value)(_normalized_value(item) for item in value)
    if hasattr(value, "get_source_expressions"):
        copy = value.copy()
        copy.set_source_expressions(
            [item and _normalized_value(item) for item in value.get_source_expressions()]
        )
        return copy
    return value


_KNOWN_RESOLVES = (pgtrigger.Condition.resolve, pgtrigger.AnyChange.resolve)


def _from_pgtrigger(condition: pgtrigger.Condition) -> Combinable | Q:
    for theirs, ours in _OURS.items():
        if isinstance(condition, theirs):
            plain: Change = ours(
                *(condition.fields or ()),
                exclude=condition.exclude,
                exclude_auto=condition.exclude_auto,
            )
            return ~plain if condition._negated else plain
    if condition.sql is None:
        raise TypeError(
            f"The condition {condition!r} has no SQL. Write it as pghistory_ops.Condition('...')."
        )
    return Condition(condition.sql)
