"""A migration that would leave a tracker stale is refused before anything runs."""

from textwrap import dedent

import pytest
from django.core.management import CommandError

from catalog import catalog
from operations.refusals import assert_refused
from projects import Project
from staleness import CONTEXT, HISTORY, ORDER, REFRESH, SOME, found_by_the_check

pytestmark = pytest.mark.django_db

STALE = {
    "a column that is not copied yet": (
        """
        migrations.AddField("Order", "paid", models.BooleanField(null=True)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        """,
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a whole row that has grown": (
        'migrations.AddField("Order", "paid", models.BooleanField(null=True)),',
        [
            (
                "The event model shop.OrderEvent has no column for the field 'paid' of shop.Order, "
                "which it is to mirror. Add AddField('OrderEvent', 'paid', ...) with null=True and "
                "RefreshTrackers('OrderEvent') to the migration, or leave the field out: "
                "AlterEventModel('OrderEvent', exclude=['paid'])."
            ),
        ],
    ),
    "a column that is too narrow": (
        """
        migrations.AlterField("Order", "note", models.TextField(default="", null=True)),
        pgh.RefreshTrackers("OrderEvent"),
        """,
        [
            (
                "The column 'note' of the event model shop.OrderEvent does not hold every value of "
                "the field of shop.Order as it is, so that writes would be refused, or events "
                "would differ from the row. Add AlterField('OrderEvent', 'note', ...) to the "
                "migration."
            )
        ],
    ),
    "a policy with a field that has another name now": (
        """
        pgh.AlterEventModel("OrderEvent", fields=["id", "total", "note"]),
        migrations.RenameField("Order", "note", "remark"),
        migrations.RenameField("OrderEvent", "note", "remark"),
        pgh.RefreshTrackers("OrderEvent"),
        """,
        [
            (
                "The event model shop.OrderEvent is to mirror the field 'note', which shop.Order "
                "does not have. Add AlterEventModel('OrderEvent', fields=[...]) and "
                "RefreshTrackers('OrderEvent') to the migration."
            )
        ],
    ),
    "a renamed column": (
        """
        migrations.RenameField("Order", "note", "remark"),
        migrations.RenameField("OrderEvent", "note", "remark"),
        """,
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a column renamed on one side": (
        'migrations.RenameField("OrderEvent", "note", "remark"),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a column of another name": (
        'migrations.AlterField("Order", "note", models.TextField(default="", db_column="Note")),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a removed column": (
        'migrations.RemoveField("Order", "note"),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a removed copy": (
        'migrations.RemoveField("OrderEvent", "note"),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a removed column of a condition": (
        """
        pgh.RefreshTrackers("OrderEvent"),
        migrations.RemoveField("Order", "total"),
        """,
        ["The tracker 'dear' of shop.OrderEvent", "'total'", "RemoveTracker"],
    ),
    "a renamed column of a condition": (
        """
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        """,
        ["The tracker 'dear' of shop.OrderEvent", "'total'", "RemoveTracker"],
    ),
    "a renamed event table": (
        'migrations.AlterModelTable("OrderEvent", "history"),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "a specification without its refresh": (
        'pgh.AlterEventModel("OrderEvent", pausable=True),',
        ["The tracker 'snapshot' of shop.OrderEvent is stale"],
    ),
    "another type under a condition": (
        'migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),',
        ["The tracker 'dear' of shop.OrderEvent"],
    ),
    "another type under a condition, and a refresh that comes too late": (
        """
        migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),
        pgh.RefreshTrackers("OrderEvent"),
        """,
        ["'dear'", "RemoveTracker", "AddTracker"],
    ),
}


ADDED = """
migrations.AddField("Order", "paid", models.BooleanField(null=True)),
migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
"""


@pytest.mark.parametrize(("operations", "expected"), STALE.values(), ids=STALE)
def test_it_is_refused_in_one_plan(shop: Project, operations: str, expected: list[str]) -> None:
    shop.write_migration("shop", "0003_change", operations)
    assert_refused(shop, "shop.0003_change", *expected)


@pytest.mark.parametrize(("operations", "expected"), STALE.values(), ids=STALE)
def test_it_is_refused_on_its_own(shop: Project, operations: str, expected: list[str]) -> None:
    shop.migrate("shop")
    shop.write_migration("shop", "0003_change", operations)
    assert_refused(shop, "shop.0003_change", *expected)


def test_the_remedy_is_a_refresh(shop: Project) -> None:
    shop.write_migration("shop", "0003_change", ADDED)
    text = assert_refused(shop)
    assert "After the migration shop.0003_change: " in text
    assert REFRESH in text.replace("'", '"')
    (error, *_) = found_by_the_check(shop)
    assert error.msg.startswith("shop.0003_change: The tracker 'snapshot' of shop.OrderEvent is")
    assert error.hint.replace("'", '"') == REFRESH
    assert error.obj == "shop.OrderEvent"
    shop.write_migration(
        "shop",
        "0003_change",
        ADDED + 'pgh.RefreshTrackers("OrderEvent"),',
    )
    assert found_by_the_check(shop) == []
    shop.migrate("shop")


