"""Names that are taken: of event models that are kept, and of columns that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError

import pghistory_ops as pgh
from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TRACK = "@pgh.track(pgh.Snapshot(), model_name='History')\n"
ORDER = "class Order(models.Model):\n    total = models.IntegerField()\n"
NOTE = "    note = models.TextField(default='')\n"
INSERT = "INSERT INTO shop_order (total) VALUES (5)"
HISTORY = "shop_history"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def arrive(runner: Runner, text: str, *replies: str) -> str:
    runner.models(text)
    written = runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()
    return written


def assert_there_and_back(runner: Runner, *tables: str) -> None:
    reached = shape(catalog())
    runner.forget_rows(*tables)
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


# Event models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("replies", [(), ("n",)], ids=["nobody is asked", "no rename"])
def test_a_model_that_is_replaced_under_one_declared_name_is_refused(
    runner: Runner, replies: tuple[str, ...]
) -> None:
    arrive(runner, TRACK + ORDER)
    runner.models(TRACK + ORDER.replace("Order", "Invoice"))
    refusal = (
        r"The event model shop\.History tracked shop\.Order, which is gone, and its "
        r"declaration at .*models\.py:\d+ is of shop\.Invoice\. Give the declaration another "
        r"model_name: events of two models do not go into one table\. If that was renamed, run "
        r"makemigrations in a terminal and answer so\."
    )
    with pytest.raises(CommandError, match=refusal):
        runner.makemigrations(*replies)
    assert len(runner.project.migrations("shop")) == 1


def test_a_model_that_moved_to_another_app_is_refused(project: Project, runner: Runner) -> None:
    audit = "pgh.track(pgh.Snapshot(), model_name='History')('{}.Order')\n"
    runner.models(audit.format("shop"), app="audit")
    arrive(runner, ORDER)
    runner.models("")
    runner.models(ORDER, app="sales")
    runner.models(audit.format("sales"), app="audit")
    with pytest.raises(CommandError, match=r"tracked shop\.Order, which is gone"):
        runner.makemigrations()
    runner.models(audit.format("sales").replace("History", "SaleHistory"), app="audit")
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    sql = INSERT.replace("shop_order", "sales_order")
    assert runner.events(sql, "audit_salehistory", "total") == [(5,)]


@pytest.mark.parametrize(("answer", "meanwhile"), [("1", 1), ("2", 0)], ids=["kept", "stopped"])
def test_history_is_declared_again(runner: Runner, answer: str, meanwhile: int) -> None:
    arrive(runner, TRACK + ORDER)
    arrive(runner, ORDER, answer)
    arrive(runner, ORDER + NOTE)
    sql = "INSERT INTO shop_order (total, note) VALUES (5, 'n')"
    assert len(runner.events(sql, HISTORY)) == meanwhile
    written = arrive(runner, TRACK + ORDER + NOTE)
    assert "declared=True" in written
    assert "CreateEventModel" not in written
    assert runner.events(sql, HISTORY, "total, note") == [(5, "n")]
    assert_there_and_back(runner, "shop_order", HISTORY)


def test_a_hand_written_event_model_is_declared(project: Project, runner: Runner) -> None:
    arrive(runner, ORDER)
    project.write_migration(
        "shop",
        "0002_history",
        """
        pgh.CreateEventModel("History", tracks="shop.Order"),
        pgh.AddTracker("History", pgh.Snapshot()),
        """,
        dependencies=[("shop", "0001_initial"), ("pghistory_ops", "0001_initial")],
    )
    runner.migrate()
    written = arrive(runner, TRACK + ORDER)
    assert "declared=True" in written
    assert "Tracker" not in written
    assert runner.events(INSERT, HISTORY, "total") == [(5,)]


def test_a_deleted_model_that_is_made_anew_has_a_history_of_its_own(runner: Runner) -> None:
    arrive(runner, TRACK + ORDER)
    arrive(runner, "")
    runner.models(TRACK + ORDER)
    with pytest.raises(CommandError, match="another of that name, whose rows are others"):
        runner.makemigrations()
    arrive(runner, TRACK.replace("History", "NewHistory") + ORDER)
    assert runner.events(INSERT, "shop_newhistory", "total") == [(5,)]


# Columns ----------------------------------------------------------------------------------------


def test_a_field_is_renamed_to_the_name_of_a_removed_one(project: Project, runner: Runner) -> None:
    arrive(runner, TRACK + ORDER + "    amount = models.IntegerField()\n")
    runner.execute("INSERT INTO shop_order (total, amount) VALUES (1, 999)")
    arrive(runner, TRACK + ORDER)
    written = arrive(runner, TRACK + ORDER.replace("total", "amount"), "y")
    assert len(runner.questions) == 1
    assert "new_name='amount_old'" in written
    assert runner.fetch(f"SELECT amount, amount_old FROM {HISTORY}") == [(1, 999)]
    runner.execute("UPDATE shop_order SET amount = 2")

    order: Any = project.model("shop.Order")._default_manager.get()
    first = pgh.events(order).order_by("pgh_id").first()
    assert first is not None
    pgh.revert(first)
    order.refresh_from_db()
    assert order.amount == 1
    assert_there_and_back(runner, "shop_order", HISTORY)


TARGETS = """class Customer(models.Model):
    pass


class Product(models.Model):
    code = models.CharField(max_length=9, primary_key=True)


"""
REFERENCE = "    subject = models.ForeignKey({}, models.CASCADE, null=True)\n"


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
def test_a_foreign_key_that_refers_to_a_model_with_another_key(
    runner: Runner, at_once: bool
) -> None:
    arrive(runner, TARGETS + TRACK + ORDER + REFERENCE.format("Customer"))
    runner.execute("INSERT INTO shop_customer VALUES (7)")
    runner.execute("INSERT INTO shop_order (total, subject_id) VALUES (1, 7)")
    runner.execute("UPDATE shop_order SET subject_id = NULL")
    if not at_once:
        arrive(runner, TARGETS + TRACK + ORDER)
    arrive(runner, TARGETS + TRACK + ORDER + REFERENCE.format("Product"))
    runner.execute("INSERT INTO shop_product VALUES ('p')")
    sql = "INSERT INTO shop_order (total, subject_id) VALUES (2, 'p')"
    assert runner.events(sql, HISTORY, "subject_id, subject_old_id") == [("p", None)]
    assert runner.fetch(f"SELECT subject_old_id FROM {HISTORY} WHERE total = 1")[0] == (7,)
    assert_there_and_back(runner, "shop_order", "shop_customer", "shop_product", HISTORY)


@pytest.mark.parametrize("app", ["shop", "audit"])
def test_a_column_becomes_a_reference_to_a_new_model(
    project: Project, runner: Runner, app: str
) -> None:
    track = f"pgh.track(pgh.Snapshot(), app_label='{app}', model_name='History')('shop.Order')\n"
    project.write("audit/migrations/__init__.py", "")
    status = "    status = models.{}\n"
    arrive(runner, ORDER + status.format("IntegerField(null=True)") + track)
    runner.execute("INSERT INTO shop_order (total) VALUES (1)")
    new = TARGETS.replace("class Product", "class State")
    reference = status.format("ForeignKey(State, models.CASCADE, null=True)")
    arrive(runner, new + ORDER + reference + track)
    runner.execute("INSERT INTO shop_state VALUES ('s')")
    sql = "INSERT INTO shop_order (total, status_id) VALUES (2, 's')"
    assert runner.events(sql, f"{app}_history", "status_id, status_old") == [("s", None)]
