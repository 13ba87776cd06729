"""Whether the triggers that migrations leave behind are the right ones.

State has, for each tracker, the signature that it was compiled from. A migration of the event
model's own app that leaves it unequal to what the state then implies is a defect of that migration;
so is a state at the end in which any tracker is stale.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.migrations import Migration
from django.db.migrations.operations import RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation
from django.db.models.fields import AutoFieldMixin

from pghistory_ops import fields as event_fields
from pghistory_ops.columns import holds
from pghistory_ops.compilation import Basis, basis
from pghistory_ops.mirroring import mirrored
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.soundness.obstacles import obstacles
from pghistory_ops.soundness.plan import Touched
from pghistory_ops.soundness.problem import Problem
from pghistory_ops.state import EventModelState, event_states, table_of, tracked_label
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, find_tracked, tracked
from pghistory_ops.trackers import DatabaseTracker
from pghistory_ops.values import column_type

_TYPE_OPTIONS = ("max_length", "max_digits", "decimal_places", "db_collation")
_NUMBERS: dict[type[Any], type[Any]] = {
    models.SmallAutoField: models.SmallIntegerField,
    models.AutoField: models.IntegerField,
    models.BigAutoField: models.BigIntegerField,
}
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


def problems(
    state: ProjectState, model_state: EventModelState, *, final: bool = True
) -> Iterator[Problem]:
    """Yield what is wrong with an event model in a project state.

    Unless the state is ``final``, fields that the trackers have let go of may still be there: a
    later migration of another app removes them.
    """
    label, name = model_state.label, model_state.name
    refresh = f"Add RefreshTrackers({name!r}) to the migration."
    yield from _dangling(state, model_state)
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
    bases: dict[tuple[str, ...], Basis] = {}
    for item in model_state.spec.trackers:
        tracker, installed = item.tracker, item.compiled
        if installed is None or not isinstance(tracker, DatabaseTracker):
            continue
        where = f"The tracker {tracker.label!r} of {label}"
        try:
            still = tracked(state, model_state).fields if item.without and not final else {}
            awaited = [name for name in item.without if name in still]
            # What the trackers of an event model have in common is looked for once.
            key = tuple(awaited)
            if key not in bases:
                bases[key] = basis(state, model_state, tracker, awaited)
            implied = bases[key].of(tracker)
            if implied == installed:
                continue  # nothing happened since
            differences = implied.signature.differences(installed.signature)
        except (UnknownTrackedModel, FieldDoesNotExist, ValueError) as error:
            yield Problem(label, f"{where} is stale: {error}", "")
            continue
        if differences:
            changed = " and ".join(dict.fromkeys(_WORDS[item] for item in differences))
            yield Problem(label, f"{where} is stale: it was made for other {changed}.", refresh)
    if model_state.spec.has_triggers:
        try:
            subject = tracked(state, model_state)
        except UnknownTrackedModel:
            return  # said above
        yield from _unknown_policy(subject, model_state)
        yield from _columns(state, subject, model_state)


def _dangling(state: ProjectState, model_state: EventModelState) -> Iterator[Problem]:
    """Yield the columns that refer to a model that is gone: nothing could be rendered any more."""
    label = model_state.label
    for name, field in model_state.fields.items():
        if field.remote_field is None:
            continue
        target: Any = field.remote_field.model
        app_label, model_name = resolve_relation(target, *model_state.key)
        if (app_label, model_name) in state.models or app_label in state.real_apps:
            continue
        try:
            find_tracked(state, f"{app_label}.{model_name}")  # an automatic table has no state
        except UnknownTrackedModel:
            yield Problem(
                label,
                f"The column {name!r} of the event model {label} refers to {target}, which is not "
                "there.",
                f"Make it a plain column before the model goes: AlterField({model_state.name!r}, "
                f"{name!r}, ...) with the type of the key, its db_column, and null=True.",
            )


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


def _columns(
    state: ProjectState, subject: Tracked, model_state: EventModelState
) -> Iterator[Problem]:
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
        elif not _holds(state, model_state, subject, field):
            yield Problem(
                label,
                f"The column {field!r} of the event model {label} does not hold every value of the "
                f"field of {subject.label} as it is, so that writes would be refused, or events "
                "would differ from the row.",
                f"Add AlterField({name!r}, {field!r}, ...) to the migration.",
            )
    yield from _unique_together(model_state)
    written = {*event_fields.OWN_FIELDS, *mirrored(model_state, subject)}
    for column, item in fields.items():
        if item.unique and not item.primary_key and column in written:
            yield Problem(
                label,
                f"The column {column!r} of the event model {label} is unique, so that the second "
                "event of a row would be refused.",
                "Leave unique=True out, and make a OneToOneField a ForeignKey.",
            )
        has_default = getattr(item, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
        generates = has_default or isinstance(item, AutoFieldMixin)
        if generates or item.null or item.many_to_many or column in written - {event_fields.ID}:
            continue
        yield Problem(
            label,
            f"The column {column!r} of the event model {label} is mirrored from no field of "
            f"{subject.label} and does not take NULL, so no event can be written.",
            "Make it null=True or give it a db_default.",
        )


def _unique_together(model_state: EventModelState) -> Iterator[Problem]:
    """Yield the constraints that would let a row have one event alone."""
    together = [f"unique_together {tuple(item)}" for item in _sets(model_state)]
    named = [
        f"constraint {item.name!r}"
        for item in model_state.options.get("constraints", ())
        if isinstance(item, models.UniqueConstraint)
        and item.condition is None
        and event_fields.ID not in item.fields
    ]
    for text in (*together, *named):
        yield Problem(
            model_state.label,
            f"The {text} of the event model {model_state.label} makes its columns unique, so that "
            "the second event of a row may be refused.",
            "Leave it out, or add 'pgh_id' to it.",
        )


def _sets(model_state: EventModelState) -> list[Any]:
    together: Any = model_state.options.get("unique_together") or ()
    return [item for item in sorted(map(tuple, together)) if event_fields.ID not in item]


def _holds(state: ProjectState, model_state: EventModelState, subject: Tracked, name: str) -> bool:
    column, field = model_state.fields[name], subject.fields[name]
    try:
        # The copy takes NULL where the field does, or is computed; to make one takes long.
        if (field.null or field.generated) and not column.null and subject.copy_of(name).null:
            return False
        if event_fields.is_plain(field) and type(column) is type(field) and _like(column, field):
            return True
        # Nor need the types be made of what most keys and references are.
        if type(column) is _NUMBERS.get(type(field)) or _refer_alike(column, field):
            return True
        column_types = (
            column_type(state, label, field)
            for label, field in ((model_state.label, column), (subject.label, field))
        )
        return holds(*column_types)
    except (ValueError, UnknownTrackedModel):
        return True  # there is no copy of it, so the column is of somebody's choice


def _refer_alike(column: Any, field: Any) -> bool:
    """Return whether two fields are references to one field."""
    if not (isinstance(column, models.ForeignKey) and isinstance(field, models.ForeignKey)):
        return False
    return all(
        getattr(column.remote_field, name) == getattr(field.remote_field, name)
        for name in ("model", "field_name")
    )


def _like(column: Any, field: Any) -> bool:
    """Return whether two fields of one class have the same type of column."""
    return all(getattr(column, name, None) == getattr(field, name, None) for name in _TYPE_OPTIONS)


def replay(state: ProjectState, plan: Iterable[Migration]) -> Iterator[Problem]:
    """Apply the migrations of ``plan`` to ``state``, and yield what is wrong on the way.

    Args:
        state: The project state to start from; it is changed.
        plan: The migrations, in order.
    """
    reported = set()
    renamed: dict[tuple[str, str], str] = {}
    unjudged = {item.key for item in event_states(state)}
    unsound: set[tuple[str, str]] = set()
    for migration in plan:
        where = f"{migration.app_label}.{migration.name}"
        touched = Touched(migration)
        for item in touched.event_models(state) if unjudged else ():
            if item.key in unjudged and any(problems(state, item, final=False)):
                unsound.add(item.key)
            unjudged.discard(item.key)
        obstructed = set()
        for operation in migration.operations:
            for problem in obstacles(state, touched, operation):
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
            if tracked_label(item).partition(".")[0] != item.app_label:
                continue  # the other app's migrations may be ahead: the end of the plan tells
            if item.label in obstructed:
                reported.add(item.key)  # what else is wrong with it follows from that
                continue
            found = list(problems(state, item, final=False))
            if item.key not in unsound:  # else an earlier migration left it so
                reported.update(item.key for _ in found)
                yield from (dataclasses.replace(problem, migration=where) for problem in found)
            (unsound.add if found else unsound.discard)(item.key)
    for item in event_states(state):
        if item.key not in reported:
            yield from problems(state, item)
            yield from _left_behind(item, renamed)


_REFUSALS = (LookupError, ValueError, TypeError, FieldDoesNotExist, FieldError)


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
