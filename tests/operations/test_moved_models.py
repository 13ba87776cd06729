"""A tracked model goes to another app, and its table stays."""

from __future__ import annotations

import pytest

from catalog import catalog
from db.shop import execute, query
from projects import Project
from staleness import CONTEXT, HISTORY, ORDER, found_by_the_check

pytestmark = pytest.mark.django_db

CREATED = """migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("total", models.IntegerField()),
                ("note", models.TextField()),
            ],
            options={"db_table": "shop_order"},
        ),
    ],
),
"""
PLAIN = """migrations.AlterField(
    "OrderEvent", "pgh_obj", models.BigIntegerField(db_column="pgh_obj_id", db_index=True)
),
"""
FOLLOWED = 'pgh.AlterEventModel("OrderEvent", tracks="sales.Order"),\n'
BACK = """migrations.AlterField("OrderEvent", "pgh_obj", models.ForeignKey(
    "sales.Order", models.DO_NOTHING, db_constraint=False, related_name="+",
)),
"""
GONE = """migrations.SeparateDatabaseAndState(
    state_operations=[migrations.DeleteModel("Order")]
),
"""


@pytest.mark.parametrize("order", [PLAIN + FOLLOWED + BACK + GONE, PLAIN + GONE + FOLLOWED + BACK])
def test_a_model_moves_to_another_app(project: Project, order: str) -> None:
    project.write("shop/models.py", "")
    project.write("sales/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", HISTORY.format(policy=""))
    project.migrate("shop")
    before = catalog()
    first = [("shop", "0001_initial")]
    project.write_migration("sales", "0001_initial", CREATED, dependencies=first)
    moved = [("shop", "0002_history"), ("sales", "0001_initial")]
    project.write_migration("shop", "0003_moved", order, dependencies=moved)
    assert found_by_the_check(project) == []
    project.migrate("shop")
    assert catalog() == before
    execute("INSERT INTO shop_order (total, note) VALUES (10, '')")
    assert query("SELECT total FROM shop_orderevent") == [10]
    project.migrate("shop", "0002")
    assert catalog() == before