def test_a_later_migration_of_the_same_app_is_too_late(shop: Project) -> None:
    # A deployment may stop between the two.
    shop.write_migration("shop", "0003_change", STALE["a whole row that has grown"][0])
    shop.write_migration("shop", "0004_refresh", 'pgh.RefreshTrackers("OrderEvent"),')
    text = assert_refused(shop, "shop.0003_change")
    assert "0004" not in text


def test_a_comparison_of_some_columns_blocks_a_change_of_their_type(project: Project) -> None:
    """PostgreSQL alters no column that a trigger's WHEN reads, so it is refused beforehand."""
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration(
        "shop",
        "0002_history",
        """
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", fields=["total", "note"]),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    project.write_migration(
        "shop",
        "0003_change",
        """
        migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),
        pgh.RefreshTrackers("OrderEvent"),
        """,
    )
    assert_refused(project, "shop.0003_change", "'snapshot'", "RemoveTracker", "AddTracker")
    project.write_migration(
        "shop",
        "0003_change",
        """
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        migrations.AlterField("Order", "total", models.BigIntegerField(default=0)),
        migrations.AlterField("OrderEvent", "total", models.BigIntegerField()),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    project.migrate("shop")
    project.migrate("shop", "0002")


def test_a_column_is_not_dropped_under_a_trigger_that_reads_it(project: Project) -> None:
    """Django drops a column with CASCADE, which takes the trigger along in silence."""
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", HISTORY.format(policy=SOME))
    project.write_migration(
        "shop",
        "0003_change",
        """
        migrations.AlterField("OrderEvent", "note", models.TextField(null=True)),
        migrations.RemoveField("Order", "note"),
        pgh.AlterEventModel("OrderEvent", fields=["total"]),
        pgh.RefreshTrackers("OrderEvent"),
        """,
    )
    assert_refused(project, "shop.0003_change", "'snapshot'", "without=['note']")


def test_a_rename_and_an_alteration_of_a_compared_column_in_one_go(project: Project) -> None:
    """Nothing tells which column it was any more, so the way back would be lost."""
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration(
        "shop",
        "0002_history",
        """
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", fields=["total", "note"]),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    project.migrate("shop")
    before = catalog()
    rename = """
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["amount", "note"]),
        {between}
        migrations.AlterField("Order", "amount", models.IntegerField(default=0, db_column="Sum")),
        pgh.RefreshTrackers("OrderEvent"),
    """
    between = 'pgh.RefreshTrackers("OrderEvent"),'
    project.write_migration("shop", "0003_change", rename.format(between=between))
    project.migrate("shop")
    project.migrate("shop", "0002")
    assert catalog() == before
    project.write_migration("shop", "0003_change", rename.format(between=""))
    said = ""
    try:
        project.migrate("shop")
    except (CommandError, ValueError) as refusal:
        said = str(refusal)
    else:
        project.migrate("shop", "0002")
    assert not said or "RefreshTrackers" in said
    assert catalog() == before


SEPARATE = """
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.AddField("Order", "paid", models.BooleanField(null=True))],
    database_operations=[
        migrations.RunSQL(
            "ALTER TABLE shop_order ADD paid bool", "ALTER TABLE shop_order DROP paid"
        ),
    ],
),
"""


FOLLOW = """
migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
pgh.RefreshTrackers("OrderEvent"),
"""


def test_a_change_inside_another_operation_is_seen(shop: Project) -> None:
    shop.write_migration("shop", "0003_change", SEPARATE)
    assert_refused(shop, "shop.0003_change", "'paid'")
    shop.write_migration("shop", "0003_change", f"{dedent(SEPARATE)}\n{FOLLOW}")
    shop.migrate("shop")
    shop.migrate("shop", "zero")


def test_backwards_is_never_refused(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0003_change",
        ADDED + 'pgh.RefreshTrackers("OrderEvent"),',
    )
    shop.migrate("shop")
    shop.migrate("shop", "0002")
    shop.migrate("shop", "0001")
    shop.migrate("shop", "zero")


def test_faking_is_not_refused_less(shop: Project) -> None:
    shop.migrate("shop")
    shop.write_migration("shop", "0003_change", STALE["a whole row that has grown"][0])
    with pytest.raises(CommandError, match="has no column for the field 'paid'"):
        shop.migrate("shop", fake=True)


def test_projects_without_history_pay_nothing(project: Project) -> None:
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER)
    assert found_by_the_check(project) == []
    project.migrate("shop")
