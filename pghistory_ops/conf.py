"""The one setting, ``PGHISTORY_OPS``: how it is read, and what it says about contexts.

It shapes what the autodetector proposes (``defaults``) and what contexts say, never what a
migration means. Every project imports this as it starts, so it imports no trackers.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.module_loading import import_string

# The keys of ``defaults.Defaults``.
DEFAULTS = frozenset(
    {"trackers", "obj_field", "context_field", "context_id_field", "append_only", "level"}
)


@dataclass(frozen=True)
class Runtime:
    """What a running project does with contexts.

    Attributes:
        json_encoder: The class that encodes metadata, or its dotted path.
        middleware_methods: The HTTP methods whose requests ``HistoryMiddleware`` records.
    """

    json_encoder: type[json.JSONEncoder] = DjangoJSONEncoder
    middleware_methods: Collection[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")


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
        made = _runtime_of(values_of(_RUNTIME))
        _last = ({**setting}, made)
    return made


_RUNTIME = frozenset(field.name for field in fields(Runtime))

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


def values_of(keys: Collection[str]) -> dict[str, Any]:
    """Return what the setting has for some of its keys.

    Raises:
        ImproperlyConfigured: It is not a dictionary, or has an unknown key.
    """
    values: Any = getattr(settings, "PGHISTORY_OPS", {})
    if not isinstance(values, Mapping):
        raise ImproperlyConfigured("The setting PGHISTORY_OPS is a dictionary.")
    known = DEFAULTS | _RUNTIME
    if unknown := sorted(set(values) - known):
        raise ImproperlyConfigured(
            f"The setting PGHISTORY_OPS has the unknown key {unknown[0]!r}. It has: "
            f"{', '.join(sorted(known))}."
        )
    return {str(key): value for key, value in values.items() if key in keys}
