"""Single saves, and many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from contestants import ALL, REVERSION, USER, Contestant
from django.db.models import Model
from rounds import PATIENCE, Group, rounds, seconds

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def instances(contestant: Contestant, count: int) -> list[Model]:
    return [
        contestant.model(
            customer=n % 100, status="new", total="10.50", note="a note " * 6, created=MOMENT
        )
        for n in range(count)
    ]


def _create(rows: Sequence[Any]) -> Callable[[int], None]:
    return lambda place: rows[place].save(force_insert=True)


def _update(rows: Sequence[Any]) -> Callable[[int], None]:
    def write(place: int) -> None:
        rows[place].status = "paid"
        rows[place].save()

    return write


def _unchanged(rows: Sequence[Any]) -> Callable[[int], None]:
    return lambda place: rows[place].save()


def _delete(rows: Sequence[Any]) -> Callable[[int], None]:
    return lambda place: rows[place].delete()


SINGLE = {
    "create": (_create, "new"),
    "save": (_update, "paid"),
    "save unchanged": (_unchanged, "new"),
    "delete": (_delete, "new"),
}


def single_name(operation: str, *, atomic: bool, context: bool) -> str:
    place = "in a transaction" if atomic else "alone"
    return f"{operation}, {place}{', with context' if context else ''}"


def single(count: int, repeats: int) -> Group:
    """Measure the writes of one object, ``repeats`` of them in each round."""
    group = Group("single")
    cases = [
        (operation, atomic, context)
        for operation in SINGLE
        for atomic in (False, True)
        for context in (False, True)
    ]
    for operation, atomic, context in cases:
        name = single_name(operation, atomic=atomic, context=context)
        for keep, contestant in rounds(ALL, count):
            if operation == "delete" and not contestant.deletes:
                group.skip(name, contestant.name, "records no deletes")
                continue
            spent = _single(contestant, operation, atomic, context, repeats)
            if keep:
                group.add(name, contestant.name, spent)
    return group


def _single(
    contestant: Contestant, operation: str, atomic: bool, context: bool, repeats: int
) -> float:
    make, status = SINGLE[operation]
    contestant.empty()
    if operation == "create":
        rows = instances(contestant, repeats)
    else:
        contestant.fill(repeats)
        rows = list(contestant.model.objects.order_by("pk"))
    contestant.analyze()
    key = rows[-1].pk or repeats
    write = make(rows)

    def work() -> None:
        for place in range(repeats):
            with contestant.writing(atomic=atomic, context=context):
                write(place)

    spent = seconds(work) / repeats
    events = repeats * (contestant.unchanged if operation == "save unchanged" else 1)
    contestant.check(operation, events, key, status, USER if context else None)
    return spent


BULK = ("bulk_create", "update", "update unchanged", "delete")


def bulk_name(operation: str, size: int, *, context: bool = False) -> str:
    return f"{operation} {size:,}{', with context' if context else ''}"


def bulk(count: int, sizes: Sequence[int], with_context: Sequence[int]) -> Group:
    """Measure the writes of many objects at once; seconds per row.

    What is over in a second is done three times as often: what else the machine does weighs more.
    """
    group = Group("bulk")
    for context in (False, True):
        slowest: dict[tuple[str, str], float] = {}
        for size in with_context if context else sizes:
            turns: dict[Contestant, int] = {}
            for keep, contestant in rounds(ALL, 3 * count):
                if turns.get(contestant, 0) == count and _takes(slowest, contestant, size) > 1:
                    continue
                _bulk(group, slowest, contestant, size, context, keep)
                turns[contestant] = turns.get(contestant, 0) + keep
    return group


def _takes(slowest: dict[tuple[str, str], float], contestant: Contestant, size: int) -> float:
    """Return how many seconds one round took."""
    return sum(slowest.get((contestant.name, operation), 0) for operation in BULK) * size


def _bulk(
    group: Group,
    slowest: dict[tuple[str, str], float],
    contestant: Contestant,
    size: int,
    context: bool,
    keep: bool,
) -> None:
    spent: dict[str, float] = {}
    # Short work is repeated, so that a figure is of some milliseconds.
    repeats = max(1, 50 // size)
    refused = [
        operation
        for operation in BULK
        if slowest.get((contestant.name, operation), 0) * size > PATIENCE
    ]
    if "update" in refused and "update unchanged" not in refused:
        refused.append("update unchanged")  # without the other it would change something
    for operation in refused:
        name = bulk_name(operation, size, context=context)
        group.skip(name, contestant.name, f"would take more than {PATIENCE:.0f} s")
    if contestant is REVERSION:
        refused.append("delete")
        group.skip(
            bulk_name("delete", size, context=context), contestant.name, "records no deletes"
        )
    for _ in range(repeats):
        for operation, figure in _bulk_once(contestant, size, context, refused).items():
            spent[operation] = spent.get(operation, 0) + figure / size / repeats
    for operation, figure in spent.items():
        slowest[contestant.name, operation] = figure
        if keep:
            group.add(bulk_name(operation, size, context=context), contestant.name, figure)


def _bulk_once(
    contestant: Contestant, size: int, context: bool, refused: Sequence[str]
) -> dict[str, float]:
    by = USER if context else None
    spent: dict[str, float] = {}
    events = 0
    contestant.empty()

    def measure(operation: str, work: Callable[[], object]) -> None:
        def within() -> None:
            with contestant.writing(atomic=context, context=context):
                work()

        spent[operation] = seconds(within)

    if "bulk_create" in refused:
        contestant.fill(size)
    else:
        rows = instances(contestant, size)
        measure("bulk_create", lambda: contestant.create(rows))
        events += size
        contestant.check("bulk_create", events, size, "new", by)
    contestant.analyze()
    for operation in ("update", "update unchanged"):
        if operation in refused:
            continue
        measure(operation, lambda: contestant.update("paid"))
        unchanged = operation == "update unchanged"
        events += size * (contestant.unchanged if unchanged else 1)
        contestant.check(operation, events, size, "paid", by)
        contestant.analyze()
    if "delete" not in refused:
        status = "new" if "update" in refused and "update unchanged" in refused else "paid"
        measure("delete", contestant.delete)
        contestant.check("delete", events + size, size, status, by)
    return spent
