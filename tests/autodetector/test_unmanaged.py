"""Unmanaged models: Django writes no migrations of their fields, and history goes by those."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

LEGACY = """@pgh.track({})
class Legacy(models.Model):
    a = models.IntegerField()
{}
    class Meta:
        managed = False
        db_table = "legacy"
"""
ADDED = "    b = models.IntegerField(null=True)\n"
SNAPSHOT = "pgh.Snapshot()"
DECLARED = ["pgh.Snapshot()", "pgh.Snapshot(), meta={'verbose_name': 'x'}"]


@pytest.fixture
def runner(project: Project) -> Runner:
    runner = Runner(project)
    runner.execute("CREATE TABLE legacy (id bigserial PRIMARY KEY, a int, b int)")
    return runner


@pytest.mark.parametrize("declared", DECLARED)
def test_a_field_that_no_migration_knows_is_said_and_not_followed(
    runner: Runner, declared: str
) -> None:
    runner.models(LEGACY.format(declared, ""))
    runner.makemigrations()
    runner.migrate()
    runner.models(LEGACY.format(declared, ADDED))
    assert runner.makemigrations() == ""
    assert (
        "Django writes no migrations of the fields of shop.Legacy, which is unmanaged, so its "
        "history does not follow these: b. Write AddField, RemoveField or RenameField into a "
        "migration by hand, and run makemigrations shop --update."
    ) in runner.project.stderr
    assert runner.is_quiet()

    runner.models(LEGACY.format(f"pgh.AfterDelete(), {declared}", ADDED))
    assert "AddField" not in runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO legacy (a, b) VALUES (1, 2)"
    assert runner.events(sql, "shop_legacyevent", "a") == [(1,)]


def test_a_field_that_a_migration_adds_by_hand_is_followed(
    project: Project, runner: Runner
) -> None:
    runner.models(LEGACY.format(SNAPSHOT, ""))
    runner.makemigrations()
    runner.migrate()
    project.write_migration(
        "shop", "0002_b", "migrations.AddField('legacy', 'b', models.IntegerField(null=True)),"
    )
    runner.models(LEGACY.format(SNAPSHOT, ADDED))
    assert runner.makemigrations(labels=("shop", "--update")).count("AddField") == 2
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO legacy (a, b) VALUES (1, 2)"
    assert runner.events(sql, "shop_legacyevent", "a, b") == [(1, 2)]


def test_a_declaration_of_a_model_that_the_migrations_know_less_of(runner: Runner) -> None:
    runner.models(LEGACY.format(SNAPSHOT, "").partition("\n")[2])
    runner.makemigrations()
    runner.models(LEGACY.format(SNAPSHOT, ADDED))
    assert "'b'" not in runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO legacy (a, b) VALUES (1, 2)"
    assert runner.events(sql, "shop_legacyevent", "a") == [(1,)]
