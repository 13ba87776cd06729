"""A tracker's condition after a tracked field was renamed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.db import models

from pghistory_ops.conditions import Change, F, Q
from pghistory_ops.trackers import DatabaseTracker, Tracker


def renamed_tracker(tracker: Tracker, renames: Mapping[str, str]) -> Tracker:
    """Return ``tracker`` with a condition that names fields by their new names.

    A condition in SQL text stays as it is: what it means is its author's to say.
    """
    if not isinstance(tracker, DatabaseTracker) or not renames:
        return tracker
    condition = _renamed(tracker.condition, renames)
    if condition is tracker.condition:
        return tracker
    result = copy.copy(tracker)
    result.condition = condition
    return tracker if result == tracker else result


def _renamed(condition: Any, names: Mapping[str, str]) -> Any:
    if isinstance(condition, models.Q):
        children = [
            (_renamed_key(child[0], names), _renamed_value(child[1], names))
            if isinstance(child, tuple)
            else _renamed(child, names)
            for child in condition.children
        ]
        return Q(*children, _connector=condition.connector, _negated=condition.negated)
    if isinstance(condition, Change):
        cls: Any = type(condition)
        return cls(
            *(names.get(name, name) for name in condition.fields),
            exclude=[names.get(name, name) for name in condition.exclude],
            exclude_auto=condition.exclude_auto,
        )
    return condition


def _renamed_key(key: str, names: Mapping[str, str]) -> str:
    row, _, rest = key.partition("__")
    name, *lookups = rest.split("__")
    return "__".join([row, names.get(name, name), *lookups])


def _renamed_value(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, F):
        return F(_renamed_key(f"{value.row_alias.lower()}__{value.col_name}", names))
    if isinstance(value, (list, tuple, set)):
        return type(value)(_renamed_value(item, names) for item in value)
    if hasattr(value, "get_source_expressions"):
        result = value.copy()
        result.set_source_expressions(
            [item and _renamed_value(item, names) for item in value.get_source_expressions()]
        )
        return result
    return value
