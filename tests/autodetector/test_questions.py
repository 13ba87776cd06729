"""What is asked, and what is done where there is nobody to answer."""

from __future__ import annotations

import io
import sys

import pytest

from autodetector.runner import Runner
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "class Order(models.Model):\n    total = models.IntegerField()\n"
TRACK = "@pgh.track(model_name='History')\n"
CHANGES = {
    "the declaration is gone": (
        ORDER,
        (
            "The declaration of history for shop.Order is gone. Its history shop.History goes on "
            "as it is. Run makemigrations in a terminal to stop its trackers or to delete it, or "
            "write the migration by hand."
        ),
    ),
    "the model is gone": (
        "",
        (
            "The tracked model shop.Order is gone, and the trackers go with its table. Its history "
            "shop.History is kept. Run makemigrations in a terminal to delete it, or write the "
            "migration by hand."
        ),
    ),
    "the event model has another name": (
        TRACK.replace("History", "Past") + ORDER,
        (
            "The history shop.History is declared under the name Past now. Run makemigrations in a "
            "terminal to rename it. Until then it goes on as it is."
        ),
    ),
}


@pytest.fixture
def runner(project: Project) -> Runner:
    runner = Runner(project)
    runner.models(TRACK + ORDER)
    runner.makemigrations()
    runner.migrate()
    return runner


@pytest.mark.parametrize("change", CHANGES)
def test_no_question_without_a_terminal(
    runner: Runner,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    models, message = CHANGES[change]
    runner.models(models)
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n"))  # a pipe, as a hook of git has it
    runner.project.makemigrations("--dry-run", interactive=True)
    assert message in runner.project.stderr
    assert "Delete" not in runner.project.stdout.getvalue().replace("Delete model Order", "")
    assert sys.stdin.read() == "3\n"


def test_a_name_that_is_made_of_fields_follows_their_rename(project: Project) -> None:
    text = "@pgh.track(fields=['a', 'c'])\nclass Order(models.Model):\n"
    text += "    {} = models.IntegerField(default=0)\n    c = models.IntegerField(default=0)\n"
    runner = Runner(project)
    runner.models(text.format("a"))
    runner.makemigrations()
    runner.migrate()
    runner.execute("INSERT INTO shop_order (a, c) VALUES (1, 2)")
    runner.models(text.format("x").replace("'a'", "'x'"))
    runner.makemigrations("y")
    assert len(runner.questions) == 1
    runner.migrate()
    assert runner.is_quiet()
    assert runner.fetch("SELECT x, c FROM shop_orderxcevent") == [(1, 2)]


def test_a_deleted_model_has_nothing_to_stop(runner: Runner) -> None:
    runner.models("")
    runner.makemigrations("1")
    assert len(runner.questions) == 1
    printed = runner.project.stdout.getvalue()
    assert "The tracked model shop.Order is gone, and the trackers go with its table." in printed
    assert "1) Keep the events" in printed
    assert "2) Delete the history" in printed
    assert "3)" not in printed
    runner.migrate()
    assert runner.is_quiet()


@pytest.mark.parametrize("reply", ["1", "2"])
def test_models_that_refer_to_each_other_are_deleted_with_their_trackers(
    runner: Runner, reply: str
) -> None:
    model = (
        "@pgh.track()\nclass {}(models.Model):\n    {} = models.ForeignKey('{}', models.CASCADE)\n"
    )
    runner.models(model.format("Person", "parent", "self") + model.format("Pet", "o", "Person"))
    runner.makemigrations("2")
    runner.migrate()
    runner.models("")
    runner.makemigrations(reply, reply)
    runner.migrate()
    assert runner.is_quiet()
    runner.migrate("shop", "zero")
