"""Squashed migrations in which a key was replaced: the same catalog, and the way back."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TRACK = "@pgh.track(pgh.Snapshot())\n"
ORDER = "class Order(models.Model):\n    id = models.{}\n\n\n"
LINE = (
    "class Line(models.Model):\n    order = models.ForeignKey(Order, models.CASCADE, null=True)\n"
)
TEXT = ["BigAutoField(primary_key=True)", "CharField(max_length=9, primary_key=True)"]
NUMBERS = [
    "DecimalField(max_digits=9, decimal_places=1, primary_key=True)",
    "IntegerField(primary_key=True)",
    "FloatField(primary_key=True)",
]


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def of_events() -> set[object]:
    """Return the catalog; Django itself gives the keys of models other indexes."""
    return {item for item in shape(catalog()) if "varchar_pattern_ops" not in str(item)}


@pytest.mark.parametrize(
    ("models", "keys"),
    [(TRACK + ORDER, TEXT), (TRACK + ORDER + TRACK + LINE, NUMBERS), (TRACK + ORDER, NUMBERS)],
    ids=["once", "twice, with another model", "twice"],
)
def test_the_key_is_replaced(runner: Runner, models: str, keys: list[str]) -> None:
    for key in keys:
        runner.models(models.format(key))
        runner.makemigrations()
        runner.migrate()
    reached = of_events()
    runner.migrate("shop", "zero")
    name = runner.project.migrations("shop")[-1]
    runner.project.call("squashmigrations", "shop", name, interactive=False, verbosity=0)
    runner.migrate()
    assert of_events() == reached
    assert runner.is_quiet()
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert of_events() == reached


def test_the_table_of_a_many_to_many_field_is_made_anew(runner: Runner) -> None:
    text = "class Tag(models.Model):\n    pass\n\n\nclass Label(models.Model):\n    pass\n\n\n"
    order = "class Order(models.Model):\n    tags = models.ManyToManyField({})\n\n\n"
    track = "pgh.track(pgh.Snapshot(), app_label='shop')(Order.tags.through)\n"
    for target in ("Tag", "Label"):
        runner.models(text + order.format(target) + track)
        runner.makemigrations()
        runner.migrate()
    reached = of_events()
    runner.migrate("shop", "zero")
    name = runner.project.migrations("shop")[-1]
    runner.project.call("squashmigrations", "shop", name, interactive=False, verbosity=0)
    runner.migrate()
    assert of_events() == reached
    runner.migrate("shop", "zero")
    assert leftovers() == []


def test_a_key_of_a_type_that_is_not_cast_is_squashed_without_optimizing(runner: Runner) -> None:
    code = "    code = models.UUIDField(default=uuid.uuid4{})\n"
    for key in ("", ", primary_key=True"):
        runner.models(f"{TRACK}class Order(models.Model):\n{code.format(key)}")
        runner.makemigrations()
        runner.migrate()
    reached = of_events()
    runner.migrate("shop", "zero")
    name = runner.project.migrations("shop")[-1]
    options = {"interactive": False, "verbosity": 0, "no_optimize": True}
    runner.project.call("squashmigrations", "shop", name, **options)
    runner.migrate()
    assert of_events() == reached
    assert runner.is_quiet()
    runner.migrate("shop", "zero")
    assert leftovers() == []
