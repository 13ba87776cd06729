"""Event models in migration state: the subclass of ``ModelState``, and what can be read off it.

State objects are shared between project states: nothing here changes one that it did not make, and
nothing here renders another model than an event model, where the others are rendered already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.utils import truncate_name
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation
from django.db.models import ForeignKey

from pghistory_ops import fields, names
from pghistory_ops.history import ATTRIBUTE, History
from pghistory_ops.spec import EventSpec
from pghistory_ops.sql import quoting

_OBJ = fields.OBJ

# The label of what an event model tracks and its key, and the reference and the specification that
# say so: they are replaced, and not changed.
_Tracks = tuple[Any, EventSpec, str, tuple[str, str]]


class UnknownEventModel(LookupError):
    """There is no event model of that name in the migration state."""


class EventModelState(ModelState):
    """The state of an event model: a ``ModelState`` with the specification of its history."""

    def __init__(self, *args: Any, spec: EventSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self._tracks: _Tracks | None = None

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
        if isinstance(apps, StateApps):
            copy.fields = {name: _told_apart(name, item) for name, item in self.fields.items()}
        model = super(EventModelState, copy).render(apps)
        self.tell(model)
        return model

    def tell(self, model: Any) -> None:
        """Let the rendered class carry the history."""
        setattr(model, ATTRIBUTE, History(model, self.spec, tracked_label(self)))

    @property
    def label(self) -> str:
        """``app_label.Name``."""
        return f"{self.app_label}.{self.name}"

    @property
    def key(self) -> tuple[str, str]:
        """The model's key in ``ProjectState.models``."""
        return self.app_label, self.name_lower

    @property
    def tracks(self) -> tuple[str, tuple[str, str]]:
        """The label of what the event model tracks now, and its key."""
        known = self._tracks
        if known is None or known[0] is not self.fields.get(_OBJ) or known[1] is not self.spec:
            known = self._look_up()
        return known[2], known[3]

    def _look_up(self) -> _Tracks:
        reference = self.fields.get(_OBJ)
        known = self._tracks = (reference, self.spec, *_tracked_now(self, reference))
        return known


def _told_apart(name: str, field: Any) -> Any:
    """Return a field whose hidden relation has a name of its own.

    While Django alters a key, it pairs the relations to it before and after by their names, in the
    order of a set where these are equal (``BaseDatabaseSchemaEditor._alter_field``); then it looks
    for the index of one table under the name of another's.
    """
    if not isinstance(field, ForeignKey) or field.remote_field.related_name != "+":
        return field
    copy: Any = field.clone()
    copy._related_query_name = f"%(app_label)s.%(class)s.{name}+"
    return copy


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


def _tracked_now(model_state: EventModelState, reference: Any) -> tuple[str, tuple[str, str]]:
    label = model_state.spec.tracks
    key = resolve_relation(label)
    if reference is not None and reference.remote_field is not None:
        referred = resolve_relation(reference.remote_field.model, *model_state.key)
        if referred != key:
            return ".".join(referred), referred
    return label, key


def tracked_label(model_state: EventModelState) -> str:
    """Return the label of what an event model tracks now.

    ``RenameModel`` repoints foreign keys and knows nothing of the specification, so where there is
    a reference to the tracked row, it tells.
    """
    return model_state.tracks[0]


def tracked_key(model_state: EventModelState) -> tuple[str, str]:
    """Return the key in ``ProjectState.models`` of what an event model tracks now."""
    return model_state.tracks[1]


def event_models_of(state: ProjectState, key: tuple[str, str]) -> list[EventModelState]:
    """Return the event models that track the model of the key ``key``.

    Each ``AddTracker`` asks it of all models, and a large project has thousands of both: what is
    known of an event model is read here as ``EventModelState.tracks`` reads it, without the call.
    """
    found = []
    for item in state.models.values():
        if type(item) is EventModelState:
            known = item._tracks
            if known is None or known[0] is not item.fields.get(_OBJ) or known[1] is not item.spec:
                known = item._look_up()
            if known[3] == key:
                found.append(item)
    return found


def table_of(model_state: ModelState) -> str:
    """Return the ``db_table`` of a model, without rendering it."""
    table = model_state.options.get("db_table")
    return table or truncate_name(
        f"{model_state.app_label}_{model_state.name_lower}", names.MAX_BYTES
    )


def column_of(model_state: ModelState, name: str) -> str:
    """Return the column of a model's field."""
    return quoting.unquoted(fields.column_name(model_state.fields[name], name))


def add_event_model(state: ProjectState, model_state: EventModelState) -> None:
    """Add the state of an event model; where the models are rendered, render it alone.

    ``ProjectState.add_model`` would render anew all that the new model refers to, with all that
    refers to those or that they refer to: by way of the context, every event model of the project,
    and all that they track. In a clone that is needed: its classes look for what refers to them in
    the state that it was cloned from.
    """
    apps = vars(state).get("apps")
    if apps is None or not all(model._meta.apps is apps for model in _referred(model_state, apps)):
        state.add_model(model_state)
        return
    state.models[model_state.key] = model_state
    if vars(state)["_relations"] is not None:  # Django computes them when they are asked for first
        state.resolve_model_relations(model_state.key)
    apps.render_multiple([model_state])


def _referred(model_state: EventModelState, apps: Any) -> Iterator[Any]:
    """Yield the classes in ``apps`` that the fields of an event model refer to."""
    for field in model_state.fields.values():
        if field.remote_field is not None:
            app_label, name = resolve_relation(field.remote_field.model, *model_state.key)
            found = apps.all_models[app_label].get(name)
            if found is not None:  # else a model that comes later, or the event model itself
                yield found


def replace_spec(
    state: ProjectState, model_state: EventModelState, spec: EventSpec
) -> EventModelState:
    """Put a copy of an event model's state with ``spec`` in its place.

    Where the models are rendered, the class of this one carries its history from then on.
    """
    changed = model_state.clone()
    changed.spec = spec
    state.models[changed.key] = changed
    apps = vars(state).get("apps")
    if apps is None or changed.name_lower not in apps.all_models[changed.app_label]:
        return changed
    model = apps.get_model(*changed.key)
    if model._meta.apps is apps:
        changed.tell(model)
    else:  # the class of a state that this one was cloned from
        apps.unregister_model(*changed.key)
        apps.render_multiple([changed])
    return changed
