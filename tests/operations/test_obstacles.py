"""What stands in the way of an operation is said before anything runs, with a remedy that works."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from django.db import connection, migrations, models

import pghistory_ops as pgh
from catalog import catalog, shape
from operations.refusals import assert_refused
from projects import Project
from squashing import described, optimized
from staleness import CONTEXT, found_by_the_check

pytestmark = pytest.mark.django_db

ORDER = """
migrations.CreateModel("Order", [
    ("id", models.AutoField(primary_key=True)),
    ("total", models.IntegerField(default=0)),
    ("note", models.TextField(default="")),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True)),
    ("region", models.ForeignKey("shop.Region", models.CASCADE, null=True, to_field="code")),
    ("tags", models.ManyToManyField("shop.Tag")),
], options={"order_with_respect_to": "customer"}),
"""
MODELS = f"""
migrations.CreateModel("Customer", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Region", [
    ("id", models.AutoField(primary_key=True)),
    ("code", models.CharField(max_length=2, unique=True)),
]),
{ORDER}
"""
ALL = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
SOME = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["note"]),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
MANUAL = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.ManualTracker("by_hand")),
"""
TAGS = """
pgh.CreateEventModel("TagsEvent", tracks="shop.Order_tags"),
pgh.AddTracker("TagsEvent", pgh.Snapshot()),
"""
TAGS_WHEN = """
pgh.CreateEventModel("TagsEvent", tracks="shop.Order_tags"),
pgh.AddTracker("TagsEvent", pgh.AfterUpdate("moved", condition=pgh.AnyChange("order"))),
"""
PLAIN = """
migrations.AlterField(
    "{}", "pgh_obj", models.{}(db_column="pgh_obj_id", db_index=True, null=True)
),
"""
REFERENCE = """
migrations.AlterField("{}", "pgh_obj", models.ForeignKey(
    "{}", models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
)),
"""
REMADE = 'migrations.DeleteModel("Order"),' + ORDER
LET_GO = (
    PLAIN.format("TagsEvent", "BigIntegerField")
    + """
migrations.AlterField(
    "TagsEvent", "order", models.IntegerField(db_column="order_id", db_index=True)
),
"""
)
TAKEN_UP = (
    REFERENCE.format("TagsEvent", "shop.Order_tags")
    + """
migrations.AlterField("TagsEvent", "order", models.ForeignKey(
    "shop.Order", models.DO_NOTHING, db_constraint=False, related_name="+"
)),
"""
)
TAGS_REMADE = """
migrations.RemoveField("Order", "tags"),
migrations.AddField("Order", "tags", models.ManyToManyField("shop.Tag", related_name="x")),
"""


class Case(NamedTuple):
    """History, a migration that it stands in the way of, what is said, and what to do."""

    history: str
    wrong: str
    said: str
    right: str


def bracketed(operations: str, event: str = "OrderEvent", label: str = "snapshot") -> str:
    tracker = {
        "snapshot": "pgh.Snapshot()",
        "moved": 'pgh.AfterUpdate("moved", condition=pgh.AnyChange("order"))',
    }[label]
    return (
        f'pgh.RemoveTracker("{event}", "{label}"),\n{operations}\n'
        f'pgh.AddTracker("{event}", {tracker}),'
    )


WIDER_KEY = 'migrations.AlterField("Customer", "id", models.BigAutoField(primary_key=True)),'
WIDER_CODE = """
migrations.AlterField("Region", "code", models.CharField(max_length=9, unique=True)),
"""
WIDER_ORDER = 'migrations.AlterField("Order", "id", models.BigAutoField(primary_key=True)),'
REFRESH = 'pgh.RefreshTrackers("OrderEvent"),'
NO_TOTAL = 'migrations.RemoveField("Order", "total"),'
NO_CUSTOMER = """
pgh.RefreshTrackers("OrderEvent", without=["customer", "_order"]),
migrations.AlterOrderWithRespectTo("Order", None),
migrations.RemoveField("Order", "customer"),
"""
CUSTOMER_KEY = """
migrations.AlterField(
    "OrderEvent", "customer", models.IntegerField(db_column="customer_id", null=True)
),
"""


def separate(operations: str) -> str:
    return f"migrations.SeparateDatabaseAndState([{operations}], [{operations}]),\n"


