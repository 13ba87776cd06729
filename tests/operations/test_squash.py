"""``squashmigrations`` and ``optimizemigration`` leave nothing superseded, and build the same."""

import re
from collections.abc import Iterable

import pytest
from django.core.checks import run_checks
from django.db import connection

from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db

MIGRATIONS = {
    "0001_initial": """
        migrations.CreateModel("Order", [
            ("id", models.BigAutoField(primary_key=True)),
            ("total", models.IntegerField(default=0)),
            ("note", models.TextField(default="")),
        ]),
    """,
    "0002_create": """
        pgh.CreateEventModel(
            "OrderEvent",
            tracks="shop.Order",
            columns=[
                ("id", models.BigIntegerField()),
                ("total", models.IntegerField()),
                ("note", models.TextField()),
            ],
        ),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total=9))),
    """,
    "0003_change": """
        migrations.AddField("Order", "paid", models.BooleanField(null=True)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
        pgh.AlterEventModel("OrderEvent", append_only=True),
        migrations.AddIndex("OrderEvent", models.Index(fields=["paid"], name="event_paid")),
    """,
    "0004_rename": """
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.RefreshTrackers("OrderEvent"),
        migrations.RenameModel("Order", "Sale"),
        migrations.RenameModel("OrderEvent", "SaleEvent"),
        pgh.RefreshTrackers("SaleEvent"),
        pgh.AddTracker("SaleEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__amount=9))),
    """,
    "0005_remove": """
        pgh.RefreshTrackers("SaleEvent", without=["note"]),
        migrations.RemoveField("Sale", "note"),
        migrations.RemoveField("SaleEvent", "note"),
        pgh.RefreshTrackers("SaleEvent"),
        pgh.RemoveTracker("SaleEvent", "after_delete"),
    """,
}
SHORTEST = ["CreateModel", "CreateEventModel", "AddTracker", "AddTracker"]


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop/models.py", "")
    for name, operations in MIGRATIONS.items():
        if name == "0001_initial":
            dependencies = [("pghistory_ops", "0001_initial")]
            project.write_migration("shop", name, operations, dependencies=dependencies)
        else:
            project.write_migration("shop", name, operations)
    return project


def operations_of(text: str) -> list[str]:
    return re.findall(
        r"^ {8}(?:migrations|pgh|pghistory_ops\.operations)\.(\w+)\(", text, re.MULTILINE
    )


def remove(project: Project, names: Iterable[str]) -> None:
    for name in names:
        (project.root / "shop" / "migrations" / f"{name}.py").unlink()


def squash(project: Project, *arguments: str) -> str:
    project.call("squashmigrations", "shop", *arguments, interactive=False)
    (name,) = set(project.migrations("shop")) - set(MIGRATIONS)
    return name


def write_a_row() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_sale (amount, paid) VALUES (8, true)")
        cursor.execute("UPDATE shop_sale SET amount = 9")
        cursor.execute("SELECT pgh_label, amount, paid FROM shop_saleevent ORDER BY pgh_id")
        return list(cursor.fetchall())


def test_a_squashed_history_is_as_short_as_it_can_be_and_the_same(shop: Project) -> None:
    before = catalog()
    shop.migrate("shop")
    step_by_step = catalog()
    shop.migrate("shop", "zero")
    assert catalog() == before

    name = squash(shop, "0001", "0005")
    assert operations_of(shop.read(f"shop/migrations/{name}.py")) == SHORTEST
    remove(shop, MIGRATIONS)
    shop.migrate("shop")
    assert shape(catalog()) == shape(step_by_step)
    assert sorted(write_a_row()) == [
        ("dear", 9, True),
        ("snapshot", 8, True),
        ("snapshot", 9, True),
    ]
    assert run_checks(tags=["models"]) == []
    shop.migrate("shop", "zero")
    assert catalog() == before


