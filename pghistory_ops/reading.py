"""What a condition reads: rows, fields and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from pghistory_ops.conditions import AllDontChange, AnyChange, Change, Condition, F
from pghistory_ops.sql.lexer import identifier_of, tokens


@dataclass(frozen=True)
class ConditionField:
    """A field of the tracked model as a condition reads it.

    ``field`` knows lookups and how a value becomes a literal; it stands for the column alone, so a
    foreign key is given as a field of its target's type.
    """

    name: str
    column: str
    kind: str = ""
    type: str = ""
    auto: bool = False
    aliases: tuple[str, ...] = ()
    field: models.Field[Any, Any] | None = dataclass_field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Reads:
    """What a condition reads: rows (``OLD``, ``NEW``), fields by name, and columns by name."""

    rows: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    whole_row: bool = False

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.rows | other.rows,
            self.fields | other.fields,
            self.columns | other.columns,
            self.whole_row or other.whole_row,
        )


def _tokens(sql: str) -> list[str]:
    """Return the identifiers of an SQL text, behind a double quote, and its signs."""
    found = []
    for token in tokens(sql):
        name = identifier_of(token)
        if name is not None:
            found.append(f'"{name}')
        elif token.text in (".", "(", ")", "*"):
            found.append(token.text)
    return found


def text_reads(sql: str) -> Reads:
    """Return the rows and columns that a condition in SQL text names."""
    found = _tokens(sql)
    rows, columns = set(), set()
    for place, token in enumerate(found):
        if token not in ('"old', '"new') or (place and found[place - 1] == "."):
            continue
        rows.add(token[1:].upper())
        rest = [item for item in found[place + 1 : place + 4] if item != ")"]
        if len(rest) > 1 and rest[0] == "." and rest[1].startswith('"'):
            columns.add(rest[1][1:])
    return Reads(rows=frozenset(rows), columns=frozenset(columns))


def reads_text(condition: Any) -> bool:
    """Return whether a part of a normalized ``condition`` is SQL text."""
    if isinstance(condition, models.Q):
        return any(reads_text(child) for child in condition.children)
    return isinstance(condition, Condition)


def reads(condition: Any, fields: Mapping[str, ConditionField]) -> Reads:
    """Return what a normalized ``condition`` reads of a model that has ``fields``.

    Raises:
        FieldDoesNotExist: It names a field that is not there.
        ValueError: A term of a ``Q`` does not start with ``old__`` or ``new__``.
    """
    if condition is None:
        return Reads()
    if isinstance(condition, models.Q):
        result = Reads()
        for child in condition.children:
            result |= (
                _leaf_reads(child, fields) if isinstance(child, tuple) else reads(child, fields)
            )
        return result
    if isinstance(condition, Change):
        both = frozenset({"OLD", "NEW"})
        if compares_whole_row(condition):
            return Reads(rows=both, whole_row=True)
        for name in (*condition.fields, *condition.exclude):
            find_field(name, fields)
        return Reads(rows=both, fields=frozenset(changed_names(condition, fields)))
    result = text_reads(condition.sql)
    missing = result.columns - {item.column for item in fields.values()}
    if missing:
        raise FieldDoesNotExist(
            f"the condition {condition.sql!r} names the column {min(missing)!r}, which is not there"
        )
    return result


def rows_read(condition: Any) -> frozenset[str]:
    """Return the rows that a normalized ``condition`` reads: ``OLD``, ``NEW``, both or neither."""
    if isinstance(condition, models.Q):
        rows: set[str] = set()
        for child in condition.children:
            if isinstance(child, tuple):
                rows.add(child[0].partition("__")[0].upper())
                rows |= {reference.row_alias for reference in references(child[1])}
            else:
                rows |= rows_read(child)
        return frozenset(rows)
    if isinstance(condition, Change):
        return frozenset({"OLD", "NEW"})
    return text_reads(condition.sql).rows if condition is not None else frozenset()


def compares_whole_row(condition: Change) -> bool:
    """Return whether ``condition`` compares rows as a whole, not some of their fields."""
    return isinstance(condition, (AnyChange, AllDontChange)) and not (
        condition.fields or condition.exclude or condition.exclude_auto
    )


def reads_all_others(condition: Any) -> bool:
    """Return whether ``condition`` says which fields it does not read: it reads those to come."""
    if isinstance(condition, models.Q):
        return any(reads_all_others(child) for child in condition.children)
    return (
        isinstance(condition, Change) and not condition.fields and not compares_whole_row(condition)
    )


def changed_names(condition: Change, fields: Mapping[str, ConditionField]) -> set[str]:
    """Return the names of the fields that ``condition`` compares."""

    def matches(item: ConditionField, names: list[str]) -> bool:
        return item.name in names or any(alias in names for alias in item.aliases)

    return {
        name
        for name, item in fields.items()
        if (not condition.fields or matches(item, condition.fields))
        and not matches(item, condition.exclude)
        and not (condition.exclude_auto and item.auto)
    }


def find_field(name: str, fields: Mapping[str, ConditionField]) -> ConditionField:
    """Return the field called ``name``, by its name or its attribute's (``customer_id``).

    Raises:
        FieldDoesNotExist: There is none.
    """
    if name in fields:
        return fields[name]
    for item in fields.values():
        if name in item.aliases:
            return item
    raise FieldDoesNotExist(f"there is no field {name!r}; there are {', '.join(sorted(fields))}")


def _leaf_reads(leaf: tuple[str, Any], fields: Mapping[str, ConditionField]) -> Reads:
    row, item, _ = parse_term(leaf[0], fields)
    result = Reads(rows=frozenset({row}), fields=frozenset({item.name}))
    for reference in references(leaf[1]):
        name = find_field(reference.col_name, fields).name
        result |= Reads(rows=frozenset({reference.row_alias}), fields=frozenset({name}))
    return result


def parse_term(
    key: str, fields: Mapping[str, ConditionField]
) -> tuple[str, ConditionField, list[str]]:
    """Return the row, the field and the lookups that the key of a term of a ``Q`` names."""
    prefix, _, rest = key.partition("__")
    if prefix not in ("old", "new") or not rest:
        raise ValueError(f"The term {key!r} of a condition does not start with old__ or new__.")
    name, *lookups = rest.split("__")
    return prefix.upper(), find_field(name, fields), lookups


def references(value: Any) -> Iterator[F]:
    """Yield the ``F`` objects in the value of a term of a ``Q``."""
    if isinstance(value, F):
        yield value
    elif isinstance(value, models.F):
        raise ValueError(f"{value!r} of a condition is not an F of pghistory_ops (old__, new__).")
    elif hasattr(value, "get_source_expressions"):
        for child in value.get_source_expressions():
            yield from references(child)
    elif isinstance(value, (list, tuple, set)):
        for child in value:
            yield from references(child)


def may_name(condition: Any, name: str) -> bool:
    """Return whether ``condition`` may name the field ``name``; for SQL text that is not known."""
    names = {name, f"{name}_id"}
    if isinstance(condition, models.Q):
        return any(
            _term_names(child, names) if isinstance(child, tuple) else may_name(child, name)
            for child in condition.children
        )
    if isinstance(condition, Change):
        return not names.isdisjoint((*condition.fields, *condition.exclude))
    return condition is not None


def _term_names(term: tuple[str, Any], names: set[str]) -> bool:
    key, value = term
    named = {reference.col_name for reference in references(value)}
    return not names.isdisjoint(named | {key.split("__")[1]})
