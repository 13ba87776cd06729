"""Which fields of the tracked model an event model mirrors."""

from __future__ import annotations

from collections.abc import Iterable

from pghistory_ops import fields as event_fields
from pghistory_ops.spec import Policy
from pghistory_ops.state import EventModelState
from pghistory_ops.tracked import Tracked


def mirrored(model_state: EventModelState, subject: Tracked) -> tuple[str, ...]:
    """Return the fields that an event model mirrors now.

    They are those of the same name on both sides that the policy selects: the key, then the others
    by name. The order of the fields in state depends on the way that the migrations took.
    """
    return mirrored_of(model_state.fields, model_state.spec.policy, subject)


def mirrored_of(names: Iterable[str], policy: Policy, subject: Tracked) -> tuple[str, ...]:
    """Return those of an event model's fields that mirror the tracked ones."""
    found = [
        name
        for name in names
        if name in subject.fields and policy.selects(name) and name not in event_fields.OWN_FIELDS
    ]
    return tuple(sorted(found, key=lambda name: (name not in subject.key, name)))


def mirrors_all(policy: Policy, subject: Tracked) -> bool:
    """Return whether an event model is to mirror every field of the tracked model.

    Not whether it has a column for each already: a trigger that is compiled between the addition
    of a field and that of its event column would name the others, and stand in the way of a change
    of their types; and in which order two apps' migrations come can differ.
    """
    return all(
        policy.selects(name) and name not in event_fields.OWN_FIELDS for name in subject.fields
    )
