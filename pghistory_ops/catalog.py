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
), type AS (
    SELECT atttypid AS oid
    FROM pg_attribute
    WHERE attrelid = to_regclass(%(read_from)s) AND attname = ANY (%(columns)s)
    UNION
    SELECT to_regtype(name) FROM unnest(%(types)s::text[]) AS name
), part AS (
    SELECT unnest(ARRAY[pg_type.oid, typelem, typbasetype]) AS oid
    FROM type JOIN pg_type USING (oid)
)
SELECT
    current_schema(),
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%(events)s)),
    (SELECT nspname FROM schema_of WHERE oid = to_regclass(%(context)s)),
    ARRAY(
        SELECT DISTINCT nspname::text
        FROM part JOIN pg_type USING (oid) JOIN pg_namespace ON pg_namespace.oid = typnamespace
        WHERE nspname <> 'pg_catalog'
        ORDER BY 1
    ),
    ARRAY(
        SELECT DISTINCT grantee::regrole::text
        FROM pg_default_acl, aclexplode(defaclacl)
        WHERE defaclobjtype = 'f' AND defaclrole = current_user::regrole
            AND grantee NOT IN (0, defaclrole)
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
    types: Sequence[str] = (),
) -> Schemas:
    """Return what the state does not know: schemas, and who would be granted a new function.

    A table that is not there yet (``sqlmigrate``) goes to the schema in which the migration would
    create it.

    Args:
        connection: A PostgreSQL connection.
        event_table: The ``db_table`` of the event table.
        context_table: The ``db_table`` of the context table, if there is one.
        read_from: The ``db_table`` of the tracked table.
        columns: The columns of it whose types' operators a function must find.
        types: The names of their types, for a table that is not there yet.

    Raises:
        NotSupportedError: The search path of the connection is empty.
    """
    tables = {"events": event_table, "context": context_table or event_table}
    parameters: dict[str, Any] = {name: table_name(table) for name, table in tables.items()}
    parameters |= {"read_from": table_name(read_from), "columns": list(columns)}
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMAS, {**parameters, "types": list(types)})
        current, *found, type_schemas, grantees = cursor.fetchone()
    explicit = [split_table(table)[0] for table in tables.values()]
    events, context = (
        named or seen or current for named, seen in zip(explicit, found, strict=True)
    )
    if events is None or context is None:
        raise NotSupportedError(
            f"The search_path of the database {connection.alias!r} names no schema that exists, "
            "so there is nowhere to put the event table. Set one in the connection's options."
        )
    return Schemas(events, context, tuple(type_schemas), tuple(grantees))


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
        rows = ", ".join(f"{name} AS {row}" for row in function.rows)
        cursor.execute("SAVEPOINT pghistory_ops_condition")
        try:
            cursor.execute(f"SET LOCAL search_path = {function.search_path}")
            cursor.execute(f"SELECT FROM {rows}\nWHERE false AND (\n{function.condition}\n)")
        except ProgrammingError as error:
            raise ValueError(
                f"The condition of the trigger function {function.name} does not work at statement "
                f"level: {str(error).splitlines()[0]}. The function's search_path is "
                f"{function.search_path}: qualify what it names, or use level=Row."
            ) from error
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT pghistory_ops_condition")
            cursor.execute("RELEASE SAVEPOINT pghistory_ops_condition")


def kind_of(connection: Any, table: str) -> str | None:
    """Return the ``relkind`` of ``table``, quoted (manual, 52.11 "pg_class"); None if not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", [table])
        row = cursor.fetchone()
    return str(row[0]) if row else None
