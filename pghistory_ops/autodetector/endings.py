"""What becomes of history whose reason is gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.event_columns import detach, release
from pghistory_ops.autodetector.questions import DELETE, STOP, ask_deleted, ask_vanished
from pghistory_ops.autodetector.run import Run
from pghistory_ops.operations import AlterEventModel, DeleteEventModel, RemoveTracker
from pghistory_ops.state import EventModelState, tracked_label
from pghistory_ops.tracked import Tracked


def declaration_is_gone(change: Change) -> bool:
    """Ask what becomes of history that is declared no more; return whether it is deleted.

    An answer is written down, so that it is not asked for again: an event model that is kept counts
    as written by hand from then on. One whose trackers stop follows what happens to the tracked
    model as every other does, behind that.
    """
    reason = f"The declaration of history for {change.before.label} is gone."
    answer = ask_vanished(change.run, change.old, reason)
    if answer == DELETE:
        change.add(DeleteEventModel(change.name), before=change.on_subject())
    elif answer == STOP:
        _stop(change, before=change.on_subject())
        change.old = _without_trackers(change.old)
        change.new.spec = change.old.spec
    elif answer is not None:
        change.add(AlterEventModel(change.name, declared=False))
        change.new.spec = change.new.spec.replace(declared=False)
    if answer in (DELETE, STOP):
        change.run.ended.add(change.old.key)
    return answer == DELETE


def _without_trackers(event_model: EventModelState) -> EventModelState:
    stopped = event_model.clone()
    stopped.spec = event_model.spec.with_trackers(()).replace(declared=False)
    return stopped


def tracked_model_is_gone(run: Run, event_model: EventModelState, before: Tracked) -> None:
    """Ask what becomes of the history of a deleted model, whose triggers go with its table."""
    change = Change(run, event_model, None, before, before)
    answer = ask_deleted(run, event_model, before.label)
    deletions = [*run.on_model(change.old_key), *run.endings_of(before)]
    if answer == DELETE:
        change.add(DeleteEventModel(change.name), before=deletions)
        return
    _stop(change, before=())  # nothing but the deletions, of which all of this is ahead
    detach(change)
    release(change)
    if change.operations:
        run.precede(change.app_label, change.operations[-1], deletions)


def outlive(run: Run, event_model: EventModelState) -> None:
    """Let the history of a model that is gone keep what its other columns refer to."""
    gone = Tracked(tracked_label(event_model), "", {}, ())
    change = Change(run, event_model, None, gone, gone)
    detach(change)
    release(change)


def _stop(change: Change, *, before: Iterable[Any]) -> None:
    for item in change.old.spec.trackers:
        change.add(RemoveTracker(change.name, item.tracker.label), before=before)
    if change.old.spec.declared:
        change.add(AlterEventModel(change.name, declared=False))
