"""Which functions of a database have the name of one of PostgreSQL's own.

By its text, ``SELECT log('paid')`` may call PostgreSQL's logarithm, which writes nothing, or a
function of the project, which may.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from pghistory_ops.contexts.databases import address_of
from pghistory_ops.contexts.harmless import FUNCTIONS

# Seconds after which a new connection asks again: what another process has deployed is known then.
KEPT = 60

# PostgreSQL's own extensions that overload such functions do not write.
_NAMESAKES = """
SELECT DISTINCT proname::text FROM pg_catalog.pg_proc
WHERE pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
    AND proname = ANY (%s::name[])
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend
        JOIN pg_catalog.pg_extension ON pg_extension.oid = refobjid
        WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND objid = pg_proc.oid
            AND refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND deptype = 'e'
            AND extname IN ('citext', 'pgcrypto')
    )
"""
# Tags of statements that make functions (manual, 54.7 "Message Formats", CommandComplete).
DEFINING = frozenset(
    f"{verb} {kind}".encode()
    for verb in ("CREATE", "ALTER")
    for kind in ("FUNCTION", "AGGREGATE", "ROUTINE", "EXTENSION")
)

_known: dict[Hashable, tuple[float, frozenset[str]]] = {}


def namesakes_of(connection: psycopg.Connection[Any]) -> frozenset[str]:
    """Return the names for a new connection. Each address is asked once in a while."""
    asked, names = _known.get(address_of(connection), (None, frozenset()))
    if asked is None or time.monotonic() - asked > KEPT:
        names = look_up(connection)
        if not connection.autocommit:
            connection.rollback()
    return names


def look_up(connection: psycopg.Connection[Any]) -> frozenset[str]:
    """Ask the database for the names."""
    cursor = psycopg.ClientCursor(connection, row_factory=tuple_row)
    found = cursor.execute(_NAMESAKES, [sorted(FUNCTIONS)]).fetchall()
    names = frozenset(name for (name,) in found)
    _known[address_of(connection)] = time.monotonic(), names
    return names


def forget(connection: psycopg.Connection[Any]) -> None:
    """Ask again when a name is next met."""
    _known.pop(address_of(connection), None)
