"""Event models in a state whose models are rendered, as ``migrate`` has it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

import pghistory_ops as pgh
from chain import Chain
from pghistory_ops.registry.event_models import history_of

CUSTOMER = migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))])
ORDER = migrations.CreateModel(
    "Order",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("customer", models.ForeignKey("shop.Customer", models.CASCADE)),
    ],
)
HISTORY = pgh.CreateEventModel("CustomerEvent", tracks="shop.Customer")
ADD = pgh.AddTracker("CustomerEvent", pgh.Snapshot())
CREATE = pgh.CreateEventModel(
    "OrderEvent",
    tracks="shop.Order",
    obj_field=pgh.ObjForeignKey(related_name="events"),
    attrs=[("seen", models.ForeignKey("shop.CustomerEvent", models.CASCADE, null=True))],
)


def links(state: ProjectState) -> dict[Any, Any]:
    """Return the names of the fields that refer to each model, by the model that has them."""
    return {
        to: {model: sorted(fields) for model, fields in found.items()}
        for to, found in state.relations.items()
    }


def rendered() -> ProjectState:
    """Return a state before ``CREATE`` whose classes are its own."""
    state = Chain().forwards(CUSTOMER, ORDER, HISTORY).state.clone()
    vars(state).pop("apps", None)
    state.apps  # noqa: B018
    return state


def relations(state: ProjectState) -> dict[str, Any]:
    """Return the fields of all models, in both directions, with where they lead."""
    found = {}
    for model in state.apps.get_models(include_auto_created=True):
        fields = model._meta.get_fields(include_hidden=True)
        assert all(
            field.related_model in (None, state.apps.get_model(field.related_model._meta.label))
            for field in fields
            if field.related_model
        )
        found[model._meta.label] = sorted(
            (field.name, field.related_model and field.related_model._meta.label)
            for field in fields
        )
    return found


@pytest.mark.django_db
def test_an_event_model_is_rendered_alone() -> None:
    state = rendered()
    before = {model._meta.label: model for model in state.apps.get_models()}
    CREATE.state_forwards("shop", state)
    for label, model in before.items():
        assert state.apps.get_model(label) is model
    order: Any = state.apps.get_model("shop.Order")
    event: Any = state.apps.get_model("shop.OrderEvent")
    assert event._meta.get_field("pgh_obj").related_model is order
    assert order.events.rel.related_model is event


@pytest.mark.django_db
@pytest.mark.parametrize("cloned", [False, True], ids=["as it is", "clone"])
def test_the_relations_are_those_of_a_state_that_is_rendered_whole(cloned: bool) -> None:
    step = rendered()
    whole = step.clone()
    vars(whole).pop("apps")
    if (
        cloned
    ):  # with the classes of the state that it is cloned from, as ``migrate`` does going back
        step = step.clone()
    step.relations  # noqa: B018 - they are computed at first use, and then kept up
    CREATE.state_forwards("shop", step)
    CREATE.state_forwards("shop", whole)
    assert relations(step) == relations(whole)
    assert links(step) == links(whole)


def labels(state: ProjectState) -> tuple[str, ...]:
    return history_of(state.apps.get_model("shop.CustomerEvent")).labels


@pytest.mark.django_db
def test_a_rendered_class_knows_the_trackers_of_its_state_alone() -> None:
    state = rendered()
    ADD.state_forwards("shop", state)
    assert labels(state) == ("snapshot",)
    later = state.clone()
    pgh.AddTracker("CustomerEvent", pgh.ManualTracker("met")).state_forwards("shop", later)
    assert labels(later) == ("snapshot", "met")
    assert labels(state) == ("snapshot",)
    pgh.RemoveTracker("CustomerEvent", "snapshot").state_forwards("shop", state)
    assert (labels(state), labels(later)) == ((), ("snapshot", "met"))


@pytest.mark.django_db
def test_an_event_model_that_is_made_anew_takes_the_place_of_the_former() -> None:
    state = rendered()
    for _ in range(2):
        CREATE.state_forwards("shop", state)
        event: Any = state.apps.get_model("shop.OrderEvent")
        assert state.apps.get_model("shop.Order").events.rel.related_model is event
        pgh.DeleteEventModel("OrderEvent").state_forwards("shop", state)
        order: Any = state.apps.get_model("shop.Order")
        assert "events" not in [field.name for field in order._meta.related_objects]
