"""django-pgtrigger's conditions, made writable in migrations and rendered to stay the same forever.

``Q`` and ``F`` are django-pgtrigger's own. The others are subclasses that ``&``, ``|`` and ``~``
combine, that the migration writer can write, and for which "changed" means that the stored bytes
changed (PostgreSQL manual, 9.25.6 "Composite Type Comparison": ``*<>``): no equality operator is
needed, and a change of case in a ``citext`` column is a change.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.utils import ConnectionHandler
from django.utils import timezone
from pgtrigger import F, Q
from psycopg import sql as psycopg_sql

from pghistory_ops.sql.quoting import identifier

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

__all__ = [
    "AllChange",
    "AllDontChange",
    "AnyChange",
    "AnyDontChange",
    "Condition",
    "F",
    "Q",
    "Reads",
]


class _Combinable:
    """Lets a condition take part in a tree of ``Q`` objects."""

    conditional = True  # what models.Q asks of an expression before it combines with it

    def __and__(self, other: Any) -> Q:
        return Q(self) & Q(normalized(other))

    def __or__(self, other: Any) -> Q:
        return Q(self) | Q(normalized(other))

    def __invert__(self) -> Q:
        return ~Q(self)

    def copy(self) -> Any:
        return self

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Combinable):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(repr(self.deconstruct()))

    def __repr__(self) -> str:
        path, args, kwargs = self.deconstruct()
        parts = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"{path.rpartition('.')[2]}({', '.join(parts)})"


class Condition(_Combinable, pgtrigger.Condition):
    """A condition as SQL text over the rows ``OLD`` and ``NEW``.

    Args:
        sql: A boolean expression, such as ``'OLD."total" < NEW."total"'``. It names columns, not
            fields. It cannot hold a subquery (PostgreSQL manual, CREATE TRIGGER).
    """

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "pghistory_ops.conditions.Condition", (self.sql,), {}


class _Change(_Combinable):
    fields: list[str]
    exclude: list[str]
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
    __invert__ = _Combinable.__invert__


class AnyChange(_Change, pgtrigger.AnyChange):
    """True when at least one of the fields changed. See ``pgtrigger.AnyChange``."""


class AnyDontChange(_Change, pgtrigger.AnyDontChange):
    """True when at least one of the fields did not change. See ``pgtrigger.AnyDontChange``."""


class AllChange(_Change, pgtrigger.AllChange):
    """True when every one of the fields changed. See ``pgtrigger.AllChange``."""


class AllDontChange(_Change, pgtrigger.AllDontChange):
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
            child if isinstance(child, tuple) else normalized(child) for child in condition.children
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
    if isinstance(condition, _Combinable):
        plain = condition
    else:
        plain = _from_pgtrigger(condition)
    if type(condition).resolve not in _KNOWN_RESOLVES:
        raise TypeError(
            f"{type(condition).__name__} overrides resolve(), so a migration cannot hold it. "
            "Write what it resolves to as Condition('...')."
        )
    return plain


_KNOWN_RESOLVES = (pgtrigger.Condition.resolve, pgtrigger.AnyChange.resolve)


def _from_pgtrigger(condition: pgtrigger.Condition) -> _Combinable | Q:
    for theirs, ours in _OURS.items():
        if isinstance(condition, theirs):
            plain: _Change = ours(
                *condition.fields, exclude=condition.exclude, exclude_auto=condition.exclude_auto
            )
            return ~plain if condition._negated else plain
    return Condition(condition.sql)


@dataclass(frozen=True)
class ConditionField:
    """A field of the tracked model as a condition reads it.

    ``field`` knows lookups and how a value becomes a literal; it stands for the column alone, so a
    foreign key is given as a field of its target's type.
    """

    name: str
    column: str
    kind: str = ""
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


_TEXT_TOKENS = re.compile(
    r"""
      '(?:[^']|'')*'                # a string constant
    | --[^\n]* | /\*.*?\*/          # comments
    | \b(?P<row>OLD|NEW)\s*\.\s*(?P<column>"(?:[^"]|"")+"|\w+|\*)
    | "(?:[^"]|"")*"                # another identifier
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def text_reads(sql: str) -> Reads:
    """Return the rows and columns that a condition in SQL text names."""
    rows, columns = set(), set()
    for match in _TEXT_TOKENS.finditer(sql):
        if match["row"] is None:
            continue
        rows.add(match["row"].upper())
        column = match["column"]
        if column.startswith('"'):
            columns.add(column[1:-1].replace('""', '"'))
        elif column != "*":
            columns.add(column.lower())
    return Reads(rows=frozenset(rows), columns=frozenset(columns))


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
            result |= _leaf_reads(child, fields) if isinstance(child, tuple) else reads(child, fields)
        return result
    if isinstance(condition, _Change):
        both = frozenset({"OLD", "NEW"})
        if _compares_whole_row(condition):
            return Reads(rows=both, whole_row=True)
        for name in (*condition.fields, *condition.exclude):
            find_field(name, fields)
        return Reads(rows=both, fields=frozenset(_changed_names(condition, fields)))
    result = text_reads(condition.sql)
    missing = result.columns - {item.column for item in fields.values()}
    if missing:
        raise FieldDoesNotExist(
            f"the condition {condition.sql!r} names the column {min(missing)!r}, which is not there"
        )
    return result


