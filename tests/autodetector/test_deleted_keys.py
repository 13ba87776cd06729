"""A model whose primary key is a foreign key itself is deleted, and history outlives it."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "class Person(models.Model):\n    name = models.TextField(default='')\n\n\n"
TRACK = "@pgh.track(pgh.Snapshot())\n"
CHILD = "class Child(Person):\n    total = models.IntegerField(default=0)\n\n\n"
ORDER = "class Order(models.Model):\n    total = models.IntegerField(default=0)\n"
REFERENCE = "    profile = models.ForeignKey(Profile, models.CASCADE, null=True)\n"
PROFILE = """class Profile(models.Model):
    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)


"""


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def arrive(runner: Runner, text: str, *replies: str) -> None:
    runner.models(text)
    runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()


def assert_there_and_back(runner: Runner, *tables: str) -> None:
    reached = shape(catalog())
    runner.forget_rows(*tables)
    runner.migrate("shop", "0001")
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


@pytest.mark.parametrize(
    ("model", "key", "insert"),
    [
        (PROFILE, "person_id", "INSERT INTO shop_profile VALUES (1)"),
        (CHILD, "person_ptr_id", "INSERT INTO shop_child VALUES (1, 5)"),
    ],
    ids=["one-to-one", "child"],
)
def test_its_own_history(runner: Runner, model: str, key: str, insert: str) -> None:
    arrive(runner, PERSON + TRACK + model)
    runner.execute("INSERT INTO shop_person (name) VALUES ('n')")
    runner.execute(insert)
    arrive(runner, PERSON, "1")
    table = "shop_profileevent" if model == PROFILE else "shop_childevent"
    assert runner.fetch(f"SELECT pgh_obj_id, {key} FROM {table}") == [(1, 1)]
    assert_there_and_back(runner, table, "shop_person")


def test_the_history_of_a_model_that_referred_to_it(runner: Runner) -> None:
    arrive(runner, PERSON + PROFILE + TRACK + ORDER + REFERENCE)
    runner.execute("INSERT INTO shop_person (name) VALUES ('n')")
    runner.execute("INSERT INTO shop_profile VALUES (1)")
    runner.execute("INSERT INTO shop_order (total, profile_id) VALUES (5, 1)")
    arrive(runner, PERSON + TRACK + ORDER)
    assert runner.fetch("SELECT profile_id FROM shop_orderevent") == [(1,)]
    assert len(runner.events("INSERT INTO shop_order (total) VALUES (6)")) == 1
    assert_there_and_back(runner, "shop_order", "shop_orderevent")
