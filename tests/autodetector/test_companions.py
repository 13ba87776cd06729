"""Beside other apps that have commands, autodetectors and triggers of their own.

They change Django itself when they are installed, so each project is a process of its own.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

import pghistory_ops
import postgres

DATABASE = "pghistory_ops_companions"
SETTINGS = """
SECRET_KEY = "tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = {apps!r}
FIRST_PARTY_APPS = ["shop"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", **{database!r}}}}}
"""
HEAD = """
import pgtrigger
from django.db import models

import pghistory_ops as pgh


"""


class Commands:
    """Runs commands, in processes that are forked where Django is imported: see forking.py."""

    def __init__(self, folder: Path) -> None:
        self.streams = {name: folder / name for name in ("stdin", "stdout", "stderr")}
        self.library = str(Path(pghistory_ops.__file__).parents[1])
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("forking.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, folder: Path, environment: dict[str, str], *arguments: str, answer: str
    ) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.streams["stdin"].write_text(answer, encoding="utf-8")
        request = {
            "folder": str(folder),
            "environment": environment,
            "paths": [str(folder), self.library],
            "arguments": arguments,
            **{name: str(file) for name, file in self.streams.items()},
        }
        self.process.stdin.write(f"{json.dumps(request)}\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        out, error = (self.streams[name].read_text("utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(arguments, code, out, error)

    def close(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    commands = Commands(tmp_path_factory.mktemp("streams"))
    yield commands
    commands.close()


class Site:
    """A project on the disk, with a database; its commands run in processes of their own."""

    def __init__(
        self, root: Path, server: postgres.Conninfo, commands: Commands, apps: list[str]
    ) -> None:
        self.root = root
        self.commands = commands
        self.conninfo = {**server, "dbname": DATABASE}
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_of_companions",
        }
        database = {**postgres.database_settings(server), "NAME": DATABASE}
        self.write("settings_of_companions.py", SETTINGS.format(apps=apps, database=database))
        self.write("shop/__init__.py", "")
        self.write("shop/migrations/__init__.py", "")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def models(self, text: str) -> None:
        self.write("shop/models.py", HEAD + text)

    def run(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        return self.commands.run(self.root, self.environment, *arguments, answer=answer)

    def manage(self, *arguments: str, answer: str = "") -> str:
        process = self.run(*arguments, answer=answer)
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def arrive(self, text: str, answer: str = "") -> str:
        """Write models, make the migrations and apply them; return the last file."""
        self.models(text)
        self.manage("makemigrations", answer=answer)
        self.manage("migrate")
        assert self.manage("makemigrations", "--check", "--dry-run") == "No changes detected\n"
        self.manage("check")
        return self.last().read_text(encoding="utf-8")

    def last(self) -> Path:
        return max(self.root.glob("shop/migrations/0*.py"))

    def execute(self, statement: str) -> list[Any]:
        with psycopg.connect(**self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def triggers(self) -> list[str]:
        query = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
        return [name for (name,) in self.execute(query)]


@contextmanager
def empty_database(server: postgres.Conninfo) -> Iterator[None]:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
    maintenance = {"dbname": "postgres", **server}
    with psycopg.connect(**maintenance, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(create)
        try:
            yield
        finally:
            connection.execute(drop)


@pytest.fixture
def make_site(
    tmp_path: Path, server: postgres.Conninfo, commands: Commands
) -> Iterator[Callable[[list[str]], Site]]:
    """Give the function that makes a project of apps."""
    with empty_database(server):
        yield functools.partial(Site, tmp_path, server, commands)


# django-pgtrigger -------------------------------------------------------------------------------

ORDER = """
@pgh.track({track})
class Order(models.Model):
    {name} = models.{kind}(default=5)
    note = models.TextField(default="")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="limit",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__{name}__gt={limit}),
            ),
        ]
