"""Labels that pass from one event model to another of the same tracked model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.migrations.operations.base import Operation

from pghistory_ops.operations import AddTracker, CreateEventModel, DeleteEventModel, RemoveTracker

Key = tuple[str, str]
Proposed = Iterable[tuple[str, Operation]]
GivesUp = RemoveTracker | DeleteEventModel


class Labels:
    """Which labels the tracked models have, by their event models."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Key, frozenset[str]]] = {}

    def note(self, event_model: Key, subject: Key, labels: Iterable[str] = ()) -> None:
        """Note what an event model tracks, and the labels of its trackers so far."""
        self._known[event_model] = subject, frozenset(labels)

    def subject(self, event_model: Key) -> Key:
        """Return the key of what an event model tracks."""
        return self._known[event_model][0]

    def handed_over(self, proposed: Proposed) -> Iterator[tuple[str, GivesUp, AddTracker]]:
        """Yield (app, what gives a label up, what takes it), which has to wait for that.

        Labels are unique among the trackers of a tracked model.
        """
        proposed = list(proposed)
        for app_label, operation in proposed:
            if isinstance(operation, CreateEventModel):
                app, _, name = operation.tracks.lower().partition(".")
                self.note((app_label, operation.event_model_lower), (app, name))
        given_up = list(self._given_up(proposed))
        for app_label, operation in proposed:
            if not isinstance(operation, AddTracker):
                continue
            key = app_label, operation.event_model_lower
            if key not in self._known:
                continue
            taken = self._known[key][0], operation.label
            for app, other, labels in given_up:
                former = app, other.event_model_lower
                if former != key and taken in labels:
                    yield app, other, operation

    def _given_up(self, proposed: Proposed) -> Iterator[tuple[str, GivesUp, set[tuple[Key, str]]]]:
        for app_label, operation in proposed:
            if not isinstance(operation, (RemoveTracker, DeleteEventModel)):
                continue
            key = app_label, operation.event_model_lower
            if key not in self._known:
                continue
            subject, labels = self._known[key]
            if isinstance(operation, RemoveTracker):
                labels = frozenset([operation.label])
            yield app_label, operation, {(subject, label) for label in labels}


def handed_over(label: str, former: str, later: str, table: str) -> str:
    """Return what is said of a tracker that goes from one event model to one of another app."""
    return (
        f"The tracker {label!r} goes from {former} to {later}, and is off between two of the "
        "proposed migrations: they are of two apps, and labels are unique per tracked model. Let "
        f"nobody write to the table {table} until both have run, or what is written is not "
        "recorded. Or take two steps: declare the new history under another label beside the old "
        "one, migrate, and take the old one away then."
    )
