"""Explicit classes: event models that are written out in ``models.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from pghistory_ops.dialect import offline_connection
from pghistory_ops.registry.app_registry import Registry
from pghistory_ops.registry.event_base import EventBase


@dataclass(frozen=True)
class Difference:
    """In what an explicit class is not what the migrations say."""

    model: type[models.Model]
    fact: str
    remedy: str


def explicit_classes() -> list[type[models.Model]]:
    """Return the live classes that may be explicit forms of event models."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, EventBase) or not model._meta.managed
    ]


def differences(
    registry: Registry, model: type[models.Model], *, declared: bool
) -> Iterator[Difference]:
    """Yield in what a live class is not what the migrations say of it.

    Args:
        registry: What the migrations say.
        model: The live class.
        declared: Whether a declaration is going to propose an event model of its label.
    """
    options: Any = model._meta
    item = registry.state(options.app_label, options.model_name)
    if item is None:
        if issubclass(model, EventBase) and not declared:
            yield Difference(
                model,
                f"The class {options.label} inherits EventBase, but no migration creates an event "
                "model of that label.",
                "Create it with CreateEventModel in a migration of the app "
                f"{options.app_label!r}, or inherit models.Model.",
            )
        return
    printed = f"Print the class anew with: manage.py inspectevents {options.app_label}"
    wanted: Any = registry.rendered(*item.key)
    yield from managed(model)
    if options.db_table != wanted._meta.db_table:
        yield Difference(
            model,
            f"The table of the class {options.label} is {options.db_table!r}, but that of the "
            f"event model is {wanted._meta.db_table!r}.",
            f"Set db_table = {wanted._meta.db_table!r} in its Meta.",
        )
    there = {field.name: field for field in options.concrete_fields}
    for field in wanted._meta.concrete_fields:
        fact = _fact(there.pop(field.name, None), field)
        if fact is not None:
            yield Difference(model, f"The class {options.label} {fact}", printed)
    for name in there:
        yield Difference(
            model,
            f"The class {options.label} has a field {name!r} that the event model does not have.",
            f"If it is to have it, write the migration first (makemigrations). {printed}",
        )


def managed(model: type[models.Model]) -> Iterator[Difference]:
    """Yield that Django takes the class of an event model for one of its own."""
    if model._meta.managed:
        yield Difference(
            model,
            f"The class {model._meta.label} has the label of an event model, whose table is not "
            "Django's to manage.",
            "Set managed = False in its Meta if it is the event model, or else rename it.",
        )


def _fact(field: Any, wanted: Any) -> str | None:
    """Return in what a field is not the one that it should be; None if it is."""
    name = f"{wanted.name!r}"
    if field is None:
        return f"has no field {name}, which the event model has."
    if field.column != wanted.column:
        return f"has the field {name} in the column {field.column!r}, not {wanted.column!r}."
    if field.primary_key != wanted.primary_key:
        kind = "is" if field.primary_key else "is not"
        return f"has a field {name} that {kind} the primary key."
    old, new = _target(field), _target(wanted)
    if old != new:
        return f"has a field {name} that refers to {old or 'no model'}, not to {new or 'none'}."
    old, new = _type(field), _type(wanted)
    if old != new:
        return f"has a field {name} of the type {old}, not {new}."
    if wanted.remote_field is None and field.null != wanted.null:
        return f"has a field {name} with null={field.null}, not null={wanted.null}."
    return None


def _target(field: Any) -> str | None:
    return None if field.remote_field is None else field.remote_field.model._meta.label


def _type(field: Any) -> str:
    """Return the type and collation of a field's column; that of a key is its target's."""
    if field.remote_field is not None:
        return str(field.db_type(offline_connection()))
    parameters = field.db_parameters(offline_connection())
    collation = parameters.get("collation")
    return f"{parameters['type']} COLLATE {collation}" if collation else str(parameters["type"])
