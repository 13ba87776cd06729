"""Declarations: what ``track()`` records, and the autodetector alone reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pgtrigger
from django.apps import apps
from django.db import models

from pghistory_ops import names
from pghistory_ops.defaults import defaults
from pghistory_ops.fields import (
    ContextForeignKey,
    ContextJSONField,
    ContextUUIDField,
    ObjForeignKey,
)
from pghistory_ops.operations.arguments import checked_policy
from pghistory_ops.spec import Policy
from pghistory_ops.tracked import Tracked
from pghistory_ops.trackers import DatabaseTracker, Tracker

Target = TypeVar("Target", bound="type[models.Model] | str")


class _Default:
    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT: Any = _Default()


@dataclass(frozen=True)
class Declaration:
    """One call of ``track()``.

    Attributes:
        tracks: The label of the tracked model, as it was declared.
        app_label: The app whose migrations create the event model.
        model_name: The name of the event model.
        policy: Which tracked fields are mirrored.
        trackers: The trackers.
        obj_field, context_field, context_id_field: The configuration of these fields; ``DEFAULT``
            where the declaration says nothing.
        append_only: Whether the event table refuses changes.
        pausable: Whether ``paused()`` may switch the trackers off.
        security_definer: Whether the triggers run with the rights of their owner.
        base_model: The base of the event model, if there is one.
        attrs: Columns of the event model's own, those of the base model first.
        bases: The base classes of the event model that are no models.
        meta: The ``Meta`` options of the event model.
        source: Where the call stands: ``"shop/models.py:12"``.
        abstract: Whether the tracked model is an abstract class.
    """

    tracks: str
    app_label: str
    model_name: str
    policy: Policy
    trackers: tuple[Tracker, ...]
    obj_field: Any
    context_field: Any
    context_id_field: Any
    append_only: bool
    pausable: bool
    security_definer: bool
    base_model: Any
    attrs: tuple[tuple[str, Any], ...]
    bases: tuple[type, ...]
    meta: Mapping[str, Any]
    source: str
    abstract: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The key of the event model in ``ProjectState.models``."""
        return self.app_label, self.model_name.lower()

    @property
    def label(self) -> str:
        """``app_label.Name`` of the event model."""
        return f"{self.app_label}.{self.model_name}"

    def resolved_obj_field(self, subject: Tracked) -> ObjForeignKey | None:
        """Return the configuration of ``pgh_obj`` for a tracked model."""
        if self.obj_field is not DEFAULT:
            configured: ObjForeignKey | None = self.obj_field
            return configured
        return None if subject.composite else defaults().obj_field

    def options(self, subject: Tracked) -> dict[str, Any]:
        """Return the ``Meta`` options of the event model, with names for the indexes."""
        options = dict(self.meta)
        if subject.composite and "indexes" not in options:
            options["indexes"] = [subject.key_index(self.app_label, self.model_name)]
        table = f"{self.app_label}_{self.model_name.lower()}"
        for place, index in enumerate(indexes := list(options.get("indexes", ()))):
            if not index.name:
                indexes[place] = index.clone()
                indexes[place].name = names.index_name(table, *index.fields)
        return {**options, "indexes": indexes} if indexes else options


# By event model and source: a module that is imported anew replaces what it declared.
_declarations: dict[tuple[tuple[str, str], str], Declaration] = {}


def declarations() -> list[Declaration]:
    """Return the declarations, in the order in which they were made."""
    return list(_declarations.values())


