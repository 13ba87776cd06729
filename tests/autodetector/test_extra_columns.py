"""A new field takes the name of a column that something else was for: the two are not mixed."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner, leftovers
from autodetector.test_taken_names import arrive, assert_there_and_back
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "class Order(models.Model):\n    total = models.IntegerField()\n"
TRACK = "@pgh.track(pgh.Snapshot(), model_name='History'{})\n"
EXTRA = TRACK.format(", attrs={'why': models.TextField(null=True)}")
TRACK = TRACK.format("")
WHY = "    why = models.TextField(default='')\n"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
def test_an_extra_column_that_is_declared_no_more(runner: Runner, at_once: bool) -> None:
    arrive(runner, EXTRA + ORDER)
    runner.execute("INSERT INTO shop_order (total) VALUES (1)")
    runner.execute("UPDATE shop_history SET why = 'asked by phone'")
    if not at_once:
        arrive(runner, TRACK + ORDER)
    written = arrive(runner, TRACK + ORDER + WHY)
    assert "new_name='why_old'" in written
    sql = "SELECT why, why_old FROM shop_history ORDER BY pgh_id"
    assert runner.fetch(sql) == [(None, "asked by phone")]
    runner.execute("UPDATE shop_order SET why = 'b'")
    assert runner.fetch(sql) == [(None, "asked by phone"), ("b", None)]
    assert_there_and_back(runner, "shop_order", "shop_history")


def test_a_column_that_was_kept_for_another_field(runner: Runner) -> None:
    number, text = "    a = models.IntegerField(default=0)\n", "    a = models.{}(default=0)\n"
    arrive(runner, TRACK + ORDER + number)
    runner.execute("INSERT INTO shop_order (total, a) VALUES (1, 7)")
    arrive(runner, TRACK + ORDER + text.format("FloatField"))
    arrive(
        runner,
        TRACK + ORDER + text.format("FloatField") + number.replace("a =", "a_old ="),
    )
    assert runner.fetch("SELECT a, a_old, a_old_old FROM shop_history") == [(None, None, 7)]
    runner.forget_rows("shop_order", "shop_history")
    runner.migrate("shop", "zero")
    assert leftovers() == []


def test_a_removed_field_that_comes_back_goes_on(runner: Runner) -> None:
    arrive(runner, TRACK + ORDER + WHY)
    runner.execute("INSERT INTO shop_order (total, why) VALUES (1, 'a')")
    arrive(runner, TRACK + ORDER)
    assert "why_old" not in arrive(runner, TRACK + ORDER + WHY)
    runner.execute("UPDATE shop_order SET why = 'b'")
    sql = "SELECT why FROM shop_history ORDER BY pgh_id"
    # The field is added with its default: that is no write.
    assert runner.fetch(sql) == [("a",), ("b",)]
    assert_there_and_back(runner, "shop_order", "shop_history")
