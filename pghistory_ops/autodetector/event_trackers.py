"""How the trackers of an event model follow: stopped, out of the way, compiled anew, put up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.migrations.operations import RenameField
from django.db.migrations.operations.base import Operation

from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.conditions import renamed_tracker
from pghistory_ops.columns import nullable
from pghistory_ops.compilation import columns_of_rows, pinned_columns, signature
from pghistory_ops.operations import AddTracker, RefreshTrackers, RemoveTracker
from pghistory_ops.sql.templates import LATEST
from pghistory_ops.state import table_of
from pghistory_ops.trackers import DatabaseTracker, Statement, Tracker


def wanted_trackers(change: Change) -> list[Tracker]:
    """Return the trackers as they are to be."""
    if change.declaration is not None:
        return list(change.declaration.trackers)
    return [
        renamed_tracker(item.tracker, change.renames_in_conditions)
        for item in change.old.spec.trackers
    ]


def stop(change: Change, trackers: list[Tracker]) -> None:
    """Propose to take off the trackers whose labels are wanted no more.

    Those in whose place others come stay until then.
    """
    for tracker in _stopped(change, trackers):
        if not _exchanged(change, trackers) or not isinstance(tracker, DatabaseTracker):
            later = [*change.obstructed, *change.on_tracked(RenameField)]
            change.add(RemoveTracker(change.name, tracker.label), before=later)


def _stopped(change: Change, trackers: list[Tracker]) -> list[Tracker]:
    labels = {item.label for item in trackers}
    return [item.tracker for item in change.old.spec.trackers if item.tracker.label not in labels]


def _exchanged(change: Change, trackers: list[Tracker]) -> list[Tracker]:
    """Return the trackers that stop while others, of other labels, start."""
    if all(item.label in change.old.spec.labels for item in trackers):
        return []
    return [item for item in _stopped(change, trackers) if isinstance(item, DatabaseTracker)]


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
    if names and _staying(change, trackers) and not _lets_go_behind(change, names):
        _compile_without(change, names)


def switch(change: Change, names: list[str], trackers: list[Tracker], gone: list[str]) -> None:
    """Propose that the triggers write new columns, before the tracked ones change their types.

    Of the fields ``gone`` they have let go.
    """
    if names and _staying(change, trackers) and not _lets_go_behind(change, gone):
        _compile_without(change, gone, names)


def _compile_without(change: Change, gone: list[str], separated: Iterable[str] = ()) -> None:
    # Ahead of renames, too: the conditions name the fields as they are.
    later = [*change.alterations(separated), *change.on_tracked(RenameField)]
    later += change.removals(gone)
    change.add(RefreshTrackers(change.name, without=gone), before=later)
    for name in gone:  # the refresh lets their event columns take NULL
        if name in change.new.fields and change.old.spec.policy.selects(name):
            change.new.fields[name] = nullable(change.new.fields[name])


def _lets_go_behind(change: Change, names: list[str]) -> bool:
    """Return whether it is behind the stand-ins that all triggers let go of fields, these too.

    One whose condition names such a field cannot: it comes behind the others' refresh, and
    PostgreSQL refuses writes once the field is gone.
    """
    forms = change.stand_ins.values()
    return bool(names and forms) and all(_can_let_go(change, item) for item in forms)


def _staying(change: Change, trackers: list[Tracker]) -> list[Tracker]:
    """Return the trackers with triggers that were not taken off for the change."""
    labels = {item.label for item in (*trackers, *_exchanged(change, trackers))}
    aside = _aside(change)
    return [item for item, _ in change.old.spec.triggers() if item.label in labels - aside]


def _aside(change: Change) -> set[str]:
    return {item.label for item in change.opening if isinstance(item, RemoveTracker)}


def in_the_way(change: Change, trackers: list[Tracker]) -> list[Tracker]:
    """Return the trackers that stand in the way of a change.

    A trigger whose ``WHEN`` names a column does not let its type be changed; one that compares
    whole rows, or whose function holds the condition, does. But where another app changes the type,
    sessions go on with the functions of row-level triggers, which know the former one. No trigger
    outlives the key, and none that is replaced can let go of a field that its condition names.
    """
    labels = {item.label for item in (*trackers, *_exchanged(change, trackers))}
    kept = [(item, found) for item, found in change.old.spec.triggers() if item.label in labels]
    if change.key_is_replaced:
        return [tracker for tracker, _ in kept]
    columns, cast = (
        {change.before.columns[change.former(name)] for name in names}
        for names in (change.retyped, change.cast if change.is_obstructed_elsewhere else ())
    )
    return [
        tracker
        for tracker, installed in kept
        if columns & pinned_columns(tracker, installed)
        or cast & columns_of_rows(tracker, installed)
        or (tracker not in trackers and not _can_let_go(change, tracker))
    ]


def _can_let_go(change: Change, tracker: Tracker) -> bool:
    """Return whether a tracker can be compiled without the fields that are removed."""
    try:
        signature(change.run.old, change.old, tracker, change.removed)
    except (FieldDoesNotExist, ValueError):
        return False
    return True


def clear_the_way(change: Change, trackers: list[Tracker]) -> None:
    """Propose to take trackers off for the change that they stand in the way of.

    Where another app's migration makes it, that is another transaction, in which others write: it
    is chosen what stands in for them.
    """
    for tracker in trackers:
        operation = RemoveTracker(change.name, tracker.label)
        change.opening.append(change.add(operation, before=change.obstructed))
    if not trackers or not change.is_obstructed_elsewhere:
        return
    if change.is_remade:
        change.run.say(
            f"The trackers of {change.old.label} are off between two of the proposed migrations, "
            f"since the table {change.before.table} is dropped and made anew. Let nobody write to "
            "it until all of them have run, or what is written is not recorded."
        )
        return
    for tracker in trackers:
        other = _without_when(tracker)
        try:
            signature(change.run.old, change.old, other)
        except ValueError as error:
            change.run.say(
                f"The tracker {tracker.label!r} of {change.old.label} is off between two of the "
                f"proposed migrations, since PostgreSQL refuses the change of {change.after.label} "
                "under its condition, and there is no other form of it for that time: "
                f"{error} Let nobody write to the table {change.after.table} until all of them "
                "have run, or what is written is not recorded."
            )
            continue
        change.stand_ins[tracker.label] = other


def stand_in(change: Change, separated: list[str], gone: list[str]) -> None:
    """Propose what records in the place of others while another app's migration runs.

    The functions of statement-level triggers hold the condition themselves, so that no column is
    bound to them. Of the fields ``gone`` they let go, so that they do not take another's column
    for one of these.
    """
    for other in change.stand_ins.values():
        # Ahead of renames, too: its condition names the fields as they are.
        later = [*change.obstructed, *change.on_tracked(RenameField)]
        change.add(AddTracker(change.name, other), before=later)
    if _lets_go_behind(change, gone):
        _compile_without(change, gone, separated)
    if change.stand_ins:
        start = change.operations.index(change.opening[0])
        change.run.keep_together(change.operations[start:])


def _without_when(tracker: Tracker) -> Tracker:
    """Return the tracker in a form whose triggers have no ``WHEN``, of the same events."""
    assert isinstance(tracker, DatabaseTracker)
    if not tracker.before:
        return tracker.at_level(Statement)
    return DatabaseTracker(
        tracker.label,
        operation=tracker.operation,
        condition=tracker.condition,
        snapshot=tracker.snapshot,
        level=Statement,
    )


def install(change: Change, trackers: list[Tracker], gone: list[str]) -> None:
    """Put up new trackers, and compile the others anew where that makes a difference."""
    off = _aside(change) - set(change.stand_ins)
    known = change.old.spec.labels
    kept = [
        item
        for item in change.old.spec.trackers
        if item.tracker in trackers and item.tracker.label not in _aside(change)
    ]
    labels = {item.tracker.label for item in kept}
    missing = [item for item in trackers if item.label not in labels and _compiles(change, item)]
    started = [item for item in missing if item.label not in known]
    exchanged = {item.label for item in _exchanged(change, trackers)}
    returning = [item for item in missing if item.label in off]
    if exchanged & off:  # the others take their places
        returning += started
    last = None
    for tracker in returning:
        last = change.add(AddTracker(change.name, tracker), after=change.read_by_triggers)
    if last is not None and not change.is_obstructed_elsewhere:
        change.close_bracket(last)
    for tracker in missing:
        if tracker.label in known and tracker.label not in off:
            _replace(change, [tracker.label], [tracker])
    if exchanged - off:
        _replace(change, sorted(exchanged - off), [i for i in started if i not in returning])
    template = LATEST if change.old.spec.template < LATEST else None
    # Each is looked at, so that one that cannot be compiled is refused.
    stale = [item for item in kept if _is_stale(change, item.tracker, item.signature, gone)]
    if template is not None or stale or _guard_is_stale(change):
        refresh = RefreshTrackers(change.name, template=template)
        change.add(refresh, after=change.read_by_triggers)
    for tracker in started if not exchanged else ():
        change.add(AddTracker(change.name, tracker), after=change.read_by_triggers)


def _replace(change: Change, labels: list[str], trackers: list[Tracker]) -> None:
    """Propose that some trackers take the place of others: no write is between them."""
    operations: list[Operation] = [RemoveTracker(change.name, label) for label in labels]
    operations += [AddTracker(change.name, item) for item in trackers]
    for operation in operations:
        change.add(operation, after=change.read_by_triggers)
    change.run.keep_together(operations)


def _guard_is_stale(change: Change) -> bool:
    """Return whether a guard is made for the former name of the event table."""
    guarded = change.old.spec.guard is not None
    if change.declaration is not None:
        guarded = change.declaration.append_only
    return guarded and table_of(change.new) != table_of(change.old)


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
