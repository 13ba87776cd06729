"""What the migrations say of event models, as far as it was asked for, and their classes.

The classes are in an app registry of their own, whose look-ups fall back to the live one: a foreign
key leads to a live class, and no live class gains an attribute.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable
from typing import Any

from django.apps import apps as live_apps
from django.apps.registry import Apps
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops.history import History
from pghistory_ops.registry import graph
from pghistory_ops.registry.event_base import Event
from pghistory_ops.registry.rendering import for_runtime
from pghistory_ops.state import EventModelState, UnknownEventModel, event_states, tracked_label


class EventApps(Apps):
    """An app registry of event models, whose look-ups fall back to the live one."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(installed_apps=())
        self._registry = registry

    def get_registered_model(self, app_label: str, model_name: str) -> type[models.Model]:
        """Return a live class, or else an event model."""
        try:
            return live_apps.get_registered_model(app_label, model_name)
        except LookupError:
            return self._registry.rendered(app_label, model_name)

    def get_model(
        self, app_label: str, model_name: str | None = None, require_ready: bool = True
    ) -> type[models.Model]:
        """Return a live class, or else an event model."""
        if model_name is None:
            app_label, model_name = app_label.split(".")
        return self.get_registered_model(app_label, model_name)


class Registry:
    """What the migrations say of event models, as far as it was asked for."""

    def __init__(self) -> None:
        self.apps = EventApps(self)
        self.answers: dict[tuple[Any, str | None], type[Any]] = {}
        self._lock = threading.RLock()
        self._states: dict[tuple[str, str], tuple[EventModelState, ProjectState]] = {}
        self._histories: dict[type[models.Model], History] = {}
        self._known: set[str] = set()
        self._complete = False
        self._rendering: set[tuple[str, str]] = set()

    # What is known ---------------------------------------------------------------------------

    def load(self, labels: Iterable[str]) -> None:
        """Learn of the event models of some apps."""
        missing = {label for label in labels if label not in self._known}
        if missing:
            self._learn(graph.project_state(missing), missing)

    def load_all(self) -> None:
        """Learn of every event model, whatever the source of its migration looks like."""
        missing = set(live_apps.app_configs) - self._known
        if missing:
            self._learn(graph.whole_state(), missing)
        self._forget_sources()

    def _learn(self, state: ProjectState, labels: set[str]) -> None:
        # Those that were not asked for, but replayed because the others need them, are right too.
        labels |= set(live_apps.app_configs) - set(state.real_apps)
        for item in event_states(state):
            if item.app_label not in self._known:
                self._states[item.key] = item, state
        self._known |= labels

    @functools.cached_property
    def _sources(self) -> graph.Sources:
        return graph.Sources()

    def _forget_sources(self) -> None:
        """Let go of the texts: every app that may have event models is known."""
        self._complete = True
        vars(self).pop("_sources", None)

    def state(self, app_label: str, name: str) -> EventModelState | None:
        """Return the state of an event model; None if there is none of that name."""
        with self._lock:
            if app_label in live_apps.app_configs:
                self.load([app_label])
            found = self._states.get((app_label, name.lower()))
            return found[0] if found else None

    def states(self) -> list[EventModelState]:
        """Return the states of all event models, in the order of their labels."""
        with self._lock:
            if not self._complete:
                self.load(self._sources.apps())
                self._forget_sources()
            return [self._states[key][0] for key in sorted(self._states)]

    def states_of(self, labels: set[str]) -> list[EventModelState]:
        """Return the states of the event models of some apps."""
        with self._lock:
            self.load(labels)
            return [self._states[key][0] for key in sorted(self._states) if key[0] in labels]

    def tracking(self, app_label: str, name: str) -> list[EventModelState]:
        """Return the states of the event models that track a model."""
        with self._lock:
            if not self._complete:
                self.load(self._sources.apps_tracking(app_label, name))
            found = self._tracking(app_label, name)
            if not found:
                self.load_all()
                found = self._tracking(app_label, name)
            return found

    def _tracking(self, app_label: str, name: str) -> list[EventModelState]:
        label = f"{app_label}.{name}".lower()
        return [
            item
            for item in (self._states[key][0] for key in sorted(self._states))
            if tracked_label(item).lower() == label
        ]

    # Classes ---------------------------------------------------------------------------------

    def class_of(self, item: EventModelState) -> type[Any]:
        """Return an event model's class: the explicit one, or else one that is made here."""
        try:
            return live_apps.get_registered_model(*item.key)
        except LookupError:
            return self.rendered(*item.key)

    def rendered(self, app_label: str, name: str) -> type[models.Model]:
        """Return the class that is made of an event model's state.

        Raises:
            LookupError: There is no event model of that name, or it is being made.
        """
        key = app_label, name.lower()
        with self._lock:
            model: type[models.Model] | None = self.apps.all_models[app_label].get(key[1])
            if model is not None:
                return model
            if key not in self._states or key in self._rendering:
                raise LookupError(f"There is no event model {app_label}.{name}.")
            self._rendering.add(key)
            try:
                item, state = self._states[key]
                model = for_runtime(item, state, Event).render(self.apps)
                _place(model, app_label)
                _make_picklable(model)
            finally:
                self._rendering.discard(key)
            return model

    def history(self, model: type[models.Model]) -> History:
        """Return the history of an explicit class.

        Raises:
            UnknownEventModel: It is no event model.
        """
        with self._lock:
            if model not in self._histories:
                item = self.state(model._meta.app_label, model._meta.object_name or "")
                if item is None:
                    raise UnknownEventModel(
                        f"The model {model._meta.label} is no event model: no migration creates it "
                        "with CreateEventModel."
                    )
                self._histories[model] = History(model, item.spec, tracked_label(item))
            return self._histories[model]


def _place(model: Any, app_label: str) -> None:
    """Let a class and its exceptions say that they are from the app's migrations."""
    module, _ = MigrationLoader.migrations_module(app_label)
    for item in (model, *_exceptions(model)):
        item.__module__ = module


def _exceptions(model: Any) -> list[Any]:
    found = (item for item in vars(model).values() if isinstance(item, type))
    return [item for item in found if issubclass(item, Exception)]


def _make_picklable(model: Any) -> None:
    """Let the fields and exceptions of a class be found by the class, which no module has.

    Django looks for fields, which querysets hold, in the live registry.
    """
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        # ``pickle`` asks the object, and a field's class is to stay what it is.
        vars(field)["__reduce__"] = functools.partial(_reduce_field, field)
    for item in _exceptions(model):
        item.__reduce__ = functools.partialmethod(_reduce_exception, model, item.__name__)


def _reduce_field(field: Any) -> Any:
    return _field_of, (field.model, field.name)


def _field_of(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _reduce_exception(exception: Exception, model: Any, name: str) -> Any:
    return _new_exception, (model, name, exception.args)


def _new_exception(model: type[models.Model], name: str, args: tuple[Any, ...]) -> Exception:
    exception: Exception = getattr(model, name)(*args)
    return exception
