"""Conditions of a query that hold nothing but columns and values.

What they say is known without asking, and they say the same wherever they stand: a subquery may
answer differently the second time, and a function may be volatile.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models.expressions import Col, ColPairs, Value
from django.db.models.lookups import Exact, In, Lookup, Transform
from django.db.models.sql.where import AND, OR, WhereNode

from pghistory_ops.history import History
from pghistory_ops.queries.subjects import IsOf, identity_fields


def conditions_of(where: Any) -> Iterator[Any]:
    """Yield the conditions that every row of a query fulfils, as its ``where`` has them."""
    if type(where) is WhereNode and where.connector == AND and not where.negated:
        for child in where.children:
            yield from conditions_of(child)
    else:
        yield where


def parts_of(node: Any) -> Iterator[Any]:
    """Yield a condition or an expression, and all that it is made of."""
    yield node
    children = getattr(node, "children", None)
    if children is None:
        sources = getattr(node, "get_source_expressions", None)
        children = () if sources is None else sources()
    for child in children:
        if child is not None:
            yield from parts_of(child)


def is_literal(node: Any, aliases: Container[str]) -> bool:
    """Return whether a condition holds nothing but values, and columns of the query's tables.

    Args:
        node: The condition, or the part of one.
        aliases: The aliases of the query's tables: others are of a query around it.
    """
    if type(node) is WhereNode:
        return all(is_literal(child, aliases) for child in node.children)
    if isinstance(node, IsOf):
        if node.subjects.queryset is not None:
            return False
        return all(is_literal(item, aliases) for item in node.source_expressions)
    if isinstance(node, Lookup):
        return is_literal(node.lhs, aliases) and _is_value(node.rhs)
    if isinstance(node, Transform):
        return all(is_literal(item, aliases) for item in node.get_source_expressions())
    return isinstance(node, (Col, ColPairs)) and node.alias in aliases


def _is_value(given: Any) -> bool:
    if isinstance(given, (list, tuple, set, frozenset)):
        return all(_is_value(item) for item in given)
    if type(given) is Value:
        return True
    marks = ("as_sql", "resolve_expression", "__next__")
    return not any(hasattr(given, mark) for mark in marks)


@dataclass(frozen=True)
class Identified:
    """What conditions say of whose events a query asks for.

    Attributes:
        alias: The alias of the event table in the query.
        conditions: Those of its conditions that are on nothing but the events' identity.
        by_key: Whether they give the objects by their keys.
        is_one: Whether they are one object.
    """

    alias: str
    conditions: tuple[Any, ...]
    by_key: bool
    is_one: bool

    @classmethod
    def by(cls, conditions: Iterable[Any], alias: str, history: History) -> Identified:
        """Return what is said by conditions that every row of a query fulfils.

        Args:
            conditions: Conditions; those that are not literal say nothing.
            alias: The alias of the event table in the query.
            history: The history that its events belong to.
        """
        identity = {field.column for field in identity_fields(history)}
        found = [
            item
            for item in conditions
            if is_literal(item, (alias,)) and _columns(item) and _columns(item) <= identity
        ]
        given: set[str] = set().union(*(_given(item, one=False) for item in found))
        single: set[str] = set().union(*(_given(item, one=True) for item in found))
        return cls(alias, tuple(found), given >= identity, single >= identity)

    def as_sql(self, alias: str, compiler: Any) -> tuple[str, list[Any]]:
        """Return the conditions on another row of the event table.

        Args:
            alias: The alias of that row.
            compiler: The compiler of the query.

        Raises:
            EmptyResultSet: No object fulfils them, and the query may be left out.
        """
        where = WhereNode(list(self.conditions)).relabeled_clone({self.alias: alias})
        try:
            text, params = compiler.compile(where)
        except EmptyResultSet:
            if compiler.elide_empty:
                raise
            return "false", []
        except FullResultSet:
            return "true", []
        return f"({text})", list(params)


def _columns(node: Any) -> set[str]:
    return {str(item.target.column) for item in parts_of(node) if isinstance(item, Col)}


def _given(node: Any, *, one: bool) -> set[str]:
    """Return the columns that a condition gives values to; with ``one``, each a single value."""
    if type(node) is WhereNode:
        found = [_given(child, one=one) for child in node.children]
        if node.negated or not found:
            return set()
        if node.connector == AND or len(found) == 1:
            return set().union(*found)
        return set.intersection(*found) if node.connector == OR and not one else set()
    if isinstance(node, IsOf):
        return _columns(node) if node.subjects.is_one or not one else set()
    if isinstance(node, Exact if one else (Exact, In)) and _is_djangos(node):
        left = node.lhs
        if isinstance(left, (Col, ColPairs)):
            return _columns(left)
    return set()


def _is_djangos(node: Any) -> bool:
    """Return whether a look-up is Django's own: a project's may call anything equal."""
    return type(node).__module__.startswith("django.")
