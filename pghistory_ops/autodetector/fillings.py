"""Rows that Django writes itself: with NULL, where a field takes NULL no more.

The field's default is written (``BaseDatabaseSchemaEditor._alter_field``), with the triggers on.
While these do not know yet that a column has another name or type, they could not record it. On
the way back that is so for a field that has come to take NULL.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations import AlterField

from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.dependencies import OnOperation
from pghistory_ops.autodetector.run import Run


def arrange_fillings(change: Change) -> None:
    """Let Django write rows where the triggers can record it, forwards and on the way back."""
    found = [(item, change.run.alteration(item)) for item in change.on_tracked(AlterField)]
    unknown = change.renames or change.retyped or any(it and it.renames for _, it in found)
    if change.key_is_replaced:
        return
    for operation, altered in found:
        if altered is None or change.run.is_filling(operation):
            continue
        if altered.fills and unknown:
            _fill_later(change.run, operation)
        elif altered.fills_back and (unknown or change.removed):
            change.run.put_ahead(operation, change.on_subject())


def _fill_later(run: Run, operation: Any) -> None:
    """Let a field take NULL until an operation of its own, which writes the rows with NULL.

    Whatever else Django changes of the field stays where it is.
    """
    altered, app_label = run.alteration(operation), run.app_of(operation)
    assert altered is not None
    interim = altered.interim(operation.preserve_default)
    later = AlterField(
        operation.model_name, operation.name, operation.field, operation.preserve_default
    )
    if altered.only_fills(interim):
        awaited = operation._auto_deps
        run.take_out(operation)
    else:
        operation.field, operation.preserve_default = interim, True
        awaited = [OnOperation(app_label, operation)]
    run.add(app_label, later, awaited)
    run.fillings.append((later, interim))
