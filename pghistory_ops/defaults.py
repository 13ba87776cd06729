"""What declarations have when they do not say otherwise: a part of the setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.core.exceptions import ImproperlyConfigured

from pghistory_ops import conf
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


def defaults() -> Defaults:
    """Return the defaults that the setting ``PGHISTORY_OPS`` makes.

    Raises:
        ImproperlyConfigured: It is not a dictionary, or has an unknown key or a value of the wrong
            kind.
    """
    values = conf.values_of(conf.DEFAULTS)
    for name, value in values.items():
        if not _KINDS[name](value):
            raise ImproperlyConfigured(
                f"The setting PGHISTORY_OPS[{name!r}] is {value!r}. It is {_WORDS[name]}."
            )
    return Defaults(**{**values, "trackers": tuple(values.get("trackers", (Snapshot(),)))})


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
