"""What the machine adds: contestants with the same trigger differ by nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from contestants import (
    HAND_MIXED,
    HAND_ROW,
    HAND_STATEMENT,
    OURS_DEFAULT,
    OURS_ROW,
    OURS_STATEMENT,
    Contestant,
)
from results import Results

Twins = tuple[tuple[Contestant, Contestant], tuple[Contestant, Contestant]]

# At the default levels updates are per row, inserts and deletes per statement.
BY_ROW: Twins = (HAND_MIXED, HAND_ROW), (OURS_DEFAULT, OURS_ROW)
BY_STATEMENT: Twins = (HAND_MIXED, HAND_STATEMENT), (OURS_DEFAULT, OURS_STATEMENT)


def noise(results: Results) -> Iterator[str]:
    """Give a line with what such pairs differ by."""
    found = sorted(_differences(results))
    if not found:
        return
    worst, where = found[-1]
    middle, most = (found[len(found) * tenths // 10][0] - 1 for tenths in (5, 9))
    yield (
        f"{len(found)} pairs of figures are of the same trigger, which is in two columns: that of "
        "an update in *our default levels* and in *row*, those of inserts and deletes in *our "
        f"default levels* and in *statement*. They differ by {middle:.0%} in the "
        f"middle, nine of ten by less than {most:.0%}, and at most by {worst - 1:.0%} ({where})."
    )


def _differences(results: Results) -> Iterator[tuple[float, str]]:
    for group in (results.group("single"), results.group("bulk")):
        for scenario in group.figures:
            by_row = scenario.startswith(("save", "update"))
            for one, other in BY_ROW if by_row else BY_STATEMENT:
                ratio = group.ratio(scenario, one.name, other.name)
                if ratio is not None:
                    yield max(ratio, 1 / ratio), f"{scenario}, {other.name}"
