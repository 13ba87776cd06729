"""Event columns that would refuse events, or make them differ from the row, are refused."""

from __future__ import annotations

from textwrap import dedent

import pytest
from django.db import connection

from catalog import catalog
from operations.refusals import assert_refused
from projects import Project
from staleness import CONTEXT, found_by_the_check

pytestmark = pytest.mark.django_db

ORDER = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("whole", models.IntegerField(default=0)),
    ("day", models.DateField(null=True)),
    ("exact", models.DecimalField(max_digits=8, decimal_places=2, null=True)),
    ("code", models.CharField(max_length=9, default="")),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True)),
]),
"""
HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
REFRESH = 'pgh.RefreshTrackers("OrderEvent"),'
SAID = (
    "The column '{}' of the event model shop.OrderEvent does not hold every value of the field of "
    "shop.Order as it is, so that writes would be refused, or events would differ from the row. "
    "Add AlterField('OrderEvent', '{}', ...) to the migration."
)
# What a field becomes, a value of it, and the field.
KINDS = {
    "an integer becomes a float": ("whole", "models.FloatField(default=0{})", "1.6"),
    "an integer becomes a decimal": (
        "whole",
        "models.DecimalField(max_digits=20, decimal_places=4, default=0{})",
        "3.7500",
    ),
    "an integer becomes a larger one": ("whole", "models.BigIntegerField(default=0{})", str(2**40)),
    "an integer becomes a text": ("whole", 'models.CharField(max_length=9, default=""{})', "abc"),
    "a date becomes a moment": ("day", "models.DateTimeField(null=True{})", "2020-01-01 10:11:12"),
    "a decimal becomes a float": ("exact", "models.FloatField(null=True{})", "1.23456"),
    "a decimal gets more places": (
        "exact",
        "models.DecimalField(max_digits=10, decimal_places=4, null=True{})",
        "1.2345",
    ),
    "a text gets longer": ("code", 'models.CharField(max_length=50, default=""{})', "a" * 50),
    "a text gets as long as it likes": ("code", 'models.TextField(default=""{})', "a" * 50),
}


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", HISTORY)
    return project


@pytest.mark.parametrize(("name", "field", "value"), KINDS.values(), ids=KINDS)
def test_a_tracked_column_of_another_kind(shop: Project, name: str, field: str, value: str) -> None:
    change = f'migrations.AlterField("Order", "{name}", {field.format("")}),'
    shop.write_migration("shop", "0003_change", change + REFRESH)
    assert_refused(shop, "shop.0003_change", SAID.format(name, name))
    follow = f'migrations.AlterField("OrderEvent", "{name}", {field.format("")}),'
    shop.write_migration("shop", "0003_change", change + follow + REFRESH)
    assert found_by_the_check(shop) == []
    shop.migrate("shop")
    with connection.cursor() as cursor:
        others = {"whole": "0", "code": "''"} | {name: "%s"}
        columns, marks = ", ".join(others), ", ".join(others.values())
        cursor.execute(f"INSERT INTO shop_order ({columns}) VALUES ({marks})", [value])
        cursor.execute(f"SELECT {name} FROM shop_order")
        row = cursor.fetchall()
        cursor.execute(f"SELECT {name} FROM shop_orderevent")
        assert cursor.fetchall() == row
        cursor.execute("DELETE FROM shop_order")
        cursor.execute("TRUNCATE shop_orderevent")
    shop.migrate("shop", "zero")


@pytest.mark.parametrize(
    "change",
    [
        'migrations.AlterField("Order", "whole", models.SmallIntegerField(default=0)),',
        'migrations.AlterField("Order", "whole", models.PositiveIntegerField(default=0)),',
        'migrations.AlterField("Order", "code", models.CharField(max_length=3, default="")),',
        """
        migrations.AlterField(
            "Order", "exact", models.DecimalField(max_digits=5, decimal_places=1, null=True)
        ),
        """,
    ],
)
def test_a_tracked_column_that_gets_narrower(shop: Project, change: str) -> None:
    shop.write_migration("shop", "0003_change", f"{dedent(change).strip()}\n{REFRESH}")
    assert found_by_the_check(shop) == []
    shop.migrate("shop")
    shop.migrate("shop", "zero")


def test_a_field_that_comes_back_as_another_one(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0003_gone",
        """
        pgh.RefreshTrackers("OrderEvent", without=["whole"]),
        migrations.RemoveField("Order", "whole"),
        """,
    )
    shop.migrate("shop", "0002")
    shop.write_migration(
        "shop",
        "0004_back",
        'migrations.AddField("Order", "whole", models.TextField(default="")),' + REFRESH,
    )
    assert_refused(shop, "shop.0004_back", SAID.format("whole", "whole"))


@pytest.mark.parametrize(
    "column",
    [
        '("whole", models.BooleanField(null=True))',
        '("day", models.DateTimeField(null=True))',
        '("code", models.CharField(max_length=3))',
        '("exact", models.DecimalField(max_digits=8, decimal_places=2))',
    ],
)
def test_a_column_that_does_not_fit_from_the_start(project: Project, column: str) -> None:
    name = column[2 : column.index('",')]
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration(
        "shop",
        "0002_history",
        f"""
        pgh.CreateEventModel(
            "OrderEvent", tracks="shop.Order", fields=["{name}"], columns=[{column}]
        ),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    assert_refused(project, SAID.format(name, name))


