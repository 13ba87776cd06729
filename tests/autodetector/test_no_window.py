"""Random edits of three models, whose history another app may keep: no migration leaves a window.

Others write between two migrations, so each is a time in which every write is recorded, or refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import event, given
from hypothesis import strategies as st

from autodetector.runner import HEAD, answers
from autodetector.test_property import beside_history_alone, walks
from projects import Project

KEYS = ["CharField(max_length=40, {})", "TextField({})", "UUIDField({})"]
TYPES = [
    "IntegerField(default=0)",
    "BigIntegerField(default=0)",
    "TextField(default='1')",
    "CharField(max_length=9, default='1')",
]
WIDER = {0: 1, 1: 2, 2: 3, 3: 2}
KEY = "6a3c2f8e-0000-4000-8000-000000000000"
MODELS = """class A(models.Model):
    id = models.{key}
    code = models.CharField(max_length={code}, unique=True)
    z = models.IntegerField(default=0)
{A}
class B({base}):
{reference}    z{mine} = models.IntegerField(default=0)
{B}
class C(models.Model):
    a = models.ForeignKey(A, models.CASCADE, null=True)
    by_code = models.ForeignKey(A, models.CASCADE, to_field="code", related_name="+")
    z = models.IntegerField(default=0)
{C}"""
TRACKED = """pgh.track(
    pgh.Snapshot("s"{level}),
    pgh.AfterUpdate("u", condition=pgh.AnyChange("{field}", "{z}"){level}),
    app_label="{app}", model_name="{model}Past"{exclude},
)("shop.{model}")
"""
EDITS = ("key", "code", "add", "rename", "alter", "exclude", "level")


class Shop:
    """The models, and what is written for them."""

    def __init__(self, app: str, child: bool, level: bool) -> None:
        self.app, self.child, self.level = app, child, level
        self.key, self.code, self.number = 0, 9, 0
        self.fields = {model: {f"{model.lower()}0": 0} for model in "ABC"}
        self.read = {model: f"{model.lower()}0" for model in "ABC"}
        self.left_out: dict[str, str] = {}

    def z(self, model: str) -> str:
        return "z_own" if model == "B" and self.child else "z"

    def edit(self, name: str, model: str, pick: Any) -> None:
        self.number += 1
        fields = self.fields[model]
        if name == "key":
            self.key = max(self.key, pick([1, 2]))
        elif name == "code":
            self.code += 3
        elif name == "add":
            fields[f"n{self.number}"] = pick(list(WIDER))
        elif name == "alter":
            chosen = pick(sorted(fields))
            fields[chosen] = WIDER[fields[chosen]]
        elif name == "rename":
            chosen, new = pick(sorted(fields)), f"r{self.number}"
            fields[new] = fields.pop(chosen)
            if self.read[model] == chosen:
                self.read[model] = new
            self.left_out.pop(model, None)
        elif name == "exclude" and self.left_out.pop(model, None) is None:
            self.left_out[model] = pick(sorted(fields))
        elif name == "level":
            self.level = not self.level

    def texts(self) -> dict[str, str]:
        columns = {
            model: "".join(f"    {name} = models.{TYPES[kind]}\n" for name, kind in fields.items())
            for model, fields in self.fields.items()
        }
        reference = "    a = models.OneToOneField(A, models.CASCADE, primary_key=True)\n"
        shop = MODELS.format(
            key=KEYS[self.key].format("primary_key=True"),
            code=self.code,
            base="A" if self.child else "models.Model",
            reference="" if self.child else reference,
            mine="_own" if self.child else "",
            **columns,
        )
        history = ""
        for model in "ABC":
            left = self.left_out.get(model)
            history += TRACKED.format(
                app=self.app,
                model=model,
                field=self.read[model],
                z=self.z(model),
                level=", level=pgh.Row" if self.level else "",
                exclude=f", exclude=[{left!r}]" if left else "",
            )
        return {"shop": shop + history} if self.app == "shop" else {"shop": shop, self.app: history}


class Play:
    """The project, in which somebody writes after each migration."""

    def __init__(self, project: Project, shop: Shop) -> None:
        self.project, self.shop = project, shop
        self.refused: list[str] = []

    def go(self) -> None:
        for app, text in self.shop.texts().items():
            self.project.write(f"{app}/models.py", HEAD + text)
            self.project.write(f"{app}/migrations/__init__.py", "")
        with answers(*"y" * 20):
            self.project.makemigrations(interactive=True, verbosity=0)
        with self.watched():
            self.project.migrate(verbosity=0)
        self.project.makemigrations("--check", "--dry-run", verbosity=0)

    @contextmanager
    def watched(self) -> Iterator[None]:
        apply = MigrationExecutor.apply_migration

        def applied(executor: Any, state: Any, migration: Any, **options: Any) -> Any:
            found = apply(executor, state, migration, **options)
            self.write(str(migration))
            return found

        with patch.object(MigrationExecutor, "apply_migration", applied):
            yield

    def fill(self) -> None:
        mine = "a_ptr_id" if self.shop.child else "a_id"
        self.execute(f"INSERT INTO shop_a (id, code, z, a0) VALUES ('{KEY}', 'c', 0, 1)")
        self.execute(f"INSERT INTO shop_b ({mine}, {self.shop.z('B')}, b0) VALUES ('{KEY}', 0, 1)")
        self.execute(f"INSERT INTO shop_c (a_id, by_code_id, z, c0) VALUES ('{KEY}', 'c', 0, 1)")

    def write(self, where: str) -> None:
        """Update each row, and see that both trackers recorded it, or that it was refused."""
        for model in "ABC":
            table, z = f"shop_{model.lower()}", self.shop.z(model)
            past = f"{self.shop.app}_{model.lower()}past"
            if not self.fetch(
                f"SELECT to_regclass('{past}') IS NOT NULL AND EXISTS (TABLE {table})"
            ):
                continue
            before = self.fetch(f"SELECT count(*) FROM {past}")
            try:
                with transaction.atomic():
                    self.execute(f"UPDATE {table} SET {z} = {z} + 1")
                    connection.check_constraints()
            except DatabaseError as error:
                self.refused.append(f"{where}: {error}")
            else:
                assert self.fetch(f"SELECT count(*) FROM {past}") - before == 2, (where, model)

    @staticmethod
    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    @staticmethod
    def fetch(sql: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]


@pytest.mark.django_db
@beside_history_alone
@walks(6)
@given(
    app=st.sampled_from(["audit", "tracks", "shop"]),
    child=st.booleans(),
    level=st.booleans(),
    steps=st.lists(
        st.lists(st.tuples(st.sampled_from(EDITS), st.sampled_from("ABC")), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    ),
    data=st.data(),
)
def test_whoever_writes_between_migrations_is_recorded(
    app: str, child: bool, level: bool, steps: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    def pick(options: list[Any]) -> Any:
        return options[data.draw(st.integers(0, len(options) - 1))]

    with TemporaryDirectory() as folder, transaction.atomic():
        with Project(Path(folder)) as project:
            play = Play(project, Shop(app, child, level))
            play.go()
            play.fill()
            for edits in steps:
                for name, model in edits:
                    play.shop.edit(name, model, pick)
                    event(name)
                play.go()
                # What was refused in between is recorded again.
                play.refused.clear()
                play.write("at the end")
                assert play.refused == []
        transaction.set_rollback(True)