def test_a_database_that_has_all_the_steps_goes_on_from_the_squashed_one(shop: Project) -> None:
    before = catalog()
    shop.migrate("shop")
    name = squash(shop, "0001", "0005")
    shop.migrate("shop")
    remove(shop, MIGRATIONS)
    shop.write_migration(
        "shop",
        "0006_more",
        """
        migrations.AddField("Sale", "code", models.TextField(null=True)),
        migrations.AddField("SaleEvent", "code", models.TextField(null=True)),
        pgh.RefreshTrackers("SaleEvent"),
        """,
        dependencies=[("shop", name)],
    )
    assert run_checks(tags=["models"]) == []
    shop.migrate("shop")
    assert len(write_a_row()) == 3
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_sale SET code = 'a', amount = 1")
        cursor.execute("SELECT code FROM shop_saleevent ORDER BY pgh_id DESC LIMIT 1")
        assert cursor.fetchone() == ("a",)
        cursor.execute("ALTER TABLE shop_saleevent DISABLE TRIGGER pgh_append_only")
        cursor.execute("DELETE FROM shop_saleevent")
    shop.migrate("shop", "zero")
    assert catalog() == before


def test_a_squash_of_the_later_part_builds_the_same(shop: Project) -> None:
    before = catalog()
    shop.migrate("shop")
    step_by_step = catalog()
    shop.migrate("shop", "zero")
    name = squash(shop, "0003", "0005")
    text = operations_of(shop.read(f"shop/migrations/{name}.py"))
    steps = [operations_of(shop.read(f"shop/migrations/{key}.py")) for key in MIGRATIONS]
    assert len(text) < sum(map(len, steps[2:]))
    remove(shop, list(MIGRATIONS)[2:])
    shop.migrate("shop")
    assert shape(catalog()) == shape(step_by_step)
    shop.migrate("shop", "zero")
    assert catalog() == before


def test_optimizing_one_migration(shop: Project) -> None:
    shop.migrate("shop")
    step_by_step = catalog()
    shop.migrate("shop", "zero")
    remove(shop, MIGRATIONS)
    shop.write_migration(
        "shop",
        "0001_all",
        "\n".join(
            "\n".join(line.strip() for line in text.splitlines()) for text in MIGRATIONS.values()
        ),
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    shop.call("optimizemigration", "shop", "0001")
    assert operations_of(shop.read("shop/migrations/0001_all.py")) == SHORTEST
    shop.migrate("shop")
    assert shape(catalog()) == shape(step_by_step)
    assert "No optimizations possible" in shop.call("optimizemigration", "shop", "0001")


def test_code_between_is_kept_in_its_place(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0003_change",
        'migrations.RunSQL("SELECT 1", "SELECT 1"),\n'
        + "\n".join(line.strip() for line in MIGRATIONS["0003_change"].splitlines()),
    )
    shop.migrate("shop")
    step_by_step = catalog()
    shop.migrate("shop", "zero")
    name = squash(shop, "0001", "0005")
    text = operations_of(shop.read(f"shop/migrations/{name}.py"))
    assert text[:5] == ["CreateModel", "CreateEventModel", "AddTracker", "AddTracker", "AddTracker"]
    assert text[5] == "RunSQL"
    assert "AddField" in text[6:]
    assert "RefreshTrackers" in text[6:]
    remove(shop, MIGRATIONS)
    shop.migrate("shop")
    assert shape(catalog()) == shape(step_by_step)


def test_derived_columns_are_kept_from_folding(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0002_create",
        """
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total=9))),
        """,
    )
    shop.migrate("shop")
    step_by_step = catalog()
    shop.migrate("shop", "zero")
    name = squash(shop, "0001", "0005")
    assert "AddField" in operations_of(shop.read(f"shop/migrations/{name}.py"))
    remove(shop, MIGRATIONS)
    shop.migrate("shop")
    assert shape(catalog()) == shape(step_by_step)
    assert len(write_a_row()) == 3
