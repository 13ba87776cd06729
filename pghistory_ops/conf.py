"""The one setting, ``PGHISTORY_OPS``.

It shapes what the autodetector proposes and what contexts say, never what a migration means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pgtrigger
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.module_loading import import_string

from pghistory_ops.fields import (
    ContextForeignKey,
    ContextJSONField,
    ContextUUIDField,
    ObjForeignKey,
)
from pghistory_ops.trackers import Snapshot, Tracker


@dataclass(frozen=True)
class Defaults:
    """What a declaration has when it does not say otherwise.

    Attributes:
        trackers: The trackers of a declaration that names none.
        obj_field, context_field, context_id_field: The configuration of these fields.
        append_only: Whether event tables refuse changes.
        level: The level of the trackers that name none; None for the best one per operation.
    """

    trackers: tuple[Tracker, ...] = (Snapshot(),)
    obj_field: ObjForeignKey | None = ObjForeignKey()
    context_field: ContextForeignKey | ContextJSONField | None = ContextForeignKey()
    context_id_field: ContextUUIDField | None = None
    append_only: bool = False
    level: pgtrigger.Level | None = None


@dataclass(frozen=True)
class Runtime:
    """What a running project does with contexts.

    Attributes:
        json_encoder: The class that encodes metadata, or its dotted path.
        middleware_methods: The HTTP methods whose requests ``HistoryMiddleware`` records.
    """

    json_encoder: type[json.JSONEncoder] = DjangoJSONEncoder
    middleware_methods: Collection[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")


def defaults() -> Defaults:
    """Return the defaults that the setting ``PGHISTORY_OPS`` makes.

    Raises:
        ImproperlyConfigured: It is not a dictionary, or has an unknown key or a value of the wrong
            kind.
    """
    values = _values_of(Defaults)
    return Defaults(**{**values, "trackers": tuple(values.get("trackers", (Snapshot(),)))})


def runtime() -> Runtime:
    """Return what the setting ``PGHISTORY_OPS`` says about contexts.

    Raises:
        ImproperlyConfigured: It is not a dictionary, has an unknown key, or an encoder that is no
            class of ``json.JSONEncoder``.
    """
    global _last  # noqa: PLW0603
    given, made = _last
    setting = getattr(settings, "PGHISTORY_OPS", {})
    if made is None or given != setting:
        made = _runtime_of(_values_of(Runtime))
        _last = ({**setting}, made)
    return made


# The setting, and what was made of it: each block asks for it.
_last: tuple[dict[str, Any], Runtime | None] = ({}, None)


def _runtime_of(values: Mapping[str, Any]) -> Runtime:
    encoder = values.get("json_encoder", DjangoJSONEncoder)
    if isinstance(encoder, str):
        encoder = import_string(encoder)
    if not (isinstance(encoder, type) and issubclass(encoder, json.JSONEncoder)):
        raise ImproperlyConfigured(
            f'PGHISTORY_OPS["json_encoder"] is {encoder!r}. Give a subclass of json.JSONEncoder, '
            "or its dotted path."
        )
    methods = values.get("middleware_methods", Runtime.middleware_methods)
    if isinstance(methods, str):
        raise ImproperlyConfigured(
            f'PGHISTORY_OPS["middleware_methods"] is the text {methods!r}. Give a list of methods.'
        )
    return Runtime(encoder, frozenset(method.upper() for method in methods))


def _values_of(part: type[Defaults | Runtime]) -> dict[str, Any]:
    values: Any = getattr(settings, "PGHISTORY_OPS", {})
    if not isinstance(values, Mapping):
        raise ImproperlyConfigured("The setting PGHISTORY_OPS is a dictionary.")
    known = {field.name for kind in (Defaults, Runtime) for field in fields(kind)}
    if unknown := sorted(set(values) - known):
        raise ImproperlyConfigured(
            f"The setting PGHISTORY_OPS has the unknown key {unknown[0]!r}. It has: "
            f"{', '.join(sorted(known))}."
        )
    own = {field.name for field in fields(part)}
    chosen = {str(key): value for key, value in values.items() if key in own}
    for name, value in chosen.items():
        if name in _KINDS and not _KINDS[name](value):
            raise ImproperlyConfigured(
                f"The setting PGHISTORY_OPS[{name!r}] is {value!r}. It is {_WORDS[name]}."
            )
    return chosen


def _trackers(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(item, Tracker) for item in value)
    )


def _instance(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: value is None or isinstance(value, kinds)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "trackers": _trackers,
    "obj_field": _instance(ObjForeignKey),
    "context_field": _instance(ContextForeignKey, ContextJSONField),
    "context_id_field": _instance(ContextUUIDField),
    "append_only": lambda value: isinstance(value, bool),
    "level": _instance(pgtrigger.Level),
}
_WORDS = {
    "trackers": "a list of trackers: [Snapshot(), AfterDelete()]",
    "obj_field": "ObjForeignKey(...) or None",
    "context_field": "ContextForeignKey(...), ContextJSONField(...) or None",
    "context_id_field": "ContextUUIDField(...) or None",
    "append_only": "True or False",
    "level": "Row, Statement or None",
}
