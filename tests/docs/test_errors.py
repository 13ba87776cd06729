"""The page on errors quotes the texts; here each of them comes about."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import FieldDoesNotExist
from django.core.management import CommandError
from django.db import NotSupportedError, connection, models, transaction
from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

import pghistory_ops as pgh
from projects import Project

from .blocks import ROOT, blocks

PAGE = "docs/errors.md"
ORDER = CreateModel(
    "Order",
    [("id", models.BigAutoField(primary_key=True)), ("status", models.TextField())],
)
SEAT = CreateModel(
    "Seat",
    [
        ("pk", models.CompositePrimaryKey("row", "number")),
        ("row", models.IntegerField()),
        ("number", models.IntegerField()),
    ],
)
EVENTS = pgh.CreateEventModel("OrderEvent", tracks="shop.Order")
CONTEXT = CreateModel("Context", [("id", models.UUIDField(primary_key=True))])


def quoted() -> str:
    return " ".join(
        " ".join(block.text.split()) for block in blocks(PAGE) if block.language == "text"
    )


def state_after(*operations: Operation) -> ProjectState:
    state = ProjectState()
    CONTEXT.state_forwards("pghistory_ops", state)
    for operation in operations:
        operation.state_forwards("shop", state)
    return state


def two_policies() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", fields=["id"], exclude=["status"])


def unknown_field() -> None:
    state_after(ORDER, pgh.CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["note"]))


def unknown_tracked_model() -> None:
    state_after(ORDER, pgh.CreateEventModel("OrderEvent", tracks="shop.Odrer"))


def unknown_event_model() -> None:
    state_after(ORDER, EVENTS, pgh.AddTracker("OrdersEvent", pgh.Snapshot()))


def unknown_label() -> None:
    state_after(ORDER, EVENTS, pgh.RemoveTracker("OrderEvent", "snapshot"))


def taken_label() -> None:
    tracker = pgh.AddTracker("OrderEvent", pgh.Snapshot())
    state_after(ORDER, EVENTS, tracker, tracker)


def taken_name() -> None:
    state_after(ORDER, EVENTS, EVENTS)


def old_row_of_an_insert() -> None:
    pgh.DatabaseTracker("added", operation=pgh.Insert, snapshot="OLD")


def condition_on_an_unknown_field() -> None:
    tracker = pgh.AfterUpdate("paid", condition=pgh.Q(new__paid=True))
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def condition_on_the_old_row_of_an_insert() -> None:
    tracker = pgh.AfterInsert("paid", condition=pgh.Q(old__status="new"))
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def reference_to_a_composite_key() -> None:
    state_after(
        SEAT, pgh.CreateEventModel("SeatEvent", tracks="shop.Seat", obj_field=pgh.ObjForeignKey())
    )


def another_operation_than_the_name_says() -> None:
    pgh.AfterUpdate(operation=pgh.Insert)


def snapshot_on_a_condition() -> None:
    pgh.Snapshot("changed", condition=pgh.AnyChange("status"))


def new_row_before_the_update() -> None:
    pgh.DatabaseTracker("early", operation=pgh.Update, when=pgh.Before)


def naive_datetime() -> None:
    pgh.AfterUpdate(condition=pgh.Q(new__paid_at__gt=datetime(2030, 1, 1)))  # noqa: DTZ001


class Large(pgh.Condition):
    sql = "NEW.total > 100"

    def resolve(self, model: type[models.Model]) -> str:
        return "NEW.total > 100"


def condition_that_code_of_the_project_resolves() -> None:
    pgh.AfterUpdate(condition=Large())


def without_an_unknown_field() -> None:
    tracker = pgh.AddTracker("OrderEvent", pgh.Snapshot())
    state_after(ORDER, EVENTS, tracker, pgh.RefreshTrackers("OrderEvent", without=["note"]))


def condition_on_a_virtual_column() -> None:
    net = models.GeneratedField(
        expression=models.F("total"), output_field=models.IntegerField(), db_persist=False
    )
    order = CreateModel("Order", [*ORDER.fields, ("total", models.IntegerField()), ("net", net)])
    events = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["net"])
    tracker = pgh.AfterInsert("net", condition=pgh.Q(new__net__gt=100))
    state_after(order, events, pgh.AddTracker("OrderEvent", tracker))


class WithReason(models.Model):
    reason = models.TextField()

    class Meta:
        abstract = True
        app_label = "shop"


def base_with_fields() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", bases=(WithReason,))


def base_with_a_table() -> None:
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", bases=("shop.order",))


def label_for_a_name() -> None:
    pgh.CreateEventModel("shop.OrderEvent", tracks="shop.Order")


def class_for_a_configuration() -> None:
    configuration: Any = pgh.ObjForeignKey
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", obj_field=configuration)


def track_paid(condition: Any) -> None:
    tracker = pgh.AfterUpdate("paid", condition=condition)
    state_after(ORDER, EVENTS, pgh.AddTracker("OrderEvent", tracker))


def condition_with_an_unknown_lookup() -> None:
    track_paid(pgh.Q(new__status__like="paid"))


def condition_without_an_end() -> None:
    track_paid(pgh.Condition("NEW.status = 'paid"))


def condition_with_a_subquery() -> None:
    track_paid(pgh.Condition("NEW.id IN (SELECT id FROM paid)"))


def without_a_text() -> None:
    pgh.RefreshTrackers("OrderEvent", without="status")


def tracker_without_parentheses() -> None:
    pgh.AddTracker("OrderEvent", pgh.Snapshot)


def timeout_without_a_unit() -> None:
    pgh.AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout="2")


def unknown_template() -> None:
    pgh.RefreshTrackers("OrderEvent", template=99)


@pytest.mark.parametrize(
    "mistake",
    [
        two_policies,
        unknown_field,
        unknown_tracked_model,
        unknown_event_model,
        unknown_label,
        taken_label,
        taken_name,
        old_row_of_an_insert,
        condition_on_an_unknown_field,
        condition_on_the_old_row_of_an_insert,
        reference_to_a_composite_key,
        another_operation_than_the_name_says,
        snapshot_on_a_condition,
        new_row_before_the_update,
        naive_datetime,
        condition_that_code_of_the_project_resolves,
        without_an_unknown_field,
        condition_on_a_virtual_column,
        base_with_fields,
        base_with_a_table,
        label_for_a_name,
        class_for_a_configuration,
        condition_with_an_unknown_lookup,
        condition_without_an_end,
        condition_with_a_subquery,
        without_a_text,
        tracker_without_parentheses,
        timeout_without_a_unit,
        unknown_template,
    ],
)
def test_the_page_quotes_what_is_said(mistake: Callable[[], None]) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, FieldDoesNotExist)) as error:
        mistake()
    text = error.value.args[0]
    assert " ".join(text.split()) in quoted(), text


NOTE = 'migrations.AddField("order", "note", models.TextField(default="")),'
DELETED = 'migrations.DeleteModel("OrderEvent"),'
EXTRA = 'migrations.AddField("orderevent", "extra", models.TextField(default="")),'
PAID = """
pgh.AddTracker("OrderEvent", pgh.AfterUpdate("paid", condition=pgh.Q(new__status="paid"))),
migrations.AlterField("orderevent", "status", models.CharField(max_length=50, null=True)),
"""
TOO_LONG = """
migrations.AlterField("order", "status", models.CharField(max_length=50, default="new")),
pgh.RefreshTrackers("OrderEvent"),
"""
LONGER = """
migrations.AlterField("order", "status", models.CharField(max_length=50, default="new")),
pgh.RefreshTrackers("OrderEvent"),
"""
REMOVED = """
pgh.RefreshTrackers("OrderEvent", without=["status"]),
migrations.RemoveField("order", "status"),
"""
REMOVED_TOO_EARLY = """
migrations.RemoveField("order", "status"),
pgh.RemoveTracker("OrderEvent", "paid"),
pgh.RefreshTrackers("OrderEvent"),
"""
STATUS = """
migrations.AlterField("orderevent", "status", models.CharField(max_length=20, null=True)),
pgh.CreateEventModel("StatusEvent", tracks="shop.Order", fields=["status", "total"]),
migrations.AlterField("statusevent", "status", models.CharField(max_length=20, null=True)),
pgh.AddTracker("StatusEvent", pgh.Snapshot("status")),
"""
OLD_POLICY = 'pgh.RefreshTrackers("StatusEvent", without=["status"]),'
NEW_POLICY = """
pgh.AlterEventModel("StatusEvent", fields=["total"]),
pgh.RefreshTrackers("StatusEvent"),
"""
RENAMED = """
pgh.CreateEventModel("PlainEvent", tracks="shop.Order", obj_field=None),
pgh.AddTracker("PlainEvent", pgh.Snapshot("plain")),
migrations.RenameModel("Order", "Purchase"),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("customer", models.ForeignKey("auth.User", models.PROTECT, related_name="+")),
    ("status", models.CharField(max_length=20)),
    ("total", models.DecimalField(max_digits=10, decimal_places=2)),
]),
"""
UNIQUE = """
pgh.CreateEventModel(
    "UniqueEvent",
    tracks="shop.Order",
    fields=["status"],
    columns=[("status", models.CharField(max_length=20, unique=True))],
    options={"constraints": [models.UniqueConstraint(fields=["status"], name="one_event")]},
),
pgh.AddTracker("UniqueEvent", pgh.AfterInsert("unique")),
"""
ANEW = """
migrations.DeleteModel("Order"),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("customer", models.ForeignKey("auth.User", models.PROTECT, related_name="+")),
    ("status", models.CharField(max_length=20)),
    ("total", models.DecimalField(max_digits=10, decimal_places=2)),
]),
"""
REFUSED = [
    UNIQUE,
    ANEW,
    NOTE,
    DELETED,
    EXTRA,
    TOO_LONG,
    RENAMED,
    PAID + LONGER,
    PAID + REMOVED_TOO_EARLY,
    STATUS + REMOVED + NEW_POLICY,
    STATUS + OLD_POLICY + REMOVED,
]


def write_shop(project: Project, operations: str) -> None:
    shown = {block.file: block for block in blocks("docs/quickstart.md") if block.file}
    project.write("shop/models.py", shown["shop/models.py"].text)
    project.write("shop/migrations/__init__.py", "")
    project.makemigrations("shop")
    file = "shop/migrations/0002_order_history.py"
    project.write(file, shown[file].text)
    project.write_migration("shop", "0003_change", operations)


@pytest.mark.django_db
@pytest.mark.parametrize("operations", REFUSED)
def test_the_page_quotes_what_migrate_and_check_say(project: Project, operations: str) -> None:
    write_shop(project, operations)
    with pytest.raises(CommandError) as refusal:
        project.migrate("shop")
    for line in str(refusal.value).splitlines():
        assert " ".join(line.split()) in quoted(), line
    messages = [message for message in run_checks() if message.id == "pghistory_ops.E001"]
    assert messages
    for message in messages:
        fact = str(message.msg).removeprefix("shop.0003_change: ")
        assert " ".join(fact.split()) in quoted(), message.msg


OFF = 'pgh.RemoveTracker("OrderEvent", "paid"),'
ON = 'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("paid", condition=pgh.Q(new__status="paid"))),'


STRICT = """
pgh.CreateEventModel("StatusEvent", tracks="shop.Order", fields=["status", "total"]),
pgh.AddTracker("StatusEvent", pgh.Snapshot("status")),
"""
FOLLOWED = [
    PAID + OFF + LONGER + ON,
    PAID + OFF + REMOVED,
    STATUS + NEW_POLICY + REMOVED,
    STRICT + OLD_POLICY + 'pgh.AlterEventModel("StatusEvent", fields=["total"]),' + REMOVED,
]


@pytest.mark.django_db
@pytest.mark.parametrize("operations", FOLLOWED)
def test_what_the_page_says_to_do_is_not_refused(project: Project, operations: str) -> None:
    write_shop(project, operations)
    project.migrate("shop")
    project.call("check")
    project.migrate("shop", "zero")


INSTEAD = '''
pgh.RemoveTracker("OrderEvent", "snapshot"),
migrations.RunSQL("""{}"""),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
'''
PARTITIONED = INSTEAD.format(
    "CREATE TABLE partitioned (LIKE shop_order) PARTITION BY LIST (status);"
    "DROP TABLE shop_order;"
    "ALTER TABLE partitioned RENAME TO shop_order;"
)
PARTITION = INSTEAD.format(
    "CREATE TABLE whole (LIKE shop_order) PARTITION BY LIST (status);"
    "DROP TABLE shop_order;"
    "CREATE TABLE shop_order PARTITION OF whole DEFAULT;"
)
PARENT = INSTEAD.format("CREATE TABLE child () INHERITS (shop_order)")
NO_TABLE = INSTEAD.format("ALTER TABLE shop_order RENAME TO other")
VIEW = INSTEAD.format(
    "ALTER TABLE shop_order RENAME TO other; CREATE VIEW shop_order AS SELECT * FROM other"
)
UNQUALIFIED = '''
migrations.RunSQL("""
    CREATE FUNCTION is_large(total numeric) RETURNS boolean LANGUAGE sql RETURN total > 100
