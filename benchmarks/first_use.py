"""What the first use of ``event_model`` costs, beside ``django.setup()`` of the same project.

    python benchmarks/first_use.py --apps 50 --models 500 --migrations 1000

Each figure is the median of some processes, whose byte code is there. No database is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from synthetic import Synthetic, app_name

CODE = """
import json, sys, time
begin = time.perf_counter()
import django
django.setup()
setup = time.perf_counter() - begin

from django.apps import apps
import pghistory_ops as pgh

ref = apps.get_model(sys.argv[2]) if sys.argv[1] == "class" else sys.argv[2]
begin = time.perf_counter()
pgh.event_model(ref)
first = time.perf_counter() - begin

begin = time.perf_counter()
for _ in range(10_000):
    pgh.event_model(ref)
later = (time.perf_counter() - begin) / 10_000
imported = sum(".migrations.0" in name for name in sys.modules)
print(json.dumps([setup, first, later, imported]))
"""


def measure(folder: Path, kind: str, ref: str) -> list[float]:
    """Return the seconds of the setup, the first and a later use, and the migrations imported."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": f"{folder}:{Path(__file__).parents[1]}",
    }
    command = [sys.executable, "-c", CODE, kind, ref]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures: list[float] = json.loads(result.stdout)
    return figures


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--apps", type=int, default=50)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--migrations", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        Synthetic(options.apps, options.models, options.migrations).write(folder)
        label = f"{app_name(options.apps // 2)}.Model0"
        questions = {
            "by its label": ("label", f"{label}Event"),
            "by the tracked model": ("class", label),
        }
        for question in questions.values():
            measure(folder, *question)  # makes the byte code
        print(
            "| `event_model` | `django.setup()` | first use | of setup | later | migrations read |"
        )
        print("|---|---|---|---|---|---|")
        found: dict[str, list[list[float]]] = {question: [] for question in questions}
        for _ in range(options.rounds):
            for question, arguments in questions.items():
                found[question].append(measure(folder, *arguments))
        for question, rounds in found.items():
            setup, first, later, imported = map(median, zip(*rounds, strict=True))
            share = median(row[1] / row[0] for row in rounds)
            print(
                f"| {question} | {setup:.2f} s | {first * 1e3:.0f} ms | {share:.0%} | "
                f"{later * 1e6:.2f} µs | {imported:.0f} |"
            )


if __name__ == "__main__":
    main()
