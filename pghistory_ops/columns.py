"""How an event column follows the tracked field: never made stricter than it was."""

from __future__ import annotations

from typing import Any

from django.db import models

_INTEGERS = (models.SmallIntegerField, models.IntegerField, models.BigIntegerField)


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


def holds(column: Any, copy: Any) -> bool:
    """Return whether the event column ``column`` takes every value of ``copy``.

    ``copy`` is the event model's copy of the tracked field. Columns of different kinds are taken
    to be meant so.
    """
    if copy.null and not column.null:
        return False
    if _rank(column) < len(_INTEGERS) and _rank(copy) < len(_INTEGERS):
        return _rank(copy) <= _rank(column)
    if isinstance(column, models.DecimalField) and isinstance(copy, models.DecimalField):
        wide = loosened(column, copy)
        return (wide.max_digits, wide.decimal_places) == (column.max_digits, column.decimal_places)
    if isinstance(column, models.CharField) and isinstance(copy, models.CharField):
        return column.max_length is None or (
            copy.max_length is not None and copy.max_length <= column.max_length
        )
    return not (isinstance(column, models.CharField) and isinstance(copy, models.TextField))