CASES = {
    "the table is made anew": Case(
        ALL,
        REMADE,
        "The trackers of shop.OrderEvent ('snapshot') are on a table of shop.Order: DeleteModel "
        "drops the table and their triggers with it. Add RemoveTracker('OrderEvent', ...) before "
        "it, and AddTracker after it where the table is made anew.",
        bracketed(
            PLAIN.format("OrderEvent", "IntegerField")
            + REMADE
            + REFERENCE.format("OrderEvent", "shop.Order")
        ),
    ),
    "the table of a many-to-many field is made anew": Case(
        TAGS,
        TAGS_REMADE,
        "The trackers of shop.TagsEvent ('snapshot') are on a table of shop.Order_tags: "
        "RemoveField of 'tags' drops the table and their triggers with it. Add "
        "RemoveTracker('TagsEvent', ...) before it, and AddTracker after it where the table is "
        "made anew.",
        bracketed(
            PLAIN.format("TagsEvent", "BigIntegerField")
            + TAGS_REMADE
            + REFERENCE.format("TagsEvent", "shop.Order_tags"),
            "TagsEvent",
        ),
    ),
    "the table of a many-to-many field is made anew with its model": Case(
        TAGS,
        LET_GO + REMADE + TAKEN_UP,
        "The trackers of shop.TagsEvent ('snapshot') are on a table of shop.Order_tags: "
        "DeleteModel",
        bracketed(LET_GO + REMADE + TAKEN_UP, "TagsEvent"),
    ),
    "the order with respect to a field goes": Case(
        SOME,
        'migrations.AlterOrderWithRespectTo("Order", None),' + REFRESH,
        "The tracker 'snapshot' of shop.OrderEvent reads the column of the field '_order' in the "
        "WHEN of its trigger when AlterOrderWithRespectTo drops it, and the trigger with it. Add "
        "RefreshTrackers('OrderEvent', without=['_order']) before it.",
        'pgh.RefreshTrackers("OrderEvent", without=["_order"]),\n'
        'migrations.AlterOrderWithRespectTo("Order", None),',
    ),
    "the key of a foreign key gets another type": Case(
        SOME,
        WIDER_KEY + REFRESH,
        "The tracker 'snapshot' of shop.OrderEvent reads the column of the field 'customer' in the "
        "WHEN of its trigger when AlterField changes its type. Add RemoveTracker('OrderEvent', "
        "'snapshot') before it, and AddTracker after it.",
        bracketed(WIDER_KEY),
    ),
    "the unique field of a foreign key gets another type": Case(
        SOME,
        WIDER_CODE + REFRESH,
        "The tracker 'snapshot' of shop.OrderEvent reads the column of the field 'region' in the "
        "WHEN of its trigger when AlterField changes its type.",
        bracketed(WIDER_CODE),
    ),
    "the key of a many-to-many field gets another type": Case(
        TAGS_WHEN,
        WIDER_ORDER + 'pgh.RefreshTrackers("TagsEvent"),',
        "The tracker 'moved' of shop.TagsEvent reads the column of the field 'order' in the WHEN "
        "of its trigger when AlterField changes its type.",
        bracketed(WIDER_ORDER, "TagsEvent", "moved"),
    ),
    "a field goes inside another operation": Case(
        SOME,
        separate(NO_TOTAL) + REFRESH,
        "The tracker 'snapshot' of shop.OrderEvent reads the column of the field 'total' in the "
        "WHEN of its trigger when RemoveField drops it, and the trigger with it. Add "
        "RefreshTrackers('OrderEvent', without=['total']) before it.",
        'pgh.RefreshTrackers("OrderEvent", without=["total"]),\n' + separate(NO_TOTAL),
    ),
    "a field goes inside another operation, with what it takes": Case(
        SOME,
        separate(NO_TOTAL + REFRESH),
        "Add RefreshTrackers('OrderEvent', without=['total']) before it.",
        separate('pgh.RefreshTrackers("OrderEvent", without=["total"]),\n' + NO_TOTAL),
    ),
    "an event model goes inside another operation": Case(
        ALL,
        separate('migrations.DeleteModel("OrderEvent"),'),
        "The event model shop.OrderEvent is deleted while its triggers stay. Use "
        "DeleteEventModel('OrderEvent') instead of DeleteModel.",
        separate('pgh.DeleteEventModel("OrderEvent"),'),
    ),
    "the target of an event column goes": Case(
        ALL,
        NO_CUSTOMER + 'migrations.DeleteModel("Customer"),',
        "The column 'customer' of the event model shop.OrderEvent refers to shop.Customer, which "
        "DeleteModel deletes. Make it a plain column first: AlterField('OrderEvent', 'customer', "
        "...) with the type of the key, its db_column, and null=True.",
        NO_CUSTOMER + CUSTOMER_KEY + 'migrations.DeleteModel("Customer"),',
    ),
    "the tracked model of a finished history goes": Case(
        ALL,
        'pgh.RemoveTracker("OrderEvent", "snapshot"),\nmigrations.DeleteModel("Order"),',
        "The column 'pgh_obj' of the event model shop.OrderEvent refers to shop.Order, which "
        "DeleteModel deletes. Make it a plain column first: AlterField('OrderEvent', 'pgh_obj', "
        "...) with the type of the key, its db_column, and null=True.",
        'pgh.RemoveTracker("OrderEvent", "snapshot"),\n'
        + PLAIN.format("OrderEvent", "IntegerField")
        + 'migrations.DeleteModel("Order"),',
    ),
    "the tracked model of a history without triggers goes": Case(
        MANUAL,
        'migrations.DeleteModel("Order"),',
        "The column 'pgh_obj' of the event model shop.OrderEvent refers to shop.Order",
        PLAIN.format("OrderEvent", "IntegerField") + 'migrations.DeleteModel("Order"),',
    ),
}


