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


NARROW, TEXT = "models.IntegerField(null=True)", "models.TextField(default='7')"
WIDE = "models.BigIntegerField(default=7)"


def tracked(app: str, level: str, fields: str) -> dict[str, str]:
    models = f"class Order(models.Model):\n{fields}"
    condition = "condition=pgh.AnyChange('n')"
    trackers = f"pgh.Snapshot('s'{level}), pgh.AfterUpdate('u', {condition}{level})"
    declared = f"pgh.track({trackers}, app_label='{app}', model_name='Past')('shop.Order')\n"
    return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}


@APPS
@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize(("n", "filled"), [(WIDE, 7), (TEXT, "7")])
def test_the_type_changes_too(
    project: Project, app: str, level: str, n: str, filled: int | str
) -> None:
    """Also in a session that has written before the change, as a data migration does."""
    runner = Runner(project)
    before = f"    n = {NARROW}\n    b = models.IntegerField(default=0)\n"
    go(runner, **tracked(app, level, before))
    runner.execute("INSERT INTO shop_order (b) VALUES (0); UPDATE shop_order SET b = 1")
    go(runner, **tracked(app, level, f"    n = {n}\n    b = models.IntegerField(default=0)\n"))
    assert runner.fetch("SELECT n FROM shop_order") == [(filled,)]
    found = runner.fetch(f"SELECT pgh_label, n FROM {app}_past WHERE n IS NOT NULL")
    assert sorted(found) == [("s", filled), ("u", filled)]
    runner.migrate("shop", "0001")
    runner.migrate()
    assert len(runner.events("UPDATE shop_order SET n = '8'", f"{app}_past")) == 2
    back_to_nothing(runner, app, "shop")


@APPS
def test_the_type_of_another_field_changes(project: Project, app: str) -> None:
    runner = Runner(project)
    fields = "    a = models.{}\n    n = models.{}\n    z = models.{}\n"
    go(runner, **written(app, fields.format(*["IntegerField(null=True)"] * 3)))
    runner.execute("INSERT INTO shop_order (a, z) VALUES (1, 3)")
    text = "TextField(null=True)"
    go(runner, **written(app, fields.format(text, "IntegerField(default=7)", text)))
    found = runner.fetch(f"SELECT a, n, z FROM {app}_past ORDER BY pgh_id")
    assert found == [("1", None, "3"), ("1", 7, "3")]
    back_to_nothing(runner, app, "shop")


def test_what_is_given_once_is_not_kept(project: Project) -> None:
    """The default that Django asks for is in the operation that writes it."""
    runner = Runner(project)
    go(runner, **written("shop", f"    n = {NARROW}\n"))
    runner.execute("INSERT INTO shop_order DEFAULT VALUES")
    go(runner, "1", "'5'", **written("shop", "    n = models.TextField()\n"))
    assert runner.fetch("SELECT n FROM shop_past ORDER BY pgh_id") == [(None,), ("5",)]
    text = (project.root / "shop/migrations" / f"{project.migrations('shop')[-1]}.py").read_text()
    assert text.index("TextField(null=True)") < text.index("TextField(default='5')")
    assert text.count("preserve_default=False") == 1
    back_to_nothing(runner, "shop")
