"""How an event model's state becomes one whose class can be used beside live classes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from django.db.migrations.state import ProjectState

from pghistory_ops.fields import bound
from pghistory_ops.registry.graph import target_of
from pghistory_ops.state import EventModelState, event_states, table_of
from pghistory_ops.values import value


def for_runtime(
    item: EventModelState, state: ProjectState, base: type[models.Model]
) -> EventModelState:
    """Return the state of an event model as its class at runtime has it.

    Args:
        item: The state that the migrations give it.
        state: The project state that it is in.
        base: The base class, which takes the place of ``Model``.
    """
    result = item.clone()
    result.fields = {name: _field(item, state, name) for name in item.fields}
    result.options = {"db_table": table_of(item), **item.options, "managed": False}
    result.bases = tuple(base if cls is models.Model else cls for cls in item.bases)
    return result


def _field(item: EventModelState, state: ProjectState, name: str) -> Any:
    field: Any = item.fields[name]
    target = target_of(item, name)
    if target is None:
        return field
    if not _lives(target, state):
        plain = value(state, item.label, field).copy
        plain.db_column, plain.null = bound(field, name).column, True
        return plain
    _, _, args, kwargs = field.deconstruct()
    kwargs.pop("related_query_name", None)
    kwargs["related_name"] = "+"  # a reverse accessor would be an attribute of a live class
    if isinstance(field, models.ForeignKey):
        # The row may be gone, whatever the column takes: a join that leaves out what has no match
        # would leave out the events of deleted rows.
        kwargs["null"] = True
    copy: Any = type(field)(*args, **kwargs)
    copy.swappable = field.swappable
    return copy


def _lives(target: tuple[str, str], state: ProjectState) -> bool:
    """Return whether a class of the target is there at runtime."""
    app_label, name = target
    if name in apps.all_models.get(app_label, ()):
        return True
    return any(item.key == target for item in event_states(state))
