"""An app with models of every shape, and their history."""

from __future__ import annotations

import sys
from typing import Any

from projects import Project

MODELS = """\
from django.db import models


class Customer(models.Model):
    name = models.TextField()


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    status = models.CharField(max_length=20, default="new")
    total = models.IntegerField(default=0)
    notes = models.JSONField(null=True)
    doubled = models.GeneratedField(
        expression=models.F("total") * 2, output_field=models.IntegerField(), db_persist=True
    )
    secret = models.TextField(default="", db_column="hidden")


class OpenOrder(Order):
    class Meta:
        proxy = True


class Contract(Order):
    months = models.IntegerField()


class Parcel(models.Model):
    pk = models.CompositePrimaryKey("order", "number")
    order = models.ForeignKey(Order, models.CASCADE)
    number = models.IntegerField()
    weight = models.IntegerField(default=0)
"""

HISTORY = """\
pgh.CreateEventModel("OrderEvent", tracks="store.Order", exclude=["secret"]),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.paid")),
pgh.CreateEventModel("CustomerEvent", tracks="store.Customer"),
pgh.AddTracker("CustomerEvent", pgh.ManualTracker("customer.seen")),
pgh.CreateEventModel("ContractEvent", tracks="store.Contract"),
pgh.AddTracker("ContractEvent", pgh.ManualTracker("contract.signed")),
pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel", append_only=True),
pgh.AddTracker("ParcelEvent", pgh.ManualTracker("parcel.sent")),
"""
# Snapshots, with every way to keep the context.
SNAPSHOTS = """\
pgh.CreateEventModel("OrderEvent", tracks="store.Order", exclude=["secret"]),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
pgh.CreateEventModel(
    "CustomerEvent", tracks="store.Customer", context_field=pgh.ContextJSONField(),
    context_id_field=pgh.ContextUUIDField(),
),
pgh.AddTracker("CustomerEvent", pgh.Snapshot()),
pgh.CreateEventModel("ContractEvent", tracks="store.Contract", context_field=None),
pgh.AddTracker("ContractEvent", pgh.Snapshot()),
pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),
pgh.AddTracker("ParcelEvent", pgh.Snapshot()),
pgh.AddTracker("ParcelEvent", pgh.BeforeUpdate("old")),
"""
WHOLE_ROWS = """\
pgh.CreateEventModel("OrderEvent", tracks="store.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
pgh.CreateEventModel("ContractEvent", tracks="store.Contract"),
pgh.AddTracker("ContractEvent", pgh.Snapshot()),
pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),
pgh.AddTracker("ParcelEvent", pgh.Snapshot()),
"""


def write_store(project: Project, history: str = HISTORY, models: str = MODELS) -> None:
    """Write the app ``store``, with ``history`` in its second migration."""
    project.write("store/models.py", models)
    project.write("store/migrations/__init__.py", "")
    project.makemigrations("store")
    project.write_migration(
        "store",
        "0002_history",
        history,
        dependencies=[("store", "0001_initial"), ("pghistory_ops", "0001_initial")],
    )


def make_store(project: Project, history: str = HISTORY, models: str = MODELS) -> Any:
    """Write the app, migrate it, and return its module of models."""
    write_store(project, history, models)
    project.migrate("store")
    return models_of(project)


def models_of(project: Project) -> Any:
    """Return the module with the app's models as they are now."""
    project.install()
    return sys.modules["store.models"]


def make_lived_store(project: Project) -> Any:
    """Make a store in which something has happened, and keep its objects beside its classes."""
    store = make_store(project, SNAPSHOTS)
    ada = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=ada, total=5)
    order.total = 7
    order.save()
    contract = store.Contract.objects.create(customer=ada, months=2)
    parcel = store.Parcel.objects.create(order=order, number=1)
    store.Parcel.objects.update(weight=3)
    store.ada, store.order, store.contract, store.parcel = ada, order, contract, parcel
    return store
