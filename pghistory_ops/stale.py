"""Whether the triggers that migrations leave behind are the right ones.

State has, for each tracker, the signature that it was compiled from. A migration of the event
model's own app that leaves it unequal to what the state then implies is a defect of that migration;
so is a state at the end in which any tracker is stale.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.migrations import Migration
from django.db.migrations.operations import AlterField, DeleteModel, RemoveField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from pghistory_ops import fields as event_fields
from pghistory_ops.columns import holds
from pghistory_ops.compilation import (
    mirrored,
    pinned_columns,
    present_columns,
    signature,
    type_changes,
)
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.state import EventModelState, event_states, table_of, tracked_label
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, tracked
from pghistory_ops.trackers import Snapshot

_WORDS = {
    "template": "SQL template",
    "event_model": "event model",
    "event_table": "event table",
    "columns": "columns",
    "whole_row": "columns of the tracked table",
    "created_at": "columns",
    "label": "columns",
    "obj": "reference to the row",
    "context": "context",
    "pausable": "specification",
    "security_definer": "specification",
    "condition_fields": "columns of its condition",
    "all_columns": "columns of its condition",
    "position": "columns of the tracked table",
    "types": "columns of the tracked table",
}


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with an event model.

    Attributes:
        event_model: Its label.
        fact: What is wrong.
        remedy: What to do about it.
        migration: The migration that leaves it so, or None for the end of all.
    """

    event_model: str
    fact: str
    remedy: str
    migration: str | None = None

    def __str__(self) -> str:
        where = f"After the migration {self.migration}: " if self.migration else ""
        return f"{where}{self.fact} {self.remedy}".rstrip()


def problems(
    state: ProjectState, model_state: EventModelState, *, final: bool = True
) -> Iterator[Problem]:
    """Yield what is wrong with an event model in a project state.

    Unless the state is ``final``, fields that the trackers have let go of may still be there: a
    later migration of another app removes them.
    """
    label, name = model_state.label, model_state.name
    refresh = f"Add RefreshTrackers({name!r}) to the migration."
    if model_state.spec.guard not in (None, table_of(model_state)):
        yield Problem(label, f"The guard of the event model {label} is stale.", refresh)
    for own in (event_fields.CREATED_AT, event_fields.LABEL):
        if own not in model_state.fields:
            yield Problem(
                label,
                f"The event model {label} has no field {own!r}, which every event has.",
                "To rename its column, use AlterField with db_column=... instead.",
            )
            return
    for item in model_state.spec.trackers:
        tracker, installed = item.tracker, item.signature
        if installed is None:
            continue
        where = f"The tracker {tracker.label!r} of {label}"
        try:
            still = tracked(state, model_state).fields if item.without and not final else {}
            awaited = [name for name in item.without if name in still]
            implied = signature(state, model_state, tracker, awaited)
        except (UnknownTrackedModel, FieldDoesNotExist, ValueError) as error:
            yield Problem(label, f"{where} is stale: {error}", "")
            continue
        assert implied is not None
        if differences := implied.differences(installed):
            changed = " and ".join(dict.fromkeys(_WORDS[item] for item in differences))
            yield Problem(label, f"{where} is stale: it was made for other {changed}.", refresh)
    if model_state.spec.has_triggers:
        try:
            subject = tracked(state, model_state)
        except UnknownTrackedModel:
            return  # said above
        yield from _unknown_policy(subject, model_state)
        yield from _columns(subject, model_state)


def _unknown_policy(subject: Tracked, model_state: EventModelState) -> Iterator[Problem]:
    """Yield the fields of the policy that are not there, after a rename that it did not follow."""
    for name in model_state.spec.policy.fields or ():
        if name not in subject.fields:
            yield Problem(
                model_state.label,
                f"The event model {model_state.label} is to mirror the field {name!r}, which "
                f"{subject.label} does not have.",
                f"Add AlterEventModel({model_state.name!r}, fields=[...]) and RefreshTrackers("
                f"{model_state.name!r}) to the migration.",
            )


