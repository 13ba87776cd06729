"""Indexes and constraints of a column of an event model that is renamed.

Django's state keeps the former name in them. So they are dropped before the rename and created
after it, as Django proposes it for models.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations.operations import RemoveConstraint, RemoveIndex

from pghistory_ops.autodetector.change import Change

REMOVALS: dict[str, Any] = {"indexes": RemoveIndex, "constraints": RemoveConstraint}


def set_aside(change: Change, old: str, new: str) -> None:
    """Propose to drop what names the column ``old``, which is about to be called ``new``."""
    for option, removal in REMOVALS.items():
        for item in list(change.new.options.get(option, ())):
            if old not in set(_columns(item)):
                continue
            renamed = _renamed(item, old, new)
            if renamed is None and not _is_declared(change, option, item.name):
                continue  # what its expressions are to be is its author's to say
            change.add(removal(change.new.name_lower, item.name))
            kept = [other for other in change.new.options[option] if other is not item]
            change.new.options[option] = kept
            if renamed is not None:
                change.aside.append((option, renamed))


def put_back(change: Change, wanted: dict[str, Any]) -> None:
    """Add what was set aside to the options, but for what the declaration has put in its place."""
    for option, item in change.aside:
        found = list(wanted.get(option, ()))
        if not any(other.name == item.name or _alike(other, item) for other in found):
            wanted[option] = [*found, item]


def _is_declared(change: Change, option: str, name: str) -> bool:
    meta = change.declaration.meta if change.declaration is not None else {}
    return any(item.name == name for item in meta.get(option, ()))


def _alike(first: Any, second: Any) -> bool:
    (path, args, kwargs), (other, other_args, options) = first.deconstruct(), second.deconstruct()
    return (path, args, {**kwargs, "name": ""}) == (other, other_args, {**options, "name": ""})


def _columns(item: Any) -> Iterator[str]:
    """Yield the names of the columns that an index or a constraint names."""
    yield from (name.removeprefix("-") for name in getattr(item, "fields", ()))
    yield from getattr(item, "include", None) or ()
    yield from _in_expressions(item)


def _in_expressions(item: Any) -> Iterator[str]:
    condition = getattr(item, "condition", None)
    if isinstance(condition, models.Q):
        yield from condition.referenced_base_fields
    for expression in getattr(item, "expressions", None) or ():
        parts: Any = getattr(expression, "flatten", tuple)()
        for part in parts:
            if isinstance(part, models.F):
                yield str(part.deconstruct()[1][0]).partition("__")[0]


def _renamed(item: Any, old: str, new: str) -> Any:
    """Return an index or a constraint with the column's new name; None if it is in expressions."""
    if old in set(_in_expressions(item)) or not getattr(item, "fields", ()):
        return None
    _, args, kwargs = item.deconstruct()
    for key in ("fields", "include"):
        if kwargs.get(key):
            kwargs[key] = type(kwargs[key])(
                f"{name[:1] if name.startswith('-') else ''}{new}"
                if name.removeprefix("-") == old
                else name
                for name in kwargs[key]
            )
    return type(item)(*args, **kwargs)
