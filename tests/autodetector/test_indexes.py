"""Indexes and constraints of an event model whose columns are renamed."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = """@pgh.track(meta={meta}, model_name="History")
class Order(models.Model):
    total = models.IntegerField(null=True)
    note = models.TextField(default="")
"""
META = {
    "an index": "{'indexes': [models.Index(fields=['total'], name='by_total')]}",
    "an index without a name": "{'indexes': [models.Index(fields=['-total', 'note'])]}",
    "an index with a condition": (
        "{'indexes': [models.Index(fields=['note'], name='x', condition=models.Q(total__gt=1))]}"
    ),
    "an index of an expression": "{'indexes': [models.Index(models.F('total') + 1, name='x')]}",
    "a constraint": (
        "{'constraints': [models.CheckConstraint(condition=models.Q(total__gt=0), name='x')]}"
    ),
    "a unique constraint": (
        "{'constraints': [models.UniqueConstraint(fields=['pgh_id', 'total'], name='x')]}"
    ),
}


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def arrive(runner: Runner, text: str, *replies: str) -> str:
    runner.models(text)
    written = runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()
    return written


def assert_there_and_back(runner: Runner) -> None:
    reached = shape(catalog())
    runner.forget_rows("shop_order", "shop_history")
    runner.migrate("shop", "0001")
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


def indexed(runner: Runner) -> list[str]:
    """Return what the indexes and constraints of the event table say of it."""
    found = runner.fetch(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_history' UNION ALL "
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = 'shop_history'::regclass AND contype = 'c'"
    )
    return [text for (text,) in found]


@pytest.mark.parametrize("meta", META)
def test_declared_ones_follow_a_rename(runner: Runner, meta: str) -> None:
    text = ORDER.format(meta=META[meta])
    arrive(runner, text)
    before = indexed(runner)
    assert sum("total" in item for item in before) == 1
    written = arrive(runner, text.replace("total", "amount"), "y")
    assert written.index("Remove") < written.rindex("RenameField(")
    after = indexed(runner)
    assert len(after) == len(before)
    assert sum("amount" in item for item in after) == 1
    assert_there_and_back(runner)


def test_those_of_a_hand_written_event_model_follow_a_rename(
    project: Project, runner: Runner
) -> None:
    plain = ORDER.partition("\n")[2]
    arrive(runner, plain)
    project.write_migration(
        "shop",
        "0002_history",
        """
        pgh.CreateEventModel("History", tracks="shop.Order"),
        pgh.AddTracker("History", pgh.Snapshot()),
        migrations.AddIndex("History", models.Index(fields=["total", "note"], name="by_total")),
        """,
        dependencies=[("shop", "0001_initial"), ("pghistory_ops", "0001_initial")],
    )
    runner.migrate()
    arrive(runner, plain.replace("total", "amount"), "y")
    assert sum("by_total" in item and "amount" in item for item in indexed(runner)) == 1
    arrive(runner, plain.replace("total", "sum"), "y")
    assert sum("by_total" in item and "sum" in item for item in indexed(runner)) == 1
    assert_there_and_back(runner)


def test_one_is_on_the_new_column_when_the_old_one_is_kept_beside_it(runner: Runner) -> None:
    text = ORDER.format(meta=META["an index"])
    arrive(runner, text)
    arrive(runner, text.replace("IntegerField", "FloatField"))
    (found,) = [item for item in indexed(runner) if "by_total" in item]
    assert found.endswith("(total)")
    assert_there_and_back(runner)


def test_that_of_a_composite_key_follows_a_rename(project: Project, runner: Runner) -> None:
    text = """@pgh.track(model_name="History")
class Order(models.Model):
    pk = models.CompositePrimaryKey("code", "line")
    code = models.IntegerField()
    line = models.IntegerField()
"""
    arrive(runner, text)
    arrive(runner, text.replace("code", "number"), "y")
    assert sum("(number, line)" in item for item in indexed(runner)) == 1
    assert_there_and_back(runner)
