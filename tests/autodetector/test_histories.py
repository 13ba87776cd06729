"""Proposals in projects whose migrations have a past: squashed, merged, split, kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError
from django.core.management.base import SystemCheckError
from django.db import connections
from django.test import override_settings

from autodetector.runner import Runner, leftovers
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


def arrive(runner: Runner, text: str) -> str:
    """Write the models of the shop, make the migrations and apply them."""
    runner.models(text)
    written = runner.makemigrations()
    runner.migrate()
    return written


def assert_recorded(runner: Runner, table: str = "shop_orderevent") -> None:
    """Insert and delete a row of all three fields, and see the two events."""
    sql = f"{INSERT}; DELETE FROM shop_order"
    assert runner.events(sql, table=table, columns="pgh_label, total, note, paid") == [
        ("snapshot", 7, "n", True),
        ("after_delete", 7, "n", True),
    ]


@contextmanager
def overridden(project: Project, **changes: Any) -> Iterator[None]:
    """Change settings; the project's apps, which change them too, are installed inside alone."""
    project.uninstall()
    with override_settings(**changes):
        yield
        project.uninstall()


def forget(runner: Runner, *tables: str) -> None:
    """Empty tables, append-only ones too."""
    runner.execute(
        f"SET session_replication_role = replica; TRUNCATE {', '.join(tables)} CASCADE; "
        "RESET session_replication_role"
    )


