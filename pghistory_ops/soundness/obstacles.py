"""Operations that triggers or event columns stand in the way of, found before they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.migrations.operations import (
    AlterField,
    AlterOrderWithRespectTo,
    DeleteModel,
    RemoveField,
    SeparateDatabaseAndState,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops.compilation import pinned_columns, present_columns
from pghistory_ops.soundness.plan import Touched, database_effects
from pghistory_ops.soundness.problem import Problem
from pghistory_ops.spec import Signature
from pghistory_ops.state import EventModelState, event_states, tracked_key, tracked_label
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, tracked
from pghistory_ops.trackers import DatabaseTracker, Snapshot
from pghistory_ops.values import column_type

Typed = tuple[ProjectState, str, Any]


def obstacles(state: ProjectState, touched: Touched, operation: Operation) -> Iterator[Problem]:
    """Yield what stands in the way of an operation, in the state before it."""
    effects = list(database_effects(operation))
    if isinstance(operation, SeparateDatabaseAndState):
        state = state.clone()
    for effect in effects:
        yield from _of_effect(state, touched, effect)
        if isinstance(operation, SeparateDatabaseAndState):
            try:
                effect.state_forwards(touched.app_label, state)
            except (LookupError, ValueError):
                return  # said when the state takes it


def _of_effect(state: ProjectState, touched: Touched, effect: Operation) -> Iterator[Problem]:
    if isinstance(effect, DeleteModel):
        yield from _of_deletion(state, (touched.app_label, effect.name_lower))
    elif isinstance(effect, RemoveField):
        yield from _of_through(state, touched, effect)
        yield from _of_removal(state, touched, effect.model_name_lower, effect.name, effect)
    elif isinstance(effect, AlterOrderWithRespectTo) and not effect.order_with_respect_to:
        yield from _of_removal(state, touched, effect.name_lower, "_order", effect)
    elif isinstance(effect, AlterField):
        yield from _of_alteration(state, touched, effect)


def _of_deletion(state: ProjectState, key: tuple[str, str]) -> Iterator[Problem]:
    deleted = state.models.get(key)
    if isinstance(deleted, EventModelState):
        if deleted.spec.has_triggers or deleted.spec.guard:
            yield Problem(
                deleted.label,
                f"The event model {deleted.label} is deleted while its triggers stay.",
                f"Use DeleteEventModel({deleted.name!r}) instead of DeleteModel.",
            )
        return
    tables = {key}
    if deleted is not None:
        tables |= {
            (key[0], f"{key[1]}_{name}".lower())
            for name, field in deleted.fields.items()
            if field.many_to_many
        }
    for item in event_states(state):
        if item.spec.has_triggers and tracked_key(item) in tables:
            yield _drops_triggers(item, "DeleteModel drops the table")
        for name, field in item.fields.items():
            remote: Any = field.remote_field
            if remote is None or resolve_relation(remote.model, *item.key) != key:
                continue
            yield Problem(
                item.label,
                f"The column {name!r} of the event model {item.label} refers to "
                f"{key[0]}.{deleted.name if deleted else key[1]}, which DeleteModel deletes.",
                f"Make it a plain column first: AlterField({item.name!r}, {name!r}, ...) with the "
                "type of the key, its db_column, and null=True.",
            )


def _drops_triggers(item: EventModelState, fact: str) -> Problem:
    labels = ", ".join(repr(tracker.label) for tracker, _ in item.spec.triggers())
    return Problem(
        item.label,
        f"The trackers of {item.label} ({labels}) are on a table of {tracked_label(item)}: {fact} "
        "and their triggers with it.",
        f"Add RemoveTracker({item.name!r}, ...) before it, and AddTracker after it where the table "
        "is made anew.",
    )


def _of_through(state: ProjectState, touched: Touched, effect: RemoveField) -> Iterator[Problem]:
    """Yield the trackers on the automatic table of a many-to-many field that is removed."""
    model_state = state.models.get((touched.app_label, effect.model_name_lower))
    if model_state is None or effect.name not in model_state.fields:
        return
    field: Any = model_state.fields[effect.name]
    if not field.many_to_many:
        return
    key = (touched.app_label, f"{effect.model_name_lower}_{effect.name}".lower())
    for item in event_states(state):
        if item.spec.has_triggers and tracked_key(item) == key:
            yield _drops_triggers(item, f"RemoveField of {effect.name!r} drops the table")


def _of_removal(
    state: ProjectState, touched: Touched, model_name: str, name: str, operation: Operation
) -> Iterator[Problem]:
    for item, subject in _tracking(state, touched.event_models(state)):
        if subject.label.lower() != f"{touched.app_label}.{model_name}" or (
            name not in subject.fields
        ):
            continue
        for tracker, installed in item.spec.triggers():
            if subject.columns[name] not in _pinned_now(tracker, installed, subject):
                continue
            fact = _pinned_fact(item, tracker, name, operation)
            if isinstance(tracker, Snapshot):
                yield Problem(
                    item.label,
                    f"{fact} drops it, and the trigger with it.",
                    f"Add RefreshTrackers({item.name!r}, without=[{name!r}]) before it.",
                )
            else:
                yield Problem(item.label, f"{fact} drops it.", _bracket(item, tracker))


def _of_alteration(
    state: ProjectState, touched: Touched, operation: AlterField
) -> Iterator[Problem]:
    """Yield the triggers whose ``WHEN`` names a column whose type changes.

    Foreign keys follow the type of the key that they refer to.
    """
    key = (touched.app_label, operation.model_name_lower)
    model_state = state.models.get(key)
    if model_state is None or operation.name not in model_state.fields:
        return
    old: Any = model_state.fields[operation.name]
    changed = model_state.clone()
    changed.fields[operation.name] = operation.field
    after = ProjectState({**state.models, key: changed}, state.real_apps)
    label = f"{touched.app_label}.{model_state.name}"
    if _same_type((state, label, old), (after, label, operation.field)):
        return
    candidates: Iterable[EventModelState] = touched.event_models(state)
    if old.primary_key or old.unique:
        candidates = event_states(state)
    for item, subject in _tracking(state, candidates):
        pinned = [
            (tracker, _pinned_now(tracker, installed, subject))
            for tracker, installed in item.spec.triggers()
        ]
        if not any(columns for _, columns in pinned):
            continue
        now = tracked(after, item)
        for name, column in subject.columns.items():
            trackers = [tracker for tracker, columns in pinned if column in columns]
            if not trackers or _same_type(
                (state, subject.label, subject.fields[name]), (after, now.label, now.fields[name])
            ):
                continue
            for tracker in trackers:
                fact = _pinned_fact(item, tracker, name, operation)
                yield Problem(item.label, f"{fact} changes its type.", _bracket(item, tracker))


def _same_type(old: Typed, new: Typed) -> bool:
    try:
        return column_type(*old) == column_type(*new)
    except UnknownTrackedModel:
        return False


def _tracking(
    state: ProjectState, event_models: Iterable[EventModelState]
) -> Iterator[tuple[EventModelState, Tracked]]:
    for item in event_models:
        if not item.spec.has_triggers:
            continue
        try:
            yield item, tracked(state, item)
        except UnknownTrackedModel:
            continue  # said at the end of the migration


def _pinned_now(tracker: DatabaseTracker, installed: Signature, subject: Tracked) -> set[str]:
    """Return the columns that the ``WHEN`` of a tracker's triggers names, as they are called."""
    present = present_columns(installed, subject)
    return {present.get(column, column) for column in pinned_columns(tracker, installed)}


def _pinned_fact(
    item: EventModelState, tracker: DatabaseTracker, name: str, operation: Operation
) -> str:
    return (
        f"The tracker {tracker.label!r} of {item.label} reads the column of the field {name!r} "
        f"in the WHEN of its trigger when {type(operation).__name__}"
    )


def _bracket(item: EventModelState, tracker: DatabaseTracker) -> str:
    return (
        f"Add RemoveTracker({item.name!r}, {tracker.label!r}) before it, and AddTracker after it."
    )
