"""Changing the specification of an event model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Final

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.fields import (
    ContextForeignKey,
    ContextJSONField,
    ContextUUIDField,
    ObjForeignKey,
)
from pghistory_ops.operations.arguments import (
    check_context,
    checked_bases,
    checked_label,
    checked_policy,
)
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.operations.site import Site
from pghistory_ops.sql.objects import table_name
from pghistory_ops.sql.templates import check_version
from pghistory_ops.state import EventModelState, event_state, replace_spec, table_of, tracked_label
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked, tracked


class Unchanged(Enum):
    """The type of ``UNCHANGED``."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


class AlterEventModel(HistoryOperation):
    """Change the specification of an event model; follow it with ``RefreshTrackers``.

    Args:
        name: The name of the event model, in this app.
        tracks: The label of the tracked model.
        fields: The tracked fields to mirror from now on; ``None`` for all but ``exclude``.
        exclude: The tracked fields not to mirror from now on. Given one of the two, the other is
            dropped. The columns themselves are changed by ``AddField`` and the like.
        append_only: Whether the event table refuses UPDATE, DELETE and TRUNCATE.
        pausable: Whether ``paused()`` may switch the trackers off for a block of code.
        security_definer: Whether the triggers write events with the rights of their owner.
        obj_field: The configuration of ``pgh_obj``, as the field now is.
        context_field: The configuration of ``pgh_context``, as the field now is.
        context_id_field: The configuration of ``pgh_context_id``, as the field now is.
        bases: The base classes of the model that bring behaviour and no columns of their own.
        declared: Whether a declaration proposed the event model; the autodetector's mark.
        template: The version of the SQL template for its trackers.

    Raises:
        ValueError: Nothing changes, or the values contradict each other.
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.ALTERATION

    def __init__(
        self,
        name: str,
        *,
        tracks: str | Unchanged = UNCHANGED,
        fields: Iterable[str] | Unchanged | None = UNCHANGED,
        exclude: Iterable[str] | Unchanged | None = UNCHANGED,
        append_only: bool | Unchanged = UNCHANGED,
        pausable: bool | Unchanged = UNCHANGED,
        security_definer: bool | Unchanged = UNCHANGED,
        obj_field: ObjForeignKey | Unchanged | None = UNCHANGED,
        context_field: ContextForeignKey | ContextJSONField | Unchanged | None = UNCHANGED,
        context_id_field: ContextUUIDField | Unchanged | None = UNCHANGED,
        bases: Sequence[Any] | Unchanged | None = UNCHANGED,
        declared: bool | Unchanged = UNCHANGED,
        template: int | Unchanged = UNCHANGED,
    ) -> None:
        self.name = self.event_model = name
        given: dict[str, Any] = {
            "tracks": tracks,
            "fields": fields,
            "exclude": exclude,
            "append_only": append_only,
            "pausable": pausable,
            "security_definer": security_definer,
            "obj_field": obj_field,
            "context_field": context_field,
            "context_id_field": context_id_field,
            "bases": bases,
            "declared": declared,
            "template": template,
        }
        self.changed = {key: value for key, value in given.items() if value is not UNCHANGED}
        if not self.changed:
            raise ValueError(f"AlterEventModel({name!r}) changes nothing: give what changes.")
        if bases is not UNCHANGED:
            self.changed["bases"] = checked_bases(name, bases)
        if "tracks" in self.changed:
            checked_label(tracks)
        if "template" in self.changed:
            check_version(self.changed["template"])
        checked_policy(name, self.changed.get("fields"), self.changed.get("exclude"))

    def kwargs(self) -> dict[str, Any]:
        return {"name": self.name, **self.changed}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = event_state(state, app_label, self.name)
        changes = {
            key: value
            for key, value in self.changed.items()
            if key not in ("fields", "exclude", "append_only", "bases")
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
        changed = replace_spec(state, model_state, spec)
        if "bases" in self.changed:
            changed.bases = self.changed["bases"]
            state.reload_model(*changed.key)

    def _retargeted(self, state: ProjectState, model_state: EventModelState) -> str:
        subject = find_tracked(state, self.changed["tracks"])
        try:
            before = tracked(state, model_state)
        except UnknownTrackedModel:
            reference: Any = model_state.fields.get(event_fields.OBJ)
            if reference is not None and reference.remote_field is not None:
                raise ValueError(
                    f"The field pgh_obj of {model_state.label} refers to "
                    f"{tracked_label(model_state)}, which is not there any more. Make it a plain "
                    f"column before that goes: AlterField({model_state.name!r}, 'pgh_obj', "
                    "models.BigIntegerField(db_column='pgh_obj_id', db_index=True)), and point it "
                    f"to {subject.label} after this operation."
                ) from None
            return subject.label  # it follows a rename
        if before.table != subject.table and model_state.spec.has_triggers:
            raise ValueError(
                f"The event model {model_state.label} has trackers on {before.label}, which would "
                f"stay there when it tracks {subject.label}. Remove them first with "
                f"RemoveTracker: {', '.join(model_state.spec.labels)}."
            )
        own = model_state.fields.get(event_fields.OBJ)
        is_reference = own is not None and own.remote_field is not None
        if is_reference and (
            resolve_relation(tracked_label(model_state)) != resolve_relation(subject.label)
        ):
            raise ValueError(
                f"The field pgh_obj of {model_state.label} refers to {before.label}. Point it to "
                f"{subject.label} first: AlterField({model_state.name!r}, 'pgh_obj', ...)."
            )
        return subject.label

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        before, after = (Site(editor, state, app_label, self.name) for state in (old, new))
        if before.model_state.spec.guard == after.model_state.spec.guard:
            return
        if not after.allows_event_model:
            return
        table = table_name(table_of(after.model_state))
        if before.guard is not None:
            after.run(before.guard.drop(table))
        if after.guard is not None:
            after.run(after.guard.create(table))

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
        if isinstance(operation, FieldOperation) and "tracks" not in self.changed:
            # Django may rewrite the events for it, which a guard would refuse.
            about = operation.model_name_lower == self.event_model_lower
            return not (about and "append_only" in self.changed)
        return super().reduce(operation, app_label)

    def describe(self) -> str:
        return f"Alter {', '.join(self.changed)} of event model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.event_model_lower}"
