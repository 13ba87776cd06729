"""A field that foreign keys or a composite key name is renamed, in place, by Django's own state."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from autodetector.runner import Runner
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = """class Customer(models.Model):
    serial = models.BigIntegerField(unique=True, null=True)
    code = models.CharField(max_length=5, unique=True)


"""
ORDER = """{track}class Order(models.Model):
    customer = models.ForeignKey("{app}.Customer", models.CASCADE, to_field="code")
"""
ITEM = """{track}class Item(models.Model):
    pk = models.CompositePrimaryKey("code", "line")
    line = models.IntegerField()
    code = models.IntegerField()
    total = models.IntegerField(null=True)
"""
TRACKERS = "pgh.Snapshot(), pgh.AfterUpdate(condition=pgh.AnyChange())"
TRACK = f"@pgh.track({TRACKERS}, model_name='History')\n"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def renamed(text: str) -> str:
    return text.replace("code", "number")


def assert_sound(project: Project, *apps: str) -> None:
    """Go all the ways that replay the migrations more than once in one process."""
    reached = shape(catalog())
    for app in apps:
        for name in ("0001", "zero"):
            # One process: what a migration changes in place is there for whoever comes next.
            project.migrate(app, name, verbosity=1)
            project.migrate(app, name, verbosity=1)
            project.migrate(verbosity=1)
            call_command("migrate", verbosity=0, interactive=False)
            assert shape(catalog()) == reached
    call_command("check")
    call_command("migrate", "--check", verbosity=0)


def test_the_target_of_a_foreign_key(project: Project, runner: Runner) -> None:
    text = CUSTOMER + ORDER.format(track=TRACK, app="shop")
    runner.models(text)
    runner.makemigrations()
    runner.migrate()
    runner.models(renamed(text))
    written = runner.makemigrations("y")
    assert "RenameField" in written
    assert "AlterField" not in written
    runner.migrate()
    assert_sound(project, "shop")
    assert runner.is_quiet()
    runner.execute("INSERT INTO shop_customer (number) VALUES ('x')")
    sql = "INSERT INTO shop_order (customer_id) VALUES ('x')"
    assert runner.events(sql, "shop_history", "customer_id") == [("x",)]


@pytest.mark.parametrize("history", ["shop", "sales", "audit"])
def test_the_target_in_another_app(project: Project, runner: Runner, history: str) -> None:
    track = f"pgh.track({TRACKERS}, app_label='{history}', model_name='History')('shop.Order')\n"
    project.write("audit/migrations/__init__.py", "")
    order = ORDER.format(track="", app="sales") + track
    for change in (str, renamed):
        runner.models(change(CUSTOMER), app="sales")
        runner.models(change(order))
        written = runner.makemigrations(*(["y"] if change is renamed else []))
        runner.migrate()
    assert "AlterField" not in written
    assert runner.is_quiet()
    assert_sound(project, "sales")
    runner.execute("INSERT INTO sales_customer (number) VALUES ('x')")
    sql = "INSERT INTO shop_order (customer_id) VALUES ('x')"
    assert runner.events(sql, f"{history}_history", "customer_id") == [("x",)]


def test_the_part_of_a_composite_key(project: Project, runner: Runner) -> None:
    text = ITEM.format(track=TRACK)
    runner.models(text)
    runner.makemigrations()
    runner.migrate()
    runner.models(renamed(text))
    runner.makemigrations("y")
    runner.migrate()
    assert runner.is_quiet()
    assert_sound(project, "shop")
    sql = "INSERT INTO shop_item (number, line) VALUES (1, 2)"
    assert runner.events(sql, "shop_history", "number, line") == [(1, 2)]
