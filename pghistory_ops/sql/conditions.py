"""Conditions as SQL over rows called ``OLD`` and ``NEW``.

"Changed" compares the stored bytes (PostgreSQL manual, 9.25.6 "Composite Type Comparison").
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import timedelta
from textwrap import dedent
from typing import Any

from django.apps.registry import Apps
from django.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from django.db import models
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql as psycopg_sql

from pghistory_ops.conditions import AllDontChange, AnyChange, AnyDontChange, Change, F
from pghistory_ops.dialect import offline_connection
from pghistory_ops.reading import (
    ConditionField,
    changed_names,
    compares_whole_row,
    find_field,
    parse_term,
)
from pghistory_ops.sql.lexer import constants_on_one_line
from pghistory_ops.sql.quoting import identifier, indent, literal, parenthesized

_LINE = 80


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
        return f"{parenthesized(text)} IS NOT TRUE" if condition.negated else text
    if isinstance(condition, Change):
        return _render_change(condition, fields)
    return dedent(constants_on_one_line(condition.sql)).strip()


def _join(connector: str, terms: list[str]) -> str:
    if len(terms) == 1:
        return terms[0]
    if connector == models.Q.XOR:
        return functools.reduce(
            lambda left, right: f"({left}) <> ({right})",
            [f"{parenthesized(term)} IS TRUE" for term in terms],
        )
    wrapped = [parenthesized(term) for term in terms]
    text = f" {connector} ".join(wrapped)
    return text if len(text) <= _LINE and "\n" not in text else f"\n{connector} ".join(wrapped)


def changed(columns: list[str], *, equal: bool = False) -> str:
    """Return SQL that compares the stored bytes of ``columns``, or of all, in ``OLD`` and ``NEW``.

    Comparing whole rows makes no dependency of the trigger on single columns, so they can be
    altered and dropped under it. Some columns take the operators' function: ``ROW(a) *<> ROW(b)``
    is a comparison of the columns, and a cast to ``record`` is lost when a trigger is dumped.
    """
    if not columns:
        return f"OLD.* {'*=' if equal else '*<>'} NEW.*"
    function = "record_image_eq" if equal else "record_image_ne"
    old, new = ([f"{row}.{identifier(column)}" for column in columns] for row in ("OLD", "NEW"))
    text = f"{function}(ROW({', '.join(old)}), ROW({', '.join(new)}))"
    if len(text) <= _LINE:
        return text
    rows = [indent(",\n".join(row), "    ") for row in (old, new)]
    arguments = ",\n".join(f"ROW(\n{row}\n)" for row in rows)
    return f"{function}(\n{indent(arguments, '    ')}\n)"


def _render_change(condition: Change, fields: Mapping[str, ConditionField]) -> str:
    equal = isinstance(condition, (AnyDontChange, AllDontChange))
    if compares_whole_row(condition):
        return changed([], equal=equal)
    names = changed_names(condition, fields)
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
            column = identifier(str(node.target.column)).replace("%", "%%")
            return f"{node.alias}.{column}", []
        return super().compile(node)


def _render_leaf(leaf: tuple[str, Any], fields: Mapping[str, ConditionField]) -> str:
    key, value = leaf
    row, item, lookups = parse_term(key, fields)
    model = _row_model(fields)
    query = Query(model)
    compiler = _RowCompiler(query, offline_connection(), None)
    try:
        lookup = query.build_lookup(
            lookups or ["exact"],
            _column(model, row, item.name),
            _resolved(value, query, model, fields),
        )
        text, params = compiler.compile(lookup)
    except FieldError as error:
        raise FieldError(f"The term {key!r} of a condition: {error}") from error
    except FullResultSet:
        return "TRUE"
    except EmptyResultSet:
        return "FALSE"
    return text % tuple(_literal(param) for param in params)


def _literal(value: Any) -> str:
    """Return a parameter as a constant that reads the same under every setting of a session."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, timedelta):
        # A sign on each part: without them its meaning depends on IntervalStyle (manual, 8.5.4).
        parts = f"{value.days:+d} day {value.seconds:+d} second {value.microseconds:+d} microsecond"
        return f"'{parts}'::interval"
    return constants_on_one_line(psycopg_sql.Literal(value).as_string(None).strip())


def _column(model: type[models.Model], row: str, name: str) -> Col:
    field: Any = model._meta.get_field(name)
    return Col(row, field)


def _resolved(
    value: Any, query: Query, model: type[models.Model], fields: Mapping[str, ConditionField]
) -> Any:
    """Return ``value`` with each ``F`` as the column that it stands for."""
    if isinstance(value, F):
        return _column(model, value.row_alias, find_field(value.col_name, fields).name)
    if isinstance(value, (list, tuple, set)):
        return [_resolved(child, query, model, fields) for child in value]
    if not hasattr(value, "resolve_expression"):
        return value
    copy = value.copy()
    copy.set_source_expressions(
        [
            None if child is None else _resolved(child, query, model, fields)
            for child in value.get_source_expressions()
        ]
    )
    return copy.resolve_expression(query)


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
