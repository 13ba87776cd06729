"""A snapshot of what a database has, to compare before and after."""

import re
from typing import TypeAlias

from django.db import connections

# (kind, name) → definition. Columns are known by name: one that was dropped and made again is the
# last of its table.
Catalog: TypeAlias = dict[tuple[str, str], str]

_QUERIES = {
    "table": """
        SELECT
            pg_class.oid::regclass::text,
            concat_ws(
                ' ', relkind, relpersistence, 'tablespace', reltablespace,
                'security', relrowsecurity, relforcerowsecurity, reloptions::text,
                'acl', relacl::text,
                'comment', obj_description(pg_class.oid, 'pg_class')
            )
        FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {own}
    """,
    "column": """
        SELECT
            attrelid::regclass::text || '.' || quote_ident(attname),
            concat_ws(
                ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
                'default', pg_get_expr(adbin, adrelid), 'identity', attidentity,
                'generated', attgenerated, 'collation', attcollation::regcollation,
                'acl', attacl::text, 'comment', col_description(attrelid, attnum)
            )
        FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped AND {own}
    """,
    "index": """
        SELECT
            pg_class.oid::regclass::text,
            concat_ws(
                ' ', pg_get_indexdef(pg_class.oid), 'tablespace', reltablespace,
                'comment', obj_description(pg_class.oid, 'pg_class')
            )
        FROM pg_class
        WHERE relkind IN ('i', 'I') AND {own}
    """,
    "constraint": """
        SELECT
            conrelid::regclass::text || '.' || quote_ident(conname),
            concat_ws(
                ' ', pg_get_constraintdef(oid), 'comment', obj_description(oid, 'pg_constraint')
            )
        FROM pg_constraint
        WHERE conrelid <> 0 AND contype <> 'n'
            AND connamespace IN (SELECT relnamespace FROM pg_class WHERE {own})
    """,
    "function": """
        SELECT
            pg_proc.oid::regprocedure::text,
            concat_ws(
                ' ', pg_get_functiondef(pg_proc.oid), 'owner', proowner::regrole,
                'acl', proacl::text, 'comment', obj_description(pg_proc.oid, 'pg_proc')
            )
        FROM pg_proc
        JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE prokind IN ('f', 'p') AND nspname !~ '^(pg_|information_schema)'
            AND NOT EXISTS (
                SELECT FROM pg_depend
                WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
            )
    """,
    "trigger": """
        SELECT
            tgrelid::regclass::text || '.' || quote_ident(tgname),
            concat_ws(
                ' ', pg_get_triggerdef(oid), 'enabled', tgenabled,
                'comment', obj_description(oid, 'pg_trigger')
            )
        FROM pg_trigger
        WHERE NOT tgisinternal
    """,
}
_OWN = """relnamespace IN (
    SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'
)"""


def catalog(alias: str = "default") -> Catalog:
    """Return all that the user schemas of a database have, as PostgreSQL writes it."""
    found: Catalog = {}
    with connections[alias].cursor() as cursor:
        for kind, query in _QUERIES.items():
            cursor.execute(query.format(own=_OWN))
            rows = cursor.fetchall()
            found.update({(kind, name): definition for name, definition in rows})
            assert len({name for name, _ in rows}) == len(rows)
    return found


def names(snapshot: Catalog, kind: str) -> list[str]:
    """Return the names of one kind, in order."""
    return sorted(name for found, name in snapshot if found == kind)


def added(before: Catalog, after: Catalog) -> Catalog:
    """Return what ``after`` has that ``before`` has not, or has otherwise."""
    return {key: text for key, text in after.items() if before.get(key) != text}


def shape(found: Catalog) -> list[tuple[str, str]]:
    """Return a catalog without the names that Django gives once, whatever is renamed later."""
    return sorted(
        (kind, re.sub(r'(INDEX )("[^"]+"|\S+)', r"\1", text))
        if kind in ("index", "constraint") or "_seq" in name
        else (kind, f"{name} {text}")
        for (kind, name), text in found.items()
    )
