"""How an event column follows the tracked field: never made stricter than it was."""

from __future__ import annotations

from typing import Any

from django.db import models

_INTEGERS = (models.SmallIntegerField, models.IntegerField, models.BigIntegerField)
_NOT_STORED = frozenset(models.Field.non_db_attrs) | {"null", "default", "unique", "db_index"}


def nullable(field: Any) -> Any:
    """Return ``field`` as one that takes NULL."""
    if field.null:
        return field
    copy = field.clone()
    copy.null = True
    return copy


def loosened(old: Any, new: Any) -> Any:
    """Return the event column for the tracked field's mirror ``new``, which was ``old`` so far.

    Earlier events hold whatever ``old`` allowed, so the result allows it too.
    """
    if isinstance(old, models.TextField) and type(new) is models.CharField:
        return nullable(old) if new.null else old
    if _rank(new) < _rank(old):
        return nullable(old) if new.null else old
    result = nullable(new) if old.null else new
    if type(old) is type(new):
        changes = {}
        if isinstance(old, models.DecimalField):
            places = max(old.decimal_places or 0, new.decimal_places or 0)
            whole = max((item.max_digits or 0) - (item.decimal_places or 0) for item in (old, new))
            changes = {"decimal_places": places, "max_digits": whole + places}
        elif getattr(old, "max_length", None) != getattr(new, "max_length", None):
            lengths = (old.max_length, new.max_length)
            changes = {"max_length": None if None in lengths else max(lengths)}
        changes = {key: value for key, value in changes.items() if getattr(result, key) != value}
        if changes:
            result = result.clone()
            for key, value in changes.items():
                setattr(result, key, value)
    return result


def _rank(field: Any) -> int:
    """Return the width of a plain integer; the widest for every other type."""
    return _INTEGERS.index(type(field)) if type(field) in _INTEGERS else len(_INTEGERS)


def stored_differently(old: Any, new: Any) -> bool:
    """Return whether a change of a field may change the type of its column."""
    before, after = (_stored(field) for field in (old, new))
    return before != after


def _stored(field: Any) -> tuple[Any, ...]:
    _, path, args, kwargs = field.deconstruct()
    kept = {key: repr(value) for key, value in kwargs.items() if key not in _NOT_STORED}
    return path, repr(args), kept
