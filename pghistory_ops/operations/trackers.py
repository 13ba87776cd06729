"""Putting trackers on a tracked model, and taking them off."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from pghistory_ops.compilation import install
from pghistory_ops.operations.keys import own_keys
from pghistory_ops.operations.refresh import RefreshTrackers
from pghistory_ops.operations.site import Site
from pghistory_ops.operations.triggers import TrackerOperation
from pghistory_ops.reading import may_name
from pghistory_ops.state import (
    EventModelState,
    event_models_of,
    event_state,
    replace_spec,
    tracked_key,
    tracked_label,
)
from pghistory_ops.trackers import DatabaseTracker, Tracker


class UnknownLabel(LookupError):
    """An event model has no tracker of the label."""


class AddTracker(TrackerOperation):
    """Put a tracker on the tracked model of an event model.

    Creating a trigger takes a ``SHARE ROW EXCLUSIVE`` lock on the tracked table: it waits for the
    writes that run, and new writes wait for it (PostgreSQL manual, 13.3 "Explicit Locking").

    Args:
        event_model: The name of the event model, in this app.
        tracker: The tracker. Its label is unique among the trackers of the tracked model.
        lock_timeout: How long to wait for a lock, with its unit: ``"2s"``. By default as long as
            the connection says.

    Raises:
        ValueError: The label is taken, ``lock_timeout`` is not a duration, or the condition names
            what the trigger's function cannot find.
        TypeError: ``tracker`` is not a tracker.
        NotSupportedError: The tracked table is no table, or partitioned and the tracker would miss
            the rows that move.

    Example::

        AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout="2s")
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.ADDITION

    def __init__(
        self, event_model: str, tracker: Tracker, *, lock_timeout: str | None = None
    ) -> None:
        super().__init__(event_model, lock_timeout)
        self.tracker = _checked_tracker(tracker)

    def kwargs(self) -> dict[str, Any]:
        kwargs = super().kwargs()
        return {"event_model": kwargs.pop("event_model"), "tracker": self.tracker, **kwargs}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = event_state(state, app_label, self.event_model)
        self._check_label(state, model_state)
        own_keys(state, model_state)
        model_state = event_state(state, app_label, self.event_model)
        added = install(state, model_state, [self.tracker])
        spec = model_state.spec
        replace_spec(state, model_state, spec.with_trackers((*spec.trackers, *added)))

    def _check_label(self, state: ProjectState, model_state: EventModelState) -> None:
        for other in event_models_of(state, tracked_key(model_state)):
            if self.label in other.spec.labels:
                raise ValueError(
                    f"The tracked model {tracked_label(model_state)} has a tracker {self.label!r} "
                    f"already, of the event model {other.label}. Labels are unique per tracked "
                    "model: give this one another label, or remove that one with RemoveTracker."
                )

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        site = Site(editor, new, app_label, self.event_model)
        self.create_triggers(site, self.label, check=True)

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        self.drop_triggers(Site(editor, old, app_label, self.event_model), self.label)

    @property
    def label(self) -> str:
        """The label of the tracker."""
        return self.tracker.label

    def names_field(self, name: str) -> bool:
        return isinstance(self.tracker, DatabaseTracker) and may_name(self.tracker.condition, name)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.about(operation):
            if isinstance(operation, RemoveTracker) and operation.label == self.label:
                return []
            if isinstance(operation, RefreshTrackers):
                return operation.template is None and not any(
                    self.names_field(name) for name in operation.without
                )
            if isinstance(operation, (AddTracker, RemoveTracker)):
                return operation.label != self.label
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Add tracker {self.label} to {self.event_model}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.event_model_lower}_{_fragment(self.label)}"


class RemoveTracker(TrackerOperation):
    """Take a tracker off the tracked model. The events that it wrote stay.

    Dropping a trigger takes an ``ACCESS EXCLUSIVE`` lock on the tracked table for a moment.

    Args:
        event_model: The name of the event model, in this app.
        label: The label of the tracker.
        lock_timeout: How long to wait for a lock, with its unit: ``"2s"``.

    Raises:
        UnknownLabel: The event model has no such tracker.
        ValueError: ``lock_timeout`` is not a duration.
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.REMOVAL

    def __init__(self, event_model: str, label: str, *, lock_timeout: str | None = None) -> None:
        super().__init__(event_model, lock_timeout)
        self.label = label

    def kwargs(self) -> dict[str, Any]:
        kwargs = super().kwargs()
        return {"event_model": kwargs.pop("event_model"), "label": self.label, **kwargs}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = event_state(state, app_label, self.event_model)
        removed = model_state.spec.installed(self.label)
        if removed is None:
            known = ", ".join(map(repr, model_state.spec.labels)) or "none"
            raise UnknownLabel(
                f"The event model {model_state.label} has no tracker {self.label!r} at this point "
                f"of the migrations. It has: {known}."
            )
        kept = tuple(item for item in model_state.spec.trackers if item is not removed)
        replace_spec(state, model_state, model_state.spec.replace(trackers=kept))

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        self.drop_triggers(Site(editor, old, app_label, self.event_model), self.label)

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        site = Site(editor, new, app_label, self.event_model)
        self.create_triggers(site, self.label, check=False)

    def names_field(self, name: str) -> bool:
        return True  # the condition of the tracker is known to state alone

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.about(operation) and isinstance(operation, (AddTracker, RemoveTracker)):
            return operation.label != self.label
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Remove tracker {self.label} from {self.event_model}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.event_model_lower}_{_fragment(self.label)}"


def _fragment(label: str) -> str:
    """Return a label as a part of a file's name."""
    return "".join(char if char.isalnum() else "_" for char in label.lower())


def _checked_tracker(tracker: Any) -> Tracker:
    if isinstance(tracker, Tracker):
        return tracker
    hint = " Write it with parentheses." if isinstance(tracker, type) else ""
    raise TypeError(f"AddTracker takes a tracker such as Snapshot(), not {tracker!r}.{hint}")
