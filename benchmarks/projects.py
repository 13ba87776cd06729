"""What history costs a whole project: the synthetic one, tracked and untracked.

Each figure is of a process of its own, whose byte code is there.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from rounds import Group, clock, rounds
from suite import Scale
from synthetic import Synthetic, app_name

UNTRACKED, TWINS, TRACKED = "untracked", "untracked, the same tables", "tracked"
SETUP = "django.setup()"
CHECK = "makemigrations --check"
MIGRATE = "migrate from zero"
BY_LABEL, BY_CLASS = "first event_model, by label", "first event_model, by the tracked model"
LATER = "a later event_model"

_SETUP = """
import json, sys, time
clock = getattr(time, sys.argv[1])
begin = clock()
import django
django.setup()
print(json.dumps(clock() - begin))
"""
_FIRST_USE = """
import json, sys, time
import django
django.setup()

from django.apps import apps
from pghistory_ops import event_model

ref = apps.get_model(sys.argv[2]) if sys.argv[1] == "class" else sys.argv[2]
begin = time.perf_counter()
event_model(ref)
first = time.perf_counter() - begin
begin = time.perf_counter()
for _ in range(10_000):
    event_model(ref)
print(json.dumps([first, (time.perf_counter() - begin) / 10_000]))
"""


def projects(scale: Scale, parameters: dict[str, Any]) -> Group:
    """Measure setting up, checking, first use and migrating; seconds."""
    group = Group("project")
    label = f"{app_name(scale.apps // 2)}.Model0"
    size = scale.apps, scale.models, scale.migrations
    with _written(*size) as folders:
        for keep, kind in rounds((UNTRACKED, TWINS, TRACKED), scale.rounds):
            spent = json.loads(_python(folders[kind], "-c", _SETUP, _clock()))
            checked = _checked(folders[kind], parameters)
            if keep:
                group.add(SETUP, kind, spent)
                group.add(CHECK, kind, checked)
        uses = {BY_LABEL: ("label", f"{label}Event"), BY_CLASS: ("class", label)}
        for keep, name in rounds(tuple(uses), scale.rounds):
            first, later = json.loads(_python(folders[TRACKED], "-c", _FIRST_USE, *uses[name]))
            if keep:
                group.add(name, TRACKED, first)
                group.add(LATER, TRACKED, later)
    # Apps by themselves: where all models are related, each operation costs Django a reload of all
    # of them, beside which nothing else would be seen.
    size = scale.tables // 10, scale.tables, 2 * scale.tables
    with _written(*size, linked=False) as folders:
        for keep, kind in rounds((TWINS, TRACKED), scale.rounds):
            with _database(parameters) as fresh:
                spent = _timed(folders[kind], fresh, "migrate")
                if keep:
                    group.add(MIGRATE, kind, spent)
                    _check_tables(fresh, scale.tables)
    return group


@contextmanager
def _written(
    apps: int, models: int, migrations: int, *, linked: bool = True
) -> Iterator[dict[str, Path]]:
    with TemporaryDirectory() as name:
        folders = {}
        for kind in (UNTRACKED, TWINS, TRACKED):
            folders[kind] = Path(name, kind.replace(", ", "-").replace(" ", "-"))
            project = Synthetic(
                apps,
                models,
                migrations,
                tracked=kind == TRACKED,
                twins=kind == TWINS,
                linked=linked,
            )
            project.write(folders[kind])
        yield folders


def _python(folder: Path, *arguments: str, database: dict[str, Any] | None = None) -> str:
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    # As where a package is installed: what is imported is compiled.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for name, key in {"NAME": "PGDATABASE", "HOST": "PGHOST", "USER": "PGUSER"}.items():
        environment[key] = (database or {}).get(name, "")
    for name, key in {"PORT": "PGPORT", "PASSWORD": "PGPASSWORD"}.items():
        if database and name in database:
            environment[key] = database[name]
    command = [sys.executable, "-W", "ignore", *arguments]
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=folder, check=False
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {result.stdout}{result.stderr}")
    return result.stdout


def _clock() -> str:
    return "process_time" if clock.processes else "perf_counter"


def _checked(folder: Path, database: dict[str, Any]) -> float:
    """Time ``makemigrations --check``, which asks the server for next to nothing."""
    if not clock.processes:
        return _timed(folder, database, *CHECK.split())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _python(folder, "manage.py", *CHECK.split(), database=database)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _timed(folder: Path, database: dict[str, Any], *command: str) -> float:
    start = time.perf_counter()
    _python(folder, "manage.py", *command, database=database)
    return time.perf_counter() - start


@contextmanager
def _database(parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give an empty database beside the one that is there."""
    name = f"{parameters['NAME']}_project"
    known = {
        key.lower(): parameters[key]
        for key in ("HOST", "PORT", "USER", "PASSWORD")
        if key in parameters
    }
    address = {**known, **parameters.get("OPTIONS", {}), "dbname": parameters["NAME"]}
    with psycopg.connect(**address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield {**parameters, "NAME": name}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _check_tables(parameters: dict[str, Any], models: int) -> None:
    known = {
        key.lower(): parameters[key]
        for key in ("HOST", "PORT", "USER", "PASSWORD")
        if key in parameters
    }
    with psycopg.connect(
        **known, **parameters.get("OPTIONS", {}), dbname=parameters["NAME"]
    ) as found:
        row = found.execute(
            "SELECT count(*) FROM pg_class WHERE relname ~ '^app.*event$'"
        ).fetchone()
    if row != (models,):
        raise AssertionError(f"{row} event tables instead of {models}.")
