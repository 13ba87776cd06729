"""Django writes rows itself, with the triggers on, where a field takes NULL no more."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_order import back_to_nothing, go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

APPS = pytest.mark.parametrize("app", ["history", "shop", "tracks"])
N, FILLED = (f"    n = models.IntegerField({option})\n" for option in ("null=True", "default=7"))
A = "    {} = models.IntegerField(default=1{})\n"


def written(app: str, fields: str) -> dict[str, str]:
    models = f"class Order(models.Model):\n{fields}"
    declared = f"pgh.track(app_label='{app}', model_name='Past')('shop.Order')\n"
    return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}


@APPS
@pytest.mark.parametrize("column", ["", ", db_column='other'"])
def test_another_column_is_renamed(project: Project, app: str, column: str) -> None:
    runner = Runner(project)
    go(runner, **written(app, A.format("a", "") + N))
    runner.execute("INSERT INTO shop_order (a) VALUES (1)")
    name = "a" if column else "b"
    replies = () if column else ("y",)
    go(runner, *replies, **written(app, A.format(name, column) + FILLED))
    assert runner.fetch("SELECT n FROM shop_order") == [(7,)]
    assert runner.fetch(f"SELECT n FROM {app}_past ORDER BY pgh_id") == [(None,), (7,)]
    back_to_nothing(runner, app, "shop")


@APPS
def test_two_runs_are_deployed_at_once(project: Project, app: str) -> None:
    """The second app's migration does not overtake the follow-up of the first rename."""
    runner = Runner(project)
    go(runner, **written(app, A.format("a", "") + N))
    runner.execute("INSERT INTO shop_order (a) VALUES (1)")
    for replies, fields in ((("y",), A.format("b", "") + N), ((), A.format("b", "") + FILLED)):
        for label, text in written(app, fields).items():
            runner.models(text, app=label)
        runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()
    assert runner.fetch(f"SELECT b, n FROM {app}_past ORDER BY pgh_id") == [(1, None), (1, 7)]
    back_to_nothing(runner, app, "shop")


@pytest.mark.parametrize("level", ["Row", "Statement"])
def test_a_column_is_kept_beside_and_a_condition_names_a_renamed_one(
    project: Project, level: str
) -> None:
    runner = Runner(project)
    models = "@pgh.track(pgh.Snapshot('s'), pgh.AfterUpdate('c', level=pgh.{}, "
    models += "condition=pgh.AnyChange('{}')))\nclass Order(models.Model):\n"
    models += "    w = models.{}Field(default=0)\n    {} = models.IntegerField(default=0)\n"
    go(runner, shop=models.format(level, "a", "Integer", "a"))
    runner.execute("INSERT INTO shop_order (w, a) VALUES (1, 1)")
    go(runner, "y", shop=models.format(level, "b", "Float", "b"))
    labels = runner.events("UPDATE shop_order SET b = 2", columns="pgh_label")
    assert sorted(labels) == [("c",), ("s",)]
    assert runner.events("UPDATE shop_order SET w = 0.5", columns="pgh_label, w") == [("s", 0.5)]
    back_to_nothing(runner, "shop")
