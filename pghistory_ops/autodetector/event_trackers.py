"""How the trackers of an event model follow: stopped, out of the way, compiled anew, put up."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.migrations.operations import RenameField
from django.db.migrations.operations.base import Operation

from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.conditions import renamed_tracker
from pghistory_ops.columns import nullable
from pghistory_ops.compilation import pinned_columns, signature
from pghistory_ops.operations import AddTracker, RefreshTrackers, RemoveTracker
from pghistory_ops.sql.templates import LATEST
from pghistory_ops.trackers import Tracker


def wanted_trackers(change: Change) -> list[Tracker]:
    """Return the trackers as they are to be."""
    if change.declaration is not None:
        return list(change.declaration.trackers)
    return [renamed_tracker(item.tracker, change.all_renames) for item in change.old.spec.trackers]


def stop(change: Change, trackers: list[Tracker]) -> None:
    """Propose to take off the trackers whose labels are wanted no more."""
    labels = {item.label for item in trackers}
    for item in change.old.spec.trackers:
        if item.tracker.label not in labels:
            operation = RemoveTracker(change.name, item.tracker.label)
            change.add(operation, before=change.on_tracked(RenameField))


def read_by_triggers(change: Change) -> set[str]:
    """Return the tracked fields, by their old names, that the triggers read."""
    columns = {
        column
        for _, installed in change.old.spec.triggers()
        for column in [
            *(tracked_column for _, tracked_column in installed.columns),
            *(item.column for item in installed.condition_fields),
        ]
    }
    return {name for name, column in change.before.columns.items() if column in columns}


def let_go(change: Change, names: list[str], trackers: list[Tracker]) -> None:
    """Propose that the triggers let go of fields that are removed."""
    if not names or not any(item in trackers for item, _ in change.old.spec.triggers()):
        return
    change.add(
        RefreshTrackers(change.name, without=names),
        before=[*change.removals(names), *change.on_tracked(RenameField)],
    )
    for name in names:  # the refresh lets their event columns take NULL
        if name in change.new.fields and change.old.spec.policy.selects(name):
            change.new.fields[name] = nullable(change.new.fields[name])


def switch(change: Change, names: list[str], trackers: list[Tracker]) -> None:
    """Propose that the triggers write new columns, before the tracked ones change their types."""
    aside = {item.label for item in change.opening if isinstance(item, RemoveTracker)}
    kept = [item for item, _ in change.old.spec.triggers() if item in trackers]
    if names and any(item.label not in aside for item in kept):
        change.add(RefreshTrackers(change.name), before=change.alterations(names))


def in_the_way(change: Change, trackers: list[Tracker]) -> list[Tracker]:
    """Return the trackers that stand in the way of a change, and come back after it.

    A trigger whose ``WHEN`` names a column does not let its type be changed; one that compares
    whole rows, or whose function holds the condition, does. No trigger outlives the key, and none
    that is replaced can let go of a field that its condition reads.
    """
    labels = {item.label for item in trackers}
    kept = [(item, found) for item, found in change.old.spec.triggers() if item.label in labels]
    if change.key_is_replaced:
        return [tracker for tracker, _ in kept]
    columns = {change.before.columns[change.former(name)] for name in change.retyped}
    return [
        tracker
        for tracker, installed in kept
        if columns & pinned_columns(tracker, installed)
        or (
            tracker not in trackers
            and any(item.name in change.removed for item in installed.condition_fields)
        )
    ]


def clear_the_way(change: Change, trackers: list[Tracker]) -> None:
    """Propose to take trackers off for the change that they stand in the way of."""
    for tracker in trackers:
        operation = RemoveTracker(change.name, tracker.label)
        change.opening.append(change.add(operation, before=change.obstructed))


def install(change: Change, trackers: list[Tracker], gone: list[str]) -> None:
    """Put up new trackers, and compile the others anew where that makes a difference."""
    aside = {item.label for item in change.opening if isinstance(item, RemoveTracker)}
    kept = [
        item
        for item in change.old.spec.trackers
        if item.tracker in trackers and item.tracker.label not in aside
    ]
    labels = {item.tracker.label for item in kept}
    missing = [item for item in trackers if item.label not in labels and _compiles(change, item)]
    last = None
    for tracker in missing:
        if tracker.label in aside:
            last = change.add(AddTracker(change.name, tracker), after=change.read_by_triggers)
    if last is not None:
        change.close_bracket(last)
    for tracker in missing:
        if tracker.label in change.old.spec.labels and tracker.label not in aside:
            # One takes the place of the other: no write is between them.
            pair: list[Operation] = [
                RemoveTracker(change.name, tracker.label),
                AddTracker(change.name, tracker),
            ]
            for operation in pair:
                change.add(operation, after=change.read_by_triggers)
            change.run.keep_together(pair)
    template = LATEST if change.old.spec.template < LATEST else None
    if template is not None or any(
        _is_stale(change, item.tracker, item.signature, gone) for item in kept
    ):
        refresh = RefreshTrackers(change.name, template=template)
        change.add(refresh, after=change.read_by_triggers)
    for tracker in missing:
        if tracker.label not in change.old.spec.labels:
            change.add(AddTracker(change.name, tracker), after=change.read_by_triggers)


def _is_stale(change: Change, tracker: Tracker, installed: Any, gone: list[str]) -> bool:
    if installed is None or not _compiles(change, tracker):
        return False
    if gone:
        installed = signature(change.run.old, change.old, tracker, gone)
    return bool(signature(change.final_state(), change.new, tracker) != installed)


def _compiles(change: Change, tracker: Tracker) -> bool:
    """Return whether a tracker can be compiled; refuse the run if it cannot."""
    try:
        signature(change.final_state(), change.new, tracker)
    except (FieldDoesNotExist, ValueError) as error:
        change.run.refuse(
            f"{error} The tracker is of {change.new.label}; makemigrations does not guess what its "
            "condition is to be."
        )
        return False
    return True