def assert_the_same_from_zero(runner: Runner, *apps: str) -> None:
    """Take all back and apply it again: the same catalog; at the end nothing is left."""
    reached = shape(catalog())
    for app in apps:
        runner.migrate(app, "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached
    assert runner.is_quiet()


# Squashed ---------------------------------------------------------------------------------------


def test_a_squashed_history_goes_on(project: Project, runner: Runner) -> None:
    arrive(runner, TRACKED + ORDER)
    arrive(runner, TRACKED + ORDER + NOTE)
    project.call("squashmigrations", "shop", "0002", interactive=False, verbosity=0)
    (squashed,) = [name for name in project.migrations("shop") if "squashed" in name]
    assert "replaces" in project.read(f"shop/migrations/{squashed}.py")
    assert runner.is_quiet()
    runner.migrate()

    written = arrive(runner, TRACKED + ORDER + NOTE + PAID)
    assert f"('shop', '{squashed}')" in written
    assert written.count("AddField") == 2
    assert runner.is_quiet()
    assert_recorded(runner)
    forget(runner, "shop_order", "shop_orderevent")
    assert_the_same_from_zero(runner, "shop")


def test_a_squashed_history_without_what_it_replaced(project: Project, runner: Runner) -> None:
    arrive(runner, TRACKED + ORDER)
    arrive(runner, TRACKED + ORDER + NOTE)
    reached = shape(catalog())
    project.call("squashmigrations", "shop", "0002", interactive=False, verbosity=0)
    runner.migrate("shop", "zero")
    for name in project.migrations("shop"):
        file = project.root / f"shop/migrations/{name}.py"
        if "squashed" in name:
            lines = file.read_text(encoding="utf-8").split("\n")
            file.write_text("\n".join(line for line in lines if "replaces" not in line))
        else:
            file.unlink()
    runner.migrate()
    assert shape(catalog()) == reached
    assert runner.is_quiet()
    arrive(runner, TRACKED + ORDER + NOTE + PAID)
    assert runner.is_quiet()
    assert_recorded(runner)


def test_the_tracked_app_is_squashed_and_the_history_is_elsewhere(
    project: Project, runner: Runner
) -> None:
    runner.models(AUDIT, app="audit")
    arrive(runner, ORDER)
    arrive(runner, ORDER + NOTE)
    project.call("squashmigrations", "shop", "0002", interactive=False, verbosity=0)
    runner.migrate()
    assert runner.is_quiet()
    arrive(runner, ORDER + NOTE + PAID)
    assert runner.is_quiet()
    assert_recorded(runner, "audit_orderevent")


# Merged -----------------------------------------------------------------------------------------


def branches(project: Project, runner: Runner, base: str, ways: dict[str, str]) -> None:
    """Make a migration from ``base`` to each of several models, as people on branches do."""
    arrive(runner, base)
    made = {}
    for name, text in ways.items():
        runner.models(text)
        project.makemigrations(name=name, verbosity=0)
        file = project.root / f"shop/migrations/0002_{name}.py"
        made[file] = file.read_text(encoding="utf-8")
        file.unlink()
    for file, text in made.items():
        file.write_text(text, encoding="utf-8")


def test_two_branches_are_merged(project: Project, runner: Runner) -> None:
    branches(
        project,
        runner,
        TRACKED + ORDER,
        {"note": TRACKED + ORDER + NOTE, "paid": TRACKED + ORDER + PAID},
    )
    runner.models(TRACKED + ORDER + NOTE + PAID)
    with pytest.raises(CommandError, match="Conflicting migrations"):
        runner.makemigrations()
    project.makemigrations(merge=True, verbosity=0)
    (merge,) = [name for name in project.migrations("shop") if "merge" in name]
    assert merge.startswith("0003_")
    assert runner.is_quiet()
    runner.migrate()
    assert_recorded(runner)
    forget(runner, "shop_order", "shop_orderevent")
    assert_the_same_from_zero(runner, "shop")


def test_two_branches_that_change_the_policy_leave_one_more_proposal(
    project: Project, runner: Runner
) -> None:
    """Each branch said what the whole policy is; the declaration says what is meant."""

    def tracked(*names: str) -> str:
        return f"@pgh.track(pgh.Snapshot(), exclude={list(names)})\n" + ORDER + NOTE + PAID

    branches(project, runner, tracked(), {"note": tracked("note"), "paid": tracked("paid")})
    runner.models(tracked("note", "paid"))
    project.makemigrations(merge=True, verbosity=0)
    runner.migrate()
    assert not runner.is_quiet()
    arrive(runner, tracked("note", "paid"))
    assert runner.is_quiet()
    columns = "total, note, paid"
    assert runner.events(INSERT, columns=columns) == [(7, None, None)]


def test_a_migration_that_runs_before_the_history(project: Project, runner: Runner) -> None:
    """A later migration of the tracked app has itself run before the one that tracks it."""
    runner.models(AUDIT, app="audit")
    runner.models(ORDER)
    runner.makemigrations()
    project.write_migration(
        "shop",
        "0002_note",
        'migrations.AddField("order", "note", models.CharField(max_length=20, default="-")),',
        run_before=[("audit", "0001_initial")],
    )
    runner.models(ORDER + NOTE)
    written = runner.makemigrations()
    assert "model_name='orderevent'" in written
    runner.migrate()
    assert runner.is_quiet()
    arrive(runner, ORDER + NOTE + PAID)
    assert_recorded(runner, "audit_orderevent")
    forget(runner, "shop_order", "audit_orderevent")
    assert_the_same_from_zero(runner, "audit", "shop")


# Across apps ------------------------------------------------------------------------------------

LOG = "class Log(models.Model):\n    text = models.TextField(default='')\n\n\n"
LOGGED = "    log = models.ForeignKey('audit.Log', models.CASCADE, null=True)\n"
LAST = "    last = models.ForeignKey('shop.Order', models.CASCADE, null=True)\n"


@pytest.mark.parametrize("circle", [False, True])
def test_each_app_depends_on_the_other(runner: Runner, circle: bool) -> None:
    log = LOG.rstrip("\n") + "\n" + LAST + "\n\n" if circle else LOG
    runner.models(log + AUDIT, app="audit")
    runner.models(ORDER + NOTE + PAID + LOGGED)
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    runner.execute("INSERT INTO audit_log (text) VALUES ('')")
    insert = (
        "INSERT INTO shop_order (total, note, paid, log_id) SELECT 7, 'n', true, max(id) "
        "FROM audit_log"
    )
    (event,) = runner.events(
        insert, table="audit_orderevent", columns="pgh_label, log_id, pgh_obj_id"
    )
    assert event[0] == "snapshot"
    assert runner.fetch("SELECT log_id, id FROM shop_order") == [event[1:]]

    # And the tracked model changes while the apps depend on each other.
    runner.models(ORDER.replace("Integer", "BigInteger") + NOTE + LOGGED)
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    written = runner.events(
        "INSERT INTO shop_order (total, note) VALUES (5000000000, 'n')",
        table="audit_orderevent",
        columns="total, note, paid, log_id",
    )
    assert written == [(5000000000, "n", None, None)]
    forget(runner, "shop_order", "audit_log", "audit_orderevent")
    reached = shape(catalog())
    runner.migrate("audit", "zero")
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


def test_a_circle_that_a_later_change_closes(runner: Runner) -> None:
    """The history came first; then the tracked model refers to the app that keeps it."""
    runner.models(LOG + AUDIT, app="audit")
    arrive(runner, ORDER + NOTE)
    arrive(runner, ORDER + NOTE + PAID + LOGGED)
    assert runner.is_quiet()
    assert_recorded(runner, "audit_orderevent")
    forget(runner, "shop_order", "audit_orderevent")
    assert_the_same_from_zero(runner, "audit", "shop")


def test_two_apps_keep_each_other_s_history(runner: Runner) -> None:
    person = "class Person(models.Model):\n    name = models.TextField(default='')\n\n\n"
    runner.models(person + AUDIT, app="audit")
    arrive(runner, ORDER + NOTE + PAID + "\n\npgh.track()('audit.Person')\n")
    assert runner.is_quiet()
    assert_recorded(runner, "audit_orderevent")
    insert = "INSERT INTO audit_person (name) VALUES ('a')"
    assert runner.events(insert, table="shop_personevent", columns="name") == [("a",)]
    runner.models(person.replace("name", "nick") + AUDIT, app="audit")
    runner.models(ORDER + NOTE + "\n\npgh.track()('audit.Person')\n")
    runner.makemigrations("y")
    runner.migrate()
    assert runner.is_quiet()
    insert = "INSERT INTO audit_person (nick) VALUES ('b')"
    assert runner.events(insert, table="shop_personevent", columns="nick") == [("b",)]
    forget(runner, "shop_order", "audit_person", "shop_personevent", "audit_orderevent")
    assert_the_same_from_zero(runner, "audit", "shop")


def test_a_tracker_is_split_from_its_table(project: Project, runner: Runner) -> None:
    """The event table in one migration and its trackers in another, as a person may split them."""
    runner.models(ORDER + NOTE + PAID)
    runner.models(AUDIT, app="audit")
    runner.makemigrations()
    project.write_migration(
        "audit",
        "0001_initial",
        'pgh.CreateEventModel("OrderEvent", tracks="shop.Order", declared=True),',
        dependencies=[("shop", "0001_initial"), ("pghistory_ops", "0001_initial")],
    )
    project.write_migration(
        "audit", "0002_tracker", 'pgh.AddTracker("OrderEvent", pgh.Snapshot()),'
    )
    written = runner.makemigrations()
    assert "AfterDelete" in written
    assert "Snapshot" not in written
    runner.migrate()
    assert runner.is_quiet()
    assert_recorded(runner, "audit_orderevent")


# Places -----------------------------------------------------------------------------------------


def test_the_tracked_app_has_no_migrations(project: Project, runner: Runner) -> None:
    project.write("plain/models.py", "from django.db import models\n\n\n" + ORDER)
    runner.models(AUDIT.replace("shop.", "plain."), app="audit")
    with pytest.raises((CommandError, SystemCheckError)) as caught:
        runner.makemigrations()
    message = str(caught.value)
    assert "'plain'" in message
    assert "migrations" in message
    assert project.migrations("audit") == []
    with pytest.raises(SystemCheckError, match=r"pghistory_ops\.E00\d") as reported:
        project.call("check")
    assert "'plain'" in str(reported.value)


def test_the_app_of_a_declaration_has_no_migrations(project: Project, runner: Runner) -> None:
    runner.models(ORDER)
    project.write("plain/models.py", "import pghistory_ops as pgh\n\n\n" + AUDIT)
    with pytest.raises((CommandError, SystemCheckError)) as caught:
        runner.makemigrations()
    message = str(caught.value)
    assert "'plain'" in message
    assert "migrations" in message


def test_migrations_are_kept_in_another_module(project: Project, runner: Runner) -> None:
    runner.models(TRACKED + ORDER)
    project.write("shop/history/__init__.py", "")
    with overridden(project, MIGRATION_MODULES={"shop": "shop.history"}):
        runner.makemigrations()
        runner.migrate()
        runner.models(TRACKED + ORDER + NOTE + PAID)
        runner.makemigrations()
        runner.migrate()
        assert runner.is_quiet()
        assert_recorded(runner)
        names = [file.name for file in sorted(project.root.glob("shop/history/0*.py"))]
        assert [name[:5] for name in names] == ["0001_", "0002_"]
        assert project.migrations("shop") == []
        forget(runner, "shop_order", "shop_orderevent")
        runner.migrate("shop", "zero")
    assert leftovers() == []


class OnOther:
    """The shop and its history are in the database ``other``."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "other" if model._meta.app_label in ("shop", "audit") else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if app_label in ("shop", "audit"):
            return db == "other"
        return None if app_label == "pghistory_ops" else db == "default"


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.parametrize("keeper", ["shop", "audit"])
def test_a_router_sends_it_to_another_database(
    project: Project, runner: Runner, keeper: str
) -> None:
    before = catalog()
    tracked, kept = (TRACKED, "") if keeper == "shop" else ("", AUDIT)
    with overridden(project, DATABASE_ROUTERS=[OnOther()]):
        runner.models(kept, app="audit")
        runner.models(tracked + ORDER)
        runner.makemigrations()
        project.migrate(verbosity=0, database="other")
        project.migrate(verbosity=0)
        runner.models(tracked + ORDER + NOTE)
        runner.makemigrations()
        project.migrate(verbosity=0)
        project.migrate(verbosity=0, database="other")
        assert runner.is_quiet()
        assert catalog() == before
        with connections["other"].cursor() as cursor:
            cursor.execute("INSERT INTO shop_order (total, note) VALUES (7, 'n')")
            cursor.execute(f"SELECT pgh_label, total, note FROM {keeper}_orderevent")
            assert cursor.fetchall() == [("snapshot", 7, "n")]
            cursor.execute(f"TRUNCATE shop_order, {keeper}_orderevent")
        for app in ("audit", "shop"):
            if project.migrations(app):
                project.migrate(app, "zero", verbosity=0, database="other")
        with connections["other"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
            assert cursor.fetchone() == (0,)
