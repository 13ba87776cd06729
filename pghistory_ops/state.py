"""Event models in migration state: the subclass of ``ModelState``, and what can be read off it.

State objects are shared between project states: nothing here changes one that it did not make, and
nothing here renders a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.utils import truncate_name
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields, names
from pghistory_ops.history import ATTRIBUTE, History
from pghistory_ops.spec import EventSpec
from pghistory_ops.sql import quoting


class UnknownEventModel(LookupError):
    """There is no event model of that name in the migration state."""


class EventModelState(ModelState):
    """The state of an event model: a ``ModelState`` with the specification of its history."""

    def __init__(self, *args: Any, spec: EventSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec

    def clone(self) -> EventModelState:
        """Return a copy; the fields and the specification are shared."""
        return type(self)(
            app_label=self.app_label,
            name=self.name,
            fields=dict(self.fields),
            options=dict(self.options),
            bases=self.bases,
            managers=list(self.managers),
            spec=self.spec,
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, EventModelState) and self.spec == other.spec and super().__eq__(other)
        )

    __hash__ = None  # type: ignore[assignment]

    def render(self, apps: Any) -> Any:
        """Make the class in ``apps``; it carries its history, in ``RunPython`` too.

        By default it has no permissions: nobody is to change an event.
        """
        copy = self.clone()
        copy.options.setdefault("default_permissions", ())
        model = super(EventModelState, copy).render(apps)
        setattr(model, ATTRIBUTE, History(model, self.spec, tracked_label(self)))
        return model

    @property
    def label(self) -> str:
        """``app_label.Name``."""
        return f"{self.app_label}.{self.name}"

    @property
    def key(self) -> tuple[str, str]:
        """The model's key in ``ProjectState.models``."""
        return self.app_label, self.name_lower


def event_states(state: ProjectState) -> Iterator[EventModelState]:
    """Yield the event models of a project state, in a stable order."""
    found = [item for item in state.models.values() if isinstance(item, EventModelState)]
    yield from sorted(found, key=lambda item: item.key)


def event_state(state: ProjectState, app_label: str, name: str) -> EventModelState:
    """Return an event model's state.

    Raises:
        UnknownEventModel: There is none of that name in the app.
    """
    model_state = state.models.get((app_label, name.lower()))
    if isinstance(model_state, EventModelState):
        return model_state
    if model_state is not None:
        raise UnknownEventModel(
            f"The model {app_label}.{model_state.name} is no event model: it was not created by "
            "CreateEventModel."
        )
    known = ", ".join(item.name for item in event_states(state) if item.app_label == app_label)
    raise UnknownEventModel(
        f"There is no event model {app_label}.{name} at this point of the migrations. The app "
        f"{app_label!r} has: {known or 'none'}. Create it with CreateEventModel first, in this "
        "migration or in one that it depends on."
    )


def tracked_label(model_state: EventModelState) -> str:
    """Return the label of what an event model tracks now.

    ``RenameModel`` repoints foreign keys and knows nothing of the specification, so where there is
    a reference to the tracked row, it tells.
    """
    reference = model_state.fields.get(fields.OBJ)
    if reference is not None and reference.remote_field is not None:
        target: Any = reference.remote_field.model
        if target == model_state.spec.tracks:  # nearly always, and asked for every event model
            return model_state.spec.tracks
        app_label, name = resolve_relation(reference.remote_field.model, *model_state.key)
        if (app_label, name) != resolve_relation(model_state.spec.tracks):
            return f"{app_label}.{name}"
    return model_state.spec.tracks


def table_of(model_state: ModelState) -> str:
    """Return the ``db_table`` of a model, without rendering it."""
    table = model_state.options.get("db_table")
    return table or truncate_name(
        f"{model_state.app_label}_{model_state.name_lower}", names.MAX_BYTES
    )


def column_of(model_state: ModelState, name: str) -> str:
    """Return the column of a model's field."""
    return quoting.unquoted(fields.column_name(model_state.fields[name], name))


def replace_spec(
    state: ProjectState, model_state: EventModelState, spec: EventSpec
) -> EventModelState:
    """Put a copy of an event model's state with ``spec`` in its place; no model is rendered."""
    changed = model_state.clone()
    changed.spec = spec
    state.models[changed.key] = changed
    return changed
