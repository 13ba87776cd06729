"""The history is in another app: on the way back its triggers are those of the time."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_altered_keys import assert_the_same_from_zero
from autodetector.test_order import go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

APPS = pytest.mark.parametrize("app", ["history", "tracks"])
A = "    a = models.IntegerField(null=True)\n"
T = "    t = models.TextField(null=True)\n"
UPDATE = "UPDATE shop_order SET z = z + 1"
SHORT = """
from django.db import migrations
import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial"), ("pghistory_ops", "0001_initial")]
    operations = [
        pgh.CreateEventModel("Past", "shop.Order"),
        pgh.AddTracker("Past", pgh.Snapshot("s")),
    ]
"""


def order(fields: str = "") -> str:
    return f"class Order(models.Model):\n    z = models.IntegerField(default=0)\n{fields}"


def history(app: str, *trackers: str, more: str = "") -> str:
    found = ", ".join(trackers or ["pgh.Snapshot('s')"])
    return f"pgh.track({found}, app_label='{app}', model_name='Past'{more})('shop.Order')\n"


def back(runner: Runner, app: str, number: str, tracked: str) -> None:
    runner.migrate(app, number)
    runner.migrate("shop", tracked)


@APPS
@pytest.mark.parametrize("again", [A, A.replace("Integer", "UUID")])
def test_a_field_is_added_again(project: Project, app: str, again: str) -> None:
    """Trackers that came in between do not name it once it is gone."""
    runner = Runner(project)
    go(runner, shop=order(A), **{app: history(app)})
    runner.execute("INSERT INTO shop_order (z, a) VALUES (0, 1)")
    go(runner, shop=order())
    both = history(app, "pgh.Snapshot('s')", "pgh.AfterUpdate('c')")
    go(runner, **{app: both})
    go(runner, shop=order(again))
    back(runner, app, "0003", "0002")
    assert len(runner.events(UPDATE, f"{app}_past")) == 2
    runner.migrate()
    runner.forget_rows(f"{app}_past")
    assert_the_same_from_zero(runner, app, "shop")


@APPS
def test_a_field_takes_the_name_of_an_extra_column(project: Project, app: str) -> None:
    runner = Runner(project)
    why = ", attrs={'t': models.TextField(null=True)}"
    go(runner, shop=order(), **{app: history(app, more=why)})
    go(runner, **{app: history(app, "pgh.Snapshot('s')", "pgh.AfterUpdate('c')", more=why)})
    both = history(app, "pgh.Snapshot('s')", "pgh.AfterUpdate('c')")
    go(runner, shop=order(T), **{app: both})
    runner.execute("INSERT INTO shop_order (z) VALUES (0)")
    back(runner, app, "0002", "0001")
    assert len(runner.events(UPDATE, f"{app}_past")) == 2


@APPS
@pytest.mark.parametrize(
    ("before", "after", "condition", "change"),
    [
        ("FloatField(default=0)", "IntegerField(default=0)", "pgh.Q(new__a__lt=1.6)", "1.7"),
        ("IntegerField(default=0)", "BooleanField(default=False)", "pgh.Q(new__a__gt=0)", "-1"),
    ],
)
def test_a_condition_reads_a_field_of_another_type(
    project: Project, app: str, before: str, after: str, condition: str, change: str
) -> None:
    """No event column is altered, since there is none; the condition is compiled for the type."""
    runner = Runner(project)
    tracker = f"pgh.AfterUpdate('c', condition={condition}, level=pgh.Statement)"
    declared = {app: history(app, tracker, more=", exclude=['a']")}
    go(runner, shop=order(f"    a = models.{before}\n"), **declared)
    go(runner, shop=order(f"    a = models.{after}\n"))
    back(runner, app, "0001", "0001")
    runner.execute("INSERT INTO shop_order (z, a) VALUES (0, 0)")
    assert runner.events(f"UPDATE shop_order SET a = {change}", f"{app}_past") == []
    runner.forget_rows("shop_order", f"{app}_past")
    runner.migrate()
    assert_the_same_from_zero(runner, app, "shop")


@APPS
def test_the_columns_of_an_event_model_are_not_written_down(project: Project, app: str) -> None:
    """By hand: those that the tracked model has at that point, on a fresh database as well."""
    runner = Runner(project)
    go(runner, shop=order())
    runner.models("", app=app)
    runner.project.write(f"{app}/migrations/0001_initial.py", SHORT)
    runner.migrate()
    go(runner, shop=order(A))
    runner.execute("INSERT INTO shop_order (z) VALUES (0)")
    back(runner, app, "0001", "0001")
    assert len(runner.events(UPDATE, f"{app}_past")) == 1
    runner.migrate()
    runner.forget_rows(f"{app}_past")
    assert_the_same_from_zero(runner, app, "shop")
