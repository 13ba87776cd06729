"""Migrations with a mistake in them, on top of a shop with a history."""

import re
from textwrap import dedent

import pytest

from catalog import catalog
from projects import Project

MODELS = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("total", models.IntegerField()),
    ("net", models.DecimalField(max_digits=8, decimal_places=2)),
    ("code", models.CharField(max_length=9)),
    ("day", models.DateField(null=True)),
    ("owner", models.ForeignKey("auth.User", models.CASCADE, null=True)),
]),
migrations.CreateModel("Line", [
    ("pk", models.CompositePrimaryKey("order_id", "number")),
    ("order_id", models.IntegerField()),
    ("number", models.IntegerField()),
]),
"""
HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
DEPENDENCIES = [
    ("pghistory_ops", "0001_initial"),
    ("auth", "0012_alter_user_first_name_max_length"),
]
BASES = """
from django.contrib.auth.models import User
from django.db import models


class WithColumns(models.Model):
    reason = models.TextField()

    class Meta:
        abstract = True
"""


def assert_refused_with_a_remedy(project: Project, operations: str, expected: str) -> None:
    """Migrate: it is refused before anything runs."""
    project.write("shop/models.py", "")
    project.write("shop/bases.py", BASES)
    project.write_migration("shop", "0001_initial", MODELS, dependencies=DEPENDENCIES)
    file = project.write_migration("shop", "0002_history", HISTORY + dedent(operations))
    file.write_text("from shop.bases import *\n" + file.read_text())
    before = catalog()
    with pytest.raises(Exception, match=re.escape(expected)):
        project.migrate("shop")
    assert catalog() == before
