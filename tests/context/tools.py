"""What the tests of contexts share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from db.shop import query

TRACKER = "pgh.DatabaseTracker('all', operation=pgh.Insert | pgh.Update | pgh.Delete)"
WRITING_FUNCTION = """
CREATE FUNCTION add_thing(key int) RETURNS int LANGUAGE sql
AS 'INSERT INTO shop_thing (id) VALUES (key) RETURNING id'
"""
INSERT = "INSERT INTO shop_thing (id, name) VALUES (%s, %s)"


@contextmanager
def connected(alias: str = "default", /, **options: Any) -> Iterator[None]:
    """Connect with other ``OPTIONS`` for the time of the block."""
    connection = connections[alias]
    connection.close()
    before = connection.settings_dict
    own = {name.upper(): options.pop(name) for name in ("host", "port") if name in options}
    connection.settings_dict = {
        **before,
        **own,
        "OPTIONS": {**before["OPTIONS"], **options},
    }
    try:
        yield
    finally:
        connection.close()
        if options.get("pool"):
            connection.close_pool()
        connection.settings_dict = before


def metadata_of_events(using: str = "default", table: str = "shop_thingevent") -> list[Any]:
    """Return the row and the context of each event, oldest first: (id, metadata or None)."""
    import json

    rows = query(
        f"SELECT {table}.id, metadata::text FROM {table} "
        "LEFT JOIN pghistory_ops_context AS context ON context.id = pgh_context_id "
        "ORDER BY pgh_id",
        using=using,
    )
    return [(key, metadata and json.loads(metadata)) for key, metadata in rows]


def keys_of_events(using: str = "default") -> list[UUID | None]:
    return query("SELECT pgh_context_id FROM shop_thingevent ORDER BY pgh_id", using=using)


def count_contexts(using: str = "default") -> int:
    return int(query("SELECT count(*) FROM pghistory_ops_context", using=using)[0])


class Messages(list[str]):
    """The messages of the protocol, as ``PQtrace`` writes them."""

    @property
    def round_trips(self) -> int:
        """How often the client waited until the server was ready for the next query."""
        return sum("\tReadyForQuery\t" in line for line in self)


@contextmanager
def traced(alias: str = "default") -> Iterator[Messages]:
    """Record what is sent and received on a connection."""
    connection = connections[alias]
    connection.ensure_connection()
    messages = Messages()
    with TemporaryDirectory() as folder:
        file = Path(folder, "trace")
        descriptor = os.open(file, os.O_CREAT | os.O_WRONLY)
        connection.connection.pgconn.trace(descriptor)
        try:
            yield messages
        finally:
            connection.connection.pgconn.untrace()
            os.close(descriptor)
            messages += file.read_text(errors="replace").splitlines()


@contextmanager
def savepoint() -> Iterator[None]:
    with transaction.atomic(), transaction.atomic():
        yield


MODES = {"autocommit": nullcontext, "transaction": transaction.atomic, "savepoint": savepoint}