UNIQUE = {
    "a one-to-one field": (
        '("customer", models.OneToOneField("shop.Customer", models.CASCADE, null=True))'
    ),
    "a unique text": '("code", models.CharField(max_length=9, unique=True))',
}


@pytest.mark.parametrize("column", UNIQUE.values(), ids=UNIQUE)
def test_a_unique_column_is_refused(project: Project, column: str) -> None:
    name = column[2 : column.index('",')]
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration(
        "shop",
        "0002_history",
        f"""
        pgh.CreateEventModel(
            "OrderEvent", tracks="shop.Order", fields=["{name}"], columns=[{column}]
        ),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    assert_refused(
        project,
        f"The column '{name}' of the event model shop.OrderEvent is unique, so that the second "
        "event of a row would be refused. Leave unique=True out, and make a OneToOneField a "
        "ForeignKey.",
    )


TOGETHER = {
    "unique_together": '"unique_together": {("pgh_obj", "pgh_label")}',
    "a constraint": (
        '"constraints": [models.UniqueConstraint(fields=["code"], name="one_event_each")]'
    ),
}


@pytest.mark.parametrize("options", TOGETHER.values(), ids=TOGETHER)
def test_columns_that_are_unique_together_are_refused(project: Project, options: str) -> None:
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration(
        "shop",
        "0002_history",
        f"""
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", options={{{options}}}),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        """,
    )
    assert_refused(project, "shop.OrderEvent", "unique")


def test_a_key_that_nothing_generates(shop: Project) -> None:
    key = 'migrations.AlterField("OrderEvent", "pgh_id", models.{}),'
    shop.write_migration(
        "shop", "0003_change", key.format("BigIntegerField(primary_key=True)") + REFRESH
    )
    assert_refused(
        shop,
        "The column 'pgh_id' of the event model shop.OrderEvent is mirrored from no field of "
        "shop.Order and does not take NULL, so no event can be written. Make it null=True or give "
        "it a db_default.",
    )
    before = catalog()
    shop.write_migration("shop", "0003_change", key.format("AutoField(primary_key=True)") + REFRESH)
    shop.migrate("shop")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_order (whole, code) VALUES (1, '')")
        cursor.execute("SELECT pgh_id FROM shop_orderevent")
        assert cursor.fetchall() == [(1,)]
    shop.migrate("shop", "zero")
    assert catalog() == before
