"""The pictures: ratios to the hand-written trigger, and the growth with the number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")  # no screen is needed

import matplotlib.pyplot as plt
from contestants import (
    AUDITLOG,
    HAND_MIXED,
    OURS_DEFAULT,
    PGHISTORY,
    PGHISTORY_STATEMENT,
    REVERSION,
    SIMPLE,
    UNTRACKED,
)
from matplotlib.ticker import FuncFormatter
from reads import CHANGES, LAST
from results import Results

COLOURS = {
    UNTRACKED.name: "#b8b8b8",
    HAND_MIXED.name: "#404040",
    OURS_DEFAULT.name: "#0b7a5e",
    PGHISTORY.name: "#d98b2b",
    PGHISTORY_STATEMENT.name: "#efc48a",
    SIMPLE.name: "#6a7fc1",
    AUDITLOG.name: "#a7b4de",
    REVERSION.name: "#d3d9ee",
}
SHOWN = (OURS_DEFAULT, PGHISTORY, PGHISTORY_STATEMENT, SIMPLE, AUDITLOG, REVERSION)
READ = (OURS_DEFAULT, PGHISTORY, SIMPLE, AUDITLOG, REVERSION)
GROWING = (UNTRACKED, HAND_MIXED, OURS_DEFAULT, PGHISTORY, PGHISTORY_STATEMENT, SIMPLE)
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "pghistory-ops",  # the same picture has the same text
    "svg.fonttype": "path",
    "figure.facecolor": "white",
}


def draw(results: Results, folder: Path) -> None:
    """Draw what was measured as SVG."""
    with plt.rc_context(STYLE):
        _ratios(results, folder / "writes.svg")
        _growth(results, folder / "growth.svg")


def _ratios(results: Results, path: Path) -> None:
    wanted = [
        ("single", "save, in a transaction, with context", "save()\nwith context"),
        ("single", "create, in a transaction, with context", "create()\nwith context"),
        *_largest(results, "bulk_create", "bulk_create"),
        *_largest(results, "update", "queryset.update"),
        *_largest(results, "delete", "queryset.delete"),
        ("reads", LAST, "last 20 events\nof an object"),
        ("reads", CHANGES, "its 100 events\nwith changes"),
    ]
    cases = [case for case in wanted if case[1] in results.group(case[0]).figures]
    if not cases:
        return
    figure, axes = plt.subplots(figsize=(9.6, 3.8), layout="constrained")
    width = 0.8 / len(SHOWN)
    for place, contestant in enumerate(SHOWN):
        places, heights = [], []
        for number, (group, scenario, _) in enumerate(cases):
            base = "hand-written" if group == "reads" else HAND_MIXED.name
            ratio = results.group(group).ratio(scenario, contestant.name, base)
            if ratio is not None:
                places.append(number + (place - len(SHOWN) / 2 + 0.5) * width)
                heights.append(ratio)
        bars = axes.bar(
            places,
            [height - 1 for height in heights],
            width,
            bottom=1,
            color=COLOURS[contestant.name],
            label=contestant.name,
        )
        if contestant is OURS_DEFAULT:
            for bar, height in zip(bars, heights, strict=True):
                middle = bar.get_x() + width / 2
                axes.annotate(
                    f"{height:.2f}",
                    (middle, max(height, 1)),
                    (0, 2),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7,
                    color=COLOURS[contestant.name],
                )
    axes.axhline(1, color=COLOURS[HAND_MIXED.name], linewidth=1)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_plain())
    axes.set_ylabel("time, hand-written = 1")
    axes.set_xticks(range(len(cases)), [title for _, _, title in cases])
    axes.tick_params(axis="x", length=0)
    axes.legend(frameon=False, ncols=3, fontsize=8, loc="upper left")
    axes.margins(y=0.25)
    _save(figure, path)


def _largest(results: Results, operation: str, title: str) -> list[tuple[str, str, str]]:
    """Return the scenario of the size that the most contestants were measured at."""
    figures = results.group("bulk").figures
    sizes = ("10,000", "1,000", "100")
    found = next((size for size in sizes if f"{operation} {size}" in figures), None)
    return [("bulk", f"{operation} {found}", f"{title}\n{found} rows")] if found else []


def _growth(results: Results, path: Path) -> None:
    group = results.group("bulk")
    operations = {
        "bulk_create": "bulk_create",
        "update": "queryset.update, one column",
        "delete": "queryset.delete",
    }
    sizes = _sizes(list(group.figures))
    if len(sizes) < 2:
        return
    figure, all_axes = plt.subplots(1, 3, figsize=(9.6, 3.2), sharey=True, layout="constrained")
    for axes, (operation, title) in zip(all_axes, operations.items(), strict=True):
        for contestant in GROWING:
            known = [
                (size, median * 1e6)
                for size in sizes
                if (median := group.median(f"{operation} {size:,}", contestant.name)) is not None
            ]
            axes.plot(
                [size for size, _ in known],
                [median for _, median in known],
                color=COLOURS[contestant.name],
                label=contestant.name,
                marker="o",
                markersize=3,
                linewidth=2 if contestant is OURS_DEFAULT else 1.2,
                linestyle="--" if contestant is HAND_MIXED else "-",
            )
        axes.set_title(title, fontsize=9)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("rows")
        axes.set_xticks(sizes)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.yaxis.set_major_formatter(_plain())
    all_axes[0].set_ylabel("µs per row")
    figure.legend(
        *all_axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=6,
        frameon=False,
        fontsize=7.5,
    )
    _save(figure, path)


def _sizes(scenarios: Sequence[str]) -> list[int]:
    names = (name.removeprefix("update ") for name in scenarios)
    return sorted(int(name.replace(",", "")) for name in names if name.replace(",", "").isdigit())


def _plain() -> FuncFormatter:
    return FuncFormatter(lambda value, _: f"{value:g}")


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
