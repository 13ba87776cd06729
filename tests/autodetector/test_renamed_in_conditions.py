"""A field is renamed that a hand-written tracker's condition reads, or seems to read."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

HISTORY = """
from django.db import migrations
import pghistory_ops as pgh

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial"), ("pghistory_ops", "0001_initial")]
    operations = [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker(
            "OrderEvent", pgh.AfterUpdate("u", condition=pgh.AnyChange("partner_id"))
        ),
    ]
"""
TEXT = """class Order(models.Model):
    {} = models.CharField(max_length=9, default="")
    partner_id = models.IntegerField(default=0)
    vendor_id = models.IntegerField(default=0)
"""
KEY = """class Partner(models.Model):
    pass
class Order(models.Model):
    {} = models.ForeignKey(Partner, models.CASCADE, null=True)
"""


def rename(project: Project, text: str) -> Runner:
    runner = Runner(project)
    runner.models(text.format("partner"))
    runner.makemigrations()
    runner.project.write("shop/migrations/0002_history.py", HISTORY)
    runner.migrate()
    assert runner.is_quiet()
    runner.models(text.format("vendor"))
    runner.makemigrations("y")
    runner.migrate()
    assert runner.is_quiet()
    return runner


def test_another_field_has_the_name_of_a_key_s_attribute(project: Project) -> None:
    runner = rename(project, TEXT)
    runner.execute("INSERT INTO shop_order (vendor, partner_id, vendor_id) VALUES ('', 0, 0)")
    assert len(runner.events("UPDATE shop_order SET partner_id = 4")) == 1
    assert runner.events("UPDATE shop_order SET vendor_id = 4") == []


def test_a_foreign_key_that_is_named_by_its_attribute(project: Project) -> None:
    runner = rename(project, KEY)
    runner.execute("INSERT INTO shop_partner VALUES (1); INSERT INTO shop_order DEFAULT VALUES")
    assert len(runner.events("UPDATE shop_order SET vendor_id = 1")) == 1
