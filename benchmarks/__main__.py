"""Measure this library against its peers and hand-written triggers.

    python benchmarks [--quick] [--only writes reads client project] [--rounds N]

It starts a PostgreSQL of its own, or takes the one that ``PGHISTORY_OPS_DSN`` names; prints tables,
and saves them with every figure and the plots in ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

import database
from machine import machine
from plots import draw
from report import headline, report
from results import Results
from server import server
from suite import FULL, QUICK, groups

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
MARKERS = "<!-- bench -->", "<!-- /bench -->"
GROUPS = ("writes", "reads", "client", "project")


def arguments() -> argparse.Namespace:
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser("benchmarks", description=summary)
    parser.add_argument("--quick", action="store_true", help="small sizes, some minutes in all")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, help="some groups")
    parser.add_argument("--rounds", type=int, help="rounds of each scenario, at least five count")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of rows of bulk writes")
    parser.add_argument("--events", type=int, help="events to read")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="of this process and its server processes, for a busy machine (Linux)",
    )
    parser.add_argument("--results", type=Path, help="the folder to save in")
    parser.add_argument("--keep", action="store_true", help="keep the other groups saved there")
    parser.add_argument("--report", action="store_true", help="only print what is saved there")
    parser.add_argument("--write-readme", action="store_true", help="put the table there")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    folder = options.results or HERE / "results" / ("quick" if options.quick else "full")
    saved = folder / "results.json"
    if not options.report:
        found = run(options)
        if options.keep and saved.exists():
            earlier = Results.load(saved)
            earlier.merge(found)
            found = earlier
        found.save(saved)
    show(Results.load(saved), folder, write_readme=options.write_readme)


def run(options: argparse.Namespace) -> Results:
    scale = QUICK if options.quick else FULL
    given: dict[str, Any] = {"rounds": options.rounds, "events": options.events}
    if options.rounds:
        given["single_rounds"] = options.rounds
    if options.sizes:
        given |= {"bulk": tuple(options.sizes), "bulk_with_context": tuple(options.sizes[-1:])}
    scale = dataclasses.replace(scale, **{name: item for name, item in given.items() if item})
    with server() as parameters:
        results = Results(machine(parameters), {}, {})
        database.configure(parameters)
        database.create(processor_time=options.processor_time)
        results.machine["times"] = (
            "of the processors, for the client and its server processes"
            if options.processor_time
            else "that pass"
        )
        for name, measure in groups(scale, parameters).items():
            if name in options.only:
                start = time.perf_counter()
                results.groups |= {group.name: group for group in measure()}
                results.took[name] = time.perf_counter() - start
                print(f"{name}: {results.took[name]:.0f} s", flush=True)
                if name == "reads":  # while its history is there
                    from plans import plans

                    results.plans = plans(scale.history)
    return results


def show(results: Results, folder: Path, *, write_readme: bool) -> None:
    text = "\n".join(report(results)) + "\n"
    print(text)
    (folder / "results.md").write_text(text, encoding="utf-8")
    draw(results, folder)
    if write_readme:
        before, rest = README.read_text(encoding="utf-8").split(MARKERS[0])
        _, after = rest.split(MARKERS[1])
        table = "\n".join([MARKERS[0], *headline(results), MARKERS[1]])
        README.write_text(before + table + after, encoding="utf-8")


if __name__ == "__main__":
    main()
