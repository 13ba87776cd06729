"""The tracked model belongs to another app than its history, which follows in its own migration."""

import re

import pytest
from django.core.management import CommandError
from django.db import connection

from catalog import catalog
from projects import Project
from staleness import CONTEXT, HISTORY, ORDER, found_by_the_check

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_apps(project: Project) -> Project:
    """The tracked model belongs to another app than its history."""
    project.write("shop/models.py", "")
    project.write("audit/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER)
    project.write_migration(
        "audit",
        "0001_initial",
        HISTORY.format(policy=""),
        dependencies=[*CONTEXT, ("shop", "0001_initial")],
    )
    return project


ADD = 'migrations.AddField("Order", "paid", models.BooleanField(null=True)),'
FOLLOW = """
migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
pgh.RefreshTrackers("OrderEvent"),
"""


def test_the_other_app_may_change_when_the_history_follows(two_apps: Project) -> None:
    two_apps.migrate()
    two_apps.write_migration("shop", "0002_paid", ADD)
    two_apps.write_migration(
        "audit",
        "0002_paid",
        FOLLOW,
        dependencies=[("audit", "0001_initial"), ("shop", "0002_paid")],
    )
    assert found_by_the_check(two_apps) == []
    two_apps.migrate()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_order (total, note, paid) VALUES (1, '', true)")
        cursor.execute("SELECT paid FROM audit_orderevent")
        assert cursor.fetchall() == [(True,)]
    two_apps.migrate("audit", "zero")
    two_apps.migrate("shop", "zero")


def test_the_other_app_may_not_change_when_nothing_follows(two_apps: Project) -> None:
    two_apps.migrate()
    two_apps.write_migration("shop", "0002_paid", ADD)
    before = catalog()
    with pytest.raises(
        CommandError, match=re.escape("audit.OrderEvent has no column for the field 'paid'")
    ):
        two_apps.migrate()
    assert catalog() == before
    errors = found_by_the_check(two_apps)
    assert {error.obj for error in errors} == {"audit.OrderEvent"}
    assert "RefreshTrackers" in errors[0].hint


def test_a_plan_that_stops_before_the_history_follows(two_apps: Project) -> None:
    """``migrate shop`` alone would leave the database with an event column too few."""
    two_apps.migrate()
    two_apps.write_migration("shop", "0002_paid", ADD)
    two_apps.write_migration(
        "audit",
        "0002_paid",
        FOLLOW,
        dependencies=[("audit", "0001_initial"), ("shop", "0002_paid")],
    )
    before = catalog()
    with pytest.raises(CommandError, match="has no column"):
        two_apps.migrate("shop")
    assert catalog() == before
    two_apps.migrate("audit")


def test_the_tracked_model_of_another_app_may_be_renamed(two_apps: Project) -> None:
    two_apps.migrate()
    two_apps.write_migration("shop", "0002_rename", 'migrations.RenameModel("Order", "Sale"),')
    assert found_by_the_check(two_apps) == []
    two_apps.migrate()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_sale (total, note) VALUES (1, '')")
        cursor.execute("SELECT pgh_label FROM audit_orderevent")
        assert cursor.fetchall() == [("snapshot",)]
