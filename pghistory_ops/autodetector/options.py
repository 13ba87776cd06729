"""How the ``Meta`` options and extra columns of an event model follow its declaration."""

from __future__ import annotations

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations import AlterModelTable
from django.db.migrations.state import ModelState, ProjectState

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.event_columns import add, alter, in_free_column, same
from pghistory_ops.autodetector.indexes import REMOVALS, put_back
from pghistory_ops.columns import nullable


def move_attributes(change: Change) -> None:
    """Let the extra columns take other column names, so that tracked fields can have theirs."""
    for name, field in change.declared_columns:
        column = change.new.fields.get(name)
        if column is not None and event_fields.column_name(
            column, name
        ) != event_fields.column_name(in_free_column(change, name, field), name):
            alter(change, name, nullable(field) if column.null else field)


def follow_attributes(change: Change) -> None:
    """Let the extra columns follow the declaration; none is dropped."""
    if change.declaration is None:
        return
    for name, field in change.declaration.attrs:
        column = change.new.fields.get(name)
        if column is None:
            add(change, name, field)
            continue
        follower = in_free_column(change, name, nullable(field) if column.null else field)
        if not same(change, column, follower):
            alter(change, name, follower)


def follow_options(change: Change) -> bool:
    """Let the options follow what the declaration names; none is dropped that it does not name.

    Django itself tells the difference. Returns whether the event table is moved.
    """
    is_declared = change.declaration is not None and bool(change.declaration.meta)
    if not is_declared and not change.aside:
        return False
    key, wanted = change.new.key, dict(change.new.options)
    if change.declaration is not None and is_declared:
        wanted |= change.declaration.options(change.after)
    for name in REMOVALS:
        known = {item.name for item in wanted.get(name, ())}
        kept = [item for item in change.new.options.get(name, ()) if item.name not in known]
        wanted[name] = [*kept, *wanted.get(name, ())]
    put_back(change, wanted)
    before, after = (
        ProjectState({key: ModelState(*key, dict(change.new.fields), options)})
        for options in (change.new.options, wanted)
    )
    detector: Any = MigrationAutodetector(before, after)
    moved = False
    for migration in detector._detect_changes().get(key[0], ()):
        for operation in migration.operations:
            change.add(operation)
            moved = moved or isinstance(operation, AlterModelTable)
    change.new.options = wanted
    return moved
