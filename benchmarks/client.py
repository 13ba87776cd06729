"""What the client pays: time for each query, and round trips."""

from __future__ import annotations

import os
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from connections import reconnect
from contestants import HAND_MIXED, OURS_DEFAULT, PGHISTORY, UNTRACKED, Contestant
from django.db import connections
from rounds import Group, rounds

QUERY = "one query, no context open"
TRANSACTION = "a transaction of 3 saves and 3 reads"
BARE, CARRYING = "Django's connection", "pghistory-ops’s connection"


def client_time(count: int, queries: int) -> Group:
    """Measure the processor time of this process for a query over either connection."""
    group = Group("client time")
    reconnect()
    # Short turns: what else the machine does meets both alike.
    for keep, (name, alias) in rounds(((BARE, "default"), (CARRYING, "ours")), 10 * count):
        spent = _queries(alias, queries // 10)
        if keep:
            group.add(QUERY, name, spent)
    return group


def _queries(alias: str, count: int) -> float:
    with connections[alias].cursor() as cursor:
        # The fastest of some short runs: what else the machine does can only slow them down.
        return min(
            timeit.repeat(
                lambda: cursor.execute("SELECT %s", [1]),
                timer=time.thread_time,
                number=count // 10,
                repeat=10,
            )
        ) / (count // 10)


def round_trips() -> Group:
    """Count the round trips of writes and reads, with a context and without."""
    group = Group("round trips", unit="")
    for contestant in (UNTRACKED, HAND_MIXED, OURS_DEFAULT, PGHISTORY):
        contestant.empty()
        contestant.fill(3)
        row = contestant.model.objects.first()
        for context in (False, True):
            suffix = ", with context" if context else ""
            cases: dict[str, Callable[[], object]] = {
                "a read": lambda: list(contestant.model.objects.all()),  # noqa: B023
                "a save": lambda: _save(row),  # noqa: B023
            }
            for name, work in cases.items():
                with (
                    _counted(contestant) as trips,
                    contestant.writing(atomic=False, context=context),
                ):
                    work()
                group.add(name + suffix, contestant.name, trips[0])
            with _counted(contestant) as trips, contestant.writing(atomic=True, context=context):
                for _ in range(3):
                    _save(row)
                    list(contestant.model.objects.all())
            group.add(TRANSACTION + suffix, contestant.name, trips[0])
    return group


def _save(row: Any) -> None:
    row.status = "paid" if row.status == "new" else "new"
    row.save()


@contextmanager
def _counted(contestant: Contestant) -> Iterator[list[int]]:
    """Count in the trace of libpq (manual, 32.11 "Control Functions", ``PQtrace``)."""
    connection = connections[contestant.alias]
    connection.ensure_connection()
    opened: Any = connection.connection
    trips = [0]
    with TemporaryFile() as file:
        opened.pgconn.trace(file.fileno())
        try:
            yield trips
        finally:
            opened.pgconn.untrace()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        lines = os.read(file.fileno(), 1 << 24).splitlines()
        # The server ends each answer with this, be it to one statement or to a pipeline of them.
        trips[0] = sum(b"\tReadyForQuery\t" in line for line in lines)
