"""Histories that another app keeps, and that a person wrote by hand."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from autodetector.runner import Runner, leftovers
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = """class Order(models.Model):
    total = models.IntegerField()
    note = models.CharField(max_length=20)
"""
AMOUNT = """class Order(models.Model):
    amount = models.IntegerField()
    paid = models.BooleanField(default=False)
"""
AUDIT = "pgh.track(pgh.Snapshot(), pgh.AfterDelete())('shop.Order')\n"
EVERYTHING = """
from django.apps import apps

for label in ("auth.User", "auth.Group", "auth.Permission", "contenttypes.ContentType"):
    pgh.track(pgh.Snapshot(), pgh.AfterDelete())(label)
for label in ("auth.User_groups", "auth.User_user_permissions", "auth.Group_permissions"):
    pgh.track(pgh.Snapshot(), pgh.AfterDelete())(label)
"""


def test_another_app_keeps_the_history(project: Project) -> None:
    runner = Runner(project)
    runner.models(ORDER)
    runner.models(AUDIT, app="audit")
    text = runner.makemigrations()
    assert "('shop', '0001_initial')" in text
    assert "('pghistory_ops', '0001_initial')" in text
    runner.migrate()
    assert runner.is_quiet()
    written = runner.events(
        "INSERT INTO shop_order (total, note) VALUES (1, 'a'); DELETE FROM shop_order",
        table="audit_orderevent",
        columns="pgh_label, total",
    )
    assert written == [("snapshot", 1), ("after_delete", 1)]

    runner.models(AMOUNT)
    runner.makemigrations("y")
    runner.migrate()
    assert runner.is_quiet()
    written = runner.events(
        "INSERT INTO shop_order (amount, paid) VALUES (2, true)",
        table="audit_orderevent",
        columns="amount, paid, note",
    )
    assert written == [(2, True, None)]
    runner.forget_rows("shop_order", "audit_orderevent")
    runner.migrate("audit", "zero")
    runner.migrate("shop", "zero")
    assert leftovers() == []


def test_a_history_written_by_hand_is_followed(project: Project) -> None:
    runner = Runner(project)
    runner.models(ORDER)
    runner.makemigrations()
    project.write_migration(
        "shop",
        "0002_history",
        """
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total__gt=9))),
        """,
        dependencies=[("shop", "0001_initial"), ("pghistory_ops", "0001_initial")],
    )
    runner.migrate()
    assert runner.is_quiet()

    runner.models(AMOUNT)
    text = runner.makemigrations("y")
    assert "Q(('new__amount__gt', 9))" in text
    runner.migrate()
    assert runner.is_quiet()
    written = runner.events(
        "INSERT INTO shop_order (amount, paid) VALUES (2, true); UPDATE shop_order SET amount = 10",
        columns="pgh_label, amount, paid, note",
    )
    assert sorted(written) == [
        ("dear", 10, True, None),
        ("snapshot", 2, True, None),
        ("snapshot", 10, True, None),
    ]


def test_the_models_of_django_are_declared_in_one_migration(project: Project) -> None:
    runner = Runner(project)
    runner.models(EVERYTHING, app="audit")
    runner.makemigrations()
    assert [path.name for path in sorted(project.root.glob("*/migrations/0*.py"))] == [
        "0001_initial.py"
    ]
    runner.migrate()
    assert runner.is_quiet()
    user = User.objects.create(username="a")
    user.groups.add(Group.objects.create(name="g"))
    user.groups.clear()
    user.delete()
    assert runner.events("SELECT 1", table="audit_userevent") == []
    with_deletes = "SELECT pgh_label FROM {} ORDER BY pgh_id"
    for table in ("audit_userevent", "audit_usergroupsevent"):
        assert runner.fetch(with_deletes.format(table)) == [("snapshot",), ("after_delete",)]
    runner.migrate("audit", "zero")
    assert leftovers() == []


def test_the_same_run_gives_the_same_text_twice(project: Project) -> None:
    runner = Runner(project)
    runner.models(EVERYTHING, app="audit")
    first = runner.makemigrations()
    (project.root / "audit/migrations/0001_initial.py").unlink()
    assert runner.makemigrations() == first


def test_the_model_of_users_is_the_one_that_the_project_chose(project: Project) -> None:
    runner = Runner(project)
    order = "from django.conf import settings\n@pgh.track()\nclass Order(models.Model):\n"
    order += "    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)\n"
    runner.models(order)
    first = runner.makemigrations()
    runner.models(order + "    note = models.TextField(default='')\n")
    second = runner.makemigrations()
    for text in (first, second):
        assert "migrations.swappable_dependency(settings.AUTH_USER_MODEL)" in text
        assert "('auth'" not in text
