"""Rounds: every contestant in turn, again and again, in an order that is shuffled each time."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")
SEED = 20260101
# A contestant whose one run takes longer is not asked for larger sizes.
PATIENCE = 5.0

Figures = dict[str, dict[str, list[float]]]


@dataclass
class Group:
    """The figures of one kind of scenarios: scenario, contestant, a figure for each round.

    Attributes:
        unit: What the figures are, ``"s"`` for seconds or ``"B"`` for bytes.
        skipped: Scenario, contestant, and why it has no figures there.
    """

    name: str
    unit: str = "s"
    figures: Figures = field(default_factory=dict)
    skipped: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, scenario: str, contestant: str, figure: float) -> None:
        self.figures.setdefault(scenario, {}).setdefault(contestant, []).append(figure)

    def skip(self, scenario: str, contestant: str, reason: str) -> None:
        self.skipped.setdefault(scenario, {})[contestant] = reason

    def median(self, scenario: str, contestant: str) -> float | None:
        found = self.figures.get(scenario, {}).get(contestant)
        return median(found) if found else None

    def fastest(self, scenario: str, contestant: str) -> float | None:
        """Return the median of the fastest tenth: what the machine does besides only slows down."""
        figures = sorted(self.figures.get(scenario, {}).get(contestant, ()))
        return median(figures[: len(figures) // 10 or 1]) if figures else None

    def ratio(self, scenario: str, contestant: str, other: str) -> float | None:
        one, two = self.median(scenario, contestant), self.median(scenario, other)
        return one / two if one is not None and two else None

    def to_json(self) -> dict[str, Any]:
        return {"unit": self.unit, "figures": self.figures, "skipped": self.skipped}


def rounds(items: Sequence[T], count: int) -> Iterator[tuple[bool, T]]:
    """Give each item once as a warm-up, then once in each of ``count`` rounds.

    The flag says whether to keep the figure.
    """
    order = random.Random(SEED)
    for number in range(count + 1):
        shuffled = list(items)
        order.shuffle(shuffled)
        for item in shuffled:
            yield number > 0, item


class Clock:
    """What is measured: the time that passes, or the processors' time.

    On a busy machine the second is the steadier. It is that of this process and of the server's
    processes for its connections, which have to run on this machine (Linux, ``/proc/*/schedstat``).
    """

    processes: Sequence[int] = ()

    def now(self) -> float:
        if not self.processes:
            return time.perf_counter()
        served = sum(
            int(Path(f"/proc/{number}/schedstat").read_text().split()[0])
            for number in self.processes
        )
        return time.process_time() + served / 1e9


clock = Clock()


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes, without a garbage collection in it."""
    gc.disable()
    try:
        start = clock.now()
        work()
        return clock.now() - start
    finally:
        gc.enable()
        gc.collect(1)