"""),
pgh.AddTracker(
    "OrderEvent", pgh.AfterInsert("large", condition=pgh.Condition("is_large(NEW.total)"))
),
'''
OPEN_SCHEMA = '''
migrations.RunSQL("""
    CREATE ROLE clerk; GRANT CREATE ON SCHEMA public TO clerk;
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE shop_mood (id bigint PRIMARY KEY, mood mood);
"""),
migrations.CreateModel("Mood", [
    ("id", models.BigIntegerField(primary_key=True)), ("mood", models.TextField(null=True)),
], options={"managed": False}),
pgh.CreateEventModel("MoodEvent", tracks="shop.Mood"),
pgh.AddTracker("MoodEvent", pgh.AfterUpdate("glad", condition=pgh.AnyChange("mood"))),
'''
FOUND_OUT = [PARTITIONED, PARTITION, PARENT, UNQUALIFIED, OPEN_SCHEMA, VIEW, NO_TABLE]


@pytest.mark.django_db
@pytest.mark.parametrize("operations", FOUND_OUT)
def test_the_page_quotes_what_the_database_makes_of_it(project: Project, operations: str) -> None:
    write_shop(project, operations)
    with pytest.raises((NotSupportedError, ValueError)) as refusal:
        project.migrate("shop")
    text = str(refusal.value)
    assert " ".join(text.split()) in quoted(), text


@pytest.mark.django_db
def test_the_page_quotes_what_is_said_of_a_fake(project: Project) -> None:
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0001_initial",
        """
        migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
        initial=True,
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shop_order (id bigint PRIMARY KEY)")
    with pytest.raises(CommandError) as refusal:
        project.migrate("shop", fake_initial=True)
    assert str(refusal.value) in quoted()


@pytest.mark.django_db(transaction=True)
def test_the_page_quotes_what_a_strict_truncate_says(project: Project) -> None:
    write_shop(project, 'pgh.AddTracker("OrderEvent", pgh.AfterTruncate()),')
    project.migrate("shop")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(NotSupportedError) as refusal:
            cursor.execute("TRUNCATE shop_order")
    said, _, _ = str(refusal.value).partition("\n")
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert f"`{said.replace('public.shop_order', '…')}`" in page
