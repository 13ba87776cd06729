"""Changing the specification of an event model."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.operations.arguments import check_context, checked_label, checked_policy
from pghistory_ops.operations.base import HistoryOperation, Site
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.sql.guard import guard
from pghistory_ops.sql.objects import table_name
from pghistory_ops.sql.templates import check_version
from pghistory_ops.state import EventModelState, event_state, replace_spec, table_of
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked, tracked, tracked_label


class AlterEventModel(HistoryOperation):
    """Change the specification of an event model; follow it with ``RefreshTrackers``.

    Args:
        name: The name of the event model, in this app.
        **changed: What changes: ``tracks``, ``fields``, ``exclude``, ``append_only``, ``pausable``,
            ``security_definer``, ``obj_field``, ``context_field``, ``context_id_field``,
            ``declared``, ``template``. ``fields`` and ``exclude`` replace the whole policy. The
            columns themselves are changed by ``AddField`` and the like.

    Raises:
        TypeError: There is no such argument.
        ValueError: The values contradict each other.
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.ALTERATION

    _CHANGEABLE = (
        "tracks",
        "fields",
        "exclude",
        "append_only",
        "pausable",
        "security_definer",
        "obj_field",
        "context_field",
        "context_id_field",
        "declared",
        "template",
    )

    def __init__(self, name: str, **changed: Any) -> None:
        self.name = self.event_model = name
        unknown = sorted(set(changed) - set(self._CHANGEABLE))
        if unknown or not changed:
            raise TypeError(
                f"AlterEventModel({name!r}) takes {', '.join(self._CHANGEABLE)}"
                + (f", not {unknown[0]!r}." if unknown else ": at least one of them.")
            )
        checked_policy(name, changed.get("fields"), changed.get("exclude"))
        if "tracks" in changed:
            checked_label(changed["tracks"])
        if "template" in changed:
            check_version(changed["template"])
        self.changed = changed

    def kwargs(self) -> dict[str, Any]:
        return {"name": self.name, **self.changed}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = event_state(state, app_label, self.name)
        changes = {
            key: value
            for key, value in self.changed.items()
            if key not in ("fields", "exclude", "append_only")
        }
        if {"fields", "exclude"} & set(self.changed):
            changes["policy"] = checked_policy(
                self.name, self.changed.get("fields"), self.changed.get("exclude")
            )
        if "append_only" in self.changed:
            changes["guard"] = table_of(model_state) if self.changed["append_only"] else None
        if "tracks" in changes:
            changes["tracks"] = self._retargeted(state, model_state)
        spec = model_state.spec.replace(**changes)
        check_context(self.name, spec.context_field, spec.context_id_field)
        replace_spec(state, model_state, spec)

    def _retargeted(self, state: ProjectState, model_state: EventModelState) -> str:
        subject = find_tracked(state, self.changed["tracks"])
        try:
            before = tracked(state, model_state)
        except UnknownTrackedModel:
            return subject.label  # it follows a rename
        if before.table != subject.table and any(True for _ in model_state.spec.triggers()):
            raise ValueError(
                f"The event model {model_state.label} has trackers on {before.label}, which would "
                f"stay there when it tracks {subject.label}. Remove them first with "
                f"RemoveTracker: {', '.join(model_state.spec.labels)}."
            )
        if event_fields.OBJ in model_state.fields and (
            resolve_relation(tracked_label(model_state)) != resolve_relation(subject.label)
        ):
            raise ValueError(
                f"The field pgh_obj of {model_state.label} refers to {before.label}. Point it to "
                f"{subject.label} first: AlterField({model_state.name!r}, 'pgh_obj', ...)."
            )
        return subject.label

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        before = event_state(from_state, app_label, self.name).spec.guard
        after = event_state(to_state, app_label, self.name).spec.guard
        if before == after:
            return
        site = Site(schema_editor, to_state, app_label, self.name)
        if not site.allowed:
            return
        table = table_name(table_of(site.model_state))
        schema = site.schemas().events
        if before is not None:
            site.run(guard(before, schema).drop(table))
        if after is not None:
            site.run(guard(after, schema).create(table))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.about(operation):
            if isinstance(operation, DeleteEventModel):
                return [operation]
            if isinstance(operation, AlterEventModel):
                earlier = dict(self.changed)
                if {"fields", "exclude"} & set(operation.changed):
                    earlier.pop("fields", None)
                    earlier.pop("exclude", None)
                return [AlterEventModel(self.name, **{**earlier, **operation.changed})]
            return False
        if isinstance(operation, HistoryOperation):
            return True
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Alter {', '.join(self.changed)} of event model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.event_model_lower}"
