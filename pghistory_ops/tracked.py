"""The tracked model as migration state has it: its table, its columns, its key.

Nothing here renders a model or looks at a live one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.backends.utils import truncate_name
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops import names
from pghistory_ops.sql import quoting
from pghistory_ops.state import EventModelState, table_of, tracked_label


class UnknownTrackedModel(LookupError):
    """The tracked model is not in the migration state."""


@dataclass(frozen=True)
class Tracked:
    """The tracked model at one point of the migrations: its table and the columns in it.

    Attributes:
        label: ``app_label.Name``.
        table: Its ``db_table``.
        fields: The fields that have a column in the table.
        key: The names of the fields of the primary key.
        through: Of an automatic many-to-many table: the label of the model, and its field.
    """

    label: str
    table: str
    fields: dict[str, models.Field[Any, Any]]
    key: tuple[str, ...]
    through: tuple[str, str] | None = None

    @functools.cached_property
    def columns(self) -> dict[str, str]:
        """The column of each field."""
        return {
            name: quoting.unquoted(event_fields.column_name(field, name))
            for name, field in self.fields.items()
        }

    def copy_of(self, name: str) -> Any:
        """Return the event model's copy of a field.

        Raises:
            ValueError: No plain copy of the field can be made.
        """
        copy: Any = event_fields.mirror(name, self.fields[name], self.label)
        if name == self.key[0] and copy.many_to_one:
            copy.db_index = False  # the index of the object, or of the composite key, will do
        return copy

    def key_index(self, app_label: str, event_model: str) -> models.Index:
        """Return the index by which the events of a composite key are found."""
        name = names.index_name(f"{app_label}_{event_model.lower()}", *self.key)
        return models.Index(fields=list(self.key), name=name)

    def without(self, names: Collection[str]) -> Tracked:
        """Return the model without some of its fields.

        Raises:
            FieldDoesNotExist: There is no such field.
        """
        for name in names:
            if name not in self.fields:
                raise FieldDoesNotExist(
                    f"The tracked model {self.label} has no column for a field {name!r} at this "
                    f"point of the migrations. It has: {', '.join(self.fields)}."
                )
        kept = {name: field for name, field in self.fields.items() if name not in names}
        return dataclasses.replace(self, fields=kept) if names else self

    @property
    def composite(self) -> bool:
        """Whether the primary key has several parts."""
        return len(self.key) > 1


def tracked(state: ProjectState, model_state: EventModelState) -> Tracked:
    """Return what an event model tracks, at this point of the migrations.

    Raises:
        UnknownTrackedModel: It is not there.
    """
    label = tracked_label(model_state)
    try:
        return find_tracked(state, label)
    except UnknownTrackedModel as error:
        raise UnknownTrackedModel(
            f"{error} It is tracked by {model_state.label}. If it was renamed, write "
            f'AlterEventModel("{model_state.name}", tracks="app.NewName") after the rename; if it '
            "was deleted, write RemoveTracker or DeleteEventModel before."
        ) from None


def find_tracked(state: ProjectState, label: str) -> Tracked:
    """Return the model ``label`` as a tracked model; a proxy stands for its concrete model.

    Raises:
        UnknownTrackedModel: It is not in the state.
    """
    app_label, _, name = label.partition(".")
    key = (app_label, name.lower())
    model_state = state.models.get(key)
    if model_state is None:
        through = _automatic_through(state, app_label, name)
        if through is not None:
            return through
        raise UnknownTrackedModel(
            f"There is no model {label!r} at this point of the migrations. "
            f"{_hint_for_unknown(state, app_label)}"
        )
    while model_state.options.get("proxy"):
        base = next(item for item in model_state.bases if isinstance(item, str))
        model_state = state.models[resolve_relation(base, *key)]
    composite = model_state.fields.get("pk")
    return _tracked_model(
        f"{model_state.app_label}.{model_state.name}",
        table_of(model_state),
        tuple(model_state.fields),
        event_fields.Identity(*model_state.fields.values()),
        model_state.bases,
        bool(model_state.options.get("order_with_respect_to")),
        tuple(composite.field_names) if isinstance(composite, models.CompositePrimaryKey) else None,
    )


@functools.lru_cache(maxsize=2**14)
def _tracked_model(
    label: str,
    table: str,
    names: tuple[str, ...],
    identity: event_fields.Identity,
    bases: tuple[Any, ...],
    ordered: bool,
    composite: tuple[str, ...] | None,
) -> Tracked:
    """Return a model of the state; a replay asks for it again and again while it is the same.

    ``composite`` are the parts of its key, which Django renames in the field itself.
    """
    fields = with_implicit_key(dict(zip(names, identity.objects, strict=True)), bases)
    if ordered:
        fields["_order"] = models.IntegerField()  # a column that is an option in state
    if composite is not None:
        primary_key = _parts(label, composite, fields)
    else:
        primary_key = tuple(name for name, field in fields.items() if field.primary_key)
    return Tracked(
        label=label,
        table=table,
        fields={n: field for n, field in fields.items() if event_fields.is_mirrored(field)},
        key=primary_key,
    )


def _parts(label: str, names: tuple[str, ...], fields: dict[str, Any]) -> tuple[str, ...]:
    """Return the fields of a composite key."""
    # Django takes both spellings of a foreign key: "order", and "order_id" as its docs have it.
    by_attribute = {event_fields.bound(field, name).attname: name for name, field in fields.items()}
    spelled = tuple(name if name in fields else by_attribute.get(name, name) for name in names)
    parts = _present(spelled, fields)
    for name in parts:
        if name not in fields:
            raise FieldDoesNotExist(
                f"The composite primary key of {label} names a field {name!r} that the model does "
                f"not have at this point of the migrations. It has: {', '.join(fields)}."
            )
    return parts


def _present(parts: tuple[str, ...], fields: dict[str, Any]) -> tuple[str, ...]:
    """Return the parts of a key; for one that is not there yet, a field that could be it.

    Django's ``RenameField`` changes the names in the key itself, an object that the loaded
    migrations share with their states, so a state of an earlier point may have a later name.
    """
    free = [
        name
        for name, field in fields.items()
        if name not in parts and event_fields.is_mirrored(field) and not field.null
    ]
    return tuple(name if name in fields or not free else free.pop(0) for name in parts)


def _hint_for_unknown(state: ProjectState, app_label: str) -> str:
    if app_label in state.real_apps:
        return f"The app {app_label!r} has no migrations, so its models cannot be tracked by one."
    known = sorted(item.name for key, item in state.models.items() if key[0] == app_label)
    return (
        f"The app {app_label!r} has: {', '.join(known) or 'none'}. If a migration of it creates "
        "the model, depend on that one."
    )


def with_implicit_key(fields: dict[str, Any], bases: Iterable[Any]) -> dict[str, Any]:
    """Return the fields with the primary key that a hand-written ``CreateModel`` may leave out."""
    if any(field.primary_key for field in fields.values()):
        return fields
    for base in bases:
        if isinstance(base, str):
            parent = models.OneToOneField(base, models.CASCADE, primary_key=True)
            return {f"{base.rpartition('.')[2].lower()}_ptr": parent, **fields}
    return {"id": models.BigAutoField(primary_key=True), **fields}


def _automatic_through(state: ProjectState, app_label: str, name: str) -> Tracked | None:
    """Return the table of a many-to-many field that has no model of its own.

    Such a table is in no state: Django makes its model when it renders the field's model.
    """
    for model_state in state.models.values():
        if model_state.app_label != app_label:
            continue
        for field_name, field in model_state.fields.items():
            if not field.many_to_many or field.remote_field.through is not None:
                continue
            if f"{model_state.name}_{field_name}".lower() != name.lower():
                continue
            source = f"{app_label}.{model_state.name}"
            target_key = resolve_relation(
                field.remote_field.model, app_label, model_state.name_lower
            )
            if target_key == (app_label, model_state.name_lower):
                ends = (f"from_{model_state.name_lower}", f"to_{model_state.name_lower}")
            else:
                ends = (model_state.name_lower, target_key[1])
            target = ".".join(target_key)
            table = field.db_table or truncate_name(
                f"{table_of(model_state)}_{field_name}", names.MAX_BYTES
            )
            return Tracked(
                label=f"{app_label}.{model_state.name}_{field_name}",
                table=table,
                fields={
                    # The key's type follows a setting; the widest holds every one.
                    "id": models.BigAutoField(primary_key=True),
                    ends[0]: models.ForeignKey(source, models.CASCADE),
                    ends[1]: models.ForeignKey(target, models.CASCADE),
                },
                key=("id",),
                through=(source, field_name),
            )
    return None
