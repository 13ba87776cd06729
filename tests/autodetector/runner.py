"""Runs a scenario: models as they were, and as they are now."""

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from unittest.mock import patch

from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from projects import Project

HEAD = """
import uuid

from django.db import models
import pghistory_ops as pgh


"""


class Terminal(StringIO):
    """A terminal at which nobody types."""

    def isatty(self) -> bool:
        return True


@contextmanager
def answers(*lines: str) -> Iterator[list[str]]:
    """Answer the questions that are asked at a terminal, and give the questions."""
    left, asked, original = list(lines), [], (builtins.input, sys.stdin)

    def answer(prompt: str = "") -> str:
        asked.append(prompt)
        assert left, f"not expected: {prompt}"
        return left.pop(0)

    builtins.input, sys.stdin = answer, Terminal()
    try:
        yield asked
    finally:
        builtins.input, sys.stdin = original


@contextmanager
def after_each_migration(write: Callable[[], None]) -> Iterator[None]:
    """Write behind every single migration, forwards and on the way back."""

    def then_write(method: Any) -> Any:
        def wrapped(executor: Any, *args: Any, **options: Any) -> Any:
            found = method(executor, *args, **options)
            write()
            return found

        return wrapped

    names = ("apply_migration", "unapply_migration")
    methods = {name: then_write(getattr(MigrationExecutor, name)) for name in names}
    with patch.multiple(MigrationExecutor, **methods):
        yield


class Runner:
    """Takes the app ``shop`` through versions of its models."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.questions: list[str] = []

    def models(self, text: str, app: str = "shop") -> None:
        self.project.write(f"{app}/models.py", HEAD + text)
        self.project.write(f"{app}/migrations/__init__.py", "")

    def makemigrations(self, *replies: str, labels: tuple[str, ...] = ()) -> str:
        """Write the migrations, and return the text of the last one of the app ``shop``."""
        known = set(self.project.root.glob("*/migrations/[0-9]*.py"))
        with answers(*replies) as asked:
            self.project.makemigrations(
                *labels, interactive=bool(replies), include_header=False, verbosity=0
            )
        self.questions = asked
        new = sorted(set(self.project.root.glob("*/migrations/[0-9]*.py")) - known)
        return "\n".join(file.read_text(encoding="utf-8") for file in new)

    def is_quiet(self) -> bool:
        """Return whether there is nothing left to propose."""
        try:
            self.project.makemigrations("--check", "--dry-run", verbosity=3)
        except (SystemExit, CommandError):
            return False
        return True

    def migrate(self, *args: str) -> None:
        self.project.migrate(*args, verbosity=0)

    def execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def fetch(self, sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def forget_rows(self, *tables: str) -> None:
        """Empty those of the tables that are there, the append-only ones too."""
        for table in tables:
            if self.fetch(f"SELECT to_regclass('{table}')") != [(None,)]:
                self.execute(
                    f"SET session_replication_role = replica; TRUNCATE {table} CASCADE; "
                    "RESET session_replication_role"
                )

    def events(self, sql: str, table: str = "shop_orderevent", columns: str = "*") -> list[Any]:
        """Execute ``sql`` and return the events that it wrote."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT coalesce(max(pgh_id), 0) FROM {table}")
            (last,) = cursor.fetchone()
            cursor.execute(sql)
            cursor.execute(f"SELECT {columns} FROM {table} WHERE pgh_id > {last} ORDER BY pgh_id")
            return cursor.fetchall()


def leftovers() -> list[str]:
    """Return the functions and triggers of the library that are in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'pgh\\_%' "
            "UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE '%pgh\\_%'"
        )
        return [name for (name,) in cursor.fetchall()]
