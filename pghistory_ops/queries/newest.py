"""The newest event of each object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.expressions import Func

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.compared import quoted
from pghistory_ops.queries.literals import Identified, conditions_of
from pghistory_ops.queries.subjects import Subjects, identity_fields

_BOOLEAN = models.BooleanField()


def newest_of(
    among: models.QuerySet[Any, Any], identity: tuple[str, ...]
) -> models.QuerySet[Any, Any]:
    """Return the keys of the last event of each object.

    Args:
        among: The events among which it is looked for.
        identity: The fields that say whose event it is.
    """
    grouped = among.order_by().values(*identity).annotate(pgh_newest=models.Max(event_fields.ID))
    newest: models.QuerySet[Any, Any] = grouped.values("pgh_newest")
    return newest


@dataclass(frozen=True)
class StateLabels:
    """Which events say what the state of a row was, by their labels.

    Attributes:
        counted: The labels of the events that count; None for all.
        ignored: The labels of events that do not count.
        removals: The labels of the events that say that the row is gone.
    """

    counted: tuple[str, ...] | None
    ignored: tuple[str, ...]
    removals: tuple[str, ...]


class IsStateAt(Func):
    """The condition that an event holds its object as it was at a moment.

    It is the event with the greatest moment, and of equal ones the one with the greatest key,
    unless it says that the object is gone. Of many objects, an aggregate over such pairs takes one
    pass; a sort of all events, or a second pass, takes several times as long.

    Args:
        history: The history that the event belongs to.
        moment: Later events do not count.
        labels: Which events count.
        subjects: The objects whose events all that are asked for are; None if the conditions of
            the query alone can say it.
        columns: The event's key and label, in a query.
    """

    conditional = True

    def __init__(
        self,
        history: History,
        moment: datetime,
        labels: StateLabels,
        subjects: Subjects | None,
        columns: Iterable[Any],
    ) -> None:
        self.history, self.moment, self.subjects = history, moment, subjects
        self.labels = labels
        super().__init__(*columns, output_field=_BOOLEAN)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        key, label = (compiler.compile(column)[0] for column in self.source_expressions)
        newest, params = self._newest(compiler, connection)
        text = f"{key} IN ({newest})"
        if self.labels.removals:
            text = f"({_listed(label, 'NOT IN', self.labels.removals)} AND {text})"
            params = [*self.labels.removals, *params]
        return text, params

    def _newest(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the query of the keys of the newest events."""
        options: Any = self.history.model._meta
        key, moment, label = (
            f"n.{quoted(connection, options.get_field(name).column)}"
            for name in (event_fields.ID, event_fields.CREATED_AT, event_fields.LABEL)
        )
        fields = identity_fields(self.history)
        identity = [f"n.{quoted(connection, field.column)}" for field in fields]
        created = options.get_field(event_fields.CREATED_AT)
        conditions = [f"{moment} <= %s"]
        params = [created.get_db_prep_value(self.moment, connection)]
        labels = self.labels
        if labels.counted is not None:
            conditions.append(_listed(label, "IN", labels.counted) if labels.counted else "false")
            params += labels.counted
        if labels.ignored:
            conditions.append(_listed(label, "NOT IN", labels.ignored))
            params += labels.ignored
        if self.subjects is not None:
            condition, keys = self.subjects.as_sql(identity, fields, compiler, connection)
            conditions.append(condition)
            params += keys
            is_one = self.subjects.is_one
        else:
            # Whose event each row of the query is, the other events of the object are, too.
            column: Any = self.source_expressions[0]
            asked = conditions_of(getattr(compiler.query, "where", None))
            identified = Identified.by(asked, column.alias, self.history)
            if identified.conditions:
                condition, keys = identified.as_sql("n", compiler)
                conditions.append(condition)
                params += keys
            is_one = identified.is_one
        newest = f"(max(ARRAY[EXTRACT(EPOCH FROM {moment})::numeric, {key}]))[2]::bigint"
        end = f"GROUP BY {', '.join(identity)}"
        if is_one:
            newest, end = key, f"ORDER BY {moment} DESC, {key} DESC LIMIT 1"
        text = (
            f"SELECT {newest} FROM {quoted(connection, options.db_table)} AS n "
            f"WHERE {' AND '.join(conditions)} {end}"
        )
        return text, params


def _listed(column: str, operator: str, labels: tuple[str, ...]) -> str:
    return f"{column} {operator} ({', '.join(['%s'] * len(labels))})"
