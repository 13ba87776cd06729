"""What a live database has: asked of the connection, never of the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DataError, InternalError, NotSupportedError, ProgrammingError

from pghistory_ops.sql.objects import Condition, Installed, table_name
from pghistory_ops.sql.quoting import identifier, qualified, split_table
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
SELECT coalesce(
    (
        SELECT nspname
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid = to_regclass(%s)
    ),
    current_schema()
)
"""

_RELATION = """
SELECT relkind, relispartition, EXISTS (
    SELECT FROM pg_inherits WHERE inhparent = pg_class.oid AND relkind = 'r'
)
FROM pg_class
WHERE oid = to_regclass(%s)
"""

_TRIGGERS = """
SELECT
    tgname::text,
    obj_description(pg_trigger.oid, 'pg_trigger'),
    nspname::text,
    proname::text,
    obj_description(pg_proc.oid, 'pg_proc')
FROM pg_trigger
    JOIN pg_proc ON pg_proc.oid = tgfoid
    JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE tgrelid = to_regclass(%s)
"""

_CREATORS = """
SELECT nspname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
WHERE nspname = ANY (%s) AND privilege_type = 'CREATE'
    AND grantee NOT IN (nspowner, current_user::regrole)
    AND NOT EXISTS (SELECT FROM pg_roles WHERE pg_roles.oid = grantee AND rolsuper)
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Relation:
    """What a table is (manual, 52.11 "pg_class").

    Attributes:
        kind: Its ``relkind``: ``"r"`` for a table, ``"p"`` for a partitioned one.
        is_partition: Whether it is a partition of another table.
        has_children: Whether other tables inherit from it, other than as partitions.
    """

    kind: str
    is_partition: bool
    has_children: bool


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


def qualified_table(connection: Any, table: str) -> str:
    """Return a ``db_table`` with its schema, quoted.

    A table that is not there yet is taken to be where the migration would create it.
    """
    schema, name = split_table(table)
    if schema is None:
        with connection.cursor() as cursor:
            cursor.execute(_QUALIFIED, [table_name(table)])
            (schema,) = cursor.fetchone()
    return identifier(name) if schema is None else qualified(schema, name)


def creators(connection: Any, schemas: Sequence[str]) -> list[tuple[str, str]]:
    """Return who else may create operators in ``schemas``: (schema, role).

    The owner of a schema, the current role and superusers are trusted.
    """
    if not schemas:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CREATORS, [list(schemas)])
        return [(str(schema), str(role)) for schema, role in cursor.fetchall()]


def try_condition(connection: Any, table: str, condition: Condition, where: str) -> None:
    """Let PostgreSQL read a condition; one in a function it would only read at the first write.

    Args:
        connection: A connection with an open transaction.
        table: The tracked table, with its schema, quoted.
        condition: The condition.
        where: Whose condition it is.

    Raises:
        ValueError: It does not find what the condition names.
    """
    rows = ", ".join(f"{table} AS {row}" for row in condition.rows)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT pghistory_ops_condition")
        try:
            cursor.execute(f"SET LOCAL search_path = {condition.search_path}")
            cursor.execute(f"SELECT FROM {rows}\nWHERE false AND (\n{condition.text}\n)")
        except (DataError, InternalError, NotSupportedError, ProgrammingError) as error:
            raise ValueError(
                f"The condition of {where} does not work: {str(error).splitlines()[0]}. It is read "
                f"with the search_path {condition.search_path}: qualify what it names."
            ) from error
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT pghistory_ops_condition")
            cursor.execute("RELEASE SAVEPOINT pghistory_ops_condition")


def relation(connection: Any, table: str) -> Relation | None:
    """Return what ``table``, quoted, is; None if it is not there."""
    with connection.cursor() as cursor:
        cursor.execute(_RELATION, [table])
        row = cursor.fetchone()
    return Relation(*row) if row else None


def triggers_of(connection: Any, table: str) -> dict[str, Installed]:
    """Return the triggers on ``table``, quoted, by their names."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS, [table])
        return {name: Installed(*found) for name, *found in cursor.fetchall()}
