"""What histories have read, in another app, before they were ended in an earlier run."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_altered_keys import assert_the_same_from_zero
from autodetector.test_order import go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

DELETE = "3"
READS = "condition=pgh.AnyChange('a')"
HISTORY = f"pgh.track(pgh.Snapshot('s'), pgh.AfterUpdate('u', {READS}), app_label='history', "
HISTORY += "model_name='Past')('shop.{}')\n"
OTHER = "pgh.track(pgh.Snapshot('o'), app_label='history', model_name='OtherPast')('shop.Other')\n"


def models(name: str = "Order", fields: str = "", b: str = "b") -> str:
    other = "class Other(models.Model):\n    pass\n\n\n"
    return f"{other}class {name}(models.Model):\n    {b} = models.IntegerField(default=0)\n{fields}"


A = "    a = models.IntegerField(default=0)\n"


@pytest.mark.parametrize("other", ["", OTHER])
@pytest.mark.parametrize(
    ("after", "replies"),
    [
        (models(), ()),
        (models(fields="    c = models.IntegerField(default=0)\n"), ("y",)),
        (models(fields="    a = models.TextField(default='')\n"), ()),
        (models("Sale", A), ("y",)),
        ("class Other(models.Model):\n    pass\n", ()),
    ],
)
def test_a_fresh_database_ends_up_the_same(
    project: Project, other: str, after: str, replies: tuple[str, ...]
) -> None:
    runner = Runner(project)
    go(runner, shop=models(fields=A), history=other + HISTORY.format("Order"))
    go(runner, DELETE, shop=models(fields=A), history=other)
    go(runner, *replies, shop=after, history=other)
    last = project.read(f"shop/migrations/{project.migrations('shop')[-1]}.py")
    assert "('history', '0002_delete_past')" in last
    assert_the_same_from_zero(runner, "shop", "history")


def test_the_models_and_the_history_were_renamed(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=models(fields=A), history=HISTORY.format("Order"))
    go(runner, "y", shop=models("Sale", A), history=HISTORY.format("Sale"))
    renamed = HISTORY.format("Sale").replace("Past", "History")
    go(runner, "y", shop=models("Sale", A), history=renamed)
    go(runner, DELETE, shop=models("Sale", A), history="")
    go(runner, shop=models("Sale"), history="")
    assert_the_same_from_zero(runner, "shop", "history")


def test_a_model_that_no_history_read_waits_for_none(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=models(fields=A), history=OTHER)
    go(runner, DELETE, shop=models(fields=A), history="")
    go(runner, shop=models(), history="")
    assert "history" not in project.read(f"shop/migrations/{project.migrations('shop')[-1]}.py")


def test_a_history_that_was_written_by_hand(project: Project) -> None:
    """Its columns may refer to anything, such as to itself."""
    runner = Runner(project)
    go(runner, shop=models(fields=A), history="")
    project.write_migration(
        "history",
        "0001_initial",
        """
        pgh.CreateEventModel("Past", tracks="shop.Order", columns=[
            ("id", models.BigIntegerField()),
            ("a", models.IntegerField()),
            ("b", models.IntegerField()),
            ("last", models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")),
        ]),
        pgh.AddTracker("Past", pgh.Snapshot("s")),
        """,
        dependencies=[("pghistory_ops", "0001_initial"), ("shop", "0001_initial")],
    )
    project.write_migration("history", "0002_end", 'pgh.DeleteEventModel("Past"),')
    runner.migrate()
    go(runner, shop=models(), history="")
    last = project.read(f"shop/migrations/{project.migrations('shop')[-1]}.py")
    assert "('history', '0002_end')" in last
    assert_the_same_from_zero(runner, "shop", "history")


@pytest.mark.parametrize("app", ["history", "tracks"])
@pytest.mark.parametrize("answer", ["2", DELETE])
def test_on_the_way_back_it_reads_what_was_there(project: Project, app: str, answer: str) -> None:
    """An end waits for the tracked model's migrations as well, whose table it tracks again."""
    runner = Runner(project)
    history = HISTORY.format("Order").replace("history", app)
    moved = models(fields=A, b="c") + "    class Meta:\n        db_table = 'orders'\n"
    go(runner, shop=models(fields=A), **{app: history})
    go(runner, "y", shop=models(fields=A, b="c"), **{app: history})
    go(runner, shop=moved, **{app: history})
    go(runner, answer, shop=moved, **{app: ""})
    go(runner, "y", shop=moved.replace("c = ", "d = "), **{app: ""})
    runner.migrate("shop", "0001")
    labels = runner.events("INSERT INTO shop_order (a, b) VALUES (1, 2)", f"{app}_past")
    assert len(labels) == 1
    runner.forget_rows("shop_order", f"{app}_past")
    runner.migrate()
    assert_the_same_from_zero(runner, "shop", app)
