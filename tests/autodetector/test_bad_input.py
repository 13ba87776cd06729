"""Declarations and conditions of which ``makemigrations`` makes nothing, and says why."""

from __future__ import annotations

from textwrap import dedent

import pytest
from django.core import checks
from django.core.management import CommandError

from autodetector.runner import Runner
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = """class Order(models.Model):
    total = models.IntegerField()
    note = models.CharField(max_length=20)


"""
WRONG = {
    "an unknown field": (
        "pgh.track(fields=['totl'])(Order)",
        "fields names 'totl', which shop.Order does not have as a column.",
        "It has: id, total, note.",
    ),
    "an unknown field that is excluded": (
        "pgh.track(exclude=['secret'])(Order)",
        "exclude names 'secret', which shop.Order does not have as a column.",
        "It has: id, total, note.",
    ),
    "labels that clash": (
        "pgh.track(pgh.Snapshot())(Order)\npgh.track(pgh.Snapshot(), model_name='Other')(Order)",
        (
            "The tracked model shop.Order has a tracker 'snapshot' already, of the event model "
            "shop.OrderEvent. Labels are unique per tracked model: give this one another label, or "
            "remove that one with RemoveTracker."
        ),
        None,
    ),
    "two of one name": (
        "pgh.track(pgh.Snapshot('a'))(Order)\npgh.track(pgh.Snapshot('b'))(Order)",
        "2 declarations are of one name.",
        "Give each a model_name of its own.",
    ),
    "the name of a model": (
        "pgh.track(model_name='Order')(Order)",
        "There is a model shop.Order already. Give the event model another name.",
        None,
    ),
    "an unknown model": (
        "pgh.track()('shop.Ordre')",
        "There is no model 'shop.Ordre'.",
        "Name a model of an installed app: 'app_label.ModelName'.",
    ),
    "an abstract model": (
        "class Base(models.Model):\n    class Meta:\n        abstract = True\n\npgh.track()(Base)",
        "The model shop.Base is abstract, so that it has no table.",
        "Declare the models that inherit from it.",
    ),
    "a name that Django's content types do not hold": (
        f"pgh.track(model_name='{'O' * 101}')(Order)",
        ("The name of the event model has 101 characters, and Django's content types hold 100."),
        "Give a shorter one in model_name.",
    ),
    "an unknown app": (
        "pgh.track(app_label='audit')(Order)",
        "There is no app 'audit'.",
        "Give the label of an installed app in app_label.",
    ),
    "an app without migrations": (
        "pgh.track(app_label='bare')(Order)",
        "The app 'bare', whose migrations are to create the event model, has none.",
        (
            "Create the package bare/migrations (with an __init__.py), or name another app in "
            "app_label."
        ),
    ),
    "a base model that is not abstract": (
        "pgh.track(base_model=Order)(Order)",
        "The base model shop.Order is not abstract.",
        "Give an abstract model or a plain class in base_model.",
    ),
    "a condition on an unknown field": (
        "pgh.track(pgh.AfterInsert(condition=pgh.Q(new__totl=1)))(Order)",
        (
            "The tracker 'after_insert' of shop.OrderEvent: there is no field 'totl'; there are "
            "id, note, total, in the tracked model shop.Order at this point of the migrations. "
            "Give the tracker anew with RemoveTracker and AddTracker."
        ),
        None,
    ),
    "a context key without metadata": (
        "pgh.track(context_id_field=pgh.ContextUUIDField())(Order)",
        (
            "The event model OrderEvent has a context_id_field without a ContextJSONField. A "
            "ContextForeignKey holds the context's key itself."
        ),
        None,
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_declaration_that_cannot_be_proposed(project: Project, case: str) -> None:
    declarations, fact, hint = WRONG[case]
    runner = Runner(project)
    runner.models(ORDER + declarations)
    project.write("bare/__init__.py", "")
    project.install()
    errors = [
        item for item in checks.run_checks(tags=["models"]) if item.id == "pghistory_ops.E004"
    ]
    assert errors
    assert {type(item) for item in errors} == {checks.Error}
    assert errors[0].msg.startswith("The declaration of ")
    assert "shop/models.py:" in errors[0].msg
    assert errors[0].msg.endswith(fact)
    assert errors[0].hint == hint
    with pytest.raises(CommandError) as refusal:
        runner.makemigrations()
    assert str(refusal.value).startswith("No migration was made.\n")
    for error in errors:
        assert error.msg in str(refusal.value)
    assert project.migrations("shop") == []


def test_a_model_that_is_swapped_out(settings: object, project: Project) -> None:
    settings.SHOP_ORDER_MODEL = "shop.Purchase"  # type: ignore[attr-defined]
    runner = Runner(project)
    runner.models(
        dedent(
            """
            class Order(models.Model):
                class Meta:
                    swappable = "SHOP_ORDER_MODEL"


            class Purchase(models.Model):
                pass


            pgh.track()(Order)
            """
        )
    )
    with pytest.raises(CommandError) as refusal:
        runner.makemigrations()
    assert (
        "The tracked model shop.Order is swapped out for shop.Purchase by SHOP_ORDER_MODEL. "
        "Track shop.Purchase." in str(refusal.value)
    )


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ("pgh.Snapshot", TypeError, r"takes trackers such as Snapshot\(\)"),
        ("fields=['total'], exclude=['note']", ValueError, "has both fields and exclude"),
        ("fields='total'", ValueError, "is a text"),
    ],
)
def test_a_declaration_that_says_nothing_sensible(
    project: Project, arguments: str, error: type[Exception], match: str
) -> None:
    runner = Runner(project)
    runner.models(f"{ORDER}pgh.track({arguments})(Order)")
    with pytest.raises(error, match=match):
        project.install()


