"""What the operations on the triggers of an event model share."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations import (
    AddConstraint,
    AddIndex,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import AlterTogetherOptionOperation

from pghistory_ops.operations.alter import AlterEventModel
from pghistory_ops.operations.arguments import check_lock_timeout
from pghistory_ops.operations.base import HistoryOperation, copy_with
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.operations.site import Site
from pghistory_ops.sql.objects import create_all, drop_all

# Operations that can change places with those on trackers: what they change is compiled into the
# triggers anew by the refresh that follows them.
_INDIFFERENT = (
    AddConstraint,
    AddIndex,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterTogetherOptionOperation,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)


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

    def create_triggers(self, site: Site, label: str, *, check: bool) -> None:
        """Create the triggers of a tracker.

        ``check`` says whether to look first if they can work. Those that come back when a migration
        is taken back did; what they name may come back after them.
        """
        if site.allowed and (triggers := site.triggers([label])):
            with site.waiting(self.lock_timeout):
                if check:
                    site.check(label)
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
