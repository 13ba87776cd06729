"""What a live database has: asked of the connection, never of the state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import NotSupportedError, ProgrammingError

from pghistory_ops.sql.objects import Function, table_name
from pghistory_ops.sql.quoting import split_table
from pghistory_ops.sql.templates import Schemas

MINIMUM_VERSION = 15

_SCHEMAS = """
WITH schema_of AS (
    SELECT pg_class.oid, nspname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
), types AS (
    SELECT unnest(ARRAY[atttypid, typelem, typbasetype]) AS oid
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = to_regclass(%s) AND attname = ANY (%s)
)
SELECT
    current_schema(),
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%s)),
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%s)),
    ARRAY(
        SELECT DISTINCT nspname::text
        FROM types JOIN pg_type USING (oid) JOIN pg_namespace ON pg_namespace.oid = typnamespace
        WHERE nspname <> 'pg_catalog'
        ORDER BY 1
    )
"""


_QUALIFIED = """
SELECT format('%%I.%%I', nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE pg_class.oid = to_regclass(%s)
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


def schemas(
    connection: Any,
    event_table: str,
    context_table: str | None = None,
    *,
    read_from: str,
    columns: Sequence[str] = (),
) -> Schemas:
    """Return the schemas of an event table, of the context table, and of the types of columns.

    A table that is not there yet (``sqlmigrate``) goes to the schema in which the migration would
    create it.

    Args:
        connection: A PostgreSQL connection.
        event_table: The ``db_table`` of the event table.
        context_table: The ``db_table`` of the context table, if there is one.
        read_from: The ``db_table`` of the tracked table.
        columns: The columns of it whose types' operators a function must find.

    Raises:
        NotSupportedError: The search path of the connection is empty.
    """
    tables = [event_table, context_table or event_table]
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS, [table_name(read_from), list(columns), *map(table_name, tables)])
        current, *found, types = cursor.fetchone()
    explicit = [split_table(table)[0] for table in tables]
    events, context = (
        named or seen or current for named, seen in zip(explicit, found, strict=True)
    )
    if events is None or context is None:
        raise NotSupportedError(
            f"The search_path of the database {connection.alias!r} names no schema that exists, "
            "so there is nowhere to put the event table. Set one in the connection's options."
        )
    return Schemas(events=events, context=context, types=tuple(types))


def try_condition(connection: Any, table: str, function: Function) -> None:
    """Let PostgreSQL read the condition of a function, which it would only do at the first write.

    Args:
        connection: A connection with an open transaction.
        table: The tracked table, quoted.
        function: The trigger function.

    Raises:
        ValueError: It does not find what the condition names.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUALIFIED, [table])
        (name,) = cursor.fetchone()
        cursor.execute("SAVEPOINT pghistory_ops_condition")
        try:
            cursor.execute(f"SET LOCAL search_path = {function.search_path}")
            cursor.execute(
                f"SELECT FROM {name} AS OLD, {name} AS NEW\n"
                f"WHERE false AND (\n{function.condition}\n)"
            )
        except ProgrammingError as error:
            raise ValueError(
                f"The condition of the trigger function {function.name} does not work at statement "
                f"level: {str(error).splitlines()[0]}. The function's search_path is "
                f"{function.search_path}: qualify what it names, or use level=Row."
            ) from error
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT pghistory_ops_condition")
            cursor.execute("RELEASE SAVEPOINT pghistory_ops_condition")


def is_partitioned(connection: Any, table: str) -> bool:
    """Return whether ``table``, quoted, is a partitioned table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", [table])
        row = cursor.fetchone()
    return bool(row and row[0])
