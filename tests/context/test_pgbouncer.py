"""Through pgbouncer in transaction mode, where the next transaction may be another session's."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, connections, transaction

import pghistory_ops as pgh
from context.tools import connected, metadata_of_events
from db.shop import execute, query

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
[databases]
* = host={host} port={port} user={user}

[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {listen_port}
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
server_reset_query =
logfile = {folder}/log
ignore_startup_parameters = extra_float_digits
"""

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed"),
]


@pytest.fixture(params=["client", "server"])
def pooler(request: pytest.FixtureRequest, thing: Any) -> Iterator[None]:
    """Connect through pgbouncer, which has one session of the server for everybody."""
    assert PROGRAM is not None
    parameters = connection.get_connection_params()
    # It refuses to run as root; the server's own user may use the server's socket.
    user = None
    if os.geteuid() == 0:
        socket_folder = Path(parameters["host"])
        user = socket_folder.stat().st_uid if socket_folder.is_absolute() else 0
        user = user or pwd.getpwnam("nobody").pw_uid
    with TemporaryDirectory(prefix="pgb-") as directory:
        folder = Path(directory)
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            port = probe.getsockname()[1]
        file = folder / "pgbouncer.ini"
        file.write_text(
            CONFIGURATION.format(
                host=parameters["host"],
                port=parameters.get("port", 5432),
                user=parameters["user"],
                folder=folder,
                listen_port=port,
                pool_size=1,
            )
        )
        if user is not None:
            shutil.chown(folder, user)
        process = subprocess.Popen(
            [PROGRAM, "--quiet", str(file)],
            user=user,
            extra_groups=None if user is None else [],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(folder / f".s.PGSQL.{port}", process)
            options = {"server_side_binding": request.param == "server"}
            with connected(host=str(folder), port=str(port), **options):
                yield
        finally:
            process.terminate()
            process.wait()


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if path.exists():
            return
        assert process.poll() is None, (path.parent / "log").read_text()
        time.sleep(0.05)
    raise AssertionError((path.parent / "log").read_text())


def test_a_session_that_others_use_too_keeps_nothing(pooler: None, thing: Any) -> None:
    settings = connection.settings_dict
    step = threading.Barrier(2, timeout=20)
    sessions = []

    def other() -> None:
        connections["default"].settings_dict = settings
        try:
            for key in range(10, 15):
                step.wait()
                thing.objects.create(id=key)
                sessions.extend(query("SELECT pg_backend_pid()"))
                with transaction.atomic(), pgh.context(user=2):
                    thing.objects.filter(id=key).update(size=1)
                    thing.objects.filter(id=key).update(size=2)
                step.wait()
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    with pgh.context(user=1):
        for key in range(5):
            thing.objects.create(id=key)
            with transaction.atomic():
                thing.objects.filter(id=key).update(size=1)
                thing.objects.filter(id=key).update(size=2)
            sessions.extend(query("SELECT pg_backend_pid()"))
            step.wait()
            step.wait()
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE shop_thing SET size = %s WHERE id = %s", [(3, key)])
                with cursor.copy("COPY shop_thing (id) FROM STDIN") as rows:
                    rows.write_row((key + 100,))
    thread.join()
    thing.objects.create(id=99)
    assert len(set(sessions)) == 1
    found: dict[int, list[Any]] = {}
    for key, said in metadata_of_events():
        found.setdefault(key, []).append(said and said["user"])
    assert found == {
        **{key: [1, 1, 1, 1] for key in range(5)},
        **{key: [1] for key in range(100, 105)},
        **{key: [None, 2, 2] for key in range(10, 15)},
        99: [None],
    }


def test_a_block_that_two_sessions_share_is_not_waited_for(pooler: None, thing: Any) -> None:
    with pgh.context(user=1):
        thing.objects.create(id=1)
        execute("CREATE INDEX CONCURRENTLY thing_size ON shop_thing (size)")
        thing.objects.create(id=2)
    assert metadata_of_events() == [(1, {"user": 1}), (2, {"user": 1})]