CONDITION = "pgh.AfterUpdate('dear', condition=pgh.Condition('NEW.total > 9'))"
HAND_WRITTEN = f"""
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", {CONDITION}),
"""
CHANGES = {
    "renamed": ORDER.replace("total", "amount"),
    "removed": ORDER.replace("    total = models.IntegerField()\n", ""),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("declared", [False, True])
def test_a_condition_in_sql_text_is_not_guessed_at(
    project: Project, change: str, declared: bool
) -> None:
    runner = Runner(project)
    declaration = f"pgh.track({CONDITION})(Order)\n" if declared else ""
    runner.models(ORDER + declaration)
    runner.makemigrations()
    if not declared:
        project.write_migration(
            "shop",
            "0002_history",
            HAND_WRITTEN,
            dependencies=[("shop", "0001_initial"), ("pghistory_ops", "0001_initial")],
        )
    runner.migrate()
    before = project.migrations("shop")
    runner.models(CHANGES[change] + declaration)
    with pytest.raises(CommandError) as refusal:
        runner.makemigrations(*(["y"] if change == "renamed" else []))
    assert "names the column 'total', which is not there" in str(refusal.value)
    assert "'dear'" in str(refusal.value)
    assert project.migrations("shop") == before
    # What migrate says at its end takes no decision, so nobody is asked for one.
    runner.migrate()


def test_a_changed_declaration_answers_for_it(project: Project) -> None:
    runner = Runner(project)
    runner.models(f"{ORDER}pgh.track({CONDITION})(Order)\n")
    runner.makemigrations()
    runner.migrate()
    condition = CONDITION.replace("total", "amount")
    runner.models(f"{CHANGES['renamed']}pgh.track({condition})(Order)\n")
    runner.makemigrations("y")
    runner.migrate()
    assert runner.is_quiet()
    written = runner.events(
        "INSERT INTO shop_order (amount, note) VALUES (1, ''); UPDATE shop_order SET amount = 10",
        columns="pgh_label, amount",
    )
    assert written == [("dear", 10)]


def test_a_declaration_of_another_tracked_model_is_refused(project: Project) -> None:
    runner = Runner(project)
    other = "class Other(models.Model):\n    total = models.IntegerField()\n\n\n"
    runner.models(f"{ORDER}{other}pgh.track(model_name='History')(Order)\n")
    runner.makemigrations()
    runner.models(f"{ORDER}{other}pgh.track(model_name='History')(Other)\n")
    with pytest.raises(CommandError, match=r"shop\.History tracks shop\.Order.*shop\.Other"):
        runner.makemigrations()
