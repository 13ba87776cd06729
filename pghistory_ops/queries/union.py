"""The events of many event models as one subquery, in SQL.

Inside is a ``UNION ALL`` of what is needed to choose and sort events, with the conditions on the
objects in each of its parts. Around it, each part's data is looked up by the key of the event,
where it is asked for: PostgreSQL puts that off until after the sort and the limit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import EmptyResultSet

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.changes import changes_sql, json_pairs
from pghistory_ops.queries.compared import quoted
from pghistory_ops.queries.partners import PARTNER, Columns, Fragment, Windows, lookup
from pghistory_ops.queries.subjects import Subjects, identity_fields

# Half of the 100 arguments that a function of PostgreSQL's takes at most.
_PAIRS_OF_A_CALL = 50

# A part of a union without a row, where a query is made of no other.
_NOTHING = (
    "SELECT ''::text AS pgh_model, 0::bigint AS pgh_id, now() AS pgh_created_at, "
    "''::text AS pgh_label, ''::text AS pgh_obj_model, ''::text AS pgh_obj_id, "
    f"0::bigint AS {PARTNER} WHERE false"
)


class Condition(Protocol):
    """A condition on the events of one event model."""

    def as_sql(self, history: History, compiler: Any, connection: Any) -> Fragment:
        """Return the condition on the row ``e`` of the event table."""


@dataclass(frozen=True)
class OfSubjects:
    """The event is of one of some objects."""

    subjects: Subjects

    def as_sql(self, history: History, compiler: Any, connection: Any) -> Fragment:
        columns = [f"e.{name}" for name in Columns(history, connection).identity]
        return self.subjects.as_sql(columns, identity_fields(history), compiler, connection)


@dataclass(frozen=True)
class Referring:
    """A foreign key of the event leads to one of some objects.

    Attributes:
        references: The names of the foreign keys, each with the values that it may have.
    """

    references: tuple[tuple[str, Subjects], ...]

    def as_sql(self, history: History, compiler: Any, connection: Any) -> Fragment:
        texts, params = [], []
        for name, subjects in self.references:
            field: Any = history.model._meta.get_field(name)
            column = f"e.{quoted(connection, field.column)}"
            text, values = subjects.as_sql([column], [field], compiler, connection)
            texts.append(text)
            params += values
        return f"({' OR '.join(texts)})", params


@dataclass(frozen=True)
class Saying:
    """The context of the event contains some metadata.

    Attributes:
        metadata: The metadata, as JSON.
    """

    metadata: str

    def as_sql(self, history: History, compiler: Any, connection: Any) -> Fragment:
        field: Any = history.model._meta.get_field(event_fields.CONTEXT)
        column = f"e.{quoted(connection, field.column)}"
        if history.context == "json":
            return f"{column} @> %s::jsonb", [self.metadata]
        table = quoted(connection, field.related_model._meta.db_table)
        found = f"SELECT c.id FROM {table} AS c WHERE c.metadata @> %s::jsonb"
        return f"{column} IN ({found})", [self.metadata]


@dataclass(frozen=True)
class AnyOf:
    """One of some conditions."""

    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, conditions: Sequence[Condition]) -> Condition:
        """Return the condition that one of some is fulfilled."""
        return conditions[0] if len(conditions) == 1 else cls(tuple(conditions))

    def as_sql(self, history: History, compiler: Any, connection: Any) -> Fragment:
        texts, params = [], []
        for condition in self.conditions:
            try:
                text, values = condition.as_sql(history, compiler, connection)
            except EmptyResultSet:
                continue
            texts.append(text)
            params += values
        if not texts:
            raise EmptyResultSet
        return f"({' OR '.join(texts)})", params


@dataclass(frozen=True)
class Arm:
    """One event model of a union.

    Attributes:
        history: Its history.
        conditions: What its events fulfil.
    """

    history: History
    conditions: tuple[Condition, ...] = ()

    def where(self, condition: Condition) -> Arm:
        """Return the events that fulfil a condition, too."""
        return dataclasses.replace(self, conditions=(*self.conditions, condition))

    @property
    def subjects(self) -> Subjects | None:
        """The objects whose events are asked for, if they are known."""
        found = (item.subjects for item in self.conditions if isinstance(item, OfSubjects))
        return next(found, None)

    def windows(self, compiler: Any, connection: Any) -> Fragment | None:
        """Return the windows in which the events find their partners; None to look them up."""
        history, subjects = self.history, self.subjects
        if subjects is not None:
            columns = [f"e.{name}" for name in Columns(history, connection).identity]
            fields = identity_fields(history)
            condition = subjects.as_sql(columns, fields, compiler, connection)
            return Windows(history, subjects).over(condition, connection)
        if self.conditions or not history.identity or not _reads_all(compiler.query):
            return None
        return Windows(history, None).over(("", []), connection)

    def as_sql(self, compiler: Any, connection: Any) -> Fragment:
        """Return the narrow part of the union."""
        history = self.history
        columns = Columns(history, connection)
        windows = self.windows(compiler, connection)
        keys = [f"e.{name}" for name in columns.identity]
        key = (
            f"{keys[0]}::text" if len(keys) == 1 else f"jsonb_build_array({', '.join(keys)})::text"
        )
        text = (
            f"SELECT %s::text AS pgh_model, e.{columns.id} AS pgh_id, e.{columns.created_at} AS "
            f"pgh_created_at, e.{columns.label} AS pgh_label, %s::text AS pgh_obj_model, "
            f"{key if keys else 'NULL::text'} AS pgh_obj_id, "
        )
        params: list[Any] = [history.label, tracked_label(history)]
        if windows is not None:
            source, values = windows
            text += f"e.{PARTNER} AS {PARTNER} FROM ({source}) AS e"
            params += values
        else:
            text += f"NULL::bigint AS {PARTNER} FROM {columns.table} AS e"
        wheres = []
        for condition in self.conditions:
            where, values = condition.as_sql(history, compiler, connection)
            wheres.append(where)
            params += values
        return f"{text} WHERE {' AND '.join(wheres)}" if wheres else text, params

    def data(self, compiler: Any, connection: Any) -> Fragment:
        """Return the mirrored values by field name, of the row ``o``."""
        calls, params = [], []
        names = self.history.mirrored
        for start in range(0, len(names), _PAIRS_OF_A_CALL):
            arguments = []
            for name in names[start : start + _PAIRS_OF_A_CALL]:
                field: Any = self.history.model._meta.get_field(name)
                arguments.append(f"%s::text, o.{quoted(connection, field.column)}")
                params.append(name)
            calls.append(f"jsonb_build_object({', '.join(arguments)})")
        return " || ".join(calls) or "'{}'::jsonb", params

    def diff(self, compiler: Any, connection: Any) -> Fragment:
        """Return what the event ``o`` changed."""
        if not self.history.identity:
            return "NULL::jsonb", []
        partner: Fragment = f"n.{PARTNER}", []
        if self.subjects is None and (self.conditions or not _reads_all(compiler.query)):
            partner = lookup(self.history, "o.", connection)
        return changes_sql(self.history, "o.", partner, json_pairs, connection)

    def context(self, compiler: Any, connection: Any) -> Fragment:
        """Return the context of the event ``o``: its ``id`` and its ``metadata``."""
        history = self.history
        if history.context is None:
            return "NULL::jsonb", []
        field: Any = history.model._meta.get_field(event_fields.CONTEXT)
        column = f"o.{quoted(connection, field.column)}"
        if history.context == "json":
            key = "NULL"
            if history.context_id is not None:
                field = history.model._meta.get_field(history.context_id)
                key = f"o.{quoted(connection, field.column)}"
            built = f"jsonb_build_object('id', {key}, 'metadata', {column})"
            return f"CASE WHEN {column} IS NOT NULL THEN {built} END", []
        table = quoted(connection, field.related_model._meta.db_table)
        built = "jsonb_build_object('id', c.id, 'metadata', c.metadata)"
        return f"(SELECT {built} FROM {table} AS c WHERE c.id = {column})", []


@dataclass(frozen=True)
class Proxied:
    """A value out of a column with JSON, as a column of its own.

    Attributes:
        column: The quoted name of the new column.
        source: The column with JSON: ``"pgh_context"``, ``"pgh_data"`` or ``"pgh_diff"``.
        path: The keys that lead to the value.
        type: The type of the new column.
    """

    column: str
    source: str
    path: tuple[str, ...]
    type: str


@dataclass(frozen=True)
class Union:
    """The events of some event models.

    Attributes:
        arms: The event models, or what finds those of a database.
        proxies: What tells columns made of the others, for a connection.
    """

    arms: tuple[Arm, ...] | Callable[[str], Sequence[Arm]]
    proxies: Callable[[Any], Sequence[Proxied]]

    def unrestricted(self) -> Union:
        """Refuse: there is no telling which events two unions have together."""
        raise TypeError(
            "Two querysets of Events over different events cannot be combined with & or |. Give "
            "all objects to one tracks() or references(), or use union()."
        )

    def arms_in(self, alias: str) -> Sequence[Arm]:
        """Return the event models, as far as they are in a database."""
        return self.arms(alias) if callable(self.arms) else self.arms

    def as_sql(self, compiler: Any, connection: Any) -> Fragment:
        """Return the ``SELECT``."""
        parts, params, arms = [], [], []
        for arm in self.arms_in(connection.alias):
            try:
                text, values = arm.as_sql(compiler, connection)
            except EmptyResultSet:
                continue
            parts.append(text)
            params += values
            arms.append(arm)
        if not parts:
            if compiler.elide_empty:
                raise EmptyResultSet
            parts.append(_NOTHING)
        heavy = {
            "pgh_data": _by_model(arms, Arm.data, compiler, connection),
            "pgh_diff": _by_model(arms, Arm.diff, compiler, connection),
            "pgh_context": _by_model(arms, Arm.context, compiler, connection),
        }
        columns = ["n.*", "n.pgh_model || ':' || n.pgh_id AS pgh_slug"]
        values = []
        for name, (text, found) in heavy.items():
            columns.append(f"{text} AS {name}")
            values += found
        for proxied in self.proxies(connection):
            text, found = _proxied(proxied, heavy[proxied.source])
            columns.append(f"{text} AS {proxied.column}")
            values += found
        return (
            f"SELECT {', '.join(columns)} FROM ({' UNION ALL '.join(parts)}) AS n",
            [*values, *params],
        )


def _by_model(
    arms: Sequence[Arm],
    build: Callable[[Arm, Any, Any], Fragment],
    compiler: Any,
    connection: Any,
) -> Fragment:
    if not arms:
        return "NULL::jsonb", []
    text, params = "CASE n.pgh_model", []
    for arm in arms:
        columns = Columns(arm.history, connection)
        found, values = build(arm, compiler, connection)
        text += (
            f" WHEN %s THEN (SELECT {found} FROM {columns.table} AS o "
            f"WHERE o.{columns.id} = n.pgh_id)"
        )
        params += [arm.history.label, *values]
    return f"{text} END", params


# What does not look like a value of these types is none: metadata may say anything.
_LOOKS = {
    "bigint": "^-?[0-9]{1,19}$",
    "uuid": "^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$",
}


def _proxied(proxied: Proxied, source: Fragment) -> Fragment:
    text, params = source
    path = list(proxied.path)
    if proxied.type == "jsonb":
        return f"({text}) #> %s", [*params, path]
    kind = proxied.type.partition("(")[0] if proxied.type.startswith("varchar") else proxied.type
    if kind in ("smallint", "integer"):
        kind = "bigint"
    value = f"({text}) #>> %s"
    if kind not in _LOOKS:
        return f"({value})::{kind}", [*params, path]
    cast = f"v.value::{kind}"
    if kind == "bigint":  # as many digits can be more than it takes
        cast = f"CASE WHEN v.value::numeric BETWEEN {-(2**63)} AND {2**63 - 1} THEN {cast} END"
    cast = f"CASE WHEN v.value ~ %s THEN {cast} END"
    return f"(SELECT {cast} FROM (SELECT {value} AS value) AS v)", [_LOOKS[kind], *params, path]


def _reads_all(query: Any) -> bool:
    """Return whether a query reads what changed, of all events."""
    if query.where or query.is_sliced or query.distinct or query.group_by is not None:
        return False
    if query.default_cols:
        return not query.deferred_loading[0]
    targets = (getattr(column, "target", None) for column in query.select)  # none: a transform
    return any(target is not None and target.name == "pgh_diff" for target in targets)


def tracked_label(history: History) -> str:
    """Return the label of the tracked model, as its class has it."""
    tracked = history.tracked_model
    return history.tracks if tracked is None else tracked._meta.label
