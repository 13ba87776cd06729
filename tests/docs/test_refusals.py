"""The page on errors quotes what ``migrate``, the check and the database say of a migration."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError
from django.db import NotSupportedError, connection, transaction

from projects import Project

from .blocks import ROOT, blocks
from .test_errors import PAGE, quoted

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