"""
CONDITIONAL = 'pgh.Snapshot(), pgh.AfterUpdate("dear", condition=pgh.Q(new__{name}__gt=10))'


def order(
    name: str = "total", kind: str = "IntegerField", limit: int = 90, track: str = CONDITIONAL
) -> str:
    return ORDER.format(name=name, kind=kind, limit=limit, track=track.format(name=name))


def labels(site: Site) -> list[Any]:
    found = site.execute("SELECT pgh_label FROM shop_orderevent ORDER BY pgh_id")
    site.execute("TRUNCATE shop_orderevent")
    return sorted(label for (label,) in found)


def assert_both_work(site: Site, name: str) -> None:
    site.execute(f"INSERT INTO shop_order ({name}, note) VALUES (1, '')")
    site.execute(f"UPDATE shop_order SET {name} = 50")
    assert labels(site) == ["dear", "snapshot", "snapshot"]
    with pytest.raises(psycopg.Error, match="Cannot delete"):
        site.execute("DELETE FROM shop_order")
    with pytest.raises(psycopg.Error, match="Cannot update"):
        site.execute(f"UPDATE shop_order SET {name} = 100")
    assert labels(site) == []
    site.execute("TRUNCATE shop_order")


@pytest.mark.parametrize(
    "order_of_apps", [["pgtrigger", "pghistory_ops"], ["pghistory_ops", "pgtrigger"]]
)
@pytest.mark.parametrize("shop_first", [True, False])
def test_beside_django_pgtrigger(
    make_site: Callable[[list[str]], Site], order_of_apps: list[str], shop_first: bool
) -> None:
    apps = ["shop", *order_of_apps] if shop_first else [*order_of_apps, "shop"]
    site = make_site(apps)
    text = site.arrive(order())
    for operation in ("CreateEventModel", "AddTracker", "AddTrigger"):
        assert operation in text
    assert_both_work(site, "total")
    ours = [name for name in site.triggers() if "pgh_" in name]
    theirs = [name for name in site.triggers() if "pgh_" not in name]
    assert len(theirs) == 2
    assert ours

    # Its own command leaves our triggers alone.
    site.manage("pgtrigger", "prune")
    assert set(ours) <= set(site.triggers())
    site.manage("pgtrigger", "uninstall")
    assert site.triggers() == ours
    site.manage("pgtrigger", "install")
    assert sorted(ours + theirs) == site.triggers()
    assert_both_work(site, "total")

    # Only its trigger changes; only ours; then the type under the conditions of both.
    text = site.arrive(order(limit=95))
    assert "pghistory_ops" not in text
    text = site.arrive(order(limit=95, track=CONDITIONAL + ", pgh.AfterDelete()"))
    assert "pgtrigger.migrations" not in text
    text = site.arrive(order(kind="BigIntegerField", limit=95))
    assert_both_work(site, "total")
    text = site.arrive(order("amount", "BigIntegerField", limit=95), answer="y\n")
    assert "RenameField" in text
    assert_both_work(site, "amount")
    site.execute("TRUNCATE shop_orderevent")
    site.manage("migrate", "shop", "zero")
    assert site.triggers() == []


# django-linear-migrations -----------------------------------------------------------------------

SHOP = "class Order(models.Model):\n    total = models.IntegerField(default=5)\n"
NOTE = '    note = models.TextField(default="")\n'
TRACKED = "@pgh.track(pgh.Snapshot())\n"
COMMAND = """
from {app}.management.commands.{name} import Command as BaseCommand

from pghistory_ops.autodetector import with_history


class Command(BaseCommand):
    autodetector = with_history(BaseCommand)
"""


def assert_history_and_line(site: Site) -> None:
    """Check that a change is followed, and that the file of the last migration's name is kept."""
    for text in (TRACKED + SHOP, TRACKED + SHOP + NOTE):
        site.arrive(text)
        line = (site.root / "shop/migrations/max_migration.txt").read_text(encoding="utf-8")
        assert line == f"{site.last().stem}\n"
    site.execute("INSERT INTO shop_order (total, note) VALUES (7, 'n')")
    assert site.execute("SELECT total, note FROM shop_orderevent") == [(7, "n")]


def test_django_linear_migrations_after_ours(make_site: Callable[[list[str]], Site]) -> None:
    site = make_site(["pghistory_ops", "django_linear_migrations", "shop"])
    assert_history_and_line(site)


def test_django_linear_migrations_before_ours_is_reported(
    make_site: Callable[[list[str]], Site],
) -> None:
    site = make_site(["django_linear_migrations", "pghistory_ops", "shop"])
    site.models(TRACKED + SHOP)
    for command in ("check", "makemigrations"):
        process = site.run(command)
        assert process.returncode == 1
        message = process.stderr
        assert "(pghistory_ops.E002) The command makemigrations of" in message
        assert "Put 'pghistory_ops' before that app in INSTALLED_APPS" in message
        assert "AutodetectorMixin" in message
    assert list(site.root.glob("shop/migrations/0*.py")) == []


def test_a_project_s_own_command_has_both(make_site: Callable[[list[str]], Site]) -> None:
    """What the hint of the check says: the other app's command with our autodetector."""
    apps = ["shop", "django_linear_migrations", "pghistory_ops"]
    site = make_site(apps)
    site.write("shop/management/__init__.py", "")
    site.write("shop/management/commands/__init__.py", "")
    for app, name in (
        ("django_linear_migrations", "makemigrations"),
        ("django.core", "migrate"),
    ):
        text = COMMAND.format(app=app, name=name)
        site.write(f"shop/management/commands/{name}.py", text)
    assert_history_and_line(site)


def test_all_of_them_together(make_site: Callable[[list[str]], Site]) -> None:
    apps = ["pghistory_ops", "pgtrigger", "django_linear_migrations", "shop"]
    site = make_site(apps)
    site.arrive(order())
    assert_both_work(site, "total")
    site.arrive(order(kind="BigIntegerField"))
    assert_both_work(site, "total")
