"""Over the events of which objects the window functions of a query are.

They need all events of an object, whatever the query selects, and should read no others: those of
the objects that its conditions name, or of those that a subquery with its conditions finds. The
subquery may find more objects than the query does, never fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.sql.where import WhereNode

from pghistory_ops.history import History
from pghistory_ops.queries.literals import Identified, conditions_of, is_literal, parts_of
from pghistory_ops.queries.subjects import identity_fields

# An expression with this attribute looks at another event of the same object.
READS_PARTNER = "reads_partner"

# So few rows look up what they need in less time than it takes to plan and sort windows.
FEW = 25

# As many objects are looked for one by one in the index, whatever the planner thinks of them.
PAGE = 1000


@dataclass(frozen=True)
class Scope:
    """The objects over whose events windows are.

    Attributes:
        query: The query whose rows they are for.
        history: The history that its events belong to.
        identified: What its conditions say of whose events they are.
        conditions: The conditions of the subquery that finds the objects.
        is_page: Whether the subquery has the order and the limit of the query.
    """

    query: Any
    history: History
    identified: Identified
    conditions: tuple[Any, ...] = ()
    is_page: bool = False

    def as_sql(self, alias: str, columns: list[str], compiler: Any) -> tuple[str, list[Any]]:
        """Return the condition that a row of the event table is of one of the objects.

        Args:
            alias: The alias of the row.
            columns: Its columns that say whose event it is, quoted.
            compiler: The compiler of the query.

        Returns:
            It may be empty: of all objects.

        Raises:
            EmptyResultSet: There are none, and the query may be left out.
        """
        texts, params = [], []
        if self.identified.conditions:
            text, values = self.identified.as_sql(alias, compiler)
            texts.append(text)
            params += values
        if self.conditions or self.is_page:
            text, values = self._found(columns, compiler)
            texts.append(text)
            params += values
        return " AND ".join(texts), params

    def _found(self, columns: list[str], compiler: Any) -> tuple[str, list[Any]]:
        query = self._subquery()
        inner = query.get_compiler(compiler.using, compiler.connection, compiler.elide_empty)
        try:
            text, params = inner.as_sql()
        except EmptyResultSet:
            if compiler.elide_empty:
                raise
            return "false", []
        if self.is_page and len(columns) == 1 and query.high_mark <= PAGE:
            return f"{columns[0]} = ANY (ARRAY({text}))", list(params)
        left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
        return f"{left} IN ({text})", list(params)

    def _subquery(self) -> Any:
        """Return the query of the objects' keys."""
        found = self.query.clone()
        found.source = found.subjects = found.explain_info = found.group_by = None
        found.where = WhereNode(list(self.conditions))
        found.clear_select_clause()
        found.annotations = {}
        fields = identity_fields(self.history)
        found.select = tuple(field.get_col(self.identified.alias) for field in fields)
        found.distinct, found.distinct_fields = False, ()
        if self.is_page:
            found.low_mark = 0
        else:
            found.clear_limits()
            found.clear_ordering(force=True)
        return found


def scope_of(query: Any, history: History) -> Scope | None:
    """Return the objects whose events a query with window functions has to read.

    It is None where it needs no other event, or where looking up those that it needs is the better
    or the only way: for a few rows, where a slice is chosen by what changed, and where a condition
    is not literal.
    """
    if not _reads_partner(query) or query.select_for_update or query.combinator:
        return None
    if query.extra or query.extra_tables or query.extra_order_by:
        return None
    if any(getattr(item, "filtered_relation", None) for item in query.alias_map.values()):
        return None
    kept, left_out = [], False
    for item in conditions_of(query.where):
        if _comes_later(item):
            left_out = True
        elif is_literal(item, query.alias_map):
            kept.append(item)
        else:
            return None
    identified = Identified.by(kept, next(iter(query.alias_map)), history)
    scope = Scope(query, history, identified)
    if identified.by_key:
        return scope
    is_page = query.high_mark is not None
    if is_page and (left_out or query.high_mark <= FEW or not _can_be_cut(query)):
        return None
    if not is_page and len(kept) == len(identified.conditions):
        return scope
    if may_be_null(history):  # a subquery does not find what is of no object
        return None
    return Scope(query, history, identified, tuple(kept), is_page)


def may_be_null(history: History) -> bool:
    """Return whether an event may be of no object, as far as its columns go."""
    if history.obj is not None:
        # The field says nothing: a key is made nullable for the sake of joins.
        configured = history.spec.obj_field
        return configured is None or bool(configured.null)
    return any(field.null for field in identity_fields(history))


def _reads_partner(query: Any) -> bool:
    """Return whether what other events say is asked for."""
    group = query.group_by if isinstance(query.group_by, tuple) else ()
    asked = [query.where, *query.annotation_select.values(), *group]
    for item in query.order_by:
        name = _name(item)
        asked.append(item if name is None else query.annotations.get(name))
    return any(_has_partner(item) for item in asked)


def _has_partner(node: Any) -> bool:
    return any(getattr(part, READS_PARTNER, False) for part in parts_of(node))


def _comes_later(node: Any) -> bool:
    """Return whether a condition is on what is only known once the windows are there."""
    return node.contains_aggregate or node.contains_over_clause or _has_partner(node)


def _can_be_cut(query: Any) -> bool:
    """Return whether a subquery with the order and the limit has the same rows.

    Columns alone are in the same order twice. Nor may a row be left out, or counted as one with
    another, where the subquery does not do so.
    """
    if query.distinct or query.group_by is not None:
        return False
    if any(item.contains_over_clause for item in query.annotations.values()):
        return False  # the limit may be for what a filter by them leaves
    names = [_name(item) for item in query.order_by]
    if any(name is None or name == "?" or name in query.annotations for name in names):
        return False
    return _keeps_rows(query.select_related, query.get_meta())


def _keeps_rows(related: Any, options: Any) -> bool:
    """Return whether the joins of ``select_related`` leave all rows."""
    if not isinstance(related, dict):
        return not related
    fields = {field.name: field for field in options.local_concrete_fields}
    return all(
        name in fields and fields[name].null and not further for name, further in related.items()
    )


def _name(item: Any) -> str | None:
    """Return the name that a part of an order begins with; None for an expression."""
    if not isinstance(item, str):
        return None
    return item.removeprefix("-").partition(LOOKUP_SEP)[0]
