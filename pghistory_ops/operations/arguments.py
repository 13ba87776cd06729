"""Arguments that the operations on event models share, and what they must satisfy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from pghistory_ops.fields import ContextJSONField
from pghistory_ops.spec import Policy

_TIMEOUT = re.compile(r"([0-9]+)\s*(us|ms|s|min|h|d)")
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST = 2**31 - 1  # milliseconds, what PostgreSQL takes


def checked_label(tracks: Any) -> str:
    """Return ``tracks``, the label of a model."""
    if not isinstance(tracks, str) or tracks.count(".") != 1:
        raise ValueError(f'tracks={tracks!r} is not the label of a model: "app_label.ModelName".')
    return tracks


def checked_name(name: Any) -> str:
    """Return ``name``, the name of an event model."""
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(
            f"{name!r} is not the name of a model. The app is that of the migration, so give the "
            'name alone: "OrderEvent".'
        )
    return name


def check_configuration(name: str, argument: str, value: Any, kinds: tuple[type, ...]) -> None:
    """Check that ``value`` configures a field of the event model ``name``."""
    if value is not None and not isinstance(value, kinds):
        kind = kinds[0].__name__
        raise TypeError(
            f"{argument}={value!r} of the event model {name} is no configuration of the field. "
            f"Use {argument}={kind}() or None."
        )


def checked_policy(
    name: str, fields: Iterable[str] | None, exclude: Iterable[str] | None
) -> Policy:
    """Return the policy that ``fields`` and ``exclude`` make."""
    for argument, value in (("fields", fields), ("exclude", exclude)):
        if isinstance(value, str):
            raise ValueError(
                f"{argument}={value!r} of the event model {name} is a text. Use a list of names."
            )
    if fields is not None and exclude is not None:
        raise ValueError(
            f"The event model {name} has both fields and exclude. Give the fields to mirror, or "
            "those not to mirror."
        )
    return Policy(None if fields is None else _ordered(fields), _ordered(exclude or ()))


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in their order, or in a stable one where they have none."""
    return tuple(sorted(names) if isinstance(names, (set, frozenset)) else names)


def check_context(name: str, context_field: Any, context_id_field: Any) -> None:
    """Check that the fields of the context go together."""
    if context_id_field is not None and not isinstance(context_field, ContextJSONField):
        raise ValueError(
            f"The event model {name} has a context_id_field without a ContextJSONField. A "
            "ContextForeignKey holds the context's key itself."
        )


def checked_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``Meta`` options of an event model."""
    for option in ("abstract", "proxy", "swappable"):
        if options.get(option):
            raise ValueError(
                f"The event model {name} has the option {option!r}, but needs a table of its own. "
                "Leave it out."
            )
    return dict(options)


def checked_bases(name: str, bases: Iterable[Any] | None) -> tuple[Any, ...]:
    """Return the base classes of an event model, a model among them; they bring no columns.

    Raises:
        ValueError: One is a model that has a table, or fields.
    """
    given = tuple(base for base in bases or () if base is not object)
    for base in given:
        if isinstance(base, str):
            raise ValueError(
                f"The event model {name} has the base {base!r}, a model with a table of its own. "
                "Give classes, and the columns in attrs=[...]."
            )
        if isinstance(base, type) and issubclass(base, Model) and base is not Model:
            if not base._meta.abstract:
                raise ValueError(
                    f"The event model {name} has the base {base._meta.label}, which is not "
                    "abstract. Give an abstract one, and its columns in attrs=[...]."
                )
            if fields := [field.name for field in base._meta.local_fields]:
                raise ValueError(
                    f"The event model {name} has the base {base.__name__}, whose fields a "
                    f"migration must name itself: {', '.join(fields)}. Give them in attrs=[...], "
                    "and a base without fields."
                )
    has_model = any(issubclass(base, Model) for base in given)
    return given if has_model else (*given, Model)


def check_lock_timeout(value: Any) -> str | None:
    """Return ``value``, a duration for PostgreSQL's ``lock_timeout``: ``"2s"``, ``"500ms"``.

    Raises:
        ValueError: It is not such a duration.
    """
    if value is None:
        return None
    match = _TIMEOUT.fullmatch(value) if isinstance(value, str) else None
    if match and int(match[1]) * _MILLISECONDS[match[2]] <= _LONGEST:
        return str(value)
    raise ValueError(
        f"lock_timeout={value!r} is not a duration of at most 24 days with a unit (us, ms, s, min, "
        'h, d): "2s".'
    )
