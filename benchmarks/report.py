"""The tables: what was found, against the hand-written trigger and the best peer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import client
from bars import bars, fastest
from contestants import ALL, HAND_MIXED, OURS_DEFAULT
from noise import noise
from readers import NAMES
from results import Results
from rounds import Group

import projects

WRITERS = tuple(item.name for item in ALL)
PEERS = tuple(item.name for item in ALL if item.kind == "peer")
PICTURES = {
    "writes.svg": "Writes and reads of each library, as ratios to the hand-written trigger",
    "growth.svg": "Time per row of bulk writes, by the number of rows",
}
HEADLINE = (
    ("bulk", "bulk_create 10,000"),
    ("bulk", "update 10,000"),
    ("bulk", "delete 10,000"),
    ("sessions", "update 10,000 after one save"),
    ("single", "create, in a transaction, with context"),
    ("single", "save, in a transaction, with context"),
    ("single", "save unchanged, in a transaction"),
    ("single", "delete, in a transaction, with context"),
    ("sizes", "bytes per event"),
)


def report(results: Results) -> Iterator[str]:
    """Give the lines of the page."""
    yield from _machine(results)
    yield from ("", "### The bars", "")
    yield from bar_table(results)
    yield ""
    yield from noise(results)
    titles = {
        "single": "One object",
        "bulk": "Many objects (time per row)",
        "sessions": "The session’s past (updates: time per row)",
        "two processes": "Two processes at once",
        "sizes": "Size",
    }
    for name, title in titles.items():
        if name in results.groups:
            yield from ("", f"### {title}", "")
            yield from table(results.groups[name], WRITERS, HAND_MIXED.name, PEERS)
    if "reads" in results.groups:
        yield from ("", "### Reading", "")
        yield from table(results.groups["reads"], NAMES, NAMES[0], PEERS)
    if "project" in results.groups:
        yield from ("", "### The project", "")
        yield from _project(results.groups["project"])
    yield from _client(results)
    if results.plans:
        yield from ("", "### The plans", "")
        yield "Those of PostgreSQL for the questions of this library, with the rows that it met."
    for name, plan in results.plans.items():
        yield from ("", f"#### {name}", "", "```text", *plan.splitlines(), "```")


def headline(results: Results) -> Iterator[str]:
    """Give the lines of the README's table."""
    yield f"| | {' | '.join(WRITERS)} |"
    yield f"|---|{'---|' * len(WRITERS)}"
    for group_name, scenario in HEADLINE:
        group = results.group(group_name)
        if scenario in group.figures:
            yield _row(group, scenario, WRITERS, HAND_MIXED.name)
    for name, title in PICTURES.items():
        yield from ("", f"![{title}](benchmarks/results/full/{name})")
    yield ""
    known = results.machine
    yield (
        f"{known['processor']}, {known['cores']} cores; Python {known['Python']}, "
        f"PostgreSQL {known['PostgreSQL']}, "
        + ", ".join(f"{name} {known[name]}" for name in known if name.lower().startswith("django"))
        + f". The times are those {known['times']}."
    )


def bar_table(results: Results) -> Iterator[str]:
    yield "| bar | demand | figure | |"
    yield "|---|---|---|---|"
    for bar in bars(results):
        yield bar.line()


def table(group: Group, names: Sequence[str], base: str, peers: Iterable[str]) -> Iterator[str]:
    """Give a table of ratios, whose second column has the figure that they refer to."""
    shown = [name for name in names if any(name in found for found in group.figures.values())]
    yield f"| | {base} | {' | '.join(shown)} | ours / hand-written | ours / best peer |"
    yield f"|---|{'---|' * (len(shown) + 3)}"
    for scenario in group.figures:
        best = fastest(group, scenario, peers)
        against = group.ratio(scenario, OURS_DEFAULT.name, best) if best else None
        hand = group.ratio(scenario, OURS_DEFAULT.name, base)
        cells = _row(group, scenario, shown, base)
        figure = _figure(group.median(scenario, base), group.unit)
        first, _, rest = cells.removeprefix("| ").partition(" | ")
        yield f"| {first} | {figure} | {rest} {_ratio(hand)} | {_ratio(against)} |"
    notes = _notes(group)
    if notes:
        yield ""
        yield from notes


def _row(group: Group, scenario: str, shown: Sequence[str], base: str) -> str:
    cells = []
    for name in shown:
        ratio = group.ratio(scenario, name, base)
        mark = "–" if name in group.skipped.get(scenario, {}) else ""
        cells.append(_ratio(ratio) if ratio is not None else mark)
    return f"| {scenario} | {' | '.join(cells)} |"


def _notes(group: Group) -> list[str]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for scenario, skipped in group.skipped.items():
        for name, reason in skipped.items():
            reasons.setdefault((name, reason), []).append(scenario)
    return [
        f"- {name} {reason}: {'; '.join(scenarios)}."
        for (name, reason), scenarios in reasons.items()
    ]


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit != "s":
        return f"{value:.0f} {unit}".strip()
    for factor, name in ((1, "s"), (1e3, "ms")):
        if value * factor >= 1:
            return f"{value * factor:.2f} {name}"
    return f"{value * 1e6:.1f} µs"


def _machine(results: Results) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, text in results.machine.items():
        yield f"| {name} | {text} |"
    took = ", ".join(f"{name} {spent / 60:.1f}" for name, spent in results.took.items())
    yield f"| minutes | {took} |"


def _project(group: Group) -> Iterator[str]:
    kinds = (projects.UNTRACKED, projects.TWINS, projects.TRACKED)
    yield f"| | {' | '.join(kinds)} |"
    yield "|---|---|---|---|"
    for scenario in group.figures:
        cells = [_figure(group.median(scenario, kind), "s") for kind in kinds]
        yield f"| {scenario} | {' | '.join(cells)} |"


def _client(results: Results) -> Iterator[str]:
    spent, trips = results.group("client time"), results.group("round trips")
    if spent.figures:
        yield from ("", "### The client", "")
        yield from ("| | the fastest tenth | the median of all |", "|---|---|---|")
        for name in (client.BARE, client.CARRYING):
            found = (spent.fastest(client.QUERY, name), spent.median(client.QUERY, name))
            fastest, middle = (_figure(figure, "s") for figure in found)
            yield f"| {client.QUERY}, {name} | {fastest} | {middle} |"
    if trips.figures:
        names = [name for name in WRITERS if name in next(iter(trips.figures.values()))]
        yield from ("", f"| round trips | {' | '.join(names)} |", f"|---|{'---|' * len(names)}")
        for scenario in trips.figures:
            cells = [_figure(trips.median(scenario, name), "") for name in names]
            yield f"| {scenario} | {' | '.join(cells)} |"
