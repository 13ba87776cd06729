"""Event models at runtime, made from the last state of the migrations when they are asked for."""

from __future__ import annotations

import copyreg
from collections.abc import Iterable
from typing import Any, TypeVar, overload

from django.apps import apps as live_apps
from django.core.exceptions import AppRegistryNotReady
from django.core.signals import setting_changed
from django.db import models

from pghistory_ops.history import ATTRIBUTE, History
from pghistory_ops.registry.app_registry import EventApps, Registry
from pghistory_ops.registry.event_base import Event, EventBase, EventModelBase
from pghistory_ops.state import UnknownEventModel

E = TypeVar("E", bound=EventBase)


class AmbiguousEventModel(LookupError):
    """Several event models track the model."""


_registry = Registry()


def clear() -> None:
    """Forget what the migrations say; they are read again when they are asked for."""
    global _registry  # noqa: PLW0603
    _registry = Registry()


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in ("INSTALLED_APPS", "MIGRATION_MODULES"):
        clear()


setting_changed.connect(_forget)


# A class that is only known to be a model may be an event model; then the hint is less than it is.
@overload
def event_model(ref: type[E], label: str | None = None) -> type[E]: ...  # type: ignore[overload-overlap]
@overload
def event_model(
    ref: str | type[models.Model] | models.Model, label: str | None = None
) -> type[Event]: ...
def event_model(
    ref: str | type[models.Model] | models.Model, label: str | None = None
) -> type[Any]:
    """Return an event model's class.

    It is made from the last state of the migrations when it is first asked for. A class of the same
    label in ``models.py`` takes its place.

    Args:
        ref: The label of the event model (``"shop.OrderEvent"``), or what it tracks: a model's
            label, its class, or an instance; a proxy stands for its concrete model. A historical
            model of ``RunPython`` is answered from the migration's own models.
        label: The label of a tracker, where several event models track the model.

    Raises:
        UnknownEventModel: There is no such event model.
        AmbiguousEventModel: Several event models track the model.
        TypeError: ``ref`` is none of these.

    Example::

        OrderEvent = pgh.event_model("shop.OrderEvent")
        OrderEvent.objects.filter(pgh_label="snapshot", total__gt=100)
    """
    key = ref if isinstance(ref, (str, type)) else type(ref)
    answers = _registry.answers  # those of now: it may be cleared meanwhile
    try:
        return answers[key, label]
    except KeyError:
        pass
    _check_ready()
    if isinstance(key, str):
        model = _chosen(_by_label(key), key, label)
    elif issubclass(key, models.Model):
        model = _chosen(_by_class(key), key._meta.label, label)
        if key._meta.apps is not live_apps:
            return model  # a historical class is not kept alive
    else:
        raise TypeError(
            "An event model is asked for by its label, or by a model, its label or an instance, "
            f"not by {ref!r}."
        )
    answers[key, label] = model
    return model


def event_models(
    tracks: str | type[models.Model] | models.Model | None = None,
    references: str | type[models.Model] | models.Model | None = None,
) -> list[type[Event]]:
    """Return event models, in the order of their labels.

    Args:
        tracks: Those that track a model: its label, its class or an instance.
        references: Those that have a foreign key to a model.

    Raises:
        UnknownEventModel: There is no model of that label, and none is tracked.
        TypeError: What is given is none of these.

    Example::

        for model in pgh.event_models(references=request.user):
            ...
    """
    _check_ready()
    for ref in (tracks, references):
        if ref is not None and not _is_ref(ref):
            raise TypeError(
                f"Event models are asked for by a model, its label or an instance, not by {ref!r}."
            )
    given = tracks if tracks is not None else references
    historical = _apps_of(given)
    if historical is not None:
        found: Iterable[Any] = _historical(historical)
    elif tracks is not None:
        found = map(_registry.class_of, _registry.tracking(*_key_of(tracks)))
    else:
        found = map(_registry.class_of, _registry.states())
    if tracks is not None:
        found = (item for item in found if _is(history_of(item).tracks, tracks))
    if references is not None:
        found = (item for item in found if _refers(item, references))
    chosen = sorted(found, key=lambda item: item._meta.label)
    if not chosen:
        for ref in (tracks, references):
            _check_known(ref)
    return chosen


def rendered_models(labels: Iterable[str] | None = None) -> list[type[Any]]:
    """Return the classes that are made of the event models, explicit ones left aside.

    Args:
        labels: The labels of the apps whose event models to return; by default all.
    """
    wanted = None if labels is None else set(labels)
    items = _registry.states() if wanted is None else _registry.states_of(wanted)
    return [_registry.rendered(*item.key) for item in items]


def current() -> Registry:
    """Return what is known of the migrations."""
    return _registry


