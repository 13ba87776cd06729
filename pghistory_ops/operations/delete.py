"""Deleting an event model."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import OperationCategory
from django.db.migrations.state import ProjectState

from pghistory_ops.operations.arguments import check_lock_timeout
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.operations.site import Site
from pghistory_ops.operations.tables import create_table, delete_table
from pghistory_ops.sql.objects import create_all, drop_all
from pghistory_ops.state import event_state


class DeleteEventModel(HistoryOperation):
    """Drop the trackers of an event model, its table, and with it the history that it holds.

    Args:
        name: The name of the event model, in this app.
        lock_timeout: How long to wait for a lock on the tracked table, with its unit: ``"2s"``.

    Raises:
        UnknownEventModel: There is no such event model.
        ValueError: ``lock_timeout`` is not a duration.
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.REMOVAL

    def __init__(self, name: str, *, lock_timeout: str | None = None) -> None:
        self.name = self.event_model = name
        self.lock_timeout = check_lock_timeout(lock_timeout)

    def kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = {"name": self.name}
        if self.lock_timeout is not None:
            kwargs["lock_timeout"] = self.lock_timeout
        return kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        event_state(state, app_label, self.name)
        state.remove_model(app_label, self.event_model_lower)

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        site = Site(editor, old, app_label, self.name)
        has_triggers = site.model_state.spec.has_triggers and site.allowed
        with site.waiting(self.lock_timeout if has_triggers or site.allows_event_model else None):
            if has_triggers:
                site.run(drop_all(site.triggers(), site.table))
            delete_table(editor, old, app_label, self.name)

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        create_table(editor, new, app_label, self.name)
        site = Site(editor, new, app_label, self.name)
        if site.model_state.spec.has_triggers and site.allowed:
            with site.waiting(self.lock_timeout):
                site.run(create_all(site.triggers(), site.table))

    def describe(self) -> str:
        return f"Delete event model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"delete_{self.event_model_lower}"
