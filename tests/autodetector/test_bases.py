"""The base classes of a declared event model."""

from __future__ import annotations

from typing import Any

import pytest

import pghistory_ops as pgh
from autodetector.runner import Runner, leftovers
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

BASES = """class Greeting:
    def greet(self):
        return "hello"


class Counted(Greeting, models.Model):
    number = models.IntegerField(null=True)

    class Meta:
        abstract = True


"""
ORDER = "@pgh.track({})\nclass Order(models.Model):\n    total = models.IntegerField()\n"


def arrive(project: Project, base: str) -> str:
    runner = Runner(project)
    runner.models(BASES + ORDER.format(base))
    written = runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    return written


def greets() -> bool:
    model: Any = pgh.event_model("shop.OrderEvent")
    return hasattr(model, "greet") and model().greet() == "hello"


@pytest.mark.parametrize("base", ["Greeting", "Counted"])
def test_they_bring_behaviour_from_the_start(project: Project, base: str) -> None:
    arrive(project, f"base_model={base}")
    assert greets()


@pytest.mark.parametrize("base", ["Greeting", "Counted"])
def test_they_are_changed(project: Project, base: str) -> None:
    arrive(project, "")
    assert not greets()
    assert "bases=" in arrive(project, f"base_model={base}")
    assert greets()
    assert "bases=" in arrive(project, "")
    assert not greets()
    runner = Runner(project)
    sql = "INSERT INTO shop_order (total) VALUES (5)"
    assert runner.events(sql, columns="total") == [(5,)]
    runner.migrate("shop", "0001")
    assert not greets()
    runner.forget_rows("shop_order", "shop_orderevent")
    runner.migrate("shop", "zero")
    assert leftovers() == []
