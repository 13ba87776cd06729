"""The options of ``makemigrations``, and app labels on its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError

import pghistory_ops
from autodetector.runner import HEAD, Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TRACKED = "@pgh.track(pgh.Snapshot(), pgh.AfterDelete())\n"
ORDER = "class Order(models.Model):\n    total = models.IntegerField(default=5)\n"
NOTE = "    note = models.CharField(max_length=20, default='-')\n"
PAID = "    paid = models.BooleanField(default=False)\n"
AUDIT = "pgh.track(pgh.Snapshot(), pgh.AfterDelete())('shop.Order')\n"
INSERT = "INSERT INTO shop_order (total, note, paid) VALUES (7, 'n', true)"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


@pytest.fixture
def shop(runner: Runner) -> Runner:
    """A shop that keeps its own history, migrated."""
    runner.models(TRACKED + ORDER)
    runner.makemigrations()
    runner.migrate()
    return runner


def last_of(project: Project, app: str = "shop") -> str:
    return project.read(f"{app}/migrations/{project.migrations(app)[-1]}.py")


def test_check_tells_and_writes_nothing(project: Project, shop: Runner) -> None:
    project.makemigrations(check=True)
    shop.models(TRACKED.replace("AfterDelete", "AfterUpdate") + ORDER)
    with pytest.raises(SystemExit) as caught:
        project.makemigrations(check=True)
    assert caught.value.code == 1
    assert "after_update" in project.stdout.getvalue()
    assert project.migrations("shop") == ["0001_initial"]


def test_dry_run_shows_the_file_and_writes_nothing(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    shown = project.makemigrations(dry_run=True, verbosity=3, include_header=False)
    assert project.migrations("shop") == ["0001_initial"]
    assert shop.makemigrations() in shown


def test_name_names_the_file(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    project.makemigrations(name="remarks", verbosity=0)
    assert project.migrations("shop") == ["0001_initial", "0002_remarks"]
    shop.migrate()
    assert shop.is_quiet()


def test_a_file_without_name_is_named_after_what_it_does(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    shop.makemigrations()
    (name,) = project.migrations("shop")[1:]
    assert name.startswith("0002_order_note")


def test_empty_is_empty(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    project.makemigrations("shop", empty=True, name="data", verbosity=0)
    assert "operations = [\n    ]" in last_of(project)
    shop.makemigrations()
    assert project.migrations("shop")[1] == "0002_data"
    assert "('shop', '0002_data')" in last_of(project)
    shop.migrate()
    assert shop.is_quiet()


def test_scriptable_prints_the_paths_alone(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    printed = project.makemigrations(scriptable=True)
    (name,) = project.migrations("shop")[1:]
    assert [Path(line).stem for line in printed.splitlines()] == [name]


def test_update_puts_the_change_into_the_last_migration(project: Project, shop: Runner) -> None:
    shop.models(TRACKED + ORDER + NOTE)
    shop.makemigrations()
    shop.models(TRACKED + ORDER + NOTE + PAID)
    project.makemigrations("shop", update=True, verbosity=0)
    assert len(project.migrations("shop")) == 2
    text = last_of(project)
    assert text.count("AddField") == 4
    assert text.count("RefreshTrackers(") == 1
    assert shop.is_quiet()
    shop.migrate()
    assert shop.events(INSERT, columns="total, note, paid") == [(7, "n", True)]


def test_update_puts_a_first_declaration_into_the_first_migration(
    project: Project, runner: Runner
) -> None:
    runner.models(ORDER + NOTE + PAID)
    runner.makemigrations()
    runner.models(TRACKED + ORDER + NOTE + PAID)
    project.makemigrations("shop", update=True, verbosity=0)
    (name,) = project.migrations("shop")
    assert "CreateEventModel" in project.read(f"shop/migrations/{name}.py")
    assert "('pghistory_ops', '0001_initial')" in last_of(project)
    assert runner.is_quiet()
    runner.migrate()
    assert runner.events(INSERT, columns="total, note, paid") == [(7, "n", True)]


def test_update_of_a_change_that_is_taken_back(project: Project, shop: Runner) -> None:
    shop.models(TRACKED.replace("AfterDelete", "AfterUpdate") + ORDER + NOTE + PAID)
    shop.makemigrations()
    shop.models(TRACKED + ORDER + NOTE + PAID)
    project.makemigrations("shop", update=True, verbosity=0)
    assert "after_update" not in last_of(project)
    assert shop.is_quiet()
    shop.migrate()
    sql = f"{INSERT}; DELETE FROM shop_order"
    assert shop.events(sql, columns="pgh_label") == [("snapshot",), ("after_delete",)]


# App labels -------------------------------------------------------------------------------------

CHANGES = {
    "add": ORDER + NOTE + PAID,
    "remove": ORDER.replace("    total = models.IntegerField(default=5)\n", "") + NOTE,
    "rename": ORDER.replace("total", "amount") + NOTE,
    "alter": ORDER.replace("Integer", "BigInteger") + NOTE,
    "rename_model": ORDER.replace("Order", "Sale") + NOTE,
    "table": ORDER + NOTE + "\n    class Meta:\n        db_table = 'orders'\n",
}


@pytest.mark.parametrize("label", ["shop", "audit"])
@pytest.mark.parametrize("name", CHANGES)
def test_one_label_is_given_and_the_history_is_in_another_app(
    project: Project, runner: Runner, name: str, label: str
) -> None:
    """Whatever is left out of the proposal, no stale trigger is migrated."""
    runner.models(ORDER + NOTE)
    runner.models(audit("Order"), app="audit")
    runner.makemigrations()
    runner.migrate()
    before = shape(catalog())
    runner.models(CHANGES[name])
    runner.models(audit("Sale" if name == "rename_model" else "Order"), app="audit")
    replies = ("y",) if name.startswith("rename") else ()
    runner.makemigrations(*replies, labels=(label,))
    done = runner.is_quiet()
    stale = [item for item in run_checks(tags=["models"]) if item.id == "pghistory_ops.E001"]
    if stale:
        with pytest.raises(CommandError, match="Nothing was migrated"):
            runner.migrate()
        assert shape(catalog()) == before
    else:
        runner.migrate()
    assert_an_insert_is_recorded(runner)
    if not done:
        runner.makemigrations(*replies if not project.migrations("shop")[1:] else ())
    runner.migrate()
    assert runner.is_quiet()
    assert_an_insert_is_recorded(runner)
    assert [item for item in run_checks(tags=["models"]) if item.id == "pghistory_ops.E001"] == []


def audit(model: str) -> str:
    trackers = "pgh.Snapshot(), pgh.AfterDelete(), model_name='OrderEvent'"
    return f"pgh.track({trackers})('shop.{model}')\n"


def assert_an_insert_is_recorded(runner: Runner) -> None:
    """Insert a row into the table as it is, and see that its columns are in the event."""
    ((table,),) = runner.fetch(
        "SELECT relname FROM pg_class WHERE relname IN ('shop_order', 'shop_sale', 'orders')"
    )
    columns = runner.fetch(
        f"SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attname <> 'id' ORDER BY 1"
    )
    values = {"total": "7", "amount": "7", "note": "'n'", "paid": "true"}
    names = [name for (name,) in columns]
    row = ", ".join(values[name] for name in names)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({row})"
    given = "to_jsonb({})::text"
    ((event,),) = runner.events(sql, "audit_orderevent", given.format("audit_orderevent"))
    ((row,),) = runner.fetch(f"SELECT {given.format(table)} FROM {table} ORDER BY id DESC LIMIT 1")
    recorded, stored = json.loads(event), json.loads(row)
    assert {name: recorded.get(name) for name in stored} == stored


# Without a database -----------------------------------------------------------------------------

SETTINGS = """
SECRET_KEY = "tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["pghistory_ops", "shop", "audit"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "nobody",
        "HOST": "127.0.0.1",
        "PORT": "1",
    }
}
"""


def test_no_database_can_be_reached(project: Project) -> None:
    project.write("settings_of_nowhere.py", SETTINGS)
    project.write("shop/migrations/__init__.py", "")
    project.write("audit/migrations/__init__.py", "")
    project.write("shop/models.py", HEAD + ORDER)
    project.write("audit/models.py", HEAD + AUDIT)

    def makemigrations(*arguments: str) -> subprocess.CompletedProcess[str]:
        library = str(Path(pghistory_ops.__file__).parents[1])
        return subprocess.run(
            [sys.executable, "-W", "default", "-m", "django", "makemigrations", *arguments],
            cwd=project.root,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "settings_of_nowhere",
                "PYTHONPATH": os.pathsep.join([str(project.root), library]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def assert_only_warned(process: subprocess.CompletedProcess[str]) -> None:
        errors = process.stderr
        assert errors.count("Warning") == 1, errors
        assert "RuntimeWarning: Got an error checking a consistent migration history" in errors
        assert "Traceback" not in errors

    first = makemigrations()
    assert first.returncode == 0, first.stderr
    assert_only_warned(first)
    assert "CreateEventModel" in project.read("audit/migrations/0001_initial.py")
    project.write("shop/models.py", HEAD + ORDER + NOTE)
    changed = makemigrations("--check")
    assert changed.returncode == 1
    assert_only_warned(changed)
    assert makemigrations("--noinput").returncode == 0
    assert "RefreshTrackers" in project.read(
        f"audit/migrations/{project.migrations('audit')[-1]}.py"
    )
    quiet = makemigrations("--check", "--dry-run")
    assert quiet.returncode == 0
    assert quiet.stdout == "No changes detected\n"
    assert leftovers() == []
