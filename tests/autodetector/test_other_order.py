"""Migrations that are applied or taken back in another order than that of their graph."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner, leftovers
from autodetector.test_order import go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "class Order(models.Model):\n    a = models.IntegerField()\n"
GROWN = ORDER + "    k = models.IntegerField(default=0)\n"
HISTORY = "pgh.track(app_label='audit', model_name='Past')('shop.Order')\n"


@pytest.mark.parametrize("level", ["Row", "Statement"])
def test_another_apps_history_sees_a_field_that_went_and_came_back(
    project: Project, level: str
) -> None:
    """Going back, Django replays all of one app before the other, whose triggers know the field."""
    runner = Runner(project)
    history = HISTORY.replace("track(", f"track(pgh.Snapshot(level=pgh.{level}), ")
    go(runner, shop=ORDER, audit=history)
    go(runner, shop=GROWN)
    runner.execute("INSERT INTO shop_order (a, k) VALUES (1, 1)")
    for _ in range(2):
        assert runner.events("UPDATE shop_order SET k = k + 1", "audit_past", "a") == [(1,)]
        runner.migrate("shop", "0001")
        assert runner.events("UPDATE shop_order SET a = a", "audit_past", "a") == []
        runner.migrate()
        assert runner.is_quiet()


@pytest.mark.parametrize("level", ["Row", "Statement"])
@pytest.mark.parametrize(
    "condition",
    ["AnyChange(exclude=['a'])", "AllChange()", "AnyChange(exclude_auto=True)"],
)
def test_a_condition_reads_fields_that_were_added_later(
    project: Project, condition: str, level: str
) -> None:
    """The first version of the tracker does not come back with them."""
    runner = Runner(project)
    arguments = f"level=pgh.{level}, condition=pgh.{condition}"
    first, second = (
        HISTORY.replace("track(", f"track(pgh.{name}({arguments}), ")
        for name in ("AfterUpdate", "BeforeUpdate")
    )
    go(runner, shop=ORDER, audit=first)
    go(runner, shop=GROWN)
    go(runner, audit=second)
    runner.migrate("shop", "0001")
    runner.execute("INSERT INTO shop_order (a) VALUES (1)")
    runner.execute("UPDATE shop_order SET a = a + 1")
    runner.forget_rows("audit_past", "shop_order")
    runner.migrate("shop", "zero")
    assert leftovers() == []


def taken(project: Project) -> str:
    """Take the second migration away; return its text."""
    (path,) = project.root.glob("shop/migrations/0002*.py")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return text


def test_a_tracker_of_another_branch_is_not_brought_back(project: Project) -> None:
    """Django takes one branch back with the states of an order in which the other one is there."""
    order = "@pgh.track({})\nclass Order(models.Model):\n    {} = models.IntegerField()\n"
    paid = "pgh.Snapshot(), pgh.AfterUpdate('u', condition=pgh.Q(new__id__gt=0))"
    runner = Runner(project)
    go(runner, shop=order.format("", "a"))
    runner.models(order.format("", "b"))
    runner.makemigrations("y")
    renamed = taken(project)
    runner.models(order.format(paid, "a"))
    runner.makemigrations()
    project.write("shop/migrations/0002_right.py", taken(project))
    project.write("shop/migrations/0002_left.py", renamed)
    runner.models(order.format(paid, "b"))
    project.makemigrations(merge=True, verbosity=0)
    runner.migrate()
    runner.execute("INSERT INTO shop_order (b) VALUES (1)")
    assert len(runner.events("UPDATE shop_order SET b = b + 1")) == 2
    runner.forget_rows("shop_orderevent", "shop_order")
    runner.migrate("shop", "zero")
    assert leftovers() == []
