"""Operations do not change when they run, and states do not change each other."""

import copy
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

import pghistory_ops as pgh
from chain import Chain, written
from pghistory_ops.state import event_states

ORDER = migrations.CreateModel(
    "Order", [("id", models.BigAutoField(primary_key=True)), ("total", models.IntegerField())]
)
HISTORY = [
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", options={"ordering": ["pgh_id"]}),
    pgh.AddTracker("OrderEvent", pgh.Snapshot()),
]
OPERATIONS = [
    pgh.CreateEventModel(
        "Second", tracks="shop.Order", attrs=[("extra", models.TextField(null=True))]
    ),
    pgh.AlterEventModel("OrderEvent", append_only=True, pausable=True),
    pgh.RefreshTrackers("OrderEvent"),
    pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total=9))),
    pgh.RemoveTracker("OrderEvent", "dear"),
    pgh.DeleteEventModel("OrderEvent"),
]


def attributes(operation: Any) -> dict[str, Any]:
    return {
        key: copy.copy(value)
        for key, value in vars(operation).items()
        # Migration.apply and the writer know these of every operation.
        if key not in ("_constructor_args", "_auto_deps")
    }


def content(state: ProjectState) -> dict[tuple[str, str], Any]:
    return {
        key: (
            model.name,
            list(model.fields.items()),
            dict(model.options),
            model.bases,
            getattr(model, "spec", None),
        )
        for key, model in state.models.items()
    }


@pytest.mark.django_db
def test_an_operation_is_the_same_after_it_ran_both_ways() -> None:
    chain = Chain().forwards(ORDER, *HISTORY)
    operations = [*OPERATIONS]
    before = [(attributes(operation), operation.deconstruct()) for operation in operations]
    for _ in range(2):
        chain.forwards(*operations, written_out=False)
        chain.backwards()
    assert [(attributes(operation), operation.deconstruct()) for operation in operations] == before


@pytest.mark.django_db
def test_a_state_is_left_as_it_is_by_the_operations_of_its_clone() -> None:
    chain = Chain().forwards(ORDER, *HISTORY)
    for operation in OPERATIONS:
        chain.state.apps  # noqa: B018 - with rendered models and without, as migrations have both
        before = content(chain.state)
        later = chain.state.clone()
        operation.state_forwards("shop", later)
        assert content(later) != before or isinstance(operation, pgh.RefreshTrackers)
        assert content(chain.state) == before
        refresh = [OPERATIONS[2]] if isinstance(operation, pgh.AlterEventModel) else []
        chain.forwards(operation, *refresh)


@pytest.mark.django_db
def test_the_state_of_a_model_is_replaced_and_not_changed() -> None:
    chain = Chain().forwards(ORDER, *HISTORY)
    state = chain.state.clone()
    for operation in OPERATIONS:
        held = dict(state.models)
        before = content(state)
        operation.state_forwards("shop", state)
        state.models, now = held, state.models
        assert content(state) == before
        state.models = now


@pytest.mark.django_db
def test_a_clone_keeps_the_specification_and_is_equal() -> None:
    chain = Chain().forwards(ORDER, *HISTORY)
    (item,) = event_states(chain.state)
    clone = item.clone()
    assert clone == item
    assert type(clone) is type(item)
    assert clone.spec == item.spec
    assert clone.fields is not item.fields
    clone.spec = item.spec.replace(pausable=True)
    assert clone != item
    (other,) = event_states(chain.state.clone())
    assert other == item
    assert other.spec.labels == ("snapshot",)


@pytest.mark.django_db
def test_two_replays_give_equal_states() -> None:
    states = []
    for _ in range(2):
        chain = Chain().forwards(ORDER, *HISTORY, *OPERATIONS[:-1])
        states.append(chain.state)
        chain.zero()
    assert states[0] == states[1]
    assert states[0].models is not states[1].models


def test_arguments_that_are_changed_later_change_no_operation() -> None:
    fields, options, columns = ["total"], {"ordering": ["pgh_id"]}, [("a", models.TextField())]
    operation = pgh.CreateEventModel(
        "Event", tracks="shop.Order", fields=fields, options=options, columns=columns
    )
    before = operation.deconstruct()[2]
    fields.append("x")
    options["db_table"] = "x"
    columns.append(("x", models.TextField()))
    assert operation.deconstruct()[2] == before
    assert "db_table" not in before["options"]


@pytest.mark.django_db
def test_a_model_rendered_from_a_state_is_an_ordinary_one() -> None:
    chain = Chain().forwards(ORDER, *HISTORY)
    model = chain.model("OrderEvent")
    assert model._meta.ordering == ["pgh_id"]
    assert [field.name for field in model._meta.fields] == [
        "pgh_id",
        "pgh_created_at",
        "pgh_label",
        "pgh_obj",
        "pgh_context",
        "id",
        "total",
    ]
    assert written([*HISTORY])[0].deconstruct() == HISTORY[0].deconstruct()
