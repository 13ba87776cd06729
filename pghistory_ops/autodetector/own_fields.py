"""How the fields that an event has of its own follow a declaration and the tracked model's key."""

from __future__ import annotations

from typing import Any

from django.db import models

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.event_columns import (
    add,
    alter,
    keep_as_old,
    keep_as_plain,
    rename,
    same,
)
from pghistory_ops.columns import nullable


def wanted_configuration(change: Change) -> dict[str, Any]:
    """Return how the own fields are to be configured."""
    spec = change.old.spec
    obj_field = spec.obj_field
    if change.declaration is None:
        context_field, context_id_field = spec.context_field, spec.context_id_field
    else:
        obj_field = change.declaration.resolved_obj_field(change.after)
        context_field = change.declaration.context_field
        context_id_field = change.declaration.context_id_field
    return {
        "obj_field": None if change.after.composite else obj_field,
        "context_field": context_field,
        "context_id_field": context_id_field,
    }


def follow_own_fields(change: Change, wanted: dict[str, Any]) -> None:
    """Let the own fields follow their configuration. What was recorded stays."""
    spec = change.old.spec
    unchanged = all(getattr(spec, key) == value for key, value in wanted.items())
    if unchanged and not change.key_is_replaced:
        return
    label = change.after.label
    target = dict(event_fields.own_fields(label, *wanted.values()))
    _exchange_context_columns(change, target)
    for name in (event_fields.OBJ, event_fields.CONTEXT, event_fields.CONTEXT_ID):
        field, column = target.get(name), change.new.fields.get(name)
        if column is not None and (field is None or not _alike(column, field)):
            keep_as_old(change, name, in_place=True)
            column = None
        if field is None:
            continue
        if column is None:
            _take_up(change, name, field)
        else:
            field = nullable(field) if column.null else field
            if field.db_column is None and column.db_column is not None:
                field = field.clone()
                field.db_column = column.db_column
            if not same(change, column, field):
                alter(change, name, field)


def _exchange_context_columns(change: Change, target: dict[str, Any]) -> None:
    """Let the context's key stay where it is when a reference to it becomes the bare key, or back.

    Both have the column ``pgh_context_id``.
    """
    context, key = event_fields.CONTEXT, event_fields.CONTEXT_ID
    fields = change.new.fields
    if _is_reference(fields.get(context)) and key in target and key not in fields:
        old, new = context, key
    elif key in fields and key not in target and _is_reference(target.get(context)):
        if context in fields:
            keep_as_old(change, context, in_place=True)
        old, new = key, context
    else:
        return
    field = nullable(target[new]).clone()
    column = event_fields.bound(change.new.fields[old], old).column
    if event_fields.bound(target[new], new).column != column:
        field.db_column = column
    pinned = nullable(change.new.fields[old]).clone()
    pinned.db_column = column
    alter(change, old, pinned)
    rename(change, old, new)
    alter(change, new, field)


def _is_reference(field: Any) -> bool:
    return field is not None and field.remote_field is not None


def _alike(column: Any, field: Any) -> bool:
    return isinstance(column, models.ForeignKey) == isinstance(field, models.ForeignKey)


def _take_up(change: Change, name: str, field: Any) -> None:
    """Propose a field: the one that was kept when the configuration dropped it, or a new one."""
    kept = f"{name}_old"
    former = change.new.fields.get(kept)
    if former is not None and _alike(former, field):
        rename(change, kept, name)
        alter(change, name, nullable(field))
    else:
        add(change, name, nullable(field))


def release_through(change: Change) -> None:
    """Let go of the reference to an automatic table that is about to be renamed.

    No state knows the table's model, so the reference does not follow. It is made anew after that.
    """
    name = event_fields.OBJ
    field: Any = change.new.fields.get(name)
    if not _is_reference(field):
        return
    plain = models.BigIntegerField(
        db_column=event_fields.bound(field, name).column, db_index=field.db_index, null=field.null
    )
    alter(change, name, plain, before=change.on_tracked())
    change.reference = field


def release_key(change: Change) -> None:
    """Keep the references to a key that is about to be replaced, as a plain column."""
    first = len(change.operations)
    keep_as_plain(change, event_fields.OBJ, before=change.on_tracked())
    change.opening += change.operations[first:]
