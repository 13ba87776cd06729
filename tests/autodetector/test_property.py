"""Random models, declarations and edits: after each, the migrations that are proposed are right."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from autodetector.runner import Runner, Terminal
from autodetector.walk.crossings import CROSSINGS
from autodetector.walk.edits import EDITS, build
from autodetector.walk.play import Play, quoted
from autodetector.walk.world import APPS, World
from catalog import catalog, shape
from projects import Project

ALL_EDITS = {**EDITS, **CROSSINGS}
CHOICES = {"keep": "1", "stop": "2", "delete": "3"}
FIELD = re.compile(r"Was (\w+)\.(\w+) renamed to \w+\.(\w+) \(")
MODEL = re.compile(r"Was the model (\w+)\.(\w+) renamed to (\w+)\?")
VANISHED = re.compile(r"What is to become of its history, ([\w.]+)\?")


@contextmanager
def developer(project: Project, world: World) -> Iterator[list[str]]:
    """Answer the questions as the one who made the edits does; each is asked once."""
    asked: list[str] = []
    original = builtins.input, sys.stdin

    def answer(prompt: str = "") -> str:
        text = project.stdout.getvalue() + prompt
        question = text[len("".join(asked)) :]
        asked.append(question)
        if found := list(FIELD.finditer(question)):
            return "y" if found[-1].groups() in world.renames() else "n"
        if found := list(MODEL.finditer(question)):
            app, old, new = found[-1].groups()
            named = [*world.models, *world.histories]
            models = {(item.app, item.was, item.name) for item in named}
            return "y" if (app, old, new) in models else "n"
        if found := list(VANISHED.finditer(question)):
            choice = world.answers[found[-1][1]]
            if "the trackers go with its table" in question:
                return "2" if choice == "delete" else "1"
            return CHOICES[choice]
        raise AssertionError(f"not expected: {question}")

    builtins.input, sys.stdin = answer, Terminal()
    try:
        yield asked
    finally:
        builtins.input, sys.stdin = original


class Walk:
    """A project whose models and database go from version to version of a world."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.runner = Runner(project)

    def go(self, world: World) -> None:
        for app in APPS:
            self.runner.models(world.text(app), app=app)
        with developer(self.project, world) as asked:
            self.project.makemigrations(interactive=True, verbosity=1, include_header=False)
        assert len(set(asked)) == len(asked)
        self.runner.migrate()
        Play(world).perform()
        assert self.is_quiet(), self.project.stdout.getvalue()

    def is_quiet(self) -> bool:
        return self.runner.is_quiet()

    def zero(self, world: World) -> None:
        """Take all back; the rows and events of now would not satisfy the columns of then."""
        connection.check_constraints()
        world.recorded = {}
        tables = [item.db_table for item in (*world.models, *world.histories)]
        self.runner.execute(
            "SET session_replication_role = replica; "
            f"TRUNCATE {', '.join(map(quoted, tables))} CASCADE; "
            "RESET session_replication_role"
        )
        for app in APPS:
            if self.project.migrations(app):
                self.runner.migrate(app, "zero")


def walk(walk: Walk, steps: Any, pick: Any) -> None:
    start = catalog()
    world = build(pick)
    walk.go(world)
    for edits in steps:
        world.begin()
        for name in edits:
            ALL_EDITS[name](world, pick)
            event(name)
        world.end()
        walk.go(world)
    reached = shape(catalog())
    walk.zero(world)
    assert catalog() == start
    walk.runner.migrate()
    assert shape(catalog()) == reached
    Play(world).perform()
    walk.zero(world)
    assert catalog() == start


# Beside content types, a renamed model goes back to zero only where its app depends on them.
beside_history_alone = override_settings(INSTALLED_APPS=["pghistory_ops"])


def walks(count: int) -> settings:
    return settings(
        max_examples=count,
        # An example takes seconds: one that fails is shown as it is.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def take(steps: list[list[str]], data: st.DataObject) -> None:
    def pick(options: list[Any]) -> Any:
        return options[data.draw(st.integers(0, len(options) - 1))]

    with TemporaryDirectory() as folder, transaction.atomic():
        with Project(Path(folder)) as project:
            walk(Walk(project), steps, pick)
        transaction.set_rollback(True)


@pytest.mark.django_db
@beside_history_alone
@walks(15)
@given(
    steps=st.lists(
        st.lists(st.sampled_from(list(ALL_EDITS)), min_size=1, max_size=3), min_size=1, max_size=5
    ),
    data=st.data(),
)
def test_every_edit_is_followed(steps: list[list[str]], data: st.DataObject) -> None:
    take(steps, data)


OF_FIELDS = ["change_twice", "add_field", "remove_field", "rename_field", "alter_field"]


@pytest.mark.django_db
@beside_history_alone
@walks(8)
@given(
    steps=st.lists(
        st.lists(st.sampled_from([*OF_FIELDS, "add_history"]), max_size=2), min_size=1, max_size=2
    ),
    data=st.data(),
)
def test_the_histories_of_two_apps_follow_one_model(
    steps: list[list[str]], data: st.DataObject
) -> None:
    take([["record_twice"], *(["change_twice", *edits] for edits in steps)], data)
