"""The fields of events that are compared with those of other events, in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from psycopg import postgres

from pghistory_ops.history import History

# Types whose equal values have equal bytes (text: unless it has a collation of its own). To compare
# records takes several times as long.
_ONE_FORM = re.compile(
    r"(small|big)?int(eger)?|date|uuid|boolean|timestamp with(out)? time zone"
    r"|text|varchar(\(\d+\))?"
)
_NUMERIC = re.compile(r"numeric(\(.*\))?")

# Types without a cast to text of their own.
_PLAIN_TYPE = re.compile(
    r"(small|big)?int(eger)?|numeric(\(.*\))?|double precision|text|varchar(\(\d+\))?|date|uuid"
    r"|jsonb|time(stamp)? with(out)? time zone|interval"
)

# The first number that a database gives itself (manual, 65.2.2 "OID Assignment").
_FIRST_OWN = 16384


def quoted(connection: Any, name: str) -> str:
    """Return an identifier for a statement with parameters."""
    text: str = connection.ops.quote_name(name)
    return text.replace("%", "%%")


@dataclass(frozen=True)
class Compared:
    """A field as it is compared.

    Attributes:
        name: Its name.
        table: The quoted event table.
        column: Its quoted column of it.
        live: Its quoted column of the tracked table.
        type: The type of the event table's column.
        oid: The number of a type that PostgreSQL has itself; None for others.
        collated: Whether it has a collation of its own.
        plain: Whether a cast to text gives the type's text form.
        required: Whether the tracked field takes no NULL, so that one in an event is from a time
            before the field was there: nothing is known of it, and nothing changed.
    """

    name: str
    table: str
    column: str
    live: str
    type: str
    oid: int | None
    collated: bool
    plain: bool
    required: bool


def compared(history: History, connection: Any) -> list[Compared]:
    """Return the fields that are compared: the copies of those that the tracked model has now."""
    found: list[Compared] | None = history.made.get(Compared)
    if found is None:  # all PostgreSQL databases are alike in it
        found = history.made[Compared] = _compared(history, connection)
    return found


def _compared(history: History, connection: Any) -> list[Compared]:
    found = []
    table = quoted(connection, history.model._meta.db_table)
    tracked = history.tracked_model
    for name in history.mirrored:
        copy: Any = history.model._meta.get_field(name)
        column = quoted(connection, copy.column)
        source: Any = None if tracked is None else tracked._meta.get_field(name)
        live = "" if source is None else quoted(connection, source.column)
        kind = copy.db_type(connection)
        plain = _PLAIN_TYPE.fullmatch(kind) is not None
        required = copy.null and source is not None and not (source.null or source.generated)
        collated = bool(getattr(copy, "db_collation", None))
        found.append(
            Compared(name, table, column, live, kind, oid_of(kind), collated, plain, required)
        )
    return found


def oid_of(kind: str) -> int | None:
    """Return the number of a type by its name, with or without parameters.

    It is None for one that another number may stand for in another database.
    """
    found = None if kind.endswith("]") else postgres.types.get(re.sub(r"\(.*?\)", "", kind))
    return found.oid if found is not None and found.oid < _FIRST_OWN else None


def changed(item: Compared, old: str, new: str) -> str:
    """Return the condition that two values differ, as trackers see it: in their stored bytes."""
    if _ONE_FORM.fullmatch(item.type) and not item.collated:
        differ = f"{old} IS DISTINCT FROM {new}"
    elif _NUMERIC.fullmatch(item.type):  # 1.0 and 1.00 are equal
        differ = f"({old} IS DISTINCT FROM {new} OR scale({old}) <> scale({new}))"
    else:
        differ = f"ROW({old})::record *<> ROW({new})::record"
    return f"num_nulls({old}, {new}) = 0 AND {differ}" if item.required else differ
