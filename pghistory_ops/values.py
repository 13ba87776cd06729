"""What a column holds: a field's own values, or those of the field that a key refers to."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.apps import apps as global_apps
from django.db import models
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.dialect import offline_connection
from pghistory_ops.tracked import UnknownTrackedModel, with_implicit_key

DESCRIBED = "field "
_NO_TYPE_OPTIONS = {
    "db_default",
    "db_index",
    "db_tablespace",
    "default",
    "null",
    "primary_key",
    "spatial_index",
    "unique",
}


@dataclass(frozen=True)
class Value:
    """What a column holds.

    Attributes:
        label: The model that has the field.
        field: The field; for a foreign key, the one at the end of the chain of keys.
        related: Whether it is the target of a foreign key.
    """

    label: str
    field: Any
    related: bool = False

    @property
    def column_type(self) -> str:
        """The type and collation of the column.

        A field that asks a certain backend for it (those of GeoDjango do) is described by its
        options.
        """
        identity = event_fields.Identity(self.field)
        try:
            return _own_type(identity, self.related)
        except (AttributeError, NotImplementedError):
            _, path, args, kwargs = event_fields.bound(self.field, "name").deconstruct()
            options = {
                key: value
                for key, value in sorted(kwargs.items())
                if key not in _NO_TYPE_OPTIONS and key not in self.field.non_db_attrs
            }
            return f"{DESCRIBED}{path}{args!r}{options!r}"

    @property
    def copy(self) -> models.Field[Any, Any]:
        """A field for the values."""
        field = self.field
        if isinstance(field, models.GeneratedField):
            field = field.output_field
        return event_fields.mirror("value", field, self.label)


def value(state: ProjectState, label: str, field: Any) -> Value:
    """Return what the column of ``field`` holds; ``label`` is that of the model that has it.

    Raises:
        UnknownTrackedModel: The field is a key that refers to a model which is not there.
    """
    related = False
    while isinstance(field, models.ForeignKey):
        label, field = _target(state, label, field)
        related = True
    return Value(label, field, related)


def column_type(state: ProjectState, label: str, field: Any) -> str:
    """Return the type and collation of the column of ``field``, as ``value`` does."""
    return value(state, label, field).column_type


@functools.lru_cache(maxsize=2**16)
def _own_type(identity: event_fields.Identity, related: bool) -> str:
    (field,), connection = identity.objects, offline_connection()
    if related:
        return str(field.rel_db_type(connection))
    parameters = field.db_parameters(connection)
    collation = parameters.get("collation")
    return f"{parameters['type']} COLLATE {collation}" if collation else str(parameters["type"])


def _target(state: ProjectState, label: str, field: Any) -> tuple[str, Any]:
    """Return the field that a foreign key refers to, and its model's label."""
    app_label, name = resolve_relation(field.remote_field.model, *label.split("."))
    target = state.models.get((app_label, name.lower()))  # "self" gives the name as it is written
    if target is None:
        if app_label not in state.real_apps:
            raise UnknownTrackedModel(
                f"The model '{app_label}.{name}', to which a foreign key of {label} refers, is not "
                "there at this point of the migrations. Depend on the migration that creates it."
            )
        # An app without migrations has no state but its models.
        return label, global_apps.get_model(app_label, name)._meta.pk
    fields = with_implicit_key(target.fields, target.bases)
    key = _referenced(field.remote_field.field_name, fields, target.options)
    return f"{target.app_label}.{target.name}", fields[key]


def _referenced(name: str | None, fields: dict[str, Any], options: dict[str, Any]) -> str:
    """Return the field that a key refers to; ``name`` is None for the primary key.

    Django's ``RenameField`` changes the name in the key itself, an object that the loaded
    migrations share with their states, so a state of an earlier point may have a later name. Then
    it is one of the fields that a key can refer to.
    """
    primary_key = next((key for key, field in fields.items() if field.primary_key), "")
    if name in fields:
        return name
    if name is None:
        return primary_key
    alone = {
        item.fields[0]
        for item in options.get("constraints", ())
        if isinstance(item, models.UniqueConstraint) and len(item.fields) == 1
    }
    unique = (key for key, field in fields.items() if getattr(field, "_unique", False))
    return next((key for key in (*unique, *sorted(alone)) if key in fields), primary_key)
