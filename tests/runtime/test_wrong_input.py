"""What is asked wrongly is said so, with the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import AppRegistryNotReady
from django.db import models
from django.utils import timezone

import pghistory_ops as pgh
from db.shop import make_shop
from projects import Project

from .store import make_store

pytestmark = pytest.mark.django_db

TRACKERS = ("pgh.Snapshot()", "pgh.AfterDelete('gone')")


@pytest.mark.parametrize("argument", ["states", "removals"])
@pytest.mark.parametrize("given", ["snapshot", b"gone", [1]])
def test_labels_of_states_are_a_list(project: Project, argument: str, given: Any) -> None:
    thing = make_shop(project, *TRACKERS)
    with pytest.raises(TypeError, match=f"{argument}= takes a list of labels, not "):
        pgh.events(thing).as_of(timezone.now(), **{argument: given})


def test_what_events_and_for_objects_take(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    item = thing.objects.create(id=1)
    for given in ([item], thing.objects, 5, None):
        with pytest.raises(TypeError, match="Events are asked for by an object, a queryset of"):
            pgh.events(given)
    for wrong in (5, "shop.Thing", None):
        with pytest.raises(TypeError, match="Give an object of it, several, or a queryset"):
            pgh.events(thing).for_objects(wrong)


def test_create_events_takes_several(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    for given in (customer, 5):
        with pytest.raises(TypeError, match=r"For one object there is create_event\(\)"):
            pgh.create_events(given, label="customer.seen")


def test_a_wrong_label_is_one_for_no_objects_too(project: Project) -> None:
    store = make_store(project)
    assert pgh.create_events(store.Customer.objects.none(), label="customer.seen") == []
    with pytest.raises(pgh.UnknownEventModel, match="has the label 'nope'"):
        pgh.create_events(store.Customer.objects.none(), label="nope")


def test_the_label_of_a_parent(project: Project) -> None:
    store = make_store(project)
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, months=1)
    with pytest.raises(
        pgh.UnknownEventModel,
        match=r"The label is one of store.Order, a parent of it: give the object's order_ptr\.",
    ):
        pgh.create_event(contract, label="order.paid")
    assert pgh.create_event(contract.order_ptr, label="order.paid").pgh_obj_id == contract.pk
    with pytest.raises(pgh.UnknownEventModel, match=r"Known: store.ContractEvent .*\)\.$"):
        pgh.create_event(contract, label="nope")


def test_models_that_are_none(project: Project) -> None:
    make_shop(project, *TRACKERS)
    for wrong in (5, models.Model, int, ["shop.Thing"]):
        with pytest.raises(TypeError, match="Event models are asked for by a model, its label"):
            pgh.event_models(tracks=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="The model Model is abstract"):
        pgh.event_model(models.Model)
    assert pgh.event_models(tracks="auth.Group") == []
    assert pgh.event_models(references="auth.Group") == []
    for label in ("shop.Nope", "nope.Thing"):
        with pytest.raises(pgh.UnknownEventModel, match=f"There is no model '{label}', and no ev"):
            pgh.event_models(tracks=label)
        with pytest.raises(pgh.UnknownEventModel, match=f"There is no model '{label}', and no ev"):
            pgh.event_models(references=label)
    with pytest.raises(
        pgh.UnknownEventModel,
        match=r"no event model 'nope.Thing': there is no app with the label 'nope'\.",
    ):
        pgh.event_model("nope.Thing")


def test_references_to_what_is_not_saved(project: Project) -> None:
    make_shop(project, *TRACKERS, fields={"user": "models.ForeignKey('auth.User', models.CASCADE)"})
    with pytest.raises(ValueError, match=r"The auth.User has no primary key yet, so nothing refe"):
        pgh.Events.objects.references(User())
    assert pgh.Events.objects.references(User(pk=1)).count() == 0


def test_a_context_may_say_self(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    with pgh.context(self=1):
        thing.objects.create(id=1)
    assert pgh.events(thing).in_context(self=1).count() == 1
    assert pgh.Events.objects.in_context(self=1).count() == 1
    assert pgh.events(thing).in_context(self=2).count() == 0


@pytest.mark.parametrize("ask", ["event_model('shop.Thing')", "event_models()", "events(Early)"])
def test_nothing_is_known_before_the_models_are_loaded(project: Project, ask: str) -> None:
    project.write(
        "early/models.py",
        f"""
        import pghistory_ops as pgh
        from django.db import models


        class Early(models.Model):
            pass


        pgh.{ask}
        """,
    )
    with pytest.raises(
        AppRegistryNotReady, match=r"Ask for them inside of functions, not when a module is impor"
    ):
        project.install()
