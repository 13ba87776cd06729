"""Fields that ask the backend itself for their column's type, as those of GeoDjango do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from catalog import catalog
from projects import Project
from staleness import CONTEXT, found_by_the_check

FIELDS = '''
from django.db import models


class Shape(models.Field):
    """A column whose type only the operations of one backend know."""

    def __init__(self, *args, srid=4326, spatial_index=True, **kwargs):
        self.srid = srid
        self.spatial_index = spatial_index
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["srid"] = self.srid
        if not self.spatial_index:
            kwargs["spatial_index"] = False
        return name, path, args, kwargs

    def db_type(self, connection):
        return connection.ops.shape_type(self)


class Nowhere(models.Field):
    """Has no type here at all."""

    def db_type(self, connection):
        raise NotImplementedError
'''
ORDER = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("total", models.IntegerField(default=0)),
    ("place", shop.fields.Shape(null=True)),
]),
"""
HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"{}),
pgh.AddTracker("OrderEvent", pgh.Snapshot({})),
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    connection.ensure_connection()
    operations: Any = connection.ops

    def shape_type(field: Any) -> str:
        return "point" if field.srid == 4326 else "polygon"

    monkeypatch.setattr(operations, "shape_type", shape_type, raising=False)
    project.write("shop/models.py", "")
    project.write("shop/fields.py", FIELDS)
    write(project, "0001_initial", ORDER, dependencies=CONTEXT)
    return project


def write(project: Project, name: str, operations: str, **options: Any) -> None:
    file = project.write_migration("shop", name, operations, **options)
    file.write_text("import shop.fields\n" + file.read_text())


def execute(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


WAYS = {
    "all fields": ("", ""),
    "all fields, of a statement": ("", "level=pgh.Statement"),
    "this one": (', fields=["place"]', ""),
    "all others": (', exclude=["place"]', ""),
    "all others, of a statement": (', exclude=["place"]', "level=pgh.Statement"),
}


@pytest.mark.parametrize(("policy", "level"), WAYS.values(), ids=WAYS)
def test_it_is_tracked(shop: Project, policy: str, level: str) -> None:
    before = catalog()
    write(shop, "0002_history", HISTORY.format(policy, level))
    assert found_by_the_check(shop) == []
    shop.migrate("shop")
    execute("INSERT INTO shop_order (total, place) VALUES (1, '(1,2)')")
    execute("UPDATE shop_order SET place = '(1,3)'")
    execute("UPDATE shop_order SET total = 2")
    if "exclude" in policy:
        assert execute("SELECT total FROM shop_orderevent ORDER BY pgh_id") == [(1,), (2,)]
    else:
        changes = 2 if "fields" in policy else 3
        found = execute("SELECT place::text FROM shop_orderevent ORDER BY pgh_id")
        assert found == [("(1,2)",), ("(1,3)",), ("(1,3)",)][:changes]
    shop.migrate("shop", "zero")
    assert catalog() == before


@pytest.mark.parametrize("level", ["Row", "Statement"])
def test_a_condition_reads_it(shop: Project, level: str) -> None:
    tracker = f'pgh.AfterUpdate("moved", condition=pgh.AnyChange("place"), level=pgh.{level})'
    write(
        shop,
        "0002_history",
        f'pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),\n'
        f'pgh.AddTracker("OrderEvent", {tracker}),',
    )
    shop.migrate("shop")
    execute("INSERT INTO shop_order (total, place) VALUES (1, '(1,2)')")
    execute("UPDATE shop_order SET total = 3")
    execute("UPDATE shop_order SET place = '(1,3)'")
    assert execute("SELECT place::text FROM shop_orderevent") == [("(1,3)",)]
    shop.sqlmigrate("shop", "0002")


def test_a_change_of_its_type_is_seen(shop: Project) -> None:
    write(shop, "0002_history", HISTORY.format("", ""))
    change = 'migrations.AlterField("Order", "place", shop.fields.Shape(srid=1, null=True)),'
    refresh = 'pgh.RefreshTrackers("OrderEvent"),'
    write(shop, "0003_change", change + refresh)
    with pytest.raises(CommandError, match=r"The column 'place' .* does not hold every value"):
        shop.migrate("shop")
    follow = change.replace('"Order"', '"OrderEvent"')
    write(shop, "0003_change", change + follow)
    with pytest.raises(CommandError, match=r"The tracker 'snapshot' .* is stale"):
        shop.migrate("shop")
    write(shop, "0003_change", change + follow + refresh)
    assert found_by_the_check(shop) == []


@pytest.mark.parametrize("option", ["db_index=True", "spatial_index=False", "help_text='where'"])
def test_what_is_not_its_type_changes_nothing(shop: Project, option: str) -> None:
    write(shop, "0002_history", HISTORY.format(', exclude=["total"]', ""))
    field = f"shop.fields.Shape({option}, null=True)"
    write(shop, "0003_change", f'migrations.AlterField("Order", "place", {field}),')
    assert found_by_the_check(shop) == []


def test_a_field_that_has_no_type_here(shop: Project) -> None:
    add = 'migrations.AddField("Order", "lost", shop.fields.Nowhere(null=True)),'
    write(shop, "0002_history", HISTORY.format("", ""))
    write(
        shop,
        "0003_lost",
        f"""
        migrations.SeparateDatabaseAndState(state_operations=[{add}]),
        pgh.AlterEventModel("OrderEvent", exclude=["lost"]),
        pgh.RefreshTrackers("OrderEvent"),
        """,
    )
    assert found_by_the_check(shop) == []
