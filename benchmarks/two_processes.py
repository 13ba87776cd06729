"""Two processes that write the same tables at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from contestants import ALL, USER, Contestant
from rounds import Group, rounds

NAME = "save in a transaction, with context, two processes at once"


def two_processes(parameters: dict[str, Any], count: int, repeats: int) -> Group:
    """Measure ``repeats`` saves in each of two processes; seconds per save of both."""
    group = Group("two processes")
    spawn = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    processes = []
    for place in (0, 1):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_work, args=(theirs, parameters, place), daemon=True)
        process.start()
        ends.append(ours)
        processes.append(process)
    try:
        for keep, contestant in rounds(ALL, count):
            spent = _measure(ends, contestant, repeats)
            if keep:
                group.add(NAME, contestant.name, spent)
    finally:
        for end in ends:
            end.send(None)
        for process in processes:
            process.join(timeout=10)
    return group


def _measure(ends: Sequence[Connection], contestant: Contestant, repeats: int) -> float:
    contestant.empty()
    contestant.fill(2 * repeats)
    contestant.analyze()
    for end in ends:
        end.send((ALL.index(contestant), repeats))
    for end in ends:
        _receive(end)  # they have read their rows
    start = time.perf_counter()
    for end in ends:
        end.send("go")
    for end in ends:
        _receive(end)
    spent = (time.perf_counter() - start) / (2 * repeats)
    for key in (repeats, 2 * repeats):
        contestant.check("two processes", 2 * repeats, key, "paid", USER)
    return spent


def _receive(end: Connection) -> None:
    error = end.recv()
    if error is not None:
        raise RuntimeError(f"A process that writes has failed: {error}")


def _work(end: Connection, parameters: dict[str, Any], place: int) -> None:
    import database

    database.configure(parameters)
    while (asked := end.recv()) is not None:
        number, repeats = asked
        contestant = ALL[number]
        rows = list(contestant.model.objects.order_by("pk")[place * repeats :][:repeats])
        end.send(None)
        end.recv()
        end.send(_failure(lambda: _save(contestant, rows)))  # noqa: B023


def _save(contestant: Contestant, rows: Sequence[Any]) -> None:
    for row in rows:
        with contestant.writing(atomic=True, context=True):
            row.status = "paid"
            row.save()


def _failure(work: Callable[[], object]) -> str | None:
    try:
        work()
    except Exception as error:
        return repr(error)
    return None
