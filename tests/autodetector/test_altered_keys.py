"""The key of a model is altered to which columns of events refer: they keep what they hold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "    id = models.CharField(max_length=40, primary_key=True)\n"
UUID = "    id = models.UUIDField(primary_key=True)\n"
TRACK = "@pgh.track(pgh.Snapshot())\n"
ORDER = "class Order(models.Model):\n    total = models.IntegerField(default=0)\n"
REFERENCE = "    customer = models.ForeignKey('{}', models.CASCADE, null=True)\n"
SEEN = "null=True, related_name='+', db_constraint=False"
ATTRIBUTES = f"{{'seen': models.ForeignKey('sales.Customer', models.DO_NOTHING, {SEEN})}}"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


def customer(key: str, track: str = "") -> str:
    return f"{track}class Customer(models.Model):\n{key}"


def arrive(runner: Runner, text: str | None = None, *replies: str, **others: str) -> str:
    """Write the models of ``shop`` and of other apps, and go where they lead."""
    for app, other in others.items():
        runner.models(other, app=app)
    if text is not None:
        runner.models(text)
    written = runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()
    return written


def record(runner: Runner, key: str, app: str = "sales") -> None:
    """Let an event refer to a row that is deleted then."""
    runner.execute(f"INSERT INTO {app}_customer (id) VALUES ({key})")
    runner.execute(f"INSERT INTO shop_order (total, customer_id) VALUES (1, {key})")
    runner.execute("DELETE FROM shop_order")
    runner.execute(f"DELETE FROM {app}_customer")


def assert_the_same_from_zero(runner: Runner, *apps: str) -> None:
    reached = shape(catalog())
    runner.forget_rows("shop_order", "shop_orderevent", "sales_customer", "sales_customerevent")
    for app in apps:
        runner.migrate(app, "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached


@pytest.mark.parametrize("track", [TRACK, ""], ids=["with history", "without"])
@pytest.mark.parametrize("app", ["sales", "shop"])
def test_what_the_new_type_refuses(runner: Runner, app: str, track: str) -> None:
    def go(key: str) -> str:
        order = TRACK + ORDER + REFERENCE.format(f"{app}.Customer")
        if app == "shop":
            return arrive(runner, customer(key, track) + "\n\n" + order)
        return arrive(runner, order, sales=customer(key, track))

    go(CODE)
    record(runner, "'legacy'", app)
    written = go(UUID)
    assert "models.CharField(db_column='customer_old_id', max_length=40, null=True)" in written
    held = "SELECT customer_old_id, customer_id FROM shop_orderevent"
    assert runner.fetch(held) == [("legacy", None)]
    runner.execute(f"INSERT INTO {app}_customer (id) VALUES (gen_random_uuid())")
    sql = f"INSERT INTO shop_order (total, customer_id) SELECT 2, id FROM {app}_customer"
    columns = "customer_old_id, customer_id IS NULL"
    assert runner.events(sql, columns=columns) == [(None, False)]
    if app == "sales":
        assert_the_same_from_zero(runner, "shop", "sales")


def test_what_the_new_type_rounds(runner: Runner) -> None:
    order = TRACK + ORDER + REFERENCE.format("sales.Customer")
    key = "    id = models.{}, primary_key=True)\n"
    arrive(runner, order, sales=customer(key.format("DecimalField(max_digits=9, decimal_places=1")))
    record(runner, "1.5")
    arrive(runner, order, sales=customer(key.format("IntegerField(default=0")))
    held = "SELECT customer_old_id, customer_id FROM shop_orderevent"
    assert runner.fetch(held) == [(Decimal("1.5"), None)]


def test_a_new_type_that_holds_the_old_one_goes_with_the_key(runner: Runner) -> None:
    order = TRACK + ORDER + REFERENCE.format("sales.Customer")
    key = "    id = models.{}(primary_key=True)\n"
    arrive(runner, order, sales=customer(key.format("AutoField")))
    record(runner, "7")
    assert "customer_old" not in arrive(runner, sales=customer(key.format("BigAutoField")))
    assert runner.fetch("SELECT customer_id FROM shop_orderevent") == [(7,)]


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "before"])
def test_the_reference_is_removed(runner: Runner, at_once: bool) -> None:
    arrive(runner, TRACK + ORDER + REFERENCE.format("sales.Customer"), sales=customer(CODE))
    record(runner, "'legacy'")
    if not at_once:
        arrive(runner, TRACK + ORDER)
    arrive(runner, TRACK + ORDER, sales=customer(UUID))
    assert runner.fetch("SELECT customer_id FROM shop_orderevent") == [("legacy",)]
    assert len(runner.events("INSERT INTO shop_order (total) VALUES (2)")) == 1
    assert_the_same_from_zero(runner, "shop", "sales")


def test_the_reference_is_renamed(runner: Runner) -> None:
    order = TRACK + ORDER + REFERENCE.format("sales.Customer")
    arrive(runner, order, sales=customer(CODE))
    record(runner, "'legacy'")
    arrive(runner, order.replace("customer =", "buyer ="), "y", sales=customer(UUID))
    held = "SELECT buyer_old_id, buyer_id FROM shop_orderevent"
    assert runner.fetch(held) == [("legacy", None)]
    assert_the_same_from_zero(runner, "shop", "sales")


def test_an_extra_column(runner: Runner) -> None:
    arrive(runner, f"@pgh.track(attrs={ATTRIBUTES})\n" + ORDER, sales=customer(CODE))
    runner.execute("INSERT INTO shop_order (total) VALUES (1)")
    runner.execute("UPDATE shop_orderevent SET seen_id = 'legacy'")
    arrive(runner, sales=customer(UUID))
    assert runner.fetch("SELECT seen_old_id, seen_id FROM shop_orderevent") == [("legacy", None)]
    assert_the_same_from_zero(runner, "shop", "sales")


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "declared no more"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "before"])
def test_the_history_has_ended(runner: Runner, at_once: bool, deleted: bool) -> None:
    order = ORDER + REFERENCE.format("sales.Customer")
    arrive(runner, TRACK + order, sales=customer(CODE))
    record(runner, "'legacy'")
    reply = "1" if deleted else "2"
    if at_once:
        arrive(runner, "" if deleted else order, reply, sales=customer(UUID))
    else:
        arrive(runner, "" if deleted else order, reply)
        arrive(runner, sales=customer(UUID))
    # Without trackers the columns go on following the model while it is there.
    kept = "customer_id" if deleted else "customer_old_id"
    assert runner.fetch(f"SELECT {kept} FROM shop_orderevent") == [("legacy",)]
    assert_the_same_from_zero(runner, "shop", "sales")


def test_the_target_of_an_ended_history_is_deleted(runner: Runner) -> None:
    order = ORDER + REFERENCE.format("sales.Customer")
    arrive(runner, TRACK + order, sales=customer(CODE))
    record(runner, "'legacy'")
    arrive(runner, "", "1")
    arrive(runner, sales="")
    assert runner.fetch("SELECT customer_id FROM shop_orderevent") == [("legacy",)]
    assert_the_same_from_zero(runner, "shop", "sales")


def test_a_key_that_is_a_reference_itself(runner: Runner) -> None:
    profile = TRACK + "class Profile(models.Model):\n    customer = models.OneToOneField({})\n"
    profile = profile.format("'sales.Customer', models.CASCADE, primary_key=True")
    order = TRACK + ORDER + REFERENCE.format("Profile")
    arrive(runner, f"{profile}\n\n{order}", sales=customer(CODE))
    runner.execute("INSERT INTO sales_customer (id) VALUES ('legacy')")
    runner.execute("INSERT INTO shop_profile (customer_id) VALUES ('legacy')")
    runner.execute("INSERT INTO shop_order (total, customer_id) VALUES (1, 'legacy')")
    for table in ("shop_order", "shop_profile", "sales_customer"):
        runner.execute(f"DELETE FROM {table}")
    arrive(runner, sales=customer(UUID))
    held = "SELECT customer_old_id, customer_id FROM shop_orderevent"
    assert runner.fetch(held) == [("legacy", None)]
    held = "SELECT pgh_obj_old_id, pgh_obj_id, customer_old_id, customer_id FROM shop_profileevent"
    assert runner.fetch(held) == [("legacy", None, "legacy", None)]
    runner.forget_rows("shop_profileevent")
    assert_the_same_from_zero(runner, "shop", "sales")


@pytest.mark.parametrize("app", ["sales", "shop"])
def test_a_key_of_text_between_two_others(runner: Runner, app: str) -> None:
    order = TRACK + ORDER + REFERENCE.format(f"{app}.Customer")
    for key in ("    id = models.BigAutoField(primary_key=True)\n", CODE, UUID):
        if app == "shop":
            arrive(runner, customer(key, TRACK) + "\n\n" + order)
        else:
            arrive(runner, order, sales=customer(key, TRACK))
    for name in ("0002", "0001", "zero"):
        runner.migrate(app, name)
    runner.migrate("shop", "zero")
    assert leftovers() == []
    runner.migrate()
    assert runner.is_quiet()


def test_the_reference_becomes_a_field_without_one(runner: Runner) -> None:
    """Under its name there is a field that holds the key of before, and not that of now."""
    reference = REFERENCE.format("Customer")
    arrive(runner, f"{customer(CODE)}\n\n{TRACK}{ORDER}{reference}")
    record(runner, "'legacy'", "shop")
    plain = "    customer = models.TextField(default='')\n"
    buyer = reference.replace("customer =", "buyer =")
    arrive(runner, f"{customer(UUID)}\n\n{TRACK}{ORDER}{plain}{buyer}")
    held = "SELECT customer_old_id, customer, buyer_id FROM shop_orderevent"
    assert runner.fetch(held) == [("legacy", None, None)]
    sql = "INSERT INTO shop_order (total, customer) VALUES (2, 'x')"
    assert runner.events(sql, columns="customer_old_id, customer") == [(None, "x")]
    runner.forget_rows("shop_order", "shop_orderevent")
    for name in ("0001", "zero"):
        runner.migrate("shop", name)
    assert leftovers() == []
    runner.migrate()


def test_hidden_relations_are_told_apart_while_a_key_is_altered(runner: Runner) -> None:
    """Django pairs them by their names, and looks for one table's index under another's name."""
    order = TRACK + ORDER + REFERENCE.format("sales.Customer")
    buyer = order.replace("Order", "Sale").replace("customer", "buyer")
    arrive(runner, order + "\n\n" + buyer, sales=customer(CODE, TRACK))
    model = MigrationLoader(connection).project_state().apps.get_model("sales", "Customer")
    hidden = [item.name for item in model._meta.get_fields(include_hidden=True) if "+" in item.name]
    assert sorted(hidden) == [
        "sales.customerevent.pgh_obj+",
        "shop.orderevent.customer+",
        "shop.saleevent.buyer+",
    ]
    arrive(runner, sales=customer(UUID, TRACK))
    indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_saleevent'"
    assert [text for (text,) in runner.fetch(indexes) if text.endswith("(buyer_id)")]
