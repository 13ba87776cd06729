"""A query that reads a subquery in the place of its model's table.

Django makes no such thing from its public interface, so this is the one place that goes below it:
``Query.base_table_class`` names the class of the first entry of a ``FROM`` clause, whose ``as_sql``
writes it. All else of a query, such as its filters, joins and slices, is Django's own.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models.sql.datastructures import BaseTable

from pghistory_ops.queries.ordered import OrderedQuery


class Source(Protocol):
    """What stands in the place of a table."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]] | None:
        """Return a ``SELECT``, without parentheses, and its parameters; None for the table."""

    def unrestricted(self) -> Source:
        """Return the source with all rows that it could have."""


class DerivedTable(BaseTable):
    """The table of a query's model, or the subquery in its place."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        text, params = super().as_sql(compiler, connection)
        source: Source | None = getattr(compiler.query, "source", None)
        instead = None if source is None else source.as_sql(compiler, connection)
        if instead is None:
            return text, list(params)
        select, values = instead
        # "table", or "table" alias; an alias that Django makes has no space in it.
        named = self.table_alias == self.table_name
        return f"({select}) {text if named else text.rpartition(' ')[2]}", values


class DerivedQuery(OrderedQuery):
    """A query that may read a subquery in the place of its model's table.

    Attributes:
        source: The subquery; None for the table itself.
        subjects: The objects of whose events all those of the query are, as far as that is known.
    """

    base_table_class = DerivedTable
    source: Source | None = None
    subjects: Any = None

    def combine(self, rhs: Any, connector: str) -> None:
        """Combine two queries, as ``|`` and ``&`` do, into one over the rows of both."""
        sources = [self.source, getattr(rhs, "source", None)]
        if sources[0] != sources[1]:
            self.source = next(item for item in sources if item is not None).unrestricted()
        if self.subjects != getattr(rhs, "subjects", None):
            self.subjects = None
        super().combine(rhs, connector)
