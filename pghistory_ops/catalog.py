"""What a live database has: asked of the connection, never of the state."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError

from pghistory_ops.sql.objects import table_name
from pghistory_ops.sql.quoting import split_table
from pghistory_ops.sql.templates import Schemas

MINIMUM_VERSION = 15

_SCHEMAS = """
WITH schema_of AS (
    SELECT pg_class.oid, nspname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
)
SELECT
    current_schema(),
    current_schemas(false)::text[],
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%s)),
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%s))
"""


def require_postgresql(connection: Any) -> None:
    """Check that the database can carry history.

    Raises:
        NotSupportedError: It is not PostgreSQL, or older than 15.
    """
    where = f"The database {connection.alias!r}"
    if connection.vendor != "postgresql":
        raise NotSupportedError(
            f"{where} is {connection.display_name}; history takes PostgreSQL "
            f"{MINIMUM_VERSION} or newer. Keep the event model off it with a database router."
        )
    version = connection.pg_version // 10_000
    if version < MINIMUM_VERSION:
        raise NotSupportedError(
            f"{where} is PostgreSQL {version}; history takes {MINIMUM_VERSION} or newer."
        )


def schemas(connection: Any, event_table: str, context_table: str | None = None) -> Schemas:
    """Return the schemas of an event table and of the context table.

    A table that is not there yet (``sqlmigrate``) goes to the schema in which the migration would
    create it.

    Raises:
        NotSupportedError: The search path of the connection is empty.
    """
    tables = [event_table, context_table or event_table]
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS, [table_name(table) for table in tables])
        current, path, *found = cursor.fetchone()
    explicit = [split_table(table)[0] for table in tables]
    events, context = (
        named or seen or current for named, seen in zip(explicit, found, strict=True)
    )
    if events is None or context is None:
        raise NotSupportedError(
            f"The search_path of the database {connection.alias!r} names no schema that exists, "
            "so there is nowhere to put the event table. Set one in the connection's options."
        )
    return Schemas(events=events, context=context, search_path=tuple(path))


def has_table(connection: Any, table: str) -> bool:
    """Return whether ``table``, a ``db_table``, is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table_name(table)])
        return bool(cursor.fetchone()[0])
