"""Compiling the triggers of an event model anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import (
    AlterField,
    RemoveField,
    RenameField,
)
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState

from pghistory_ops import catalog
from pghistory_ops.columns import nullable
from pghistory_ops.compilation import install
from pghistory_ops.operations.base import copy_with
from pghistory_ops.operations.keys import own_keys
from pghistory_ops.operations.site import Site
from pghistory_ops.operations.triggers import TrackerOperation
from pghistory_ops.sql.objects import replace_all
from pghistory_ops.sql.quoting import identifier
from pghistory_ops.sql.templates import check_version
from pghistory_ops.state import (
    EventModelState,
    column_of,
    event_state,
    replace_spec,
    table_of,
)


class RefreshTrackers(TrackerOperation):
    """Compile the triggers of an event model anew, from the state at this point.

    It follows every operation that changes what a trigger was compiled from: a column added,
    renamed, removed or given another type on either side, a renamed event table, a changed
    specification. Where the triggers' functions alone change, as they do for a new column, the
    tracked table is not locked.

    What is there is known by the digests in the comments of triggers and functions: migrations of
    two apps or branches may have been applied, or taken back, in another order than the state's. A
    trigger whose digest is not the one that the state expects is replaced whole, and on the way
    back one that is gone stays gone. ``sqlmigrate`` prints what follows from the state.

    Args:
        event_model: The name of the event model, in this app.
        without: The tracked fields that the rest of the migration removes: the triggers let go of
            their columns before ``RemoveField`` drops them. The event columns stay, and take NULL
            from now on.
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
        if isinstance(without, str):
            raise ValueError(f"without={without!r} is a text. Use a list of names.")
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
        own_keys(state, event_state(state, app_label, self.event_model))
        model_state = event_state(state, app_label, self.event_model)
        spec = model_state.spec
        if self.template is not None:
            spec = spec.replace(template=self.template)
        if spec.guard is not None:
            spec = spec.replace(guard=table_of(model_state))
        changed = replace_spec(state, model_state, spec)
        given = (item.tracker for item in spec.trackers)
        trackers = install(state, changed, given, self.without)
        changed = replace_spec(state, changed, spec.with_trackers(trackers))
        for name in self._written_no_more(changed):
            field = nullable(changed.fields[name])
            state.alter_field(app_label, changed.name_lower, name, field, preserve_default=True)

    def _written_no_more(self, model_state: EventModelState) -> list[str]:
        """Return the columns that must take NULL now."""
        return [
            name
            for name in self.without
            if name in model_state.fields
            and model_state.spec.policy.selects(name)
            and not model_state.fields[name].null
        ]

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        self._replace(app_label, editor, old, new, check=True)

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        self._replace(app_label, editor, old, new, check=False)

    def _replace(
        self, app_label: str, editor: Any, old: ProjectState, new: ProjectState, *, check: bool
    ) -> None:
        before = Site(editor, old, app_label, self.event_model)
        after = Site(editor, new, app_label, self.event_model)
        if not after.allowed:
            return
        expected, wanted = before.triggers(), after.triggers()
        found = before.installed(expected)
        if not check:  # what has been taken back already does not come back
            gone = {item.name for item in expected} - {item.name for item in found}
            wanted = [item for item in wanted if item.name not in gone]
        statements = [
            *self._nullability(before, after, "DROP"),
            *replace_all(found, wanted, after.table),
            *self._nullability(after, before, "SET"),
        ]
        was, now = before.guard, after.guard
        if was is not None and now is not None:
            statements += now.function.replace(was.function)
        if statements:
            with after.waiting(self.lock_timeout):
                if check:
                    for label in after.model_state.spec.labels:
                        after.check(label)
                after.run(statements)

    def _nullability(self, strict: Site, loose: Site, verb: str) -> list[str]:
        """Return what drops, or sets, NOT NULL where ``strict`` has it and ``loose`` has not."""
        before, after = strict.model_state, loose.model_state
        found = [
            name
            for name in self._written_no_more(before)
            if after.fields[name].null and after.options.get("managed", True)
        ]
        if not found:
            return []
        table = catalog.qualified_table(loose.connection, table_of(after))
        return [
            # Writers lock the tracked table, and then the event table.
            f"LOCK TABLE {loose.table} IN SHARE ROW EXCLUSIVE MODE;",
            *(
                f"ALTER TABLE {table} ALTER COLUMN {identifier(column_of(after, name))} "
                f"{verb} NOT NULL;"
                for name in found
            ),
        ]

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, FieldOperation) and operation.name in self.without:
            # The field goes after the triggers have let go of it; its event column may go earlier.
            about = operation.model_name_lower == self.event_model_lower
            return about and isinstance(operation, RemoveField)
        if isinstance(operation, (AlterField, RenameField)):
            return False  # which column is which would be lost
        if self.about(operation) and isinstance(operation, RefreshTrackers):
            if not set(self.without) <= set(operation.without):
                return False  # which columns take NULL would be lost
            template = operation.template or self.template
            return [copy_with(operation, template=template)]
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Refresh trackers of {self.event_model}"

    @property
    def migration_name_fragment(self) -> str:
        return f"refresh_{self.event_model_lower}"