def track(
    *trackers: Tracker,
    fields: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    obj_field: ObjForeignKey | None = DEFAULT,
    context_field: ContextForeignKey | ContextJSONField | None = DEFAULT,
    context_id_field: ContextUUIDField | None = DEFAULT,
    append_only: bool = DEFAULT,
    pausable: bool = False,
    security_definer: bool = True,
    model_name: str | None = None,
    app_label: str | None = None,
    base_model: type | None = None,
    attrs: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
    level: pgtrigger.Level | None = None,
) -> Callable[[Target], Target]:
    """Declare that a model is tracked: a decorator of the class, or a call on a model's label.

    The declaration is inert: the class is returned as it is. ``makemigrations`` proposes the
    operations that make it true.

    Args:
        *trackers: The trackers; by default those of the setting ``PGHISTORY_OPS``.
        fields: The fields to mirror.
        exclude: The fields not to mirror.
        obj_field: The configuration of ``pgh_obj``.
        context_field: The configuration of ``pgh_context``.
        context_id_field: The configuration of ``pgh_context_id``.
        append_only: Whether the event table refuses UPDATE, DELETE and TRUNCATE.
        pausable: Whether ``paused()`` may switch the trackers off for a block of code.
        security_definer: Whether the triggers write events with the rights of the role that
            migrates, rather than with those of whoever writes the tracked table.
        model_name: The name of the event model: by default ``OrderEvent``, or with ``fields``
            ``OrderEmailEvent``.
        app_label: The app whose migrations create the event model: by default the model's own for
            the decorator, and that of the calling module for a call.
        base_model: An abstract model or plain class whose fields the event model has too.
        attrs: Fields of the event model's own, by name.
        meta: ``Meta`` options of the event model.
        level: The level of those ``trackers`` that name none.

    Example::

        @pgh.track(pgh.Snapshot(), exclude=["secret"])
        class Order(models.Model): ...

        pgh.track(app_label="shop")("auth.User")
    """
    for tracker in trackers:
        if not isinstance(tracker, Tracker):
            raise TypeError(f"track() takes trackers such as Snapshot(), not {tracker!r}.")
    frame = inspect.currentframe()
    caller = frame.f_back if frame is not None else None
    module = caller.f_globals.get("__name__", "") if caller is not None else ""
    source = f"{caller.f_code.co_filename}:{caller.f_lineno}" if caller is not None else ""
    del frame, caller

    def declare(model: Target) -> Target:
        label = model if isinstance(model, str) else model._meta.label
        config = defaults()
        chosen = trackers or config.trackers
        wanted_level = level or config.level
        name = label.rpartition(".")[2]
        policy = checked_policy(model_name or label, fields, exclude)
        extra, bases = _of_base(base_model)
        declaration = Declaration(
            tracks=label,
            app_label=app_label or _app_of(model, module) or label.partition(".")[0],
            model_name=model_name or default_name(name, policy.fields),
            policy=policy,
            trackers=tuple(_of_level(item, wanted_level) for item in chosen),
            obj_field=obj_field,
            context_field=config.context_field if context_field is DEFAULT else context_field,
            context_id_field=(
                config.context_id_field if context_id_field is DEFAULT else context_id_field
            ),
            append_only=config.append_only if append_only is DEFAULT else append_only,
            pausable=pausable,
            security_definer=security_definer,
            base_model=base_model,
            attrs=(*extra, *(attrs or {}).items()),
            bases=bases,
            meta=dict(meta or {}),
            source=source,
            abstract=not isinstance(model, str) and model._meta.abstract,
        )
        _declarations[declaration.key, source] = declaration
        return model

    return declare


def default_name(model: str, fields: tuple[str, ...] | None) -> str:
    """Name the event model of a model: ``OrderEvent``, ``OrderEmailEvent``, ``UserGroupsEvent``."""
    words = [model, *(fields or ())]
    parts = [part for word in words for part in word.split("_") if part]
    return "".join(part[0].upper() + part[1:] for part in parts) + "Event"


def _of_level(tracker: Tracker, level: pgtrigger.Level | None) -> Tracker:
    if level is None or not isinstance(tracker, DatabaseTracker) or tracker.level is not None:
        return tracker
    return tracker.at_level(level)


def _of_base(base: type | None) -> tuple[tuple[tuple[str, Any], ...], tuple[type, ...]]:
    """Return the fields and the plain classes that a base model brings."""
    if base is None:
        return (), ()
    if not issubclass(base, models.Model):
        return (), (base,)
    fields = tuple((field.name, field.clone()) for field in base._meta.local_fields)
    plain = tuple(
        cls
        for cls in base.__mro__
        if not issubclass(cls, models.Model)
        and cls.__module__ != "builtins"
        and cls not in models.Model.__mro__
    )
    return fields, plain


def _app_of(model: type[models.Model] | str, module: str) -> str | None:
    """Return the app of a declaration: the class's where it is defined, else the caller's."""
    if not isinstance(model, str) and model.__module__ == module:
        return model._meta.app_label
    config = apps.get_containing_app_config(module) if apps.apps_ready else None
    return config.label if config is not None else None
