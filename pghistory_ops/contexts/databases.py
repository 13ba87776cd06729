"""Which database a session is in, whatever the project calls it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import psycopg
from django.db import connections
from psycopg.rows import tuple_row

# A project may have taken the right to ask from its roles, and an error would end the transaction.
_MAY_ASK = """
SELECT pg_catalog.has_function_privilege(
    pg_catalog.to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE'
)
"""
# Databases of several servers often have one name (manual, 9.28.14 "Control Data Functions").
_DATABASE = """
SELECT pg_catalog.current_database(), system_identifier FROM pg_catalog.pg_control_system()
"""

_known: dict[Hashable, Hashable] = {}


def address_of(connection: psycopg.Connection[Any]) -> Hashable:
    """Return where a connection leads, as far as the client knows."""
    info = connection.info
    return info.hostaddr, info.host, info.port, info.dbname


def database_of(connection: psycopg.Connection[Any]) -> Hashable:
    """Return a value that is equal for connections of one database; None if it cannot be known.

    Each address is asked once per process, and none in a project with one database. The connection
    is a new one.
    """
    if len(connections.settings) == 1:
        return True
    address = address_of(connection)
    if address not in _known:
        cursor = psycopg.ClientCursor(connection, row_factory=tuple_row)
        may_ask = cursor.execute(_MAY_ASK).fetchone() == (True,)
        _known[address] = cursor.execute(_DATABASE).fetchone() if may_ask else None
        if not connection.autocommit:
            connection.rollback()
    return _known[address]