def _columns(subject: Tracked, model_state: EventModelState) -> Iterator[Problem]:
    """Yield the columns that are missing, and those for which PostgreSQL would refuse an event."""
    label, name = model_state.label, model_state.name
    fields = model_state.fields
    for field in subject.fields:
        if not model_state.spec.policy.selects(field) or field in event_fields.OWN_FIELDS:
            continue
        if field not in fields:
            yield Problem(
                label,
                f"The event model {label} has no column for the field {field!r} of "
                f"{subject.label}, which it is to mirror.",
                f"Add AddField({name!r}, {field!r}, ...) with null=True and RefreshTrackers("
                f"{name!r}) to the migration, or leave the field out: AlterEventModel({name!r}, "
                f"exclude=[{field!r}]).",
            )
        elif not _holds(fields[field], subject, field):
            yield Problem(
                label,
                f"The column {field!r} of the event model {label} does not take every value of the "
                f"field of {subject.label}, so that writes would be refused.",
                f"Add AlterField({name!r}, {field!r}, ...) to the migration.",
            )
    written = {*event_fields.OWN_FIELDS, *mirrored(model_state, subject)}
    for column, item in fields.items():
        has_default = getattr(item, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
        if column in written or item.null or item.primary_key or item.many_to_many or has_default:
            continue
        yield Problem(
            label,
            f"The column {column!r} of the event model {label} is mirrored from no field of "
            f"{subject.label} and does not take NULL, so no event can be written.",
            "Make it null=True or give it a db_default.",
        )


def _holds(column: Any, subject: Tracked, name: str) -> bool:
    try:
        return holds(column, subject.copy_of(name))
    except ValueError:
        return True  # there is no copy of it, so the column is of somebody's choice


def replay(state: ProjectState, plan: Iterable[Migration]) -> Iterator[Problem]:
    """Apply the migrations of ``plan`` to ``state``, and yield what is wrong on the way.

    Args:
        state: The project state to start from; it is changed.
        plan: The migrations, in order.
    """
    reported = set()
    renamed: dict[tuple[str, str], str] = {}
    for migration in plan:
        where = f"{migration.app_label}.{migration.name}"
        touched = _Touched(migration)
        sound = {
            item.key
            for item in touched.event_models(state)
            if item.app_label == migration.app_label and not any(problems(state, item, final=False))
        }
        known = {item.key for item in event_states(state)}
        obstructed = set()
        for operation in migration.operations:
            for problem in _obstacles(state, touched, operation):
                obstructed.add(problem.event_model)
                yield dataclasses.replace(problem, migration=where)
            renamed.update(_renamed_subjects(state, migration.app_label, operation))
            try:
                operation.state_forwards(migration.app_label, state)
            except _REFUSALS as error:
                if not isinstance(operation, HistoryOperation):
                    raise
                label = f"{migration.app_label}.{operation.event_model}"
                yield Problem(label, str(error), "", where)
                return
        for item in touched.event_models(state):
            if item.app_label != migration.app_label:
                continue  # its own app may follow in a later migration
            if item.key in known and item.key not in sound:
                continue  # an earlier migration left it so
            if item.label in obstructed:
                reported.add(item.key)  # what else is wrong with it follows from that
                continue
            for problem in problems(state, item, final=False):
                reported.add(item.key)
                yield dataclasses.replace(problem, migration=where)
    for item in event_states(state):
        if item.key not in reported:
            yield from problems(state, item)
            yield from _left_behind(item, renamed)


_REFUSALS = (LookupError, ValueError, TypeError, FieldDoesNotExist, FieldError)


def has_history(migrations: Iterable[Migration]) -> bool:
    """Return whether any of the migrations has an operation on an event model."""
    return any(
        isinstance(operation, HistoryOperation)
        for migration in migrations
        for operation in flattened(migration.operations)
    )


def _renamed_subjects(
    state: ProjectState, app_label: str, operation: Operation
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the event models that do not follow a rename by themselves, and the new label."""
    if not isinstance(operation, RenameModel):
        return
    for item in event_states(state):
        reference: Any = item.fields.get(event_fields.OBJ)
        if item.spec.tracks.lower() == f"{app_label}.{operation.old_name_lower}" and (
            reference is None or reference.remote_field is None
        ):
            yield item.key, f"{app_label}.{operation.new_name}"


def _left_behind(item: EventModelState, renamed: dict[tuple[str, str], str]) -> Iterator[Problem]:
    """Yield what tracks a model by a name that is another model's now."""
    label = renamed.get(item.key)
    if label and item.spec.has_triggers and item.spec.tracks.lower() != label.lower():
        yield Problem(
            item.label,
            f"The event model {item.label} tracks {item.spec.tracks}, which is {label} now.",
            f"Add AlterEventModel({item.name!r}, tracks={label!r}) after the rename.",
        )


class _Touched:
    """The models that a migration may have to do with, by their names."""

    def __init__(self, migration: Migration) -> None:
        self.app_label = migration.app_label
        self.names = {
            value.lower()
            for operation in flattened(migration.operations)
            for attribute in ("name", "model_name", "old_name", "new_name", "event_model")
            if isinstance(value := getattr(operation, attribute, None), str)
        }

    def event_models(self, state: ProjectState) -> list[EventModelState]:
        """Return the event models that the migration may have to do with."""
        return [
            item
            for item in event_states(state)
            if (item.app_label == self.app_label and item.name_lower in self.names)
            or tracked_label(item).rpartition(".")[2].lower() in self.names
        ]


def flattened(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield operations, and those inside them (``SeparateDatabaseAndState``)."""
    for operation in operations:
        yield operation
        for attribute in ("state_operations", "database_operations"):
            yield from flattened(getattr(operation, attribute, ()))


def _obstacles(state: ProjectState, touched: _Touched, operation: Operation) -> Iterator[Problem]:
    """Yield what stands in the way of an operation, in the state before it."""
    if isinstance(operation, DeleteModel):
        key = (touched.app_label, operation.name_lower)
        item = state.models.get(key)
        if isinstance(item, EventModelState) and (item.spec.has_triggers or item.spec.guard):
            yield Problem(
                item.label,
                f"The event model {item.label} is deleted while its triggers stay.",
                f"Use DeleteEventModel({item.name!r}) instead of DeleteModel.",
            )
    elif isinstance(operation, (AlterField, RemoveField)):
        for item in touched.event_models(state):
            yield from _pinned(state, touched.app_label, item, operation)


def _pinned(
    state: ProjectState,
    app_label: str,
    item: EventModelState,
    operation: AlterField | RemoveField,
) -> Iterator[Problem]:
    """Yield the triggers whose ``WHEN`` names the column that an operation changes."""
    try:
        subject = tracked(state, item)
    except UnknownTrackedModel:
        return  # said at the end of the migration
    name = operation.name
    if subject.label.lower() != f"{app_label}.{operation.model_name_lower}" or (
        name not in subject.fields
    ):
        return
    removed = isinstance(operation, RemoveField)
    changed: Any = getattr(operation, "field", None)
    if not removed and not type_changes(state, subject, name, changed):
        return
    for tracker, installed in item.spec.triggers():
        present = present_columns(installed, subject)
        pinned = {present.get(column, column) for column in pinned_columns(tracker, installed)}
        if subject.columns[name] not in pinned:
            continue
        fact = (
            f"The tracker {tracker.label!r} of {item.label} reads the column of the field {name!r} "
            f"in the WHEN of its trigger when {'RemoveField' if removed else 'AlterField'} "
        )
        if removed and isinstance(tracker, Snapshot):
            yield Problem(
                item.label,
                f"{fact}drops it, and the trigger with it.",
                f"Add RefreshTrackers({item.name!r}, without=[{name!r}]) before it.",
            )
        else:
            yield Problem(
                item.label,
                f"{fact}{'drops it' if removed else 'changes its type'}.",
                f"Add RemoveTracker({item.name!r}, {tracker.label!r}) before it, and AddTracker "
                "after it.",
            )
