"""How an event column follows the tracked field: never made stricter than it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import models

from pghistory_ops.dialect import offline_connection

# The digits of PostgreSQL's integers (manual, 8.1 "Numeric Types"), the narrower types first.
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_INTEGERS = (models.SmallIntegerField, models.IntegerField, models.BigIntegerField)


def nullable(field: Any) -> Any:
    """Return ``field`` as one that takes NULL."""
    if field.null:
        return field
    copy = field.clone()
    copy.null = True
    return copy


def candidates(old: Any, new: Any) -> Iterator[Any]:
    """Yield the fields that may follow ``old`` as the event column of the mirror ``new``.

    The likest to ``new`` come first. Earlier events hold whatever ``old`` allowed.
    """
    null = old.null or new.null
    yield nullable(new) if null else new
    if widened := _widened(old, new):
        yield nullable(widened) if null else widened
    yield nullable(old) if null else old
    text = (models.CharField, models.TextField)
    if isinstance(old, text) or isinstance(new, text):
        yield models.TextField(null=null, db_column=new.db_column)


def _widened(old: Any, new: Any) -> Any:
    """Return ``new`` with room for the values of ``old`` too, or None if no option makes it."""
    changes: dict[str, Any] = {}
    if type(new) is models.DecimalField and isinstance(old, (models.DecimalField, *_INTEGERS)):
        places = max(getattr(old, "decimal_places", 0) or 0, new.decimal_places or 0)
        whole = max(_whole_digits(old), _whole_digits(new))
        changes = {"decimal_places": places, "max_digits": whole + places}
    elif type(old) is type(new) and getattr(old, "max_length", None) != new.max_length:
        lengths = (old.max_length, new.max_length)
        changes = {"max_length": None if None in lengths else max(lengths)}
    if not changes:
        return None
    result = new.clone()
    for key, value in changes.items():
        setattr(result, key, value)
    return result


def _whole_digits(field: Any) -> int:
    """Return the digits that a number of the field may have before the point."""
    if isinstance(field, models.DecimalField):
        return (field.max_digits or 0) - (field.decimal_places or 0)
    return _DIGITS[str(field.rel_db_type(offline_connection()))]


def are_one_type(*types: str) -> bool:
    """Return whether types, such as ``"varchar(20)"``, differ by modifiers and collations alone."""
    return len({re.sub(r"\(.*?\)", "", text.partition(" COLLATE ")[0]) for text in types}) == 1


def holds(column: str, tracked: str) -> bool:
    """Return whether a column of the type ``column`` holds every value of ``tracked`` as it is.

    An assignment would round or cut off what a type does not hold, or refuse it (manual, 10.4
    "Value Storage"). Every type has a text.

    Args:
        column: The type of an event column, as PostgreSQL names it: ``"varchar(20)"``.
        tracked: The type of the tracked column.
    """
    column, tracked = (text.partition(" COLLATE ")[0].strip() for text in (column, tracked))
    if column in (tracked, "text", "varchar"):
        return True
    if column in _DIGITS and tracked in _DIGITS:
        return _DIGITS[tracked] <= _DIGITS[column]
    widths = [_TEXT.fullmatch(text) for text in (column, tracked)]
    if widths[0] and widths[1]:
        return int(widths[0][1]) >= int(widths[1][1])
    wide = _digits(column)
    narrow = (_DIGITS[tracked], 0) if tracked in _DIGITS else _digits(tracked)
    if column == "numeric":
        return narrow is not None or tracked == "numeric"
    return wide is not None and narrow is not None and wide[0] >= narrow[0] and wide[1] >= narrow[1]


_TEXT = re.compile(r"varchar\((\d+)\)")
_NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")


def _digits(column_type: str) -> tuple[int, int] | None:
    """Return the digits of a ``numeric`` before and behind the point."""
    match = _NUMERIC.fullmatch(column_type)
    return (int(match[1]) - int(match[2]), int(match[2])) if match else None