def _compares_whole_row(condition: _Change) -> bool:
    return isinstance(condition, (AnyChange, AllDontChange)) and not (
        condition.fields or condition.exclude or condition.exclude_auto
    )


def _changed_names(condition: _Change, fields: Mapping[str, ConditionField]) -> set[str]:
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
    row, item, _ = _parse(leaf[0], fields)
    result = Reads(rows=frozenset({row}), fields=frozenset({item.name}))
    for reference in _references(leaf[1]):
        name = find_field(reference.col_name, fields).name
        result |= Reads(rows=frozenset({reference.row_alias}), fields=frozenset({name}))
    return result


def _parse(
    key: str, fields: Mapping[str, ConditionField]
) -> tuple[str, ConditionField, list[str]]:
    prefix, _, rest = key.partition("__")
    if prefix not in ("old", "new") or not rest:
        raise ValueError(f"The term {key!r} of a condition does not start with old__ or new__.")
    name, *lookups = rest.split("__")
    return prefix.upper(), find_field(name, fields), lookups


def _references(value: Any) -> Iterator[F]:
    if isinstance(value, F):
        yield value
    elif isinstance(value, models.F):
        raise ValueError(f"{value!r} of a condition is not an F of pghistory_ops (old__, new__).")
    elif hasattr(value, "get_source_expressions"):
        for child in value.get_source_expressions():
            yield from _references(child)
    elif isinstance(value, (list, tuple, set)):
        for child in value:
            yield from _references(child)


def may_name(condition: Any, name: str) -> bool:
    """Return whether ``condition`` may name the field ``name``; for SQL text that is not known."""
    names = {name, f"{name}_id"}
    if isinstance(condition, models.Q):
        return any(
            _term_names(child, names) if isinstance(child, tuple) else may_name(child, name)
            for child in condition.children
        )
    if isinstance(condition, _Change):
        return not names.isdisjoint((*condition.fields, *condition.exclude))
    return condition is not None


def _term_names(term: tuple[str, Any], names: set[str]) -> bool:
    key, value = term
    named = {reference.col_name for reference in _references(value)}
    return not names.isdisjoint(named | {key.split("__")[1]})


_LINE = 80

# Rendering ---------------------------------------------------------------------------------------


def render(condition: Any, fields: Mapping[str, ConditionField]) -> str:
    """Return the SQL of a normalized ``condition`` over rows called ``OLD`` and ``NEW``.

    Negation is the complement (``IS NOT TRUE``), as ``~Q`` is in Django: a comparison with NULL is
    not true, so its negation is.
    """
    if isinstance(condition, models.Q):
        terms = [
            _render_leaf(child, fields) if isinstance(child, tuple) else render(child, fields)
            for child in condition.children
        ]
        text = _join(condition.connector, terms)
        return f"({text}) IS NOT TRUE" if condition.negated else text
    if isinstance(condition, _Change):
        return _render_change(condition, fields)
    return str(condition.sql).strip()


