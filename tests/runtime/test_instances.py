"""The tracked objects as they were."""

from __future__ import annotations

import pytest
from django.db.models import F

import pghistory_ops as pgh
from projects import Project

from .store import make_store
from .tools import things

pytestmark = pytest.mark.django_db


def test_the_tracked_objects_as_they_were(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, total=5, notes={"a": 1}, secret="x")
    order.total = 7
    order.save()
    then, now = pgh.events(order).as_instances()
    assert type(then) is store.Order
    assert (then.pk, then.total, then.doubled, then.notes) == (order.pk, 5, 10, {"a": 1})
    assert then.customer == customer
    assert now.total == 7
    assert not then._state.adding
    assert then._state.db == "default"
    assert then.get_deferred_fields() == {"secret"}
    assert then.secret == "x"
    then.save()
    assert store.Order.objects.get().total == 5
    order.delete()
    then = pgh.events(store.Order).labeled("snapshot").as_instances()[0]
    with pytest.raises(store.Order.DoesNotExist):
        assert then.secret


def test_instances_compose(project: Project) -> None:
    thing = things(project)
    found = pgh.events(thing).annotate(double=F("size") * 2).as_instances()
    assert [item.double for item in found.filter(name="b").order_by("-size")[:2]] == [6, 4]
    assert [type(item) for item in found.iterator(chunk_size=2)] == [thing] * 6
    assert list(found.with_changes())[3].pgh_changes == {"name": ("a", "b")}
    assert found.values_list("name", flat=True)[0] == "a"
    assert found.count() == 6


def test_an_object_without_a_copy_of_its_key(project: Project) -> None:
    thing = things(project, event="exclude=['id', 'size']")
    item = pgh.events(thing(id=2)).as_instances()[0]
    assert (item.pk, item.name, item.get_deferred_fields()) == (2, "a", {"size"})


def test_the_children_of_a_parent_as_they_were(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, total=5, months=2)
    pgh.create_event(contract, label="contract.signed")
    item = pgh.events(contract).as_instances().get()
    assert (type(item), item.pk, item.months) == (store.Contract, contract.pk, 2)
    assert "total" in item.get_deferred_fields()
    assert item.total == 5
