"""Renamed and deleted models: what would leave a tracker stale is refused."""

import pytest
from django.core.management import CommandError
from django.db import connection

from catalog import catalog
from operations.refusals import assert_refused
from projects import Project
from staleness import CONTEXT, HISTORY, ORDER, found_by_the_check

pytestmark = pytest.mark.django_db


def test_a_rename_of_the_tracked_model_needs_nothing(shop: Project) -> None:
    shop.write_migration("shop", "0003_rename", 'migrations.RenameModel("Order", "Sale"),')
    assert found_by_the_check(shop) == []
    shop.migrate("shop")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_sale (total, note) VALUES (10, '')")
        cursor.execute("SELECT pgh_label, total FROM shop_orderevent")
        assert cursor.fetchall() == [("snapshot", 10)]


def test_a_rename_of_the_tracked_model_without_a_reference_says_the_remedy(
    project: Project,
) -> None:
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", HISTORY.format(policy=", obj_field=None"))
    rename = 'migrations.RenameModel("Order", "Sale"),\n'
    project.write_migration("shop", "0003_rename", rename)
    assert_refused(
        project,
        "shop.0003_rename",
        'write AlterEventModel("OrderEvent", tracks="app.NewName") after the rename',
    )
    remedy = 'pgh.AlterEventModel("OrderEvent", tracks="shop.Sale"),'
    project.write_migration("shop", "0003_rename", rename + remedy)
    assert found_by_the_check(project) == []
    project.migrate("shop")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_sale (total, note) VALUES (10, '')")
        cursor.execute("SELECT pgh_label, total FROM shop_orderevent")
        assert cursor.fetchall() == [("snapshot", 10)]
    project.migrate("shop", "zero")


def test_a_deleted_tracked_model_under_its_trackers(shop: Project) -> None:
    shop.write_migration("shop", "0003_delete", 'migrations.DeleteModel("Order"),')
    assert_refused(shop, "shop.0003_delete", "OrderEvent")


def test_a_deleted_event_model_with_triggers(shop: Project) -> None:
    shop.write_migration("shop", "0003_delete", 'migrations.DeleteModel("OrderEvent"),')
    assert_refused(
        shop,
        "After the migration shop.0003_delete: The event model shop.OrderEvent is deleted while "
        "its triggers stay. Use DeleteEventModel('OrderEvent') instead of "
        "DeleteModel.",
    )
    shop.write_migration(
        "shop",
        "0003_delete",
        """
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.DeleteModel("OrderEvent"),
        """,
    )
    assert found_by_the_check(shop) == []
    before = catalog()
    shop.migrate("shop")
    shop.migrate("shop", "zero")
    assert catalog() == before


def test_the_guard_of_a_renamed_table_is_refreshed_too(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0003_guard",
        """
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.RemoveTracker("OrderEvent", "dear"),
        pgh.AlterEventModel("OrderEvent", append_only=True),
        """,
    )
    shop.migrate("shop")
    rename = 'migrations.AlterModelTable("OrderEvent", "history"),'
    shop.write_migration("shop", "0004_rename", rename)
    before = catalog()
    with pytest.raises(CommandError, match=r"event model shop\.OrderEvent is stale"):
        shop.migrate("shop")
    assert catalog() == before
    shop.write_migration("shop", "0004_rename", f'{rename}\npgh.RefreshTrackers("OrderEvent"),')
    shop.migrate("shop")
    shop.migrate("shop", "0003")
    assert catalog() == before