def _join(connector: str, terms: list[str]) -> str:
    if len(terms) == 1:
        return terms[0]
    if connector == models.Q.XOR:
        return functools.reduce(
            lambda left, right: f"({left}) <> {right}", [f"(({term}) IS TRUE)" for term in terms]
        )
    return f" {connector} ".join(f"({term})" for term in terms)


def changed(columns: list[str], *, equal: bool = False) -> str:
    """Return SQL that compares the stored bytes of ``columns``, or of all, in ``OLD`` and ``NEW``.

    Comparing whole rows makes no dependency of the trigger on single columns, so they can be
    altered and dropped under it.
    """
    operator = "*=" if equal else "*<>"
    if not columns:
        return f"OLD.* {operator} NEW.*"
    old, new = ([f"{row}.{identifier(column)}" for column in columns] for row in ("OLD", "NEW"))
    text = f"ROW({', '.join(old)})::record {operator} ROW({', '.join(new)})::record"
    if len(text) <= _LINE:
        return text
    rows = [",\n    ".join(row) for row in (old, new)]
    return f"ROW(\n    {rows[0]}\n)::record {operator} ROW(\n    {rows[1]}\n)::record"


def _render_change(condition: _Change, fields: Mapping[str, ConditionField]) -> str:
    equal = isinstance(condition, (AnyDontChange, AllDontChange))
    if _compares_whole_row(condition):
        return changed([], equal=equal)
    names = _changed_names(condition, fields)
    columns = [item.column for name, item in fields.items() if name in names]
    if not columns:
        raise ValueError(f"The condition {condition!r} leaves no field to compare.")
    if isinstance(condition, (AnyChange, AllDontChange)):
        return changed(columns, equal=equal)
    connector = "OR" if isinstance(condition, AnyDontChange) else "AND"
    return _join(connector, [changed([column], equal=equal) for column in columns])


class _RowCompiler(SQLCompiler):
    """Compiles expressions whose columns belong to the row variables ``OLD`` and ``NEW``."""

    def compile(self, node: Any) -> tuple[str, Any]:
        if isinstance(node, Col):
            column = identifier(node.target.column).replace("%", "%%")
            return f"{node.alias}.{column}", []
        return super().compile(node)


@functools.cache
def _offline_connection() -> DatabaseWrapper:
    """Return a PostgreSQL connection that is never opened: it knows the dialect."""
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.postgresql"}})
    return handler["default"]  # type: ignore[return-value]


def _render_leaf(leaf: tuple[str, Any], fields: Mapping[str, ConditionField]) -> str:
    key, value = leaf
    row, item, lookups = _parse(key, fields)
    model = _row_model(fields)
    query = Query(model)
    connection = _offline_connection()
    compiler = _RowCompiler(query, connection, None)
    # A time zone in SQL would otherwise be that of the settings of whoever migrates.
    with timezone.override("UTC"):
        lhs = Col(row, model._meta.get_field(item.name))
        if list(_references(value)):
            value = _resolved(value, query, fields)
        try:
            lookup = query.build_lookup(lookups or ["exact"], lhs, value)
        except FieldError as error:
            raise FieldError(f"The term {key!r} of a condition: {error}") from error
        text, params = compiler.compile(lookup)
    return text % tuple(psycopg_sql.Literal(param).as_string(None) for param in params)


def _resolved(value: Any, query: Query, fields: Mapping[str, ConditionField]) -> Any:
    if isinstance(value, (list, tuple, set)):
        return [_resolved(child, query, fields) for child in value]
    if isinstance(value, F):
        item = find_field(value.col_name, fields)
        return Col(value.row_alias, query.model._meta.get_field(item.name))
    if hasattr(value, "resolve_expression"):
        return value.resolve_expression(query)
    return value


def _row_model(fields: Mapping[str, ConditionField]) -> type[models.Model]:
    """Return a model, known to no registry, that has ``fields`` as plain columns."""
    meta = type("Meta", (), {"apps": Apps(), "app_label": "pghistory_ops"})
    body: dict[str, Any] = {"__module__": __name__, "Meta": meta}
    for name, item in fields.items():
        assert item.field is not None
        body[name] = item.field.clone()
        body[name].db_column = item.column
    body["pgh_row_key"] = models.AutoField(primary_key=True)
    return type("Row", (models.Model,), body)
