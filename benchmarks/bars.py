"""The bars that this library set itself: each with its figure, and whether it is met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import client
import reads
from contestants import (
    ALL,
    OURS_DEFAULT,
    OURS_ROW,
    OURS_STATEMENT,
    PAIRS,
    PGHISTORY,
    Contestant,
)
from readers import NAMES
from results import Results
from rounds import Group

import projects


@dataclass(frozen=True)
class Bar:
    """One demand.

    Attributes:
        number: Of the bar that it is a part of.
        figure: The worst that was found, with where; None if nothing was measured.
        met: Whether it is met there, and so everywhere.
    """

    number: int
    demand: str
    figure: str | None
    met: bool

    def line(self) -> str:
        if self.figure is None:
            return f"| {self.number} | {self.demand} | not measured | – |"
        verdict = "met" if self.met else "**NOT met**"
        return f"| {self.number} | {self.demand} | {self.figure} | {verdict} |"


Found = Iterable[tuple[str, float | None]]


def at_most(number: int, demand: str, limit: float, found: Found, unit: str = "×") -> Bar:
    """Judge the largest of some figures."""
    known = [(value, where) for where, value in found if value is not None]
    if not known:
        return Bar(number, demand, None, met=False)
    worst, where = max(known)
    over = sum(value > limit for value, _ in known)
    figure = f"{worst:.2f}{unit} ({where})" if where else f"{worst:.2f}{unit}"
    if over > 1:
        figure += f"; {over} of {len(known)} over it"
    return Bar(number, demand, figure, met=worst <= limit)


def at_least(number: int, demand: str, limit: float, found: Found) -> Bar:
    """Judge the smallest of some figures."""
    known = [(value, where) for where, value in found if value is not None]
    if not known:
        return Bar(number, demand, None, met=False)
    worst, where = min(known)
    return Bar(number, demand, f"{worst:.2f}× ({where})", met=worst >= limit)


def bars(results: Results) -> Iterator[Bar]:
    """Give each demand of the six bars."""
    single, bulk = results.group("single"), results.group("bulk")
    yield from _against_hand(single, bulk)
    yield from _against_peers(results, single, bulk)
    yield from _steady(results.group("sessions"), bulk)
    yield from _reading(results.group("reads"))
    yield from _project(results.group("project"))
    yield from _client(results.group("client time"), results.group("round trips"))


def _against_hand(single: Group, bulk: Group) -> Iterator[Bar]:
    for mine, hand in PAIRS.items():
        level = "the default level" if mine is OURS_DEFAULT else mine.name.rpartition(" ")[2]
        for context in (False, True):
            words = "with context" if context else "without context"
            yield at_most(
                1,
                f"writes, {level}, {words}: at most 1.10 of the hand-written trigger",
                1.10,
                (
                    (name, group.ratio(name, mine.name, hand.name))
                    for group in (single, bulk)
                    for name in group.figures
                    if name.endswith("with context") == context
                ),
            )


def _against_peers(results: Results, single: Group, bulk: Group) -> Iterator[Bar]:
    def faster(group: Group, wanted: Callable[[str], bool]) -> Found:
        return [
            (name, group.ratio(name, PGHISTORY.name, OURS_DEFAULT.name))
            for name in group.figures
            if wanted(name)
        ]

    large = ("10,000", "100,000")
    than = "than django-pghistory’s default"
    yield at_least(
        2,
        f"bulk create at least 1.6 times faster {than}",
        1.6,
        faster(bulk, lambda name: name.startswith("bulk_create") and name.endswith(large)),
    )
    yield at_least(
        2,
        f"delete of 10,000 at least 3 times faster {than}",
        3,
        faster(bulk, lambda name: name == "delete 10,000"),
    )
    yield at_least(
        2,
        f"bulk update at least 1.3 times faster {than}",
        1.3,
        faster(bulk, lambda name: name.startswith("update 1") and name.endswith(large)),
    )
    yield at_least(
        2,
        f"single saves with context at least 1.1 times faster {than}",
        1.1,
        faster(single, lambda name: name.startswith("save,") and name.endswith("context")),
    )
    peers = [item.name for item in ALL if item.kind == "peer"]
    for what, groups in {
        "write": (single, bulk, results.group("two processes")),
        "read": (results.group("reads"),),
    }.items():
        yield at_most(
            2,
            f"no {what} slower than the best peer’s",
            1.0,
            (
                (f"{name}, {best}", group.ratio(name, OURS_DEFAULT.name, best))
                for group in groups
                for name in group.figures
                if (best := fastest(group, name, peers)) is not None
            ),
        )


def fastest(group: Group, scenario: str, names: Iterable[str]) -> str | None:
    """Return who of some is the fastest."""
    known = [(group.median(scenario, name), name) for name in names]
    found = [(value, name) for value, name in known if value is not None]
    return min(found)[1] if found else None


def _steady(sessions: Group, bulk: Group) -> Iterator[Bar]:
    def slowdown(contestant: Contestant) -> Found:
        for name in sessions.figures:
            if " after one save" not in name or not name.startswith("update"):
                continue
            fresh = name.replace("after one save", "in a fresh session")
            one = sessions.median(name, contestant.name)
            two = sessions.median(fresh, contestant.name)
            yield name, one / two if one and two else None

    for contestant in (OURS_STATEMENT, OURS_DEFAULT):
        yield at_most(
            3,
            f"{contestant.name}: a bulk update after one save at most 1.2 of a fresh session’s",
            1.2,
            slowdown(contestant),
        )

    def growth(contestant: Contestant) -> Found:
        for operation in ("bulk_create", "update", "delete"):
            small = bulk.median(f"{operation} 1,000", contestant.name)
            large = bulk.median(f"{operation} 100,000", contestant.name)
            yield f"{operation}, {contestant.name}", large / small if small and large else None

    yield at_most(
        3,
        "time per row flat from 1,000 to 100,000 rows (1.2 allowed)",
        1.2,
        [
            found
            for contestant in (OURS_DEFAULT, OURS_ROW, OURS_STATEMENT)
            for found in growth(contestant)
        ],
    )


def _reading(group: Group) -> Iterator[Bar]:
    for name in reversed(NAMES[:2]):
        what = "whose rows become objects, too" if "objects" in name else "as dictionaries"
        yield at_most(
            4,
            f"100 events with changes at most 1.2 of the hand-written window query, {what}",
            1.2,
            [("", group.ratio(reads.CHANGES, OURS_DEFAULT.name, name))],
        )


def _project(group: Group) -> Iterator[Bar]:
    def against(scenario: str, kind: str) -> Found:
        one, two = group.median(scenario, projects.TRACKED), group.median(scenario, kind)
        return [("", one / two if one and two else None)]

    same = "the untracked project with the same tables"
    yield at_most(
        5, f"migrate from zero at most 2 of {same}", 2, against(projects.MIGRATE, projects.TWINS)
    )
    for kind, words in ((projects.UNTRACKED, "the untracked project"), (projects.TWINS, same)):
        yield at_most(
            5, f"makemigrations --check at most 1.5 of {words}", 1.5, against(projects.CHECK, kind)
        )
    yield at_most(
        5,
        "django.setup() at most 1.05 of the untracked project",
        1.05,
        against(projects.SETUP, projects.UNTRACKED),
    )
    setup = group.median(projects.SETUP, projects.TRACKED)
    yield at_most(
        5,
        "first use of event_model at most a fifth of django.setup()",
        0.2,
        [
            (name, first / setup if first and setup else None)
            for name in (projects.BY_LABEL, projects.BY_CLASS)
            for first in [group.median(name, projects.TRACKED)]
        ],
    )
    later = group.median(projects.LATER, projects.TRACKED)
    yield at_most(
        5,
        "a later use is free (2 µs allowed)",
        2,
        [("", None if later is None else later * 1e6)],
        " µs",
    )


def _client(spent: Group, trips: Group) -> Iterator[Bar]:
    bare = spent.fastest(client.QUERY, client.BARE)
    carrying = spent.fastest(client.QUERY, client.CARRYING)
    more = None if bare is None or carrying is None else (carrying - bare) * 1e6
    demand = "no context open: at most 2 µs more client time a query (the fastest tenth)"
    yield at_most(6, demand, 2, [("", more)], " µs")

    def extra(name: str) -> float | None:
        with_it = trips.median(f"{name}, with context", OURS_DEFAULT.name)
        without = trips.median(name, OURS_DEFAULT.name)
        return None if with_it is None or without is None else with_it - without

    yield at_most(
        6, "context open: no extra round trip for a read", 0, [("", extra("a read"))], " trips"
    )
    yield at_most(
        6,
        "context open: at most one extra round trip a transaction that writes",
        1,
        [(name, extra(name)) for name in ("a save", client.TRANSACTION)],
        " trips",
    )
