"""Reading long histories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contestants import PGHISTORY, Wrong
from django.db import connections
from django.db.utils import OperationalError
from history import History
from readers import Reader, readers
from rounds import PATIENCE, Group, rounds, seconds

LAST = "last 20 events of an object"
CHANGES = "all events of an object, with changes"
AS_OF = "an object as it was"
TABLE_AS_OF = "the table as it was"


def reads(count: int, history: History, repeats: int) -> Group:
    """Measure the questions; seconds per question."""
    history.fill()
    group = Group("reads")
    keys = [1 + 37 * number % history.objects for number in range(repeats)]
    step = history.steps // 2
    for reader in readers():
        _check(reader, history, keys[-1], step)
    for name, ask in {
        LAST: lambda reader: reader.last,
        CHANGES: lambda reader: reader.changes,
        AS_OF: lambda reader: _at(reader, history, step),
    }.items():
        for keep, reader in rounds(readers(), count):
            question = ask(reader)
            if question is None:
                group.skip(name, reader.name, "has no answer")
                continue
            spent = seconds(lambda: [question(key) for key in keys]) / repeats  # noqa: B023
            if keep:
                group.add(name, reader.name, spent)
    _whole_table(group, history, step, count)
    return group


def _at(reader: Reader, history: History, step: int) -> Callable[[int], Any] | None:
    if (as_of := reader.as_of) is None:
        return None
    return lambda key: as_of(key, history.moment(key, step))


def _whole_table(group: Group, history: History, step: int, count: int) -> None:
    moment = history.moment(history.objects, step)
    _limit(f"{2 * PATIENCE:.0f}s")
    for keep, reader in rounds(readers(), count):
        if (question := reader.table_as_of) is None:
            group.skip(TABLE_AS_OF, reader.name, "has no answer")
        if question is None or reader.name in group.skipped.get(TABLE_AS_OF, {}):
            continue
        try:
            found: list[Any] = []
            spent = seconds(lambda: found.extend(question(moment)))  # noqa: B023
        except OperationalError:
            group.skip(TABLE_AS_OF, reader.name, f"takes more than {2 * PATIENCE:.0f} s")
            continue
        if len(found) != history.objects:
            raise Wrong(f"{reader.name}, {TABLE_AS_OF}: {len(found)} objects.")
        if keep:
            group.add(TABLE_AS_OF, reader.name, spent)
    _limit("0")


def _limit(timeout: str) -> None:
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{timeout}'")


def _check(reader: Reader, history: History, key: int, step: int) -> None:
    """Raise an error unless the answers are right."""
    steps = range(history.steps)
    if reader.last is not None:
        expected: Any = [history.status(step) for step in reversed(steps)][:20]
        _same(reader, LAST, reader.normal_last(reader.last(key)), expected)
    if reader.changes is not None:
        # django-pghistory compares events of one label: the first update with no other one.
        first = 2 if reader.name == PGHISTORY.name else 1
        found = reader.normal_changes(reader.changes(key))
        expected = [history.changes(step) for step in steps[first:]]
        _same(reader, CHANGES, found[first:], expected)
    if reader.as_of is not None:
        answer = reader.normal_as_of(reader.as_of(key, history.moment(key, step)))
        _same(reader, AS_OF, answer, history.status(step))


def _same(reader: Reader, question: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise Wrong(f"{reader.name}, {question}: {found}, not {expected}.")
