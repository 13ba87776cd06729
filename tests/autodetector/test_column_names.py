"""A column name goes from one field to another; the event columns follow where they can."""

from __future__ import annotations

from typing import Any

import pytest

import pghistory_ops as pgh
from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TRACK = "pgh.track(pgh.Snapshot(), app_label='{}', model_name='History'{})('shop.Order')\n"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def arrive(
    runner: Runner,
    app: str,
    columns: dict[str, str],
    *replies: str,
    attrs: dict[str, str] | None = None,
) -> None:
    """Write fields with their columns, and go there; each field is a number with its own name."""
    fields = "".join(
        f"    {name} = models.IntegerField(db_column='{column}', default=0)\n"
        for name, column in columns.items()
    )
    extra = "".join(
        f"'{name}': models.IntegerField(db_column='{column}', null=True), "
        for name, column in (attrs or {}).items()
    )
    track = TRACK.format(app, f", attrs={{{extra}}}" if extra else "")
    order = f"class Order(models.Model):\n{fields}\n\n"
    runner.models(order + (track if app == "shop" else ""))
    if app != "shop":
        runner.models(track, app=app)
    runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()


def assert_recorded(runner: Runner, app: str, columns: dict[str, str]) -> None:
    """Write 1, 2, 3 ... into the fields, and find them in the event's fields of the same names."""
    expected = {name: number for number, name in enumerate(columns, 1)}
    names, numbers = ", ".join(columns.values()), ", ".join(map(str, expected.values()))
    runner.execute(f"INSERT INTO shop_order ({names}) VALUES ({numbers})")
    runner.project.install()
    event: Any = pgh.event_model(f"{app}.History")._default_manager.order_by("-pk")[0]
    assert {name: getattr(event, name) for name in columns} == expected


def assert_the_same_from_zero(runner: Runner, app: str) -> None:
    reached = shape(catalog())
    runner.forget_rows("shop_order", f"{app}_history")
    for label in {"shop", app}:
        runner.migrate(label, "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


@pytest.mark.parametrize("app", ["shop", "audit"])
@pytest.mark.parametrize(
    "steps",
    [
        [{"z": "x", "a": "b"}, {"z": "b", "a": "q"}],
        [{"z": "x", "a": "b"}, {"z": "b"}, {"z": "b", "k": "k"}, {"z": "x", "k": "k"}],
        [{"z": "x", "a": "b"}, {"z": "x"}, {"z": "x", "n": "b"}, {"z": "x", "n": "b", "k": "k"}],
    ],
    ids=["handed on", "of a removed field", "to a new field"],
)
def test_the_column_of_another_field(runner: Runner, app: str, steps: list[dict[str, str]]) -> None:
    for columns in steps:
        arrive(runner, app, columns)
        assert_recorded(runner, app, columns)
    assert_the_same_from_zero(runner, app)


@pytest.mark.parametrize("app", ["shop", "audit"])
def test_a_rename_that_leaves_the_column(runner: Runner, app: str) -> None:
    arrive(runner, app, {"z": "z", "b": "y"})
    for columns, replies in (({"y": "z", "b": "y"}, ["y"]), ({"y": "z"}, []), ({"y": "y"}, [])):
        arrive(runner, app, columns, *replies)
        assert_recorded(runner, app, columns)
    assert_the_same_from_zero(runner, app)


@pytest.mark.parametrize("app", ["shop", "audit"])
def test_the_column_of_an_extra_one(runner: Runner, app: str) -> None:
    for extra, columns in (
        ("e", {"z": "x"}),
        ("f", {"z": "e"}),
        ("z", {"z": "e", "k": "k"}),
        ("e", {"z": "w", "k": "k"}),
    ):
        arrive(runner, app, columns, attrs={"extra": extra})
        assert_recorded(runner, app, columns)
    assert_the_same_from_zero(runner, app)


def test_the_way_back_has_functions_for_the_columns_of_then(runner: Runner) -> None:
    arrive(runner, "audit", {"z": "z", "b": "y"})
    arrive(runner, "audit", {"z": "z"})
    before = shape(catalog())
    arrive(runner, "audit", {"z": "y"})  # the event column cannot follow
    runner.migrate("audit", "0002")
    runner.migrate("shop", "0002")
    assert shape(catalog()) == before
    assert len(runner.events("INSERT INTO shop_order (z) VALUES (1)", "audit_history")) == 1
