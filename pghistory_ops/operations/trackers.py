"""Operations on the trackers of an event model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import (
    AddConstraint,
    AddIndex,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
)
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import AlterTogetherOptionOperation
from django.db.migrations.state import ProjectState

from pghistory_ops.compilation import install
from pghistory_ops.operations.alter import AlterEventModel
from pghistory_ops.operations.arguments import check_lock_timeout
from pghistory_ops.operations.base import HistoryOperation, copy_with
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.operations.site import Site
from pghistory_ops.reading import may_name
from pghistory_ops.sql.objects import create_all, drop_all, replace_all
from pghistory_ops.sql.templates import check_version
from pghistory_ops.state import (
    EventModelState,
    event_state,
    event_states,
    replace_spec,
    table_of,
    tracked_label,
)
from pghistory_ops.trackers import DatabaseTracker, Tracker

# Operations that can change places with those on trackers: what they change is compiled into the
# triggers anew by the refresh that follows them.
_INDIFFERENT = (
    AddConstraint,
    AddIndex,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterTogetherOptionOperation,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)


class UnknownLabel(LookupError):
    """An event model has no tracker of the label."""


class TrackerOperation(HistoryOperation):
    """An operation on the triggers of an event model; it locks the tracked table."""

    def __init__(self, event_model: str, lock_timeout: str | None) -> None:
        self.event_model = event_model
        self.lock_timeout = check_lock_timeout(lock_timeout)

    def kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = {"event_model": self.event_model}
        if self.lock_timeout is not None:
            kwargs["lock_timeout"] = self.lock_timeout
        return kwargs

    def create_triggers(self, site: Site, label: str) -> None:
        """Create the triggers of a tracker."""
        if site.allowed and (triggers := site.triggers([label])):
            site.check_table(label)
            with site.waiting(self.lock_timeout):
                site.run(create_all(triggers, site.table))

    def drop_triggers(self, site: Site, label: str) -> None:
        """Drop the triggers of a tracker."""
        if site.allowed and (triggers := site.triggers([label])):
            with site.waiting(self.lock_timeout):
                site.run(drop_all(triggers, site.table))

    def names_field(self, name: str) -> bool:
        """Return whether a condition of the operation's own may name the field ``name``."""
        return False

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        """Fold the operation with a later one, or say whether they can change places."""
        if isinstance(operation, DeleteEventModel) and self.about(operation):
            return [operation]
        if isinstance(operation, RenameModel):
            if operation.old_name_lower == self.event_model_lower:
                return [operation, copy_with(self, event_model=operation.new_name)]
            return operation.new_name_lower != self.event_model_lower
        if isinstance(operation, AlterEventModel) and self.about(operation):
            # What it changes is compiled by the refresh that follows.
            return not {"tracks", "template"} & set(operation.changed)
        if isinstance(operation, HistoryOperation):
            labels = {getattr(item, "label", None) for item in (self, operation)}
            return not self.about(operation) and (None in labels or len(labels) > 1)
        if isinstance(operation, FieldOperation):
            changed = {operation.name_lower}
            if isinstance(operation, RenameField):
                changed.add(operation.new_name_lower)
            return not any(self.names_field(name) for name in changed)
        if isinstance(operation, _INDIFFERENT):
            return True
        return super().reduce(operation, app_label)


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
        item = install(state, model_state, self.tracker)
        spec = model_state.spec
        replace_spec(state, model_state, spec.replace(trackers=(*spec.trackers, item)))

    def _check_label(self, state: ProjectState, model_state: EventModelState) -> None:
        subject = tracked_label(model_state)
        for other in event_states(state):
            if self.label in other.spec.labels and tracked_label(other).lower() == subject.lower():
                raise ValueError(
                    f"The tracked model {subject} has a tracker {self.label!r} "
                    f"already, of the event model {other.label}. Labels are unique per tracked "
                    "model: give this one another label, or remove that one with RemoveTracker."
                )

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        site = Site(editor, new, app_label, self.event_model)
        self.create_triggers(site, self.label)
        site.try_conditions([self.label])

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
        self.create_triggers(Site(editor, new, app_label, self.event_model), self.label)

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


class RefreshTrackers(TrackerOperation):
    """Compile the triggers of an event model anew, from the state at this point.

    It follows every operation that changes what a trigger was compiled from: a column added,
    renamed, removed or given another type on either side, a renamed event table, a changed
    specification. Where the
    triggers' functions alone change, as they do for a new column, the tracked table is not locked.

    Args:
        event_model: The name of the event model, in this app.
        without: The tracked fields that the rest of the migration removes: the triggers let go of
            their columns before ``RemoveField`` drops them. The event columns stay.
        template: The version of the SQL template to go over to; None keeps the one in use.
        lock_timeout: How long to wait for a lock, with its unit: ``"2s"``.

    Raises:
        ValueError: There is no such template, or ``lock_timeout`` is not a duration.
        FieldDoesNotExist: There is no field to be ``without``.
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.ALTERATION

    def __init__(
        self,
        event_model: str,
        *,
        without: Sequence[str] = (),
        template: int | None = None,
        lock_timeout: str | None = None,
    ) -> None:
        super().__init__(event_model, lock_timeout)
        self.without = tuple(without)
        self.template = None if template is None else check_version(template)

    def kwargs(self) -> dict[str, Any]:
        kwargs = super().kwargs()
        if self.without:
            kwargs["without"] = list(self.without)
        if self.template is not None:
            kwargs["template"] = self.template
        return kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = event_state(state, app_label, self.event_model)
        spec = model_state.spec
        if self.template is not None:
            spec = spec.replace(template=self.template)
        if spec.guard is not None:
            spec = spec.replace(guard=table_of(model_state))
        changed = replace_spec(state, model_state, spec)
        trackers = tuple(
            install(state, changed, item.tracker, self.without) for item in spec.trackers
        )
        changed.spec = spec.replace(trackers=trackers)

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        self.backwards(app_label, editor, old, new)
        Site(editor, new, app_label, self.event_model).try_conditions()

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        before = Site(editor, old, app_label, self.event_model)
        after = Site(editor, new, app_label, self.event_model)
        if not after.allowed:
            return
        statements = replace_all(before.triggers(), after.triggers(), after.table)
        was, now = before.guard, after.guard
        if was is not None and now is not None:
            statements += now.function.replace(was.function)
        if statements:
            with after.waiting(self.lock_timeout):
                after.run(statements)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, FieldOperation) and operation.name in self.without:
            # The field goes after the triggers have let go of it; its event column may go earlier.
            return operation.model_name_lower == self.event_model_lower
        if isinstance(operation, (AlterField, RenameField)):
            return False  # which column is which would be lost
        if self.about(operation) and isinstance(operation, RefreshTrackers):
            template = operation.template or self.template
            return [copy_with(operation, template=template)]
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Refresh trackers of {self.event_model}"

    @property
    def migration_name_fragment(self) -> str:
        return f"refresh_{self.event_model_lower}"


def _fragment(label: str) -> str:
    """Return a label as a part of a file's name."""
    return "".join(char if char.isalnum() else "_" for char in label.lower())


def _checked_tracker(tracker: Any) -> Tracker:
    if isinstance(tracker, Tracker):
        return tracker
    hint = " Write it with parentheses." if isinstance(tracker, type) else ""
    raise TypeError(f"AddTracker takes a tracker such as Snapshot(), not {tracker!r}.{hint}")
