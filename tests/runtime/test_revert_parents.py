"""Bringing back the row of a child, which is in the tables of its parents too."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection

import pghistory_ops as pgh
from db.shop import execute
from projects import Project

from .store import MODELS, WHOLE_ROWS, make_store
from .tools import refused

pytestmark = pytest.mark.django_db


def contract_of(store: Any) -> Any:
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, total=1, months=1)
    contract.total, contract.months = 2, 2
    contract.save()
    contract.total, contract.months = 3, 3
    contract.save()
    return contract


def test_the_child_of_a_model_with_its_parent(project: Project) -> None:
    store = make_store(project, WHOLE_ROWS)
    contract = contract_of(store)
    event = pgh.events(contract)[1]
    assert pgh.can_revert(event)
    item = pgh.revert(event)
    assert (type(item), item.months, item.total) == (store.Contract, 2, 2)
    assert (len(pgh.events(store.Contract)), len(pgh.events(store.Order))) == (4, 4)
    contract.delete()
    item = pgh.revert(event)
    assert (item.months, item.total, item.customer.name) == (2, 2, "ada")
    assert store.Contract.objects.get() == item


def test_the_child_of_a_model_whose_parent_is_not_tracked(project: Project) -> None:
    history = WHOLE_ROWS.partition('pgh.CreateEventModel("Contract')
    store = make_store(project, "".join(history[1:]))
    contract = contract_of(store)
    event = pgh.events(contract)[1]
    item = pgh.revert(event)
    assert (item.months, item.total) == (2, 3)
    contract.delete()
    assert not pgh.can_revert(event)
    with pytest.raises(
        pgh.CannotRevert,
        match=(
            r"The store.Order 1, of which The event store.ContractEvent 2 is a part, is gone, and "
            r"no event says how it was then. Bring that row back first."
        ),
    ):
        pgh.revert(event)


def test_one_transaction(project: Project) -> None:
    store = make_store(project, WHOLE_ROWS, MODELS)
    contract = contract_of(store)
    event = pgh.events(contract)[0]
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE store_contract ADD CHECK (months > 1)")
    with pytest.raises(IntegrityError):
        pgh.revert(event)
    contract.refresh_from_db()
    assert (contract.total, contract.months) == (3, 3)
    assert connection.in_atomic_block


LEVELS = """\
from django.db import models


class Top(models.Model):
    a = models.IntegerField(default=0)


class Middle(Top):
    b = models.IntegerField(default=0)


class Bottom(Middle):
    c = models.IntegerField(default=0)
"""


def test_parents_of_parents(project: Project) -> None:
    history = "".join(
        f'pgh.CreateEventModel("{name}Event", tracks="store.{name}"),\n'
        f'pgh.AddTracker("{name}Event", pgh.AfterInsertOrUpdate("saved")),\n'
        for name in ("Top", "Middle", "Bottom")
    )
    store = make_store(project, history, LEVELS)
    item = store.Bottom.objects.create(a=1, b=1, c=1)
    for number in (2, 3):
        item.a = item.b = item.c = number
        item.save()
    event = pgh.events(item)[1]
    assert event.c == 2
    for _ in ("there", "gone"):
        before = [len(pgh.events(f"store.{name}")) for name in ("Top", "Middle", "Bottom")]
        found = pgh.revert(event)
        assert (found.a, found.b, found.c) == (2, 2, 2)
        after = [len(pgh.events(f"store.{name}")) for name in ("Top", "Middle", "Bottom")]
        assert after == [number + 1 for number in before]
        store.Top.objects.all().delete()
    # Where a parent was not there yet, and is gone, no event says how it was.
    execute("DELETE FROM store_middleevent")
    refused(event, "and no event says how it was then")


def test_a_parent_whose_events_cannot_tell(project: Project) -> None:
    mixed = "operation=pgh.Insert | pgh.Delete"
    history = (
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order"),\n'
        f'pgh.AddTracker("OrderEvent", pgh.DatabaseTracker("mixed", {mixed})),\n'
        'pgh.CreateEventModel("ContractEvent", tracks="store.Contract"),\n'
        'pgh.AddTracker("ContractEvent", pgh.Snapshot()),\n'
    )
    store = make_store(project, history)
    contract = contract_of(store)
    refused(pgh.events(contract)[0], "has a parent: Of the events of store.OrderEvent under 'mixe")
