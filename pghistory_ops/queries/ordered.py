"""The order that a query has unless it is told another.

Django has such an order, ``Meta.ordering``, which it leaves out where it would change the answer
(Django docs, "Aggregation", *Interaction with order_by()*). That of an event model is the
project's own, so a query brings its order along: ``Query.get_meta`` is there to be overridden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import sql
from django.db.models.expressions import Col
from django.db.models.options import Options


class OrderedQuery(sql.Query):
    """A query with a default order.

    Attributes:
        default_order: The names of fields; None for ``Meta.ordering``.
    """

    default_order: tuple[str, ...] | None = None

    def get_meta(self) -> Any:
        """Return the options of the model, with the default order."""
        options: Any = super().get_meta()
        if options is None or not self._is_in_default_order:
            return options
        order = self._default_order(options)
        return _Ordered(options, order if self._can_be_in(order) else ())

    def get_compiler(
        self, using: str | None = None, connection: Any = None, elide_empty: bool = True
    ) -> Any:
        """Return what makes SQL of the query.

        Django leaves a default order out of every query with groups. Where each row is a group of
        its own, it changes no answer.
        """
        if self.group_by is not None and self._is_in_default_order:
            order = self._default_order(super().get_meta())
            rows = self.group_by is True or self._among(self.group_by, order)
            if order and rows and self._can_be_in(order):
                query = self.clone()
                query.order_by = order
                return query.get_compiler(using, connection, elide_empty)
        return super().get_compiler(using, connection, elide_empty)

    @property
    def _is_in_default_order(self) -> bool:
        return self.default_ordering and not self.order_by and not self.extra_order_by

    def _default_order(self, options: Any) -> tuple[str, ...]:
        return tuple(options.ordering) if self.default_order is None else self.default_order

    def _can_be_in(self, order: tuple[str, ...]) -> bool:
        """Return whether an order adds no columns to a query in which they would change the rows.

        ``DISTINCT`` and ``UNION`` are over all columns, and Django adds those of the order.
        """
        if not self.has_select_fields:
            return True
        if self.combinator:
            return self._among(self.select, order)
        if self.distinct and not self.distinct_fields:
            return self._among((*self.select, *self.annotation_select.values()), order)
        return True

    def _among(self, expressions: Iterable[Any], names: tuple[str, ...]) -> bool:
        """Return whether the columns of some fields are among some expressions."""
        table = next(iter(self.alias_map), None)
        columns = [item for item in expressions if isinstance(item, Col) and item.alias == table]
        return {item.target.name for item in columns} >= set(names)


class _Ordered(Options):  # type: ignore[type-arg]
    """The options of a model, with another order."""

    __slots__ = ("ordering",)

    def __init__(self, options: Any, ordering: tuple[str, ...]) -> None:
        self.__dict__ = options.__dict__  # with what Django caches there, and forgets
        self.ordering = ordering