def history_of(model: type[models.Model] | models.Model) -> History:
    """Return the history that an event model, or one of its events, belongs to.

    Raises:
        UnknownEventModel: It is no event model.
    """
    cls = model if isinstance(model, type) else type(model)
    history: History | None = cls.__dict__.get(ATTRIBUTE)
    if history is not None:
        return history
    if cls._meta.apps is not live_apps:
        raise UnknownEventModel(
            f"The historical model {cls._meta.label} is no event model at this point of the "
            "migrations."
        )
    return _registry.history(cls)


def _by_label(label: str) -> list[type[Any]]:
    app_label, name = _key_of(label)
    item = _registry.state(app_label, name)
    items = [item] if item is not None else _registry.tracking(app_label, name)
    return [_registry.class_of(item) for item in items]


def _by_class(model: type[models.Model]) -> list[type[Any]]:
    if not hasattr(model, "_meta") or model._meta.abstract:
        raise TypeError(f"The model {model.__qualname__} is abstract: it has no rows to track.")
    if ATTRIBUTE in vars(model):
        return [model]
    if model._meta.apps is live_apps:
        return _by_label(model._meta.label)
    return [item for item in _historical(model._meta.apps) if _is(history_of(item).tracks, model)]


def _check_ready() -> None:
    if not live_apps.models_ready:
        raise AppRegistryNotReady(
            "Event models are known when all models are loaded. Ask for them inside of functions, "
            "not when a module is imported."
        )


def _is_ref(ref: Any) -> bool:
    if isinstance(ref, type):
        return issubclass(ref, models.Model) and hasattr(ref, "_meta")
    return isinstance(ref, (str, models.Model))


def _check_known(ref: Any) -> None:
    """Check that there is a model of a label, which nothing need track."""
    if not isinstance(ref, str):
        return
    try:
        live_apps.get_registered_model(*_key_of(ref))
    except LookupError:
        raise UnknownEventModel(
            f"There is no model {ref!r}, and no event model that tracks or refers to one of that "
            "name."
        ) from None


def _historical(apps: Any) -> list[type[Any]]:
    return [item for item in apps.get_models() if ATTRIBUTE in vars(item)]


def _apps_of(ref: Any) -> Any:
    """Return the registry of the historical models to which ``ref`` belongs, if it does."""
    if ref is None or isinstance(ref, str):
        return None
    apps = ref._meta.apps
    return None if apps is live_apps or isinstance(apps, EventApps) else apps


def _key_of(ref: Any) -> tuple[str, str]:
    """Return the app's label and the model's name in lower case, of the concrete model."""
    if isinstance(ref, str):
        app_label, _, name = ref.partition(".")
        if not app_label or not name or "." in name:
            raise ValueError(f"{ref!r} is not the label of a model: 'app_label.ModelName'.")
        try:
            ref = live_apps.get_registered_model(app_label, name)
        except LookupError:
            return app_label, name.lower()
    options = ref._meta.concrete_model._meta
    return options.app_label, options.model_name


def _is(label: str, ref: Any) -> bool:
    return label.lower() == ".".join(_key_of(ref))


def _refers(model: type[models.Model], ref: Any) -> bool:
    return any(
        isinstance(item.related_model, type) and _key_of(item.related_model) == _key_of(ref)
        for item in model._meta.local_fields
        if item.is_relation
    )


def _chosen(found: list[type[Any]], ref: str, label: str | None) -> type[Any]:
    """Return the one event model that is meant.

    Raises:
        UnknownEventModel: There is none.
        AmbiguousEventModel: There are several.
    """
    if not found:
        app_label = ref.partition(".")[0]
        if app_label not in live_apps.app_configs:
            raise UnknownEventModel(
                f"There is no event model {ref!r}: there is no app with the label {app_label!r}."
            )
        known = [item.name for item in _registry.states() if item.app_label == app_label]
        raise UnknownEventModel(
            f"There is no event model {ref!r}, and none that tracks a model of that name. The app "
            f"{app_label!r} has: {', '.join(known) or 'none'}. Event models are made by "
            "CreateEventModel in a migration."
        )
    chosen = [item for item in found if label is None or label in history_of(item).labels]
    if len(chosen) == 1:
        return chosen[0]
    there = ", ".join(
        f"{item._meta.label} ({', '.join(map(repr, history_of(item).labels)) or 'no tracker'})"
        for item in found
    )
    if not chosen:
        raise UnknownEventModel(f"No event model of {ref} has the label {label!r}. Known: {there}.")
    raise AmbiguousEventModel(
        f"Several event models track {ref}: {there}. Name one by its own label, or give the label "
        "of a tracker."
    )


def _reduce_class(model: Any) -> Any:
    """Return how a class is pickled: by its label, or by the module that has it."""
    if isinstance(model._meta.apps, EventApps):
        return event_model, (model._meta.label,)
    return model.__qualname__


copyreg.pickle(EventModelBase, _reduce_class)