def write(project: Project, history: str) -> None:
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", MODELS, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", history)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused(project: Project, case: Case) -> None:
    write(project, case.history)
    project.write_migration("shop", "0003_change", case.wrong)
    assert_refused(project, "shop.0003_change", case.said)
    # Also where the history is there already.
    project.migrate("shop", "0002")
    assert_refused(project, "shop.0003_change", case.said)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_it_says_to_do_works(project: Project, case: Case) -> None:
    empty = catalog()
    write(project, case.history)
    project.migrate("shop")
    before = shape(catalog())
    project.write_migration("shop", "0003_change", case.right)
    assert found_by_the_check(project) == []
    project.migrate("shop")
    after = shape(catalog())
    if case.right.rstrip().endswith(tuple(KEPT)):
        # A tracker is on the table, whichever it is now.
        assert [text for kind, text in after if kind == "trigger"]
    project.migrate("shop", "0002")
    assert shape(catalog()) == before
    project.migrate("shop")
    assert shape(catalog()) == after
    # A later migration finds a state that can be rendered.
    project.write_migration(
        "shop",
        "0004_more",
        'migrations.CreateModel("More", [("id", models.BigAutoField(primary_key=True))]),',
    )
    project.migrate("shop")
    project.migrate("shop", "zero")
    assert catalog() == empty


KEPT = ["pgh.Snapshot()),", 'pgh.AnyChange("order"))),']


def test_a_table_that_is_made_anew_goes_on_being_recorded(project: Project) -> None:
    case = CASES["the table is made anew"]
    write(project, case.history)
    project.write_migration("shop", "0003_change", case.right)
    project.migrate("shop")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_order (total, note, _order) VALUES (3, '', 0)")
        cursor.execute("SELECT total FROM shop_orderevent")
        assert cursor.fetchall() == [(3,)]


@pytest.mark.parametrize(
    "change",
    [
        'migrations.AlterField("Order", "total", models.IntegerField(default=1)),',
        'migrations.AlterField("Tag", "id", models.BigAutoField(primary_key=True)),',
        'migrations.AlterOrderWithRespectTo("Order", "customer"),',
        separate('migrations.AlterModelOptions("Order", {"ordering": ["id"]}),'),
    ],
)
def test_what_touches_no_column_of_a_trigger_is_not_refused(project: Project, change: str) -> None:
    write(project, SOME)
    project.write_migration("shop", "0003_change", change)
    assert found_by_the_check(project) == []
    project.migrate("shop")
    project.migrate("shop", "zero")


def test_a_reference_to_what_is_gone_is_found_however_it_went(project: Project) -> None:
    write(project, MANUAL)
    project.write_migration(
        "shop",
        "0003_change",
        """
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("Order")],
            database_operations=[migrations.RunSQL("DROP TABLE shop_order CASCADE", "SELECT 1")],
        ),
        """,
    )
    assert_refused(
        project,
        "The column 'pgh_obj' of the event model shop.OrderEvent refers to shop.",
        ", which is not there. Make it a plain column before the model goes: "
        "AlterField('OrderEvent', 'pgh_obj', ...) with the type of the key, its db_column, and "
        "null=True.",
    )


def test_a_refresh_stays_before_the_order_goes() -> None:
    operations = [
        pgh.RefreshTrackers("OrderEvent", without=["_order"]),
        migrations.AlterOrderWithRespectTo("Order", None),
        pgh.RefreshTrackers("OrderEvent"),
    ]
    assert described(optimized(operations)) == described(operations)


def test_a_tracker_stays_before_an_order_that_it_reads() -> None:
    condition = pgh.AfterUpdate("moved", condition=pgh.AnyChange("_order"))
    operations = [
        pgh.RemoveTracker("OrderEvent", "moved"),
        migrations.AlterOrderWithRespectTo("Order", None),
        migrations.AddField("Order", "x", models.TextField(null=True)),
        migrations.AlterOrderWithRespectTo("Order", "customer"),
        pgh.AddTracker("OrderEvent", condition),
    ]
    kinds = [type(item).__name__ for item in optimized(operations)]
    assert kinds.index("RemoveTracker") < kinds.index("AlterOrderWithRespectTo")
    assert kinds[-1] == "AddTracker"
