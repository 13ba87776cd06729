"""What an event's label says of the row that it holds, and which other event it goes with.

Nothing here asks the database: it all follows from the trackers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pghistory_ops import names
from pghistory_ops.history import History
from pghistory_ops.trackers import INSERT, NEW, OLD, UPDATE, DatabaseTracker, Snapshot


@dataclass(frozen=True)
class Kinds:
    """The labels of an event model, by what their events hold.

    An event holds the row as it was *after* its effect, or, if its tracker copies the ``OLD`` row,
    as it was *before*. The triggers of one update fire in a known order (PostgreSQL manual, 39.1
    "Overview of Trigger Behavior"): those of ``BEFORE``, then those of row level, then those of
    statement level, each by name. So it is known whether the event with the old row of an update
    comes before or after the one with the new row.

    Attributes:
        removals: Labels of deletes and truncations alone: the row is gone after the event.
        mixed: Labels of removals and of other writes.
        old: Labels that hold the old row of an update.
        old_last: Those of them that come after a label which holds the new row of every update.
        old_every: Those of them that hold the old row of every update, where no label holds the
            new row of every update.
        new_early: Labels that hold the new row of some updates, and come before one of
            ``old_every``, which therefore follows at once.
        states_known: Whether each state of a row is in an event that holds the row after an effect.
    """

    removals: frozenset[str]
    mixed: frozenset[str]
    old: frozenset[str]
    old_last: frozenset[str]
    old_every: frozenset[str]
    new_early: frozenset[str]
    states_known: bool


def kinds_of(history: History) -> Kinds:
    """Return the labels of an event model, by what their events hold."""
    updating = [
        item.tracker
        for item in history.spec.trackers
        if isinstance(item.tracker, DatabaseTracker) and UPDATE in item.tracker.operations
    ]
    new = [tracker for tracker in updating if tracker.row(UPDATE) == NEW]
    old = [tracker for tracker in updating if tracker.row(UPDATE) == OLD]
    complete = [_rank(tracker) for tracker in new if _records_every(tracker)]
    every_old = [] if complete else [tracker for tracker in old if _records_every(tracker)]
    last_old = max(map(_rank, every_old), default=None)
    return Kinds(
        removals=history.removal_labels,
        mixed=history.mixed_labels,
        old=history.old_row_labels,
        old_last=_labels(item for item in old if complete and _rank(item) > min(complete)),
        old_every=_labels(every_old),
        new_early=_labels(
            item
            for item in new
            if INSERT not in item.operations and last_old is not None and _rank(item) < last_old
        ),
        states_known=bool(complete) or not history.old_row_labels,
    )


def _records_every(tracker: DatabaseTracker) -> bool:
    """Return whether every update that changes a mirrored field has an event of the tracker."""
    return isinstance(tracker, Snapshot) or tracker.condition is None


def _rank(tracker: DatabaseTracker) -> tuple[int, bytes]:
    moment = 0 if tracker.before else 2 if tracker.statement_level(UPDATE) else 1
    name = names.trigger_name(tracker.label, UPDATE, before=tracker.before)
    return moment, name.encode()


def _labels(trackers: Iterable[DatabaseTracker]) -> frozenset[str]:
    return frozenset(tracker.label for tracker in trackers)
