"""Django writes rows on the way back, too, where a field had come to take NULL.

Also without such rows it is a statement, for which statement-level triggers fire.
"""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_filled_rows import APPS, FILLED, A, N
from autodetector.test_order import back_to_nothing, go, operations
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "    {} = models.TextField(default='1'{})\n"


def written(app: str, level: str, fields: str) -> dict[str, str]:
    models = f"class Order(models.Model):\n{fields}"
    condition = "condition=pgh.AnyChange('n')"
    declared = f"pgh.track(pgh.AfterUpdate('u', {condition}{level}), app_label='{app}', "
    declared += "model_name='Past')('shop.Order')\n"
    return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}


@APPS
@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize(
    ("replies", "fields"),
    [
        (["y"], A.format("b", "")),
        ([], A.format("a", ", db_column='other'")),
        ([], TEXT.format("a", "")),
        ([], ""),
    ],
    ids=["renamed", "another column", "another type", "removed"],
)
def test_while_another_field_changes(
    project: Project, app: str, level: str, replies: list[str], fields: str
) -> None:
    runner = Runner(project)
    go(runner, **written(app, level, A.format("a", "") + FILLED))
    go(runner, *replies, **written(app, level, fields + N))
    for _ in range(2):
        if fields:
            column = "b" if replies else "other" if "other" in fields else "a"
            runner.execute(f"INSERT INTO shop_order ({column}, n) VALUES (1, NULL)")
        if app != "shop":
            runner.migrate(app, "0001")
        runner.migrate("shop", "0001")
        assert set(runner.fetch("SELECT n FROM shop_order")) <= {(7,)}
        runner.forget_rows("shop_order", f"{app}_past")
        runner.migrate()
    back_to_nothing(runner, app, "shop")


@APPS
def test_without_such_rows(project: Project, app: str) -> None:
    """The field's own type changes, too."""
    runner = Runner(project)
    level = ", level=pgh.Statement"
    go(runner, **written(app, level, A.format("a", "") + FILLED))
    text = TEXT.format("n", "").replace("default='1'", "null=True")
    go(runner, "y", **written(app, level, A.format("b", "") + text))
    runner.execute("INSERT INTO shop_order (b, n) VALUES (1, '5')")
    assert runner.events("UPDATE shop_order SET n = '6'", f"{app}_past", "n") == [("6",)]
    if app != "shop":
        runner.migrate(app, "0001")
    runner.migrate("shop", "0001")
    assert runner.events("UPDATE shop_order SET n = 7", f"{app}_past", "n") == [(7,)]
    back_to_nothing(runner, app, "shop")


def test_only_then_it_is_another_order_than_django_s(project: Project) -> None:
    runner = Runner(project)
    fields = A.format("a", "") + FILLED
    go(runner, **written("shop", "", fields))
    text = go(runner, **written("shop", "", A.format("added", "") + A.format("a", "") + N))
    assert operations(text)[:2] == ["AddField order.added", "AlterField order.n"]
    fields = A.format("added", "") + A.format("a", "") + FILLED
    go(runner, **written("shop", "", fields))
    text = go(
        runner, "y", **written("shop", "", fields.replace(" a =", " b =")[: -len(FILLED)] + N)
    )
    assert operations(text)[:2] == ["AlterField order.n", "RenameField order"]
    back_to_nothing(runner, "shop")
