"""The follow-ups of one event model."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import models
from django.db.migrations.operations import (
    AddField,
    AlterField,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.conditions import renamed_tracker
from pghistory_ops.autodetector.dependencies import OnOperation, on_fields
from pghistory_ops.autodetector.questions import DELETE, STOP
from pghistory_ops.autodetector.run import Run
from pghistory_ops.columns import loosened, nullable
from pghistory_ops.compilation import pinned_columns, signature, type_changes
from pghistory_ops.declarations import Declaration
from pghistory_ops.operations import (
    AddTracker,
    AlterEventModel,
    DeleteEventModel,
    RefreshTrackers,
    RemoveTracker,
)
from pghistory_ops.spec import Policy, Signature
from pghistory_ops.sql.templates import LATEST
from pghistory_ops.state import EventModelState
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked, tracked
from pghistory_ops.trackers import Tracker


class EventModelFollowUp:
    """What an event model of the migrations needs, to go on with what it tracks.

    Args:
        run: The run of the autodetector.
        event_model: The event model as the migrations have it.
        declaration: Its declaration, if there is one.
    """

    def __init__(
        self, run: Run, event_model: EventModelState, declaration: Declaration | None
    ) -> None:
        self.run = run
        self.old = event_model
        self.new = event_model.clone()
        self.app_label = event_model.app_label
        self.name = event_model.name
        self.declaration = declaration
        self.operations: list[Operation] = []

    def propose(self) -> None:
        """Propose the operations."""
        try:
            before = tracked(self.run.old, self.old)
        except UnknownTrackedModel:
            return  # the migrations are unsound already, which a check reports
        self.before = before
        self.key = self.run.renamed_key(before.label)
        try:
            self.after = find_tracked(self.run.new, ".".join(self.key))
        except UnknownTrackedModel:
            self._tracked_model_is_gone()
            return
        if self.declaration is None and self.old.spec.declared:
            answer = self.run.ask_vanished(
                self.old, f"The declaration of history for {before.label} is gone."
            )
            if answer == DELETE:
                self._add(DeleteEventModel(self.name))
                return
            if answer == STOP:
                self._stop()
                return
        self._follow()

    # The parts, in the order in which they run ----------------------------------------------

    def _follow(self) -> None:
        policy = self._policy()
        removed = self._removed()
        trackers = self._trackers()
        bracketed = self._bracketed(trackers)
        let_go = [name for name in removed if name in self._read_by_triggers()]
        for tracker in self._stopped(trackers):
            operation = self._add(RemoveTracker(self.name, tracker.label))
            # Its condition may name a field by the old name.
            self.run.precede(self.app_label, operation, self.run.on_tracked(self.key, RenameField))
        if let_go and self._keeps_triggers(trackers):
            refresh = self._add(RefreshTrackers(self.name, without=let_go))
            self.run.precede(self.app_label, refresh, self._removals(let_go))
        for tracker in bracketed:
            operation = self._add(RemoveTracker(self.name, tracker.label))
            self.run.precede(self.app_label, operation, self._type_changes())
        self._columns(policy)
        self._specification(policy)
        self._install(trackers, bracketed, let_go)

    def _columns(self, policy: Policy) -> None:
        """Let the event columns follow the tracked fields."""
        fields = self.new.fields
        for old, new in self.run.renamed_fields(self.key).items():
            if old in fields and new not in fields and old in self.before.fields:
                self._add(
                    RenameField(self.old.name_lower, old, new),
                    self.run.on_tracked(self.key, RenameField),
                )
                self.new.fields = fields = {
                    (new if name == old else name): field for name, field in fields.items()
                }
        for name in self.after.fields:
            if name in event_fields.OWN_FIELDS or not policy.selects(name):
                continue
            copy = self.after.copy_of(name)
            if name not in fields:
                copy = nullable(copy)
                self._add(AddField(self.old.name_lower, name, copy), self._on_changes_of(name))
            else:
                copy = loosened(fields[name], copy)
                if self._same(fields[name], copy):
                    continue
                self._add(AlterField(self.old.name_lower, name, copy), self._on_changes_of(name))
            fields[name] = copy
        self._unwritten(policy)

    def _unwritten(self, policy: Policy) -> None:
        """Let the columns that are written no more take NULL."""
        for name, field in self.new.fields.items():
            was_written = name in self.before.fields and self.old.spec.policy.selects(name)
            is_written = name in self.after.fields and policy.selects(name)
            if name in event_fields.OWN_FIELDS or not was_written or is_written or field.null:
                continue
            self.new.fields[name] = nullable(field)
            self._add(AlterField(self.old.name_lower, name, nullable(field)))
        for name, field in self._declared_columns():
            if name not in self.new.fields:
                self.new.fields[name] = field
                self._add(AddField(self.old.name_lower, name, field))

    def _specification(self, policy: Policy) -> None:
        """Let the specification follow."""
        spec = self.old.spec
        changed: dict[str, Any] = {}
        if self.old.fields.get(event_fields.OBJ) is None and self._is_renamed():
            changed["tracks"] = self.after.label
        if policy != spec.policy:
            if policy.fields is not None:
                changed["fields"] = list(policy.fields)
            else:
                changed["exclude"] = list(policy.exclude)
        if self.declaration is not None:
            if self.declaration.append_only != (spec.guard is not None):
                changed["append_only"] = self.declaration.append_only
            if not spec.declared:
                changed["declared"] = True
        elif spec.declared:
            pass  # kept: asked again until the person decides
        if not changed:
            return
        on_rename = self.run.on_tracked(self._old_key(), RenameModel) if "tracks" in changed else []
        self._add(AlterEventModel(self.name, **changed), on_rename)
        self.new.spec = spec.replace(
            tracks=self.after.label, policy=policy, declared=changed.get("declared", spec.declared)
        )

    def _install(
        self, trackers: list[Tracker], bracketed: list[Tracker], let_go: list[str]
    ) -> None:
        """Put up new trackers, and compile the others anew where that makes a difference."""
        state = self._final_state()
        kept = {
            item.tracker.label: item
            for item in self.old.spec.trackers
            if item.tracker in trackers and item.tracker not in bracketed
        }
        refresh = RefreshTrackers(
            self.name, template=LATEST if self.old.spec.template < LATEST else None
        )
        stale = refresh.template is not None
        for item in kept.values():
            if item.signature is None:
                continue
            compiled: Signature | None = item.signature
            if let_go:
                compiled = signature(self.run.old, self.old, item.tracker, let_go)
            stale = stale or signature(state, self.new, item.tracker) != compiled
        missing = [item for item in trackers if item.label not in kept]
        for tracker in sorted(missing, key=lambda item: item not in bracketed):
            if stale and tracker not in bracketed:
                self._add(refresh, self.run.all_on_tracked(self.key))
                stale = False
            self._add_tracker(tracker, bracketed)
        if stale:
            self._add(refresh, self.run.all_on_tracked(self.key))

    def _add_tracker(self, tracker: Tracker, bracketed: list[Tracker]) -> None:
        operation = self._add(AddTracker(self.name, tracker), self.run.all_on_tracked(self.key))
        if tracker in bracketed and self.key[0] == self.app_label:
            removal = next(
                item
                for item in self.operations
                if isinstance(item, RemoveTracker) and item.label == tracker.label
            )
            self.run.keep_together([removal, *self._type_changes(), operation])

    # What the parts ask ----------------------------------------------------------------------

    def _policy(self) -> Policy:
        """Return the policy as it is to be: that of the declaration, or the old one renamed."""
        if self.declaration is not None:
            return self.declaration.policy
        old = self.old.spec.policy
        renames = self.run.renamed_fields(self.key)
        gone = set(self._removed())
        fields = old.fields and tuple(renames.get(n, n) for n in old.fields if n not in gone)
        exclude = tuple(renames.get(n, n) for n in old.exclude if n not in gone)
        return Policy(fields, exclude)

    @cached_property
    def _renames(self) -> dict[str, str]:
        return self.run.renamed_fields(self.key)

    def _removed(self) -> list[str]:
        """Return the tracked fields that are removed."""
        return [
            name
            for name in self.before.fields
            if name not in self.after.fields and name not in self._renames
        ]

    def _removals(self, names: list[str]) -> list[Any]:
        return [
            operation
            for operation in self.run.on_tracked(self.key, RemoveField)
            if operation.name in names
        ]

    def _trackers(self) -> list[Tracker]:
        """Return the trackers as they are to be."""
        if self.declaration is not None:
            return list(self.declaration.trackers)
        return [renamed_tracker(item.tracker, self._renames) for item in self.old.spec.trackers]

    def _stopped(self, trackers: list[Tracker]) -> list[Tracker]:
        """Return the trackers that are removed, or replaced by another of the same label."""
        return [item.tracker for item in self.old.spec.trackers if item.tracker not in trackers]

    def _keeps_triggers(self, trackers: list[Tracker]) -> bool:
        return any(item in trackers for item, _ in self.old.spec.triggers())

    def _read_by_triggers(self) -> set[str]:
        """Return the tracked fields that the triggers read."""
        columns = {
            column
            for _, installed in self.old.spec.triggers()
            for column in [
                *(tracked_column for _, tracked_column in installed.columns),
                *(item.column for item in installed.condition_fields),
            ]
        }
        return {name for name, column in self.before.columns.items() if column in columns}

    def _type_changes(self) -> list[Any]:
        """Return the changes of the tracked fields that may change the type of a column."""
        found = []
        for operation in self.run.on_tracked(self.key, AlterField):
            old_name = {new: old for old, new in self._renames.items()}.get(operation.name)
            name = old_name or operation.name
            if name in self.before.fields and type_changes(
                self.run.old, self.before, name, operation.field
            ):
                found.append(operation)
        return found

    def _bracketed(self, trackers: list[Tracker]) -> list[Tracker]:
        """Return the trackers that stand in the way of a change of a column's type.

        A trigger whose ``WHEN`` names a column does not let its type be changed; one that compares
        whole rows, or whose function holds the condition, does.
        """
        changing = {operation.name for operation in self._type_changes()}
        changing |= {old for old, new in self._renames.items() if new in changing}
        columns = {self.before.columns[name] for name in changing if name in self.before.columns}
        return [
            tracker
            for tracker, installed in self.old.spec.triggers()
            if tracker in trackers and columns & pinned_columns(tracker, installed)
        ]

    def _on_changes_of(self, name: str) -> list[Any]:
        """Return Django's operations on a tracked field."""
        return [
            operation
            for operation in self.run.all_on_tracked(self.key)
            if isinstance(operation, AddField) and operation.name == name
        ]

    def _declared_columns(self) -> list[tuple[str, Any]]:
        return list(self.declaration.attrs) if self.declaration is not None else []

    def _same(self, old: Any, new: Any) -> bool:
        """Return whether two fields are the same, but for renames that the state follows."""
        detector = self.run.detector
        before, after = detector.deep_deconstruct(old), detector.deep_deconstruct(new)
        for item in (before, after):
            for name in set(old.non_db_attrs) - {"db_column"}:
                item[2].pop(name, None)  # no matter of the column
        target = before[2].get("to")
        if isinstance(target, str):
            before[2]["to"] = detector.renamed_models_rel.get(target.lower(), target.lower())
        return bool(before == after)

    def _old_key(self) -> tuple[str, str]:
        app_label, _, name = self.before.label.lower().partition(".")
        return app_label, name

    def _is_renamed(self) -> bool:
        return self._old_key() != self.key

    def _final_state(self) -> ProjectState:
        """Return the state in which all of the operations have run."""
        state = ProjectState(
            {**self.run.new.models, self.new.key: self.new}, self.run.new.real_apps
        )
        obj: Any = self.new.fields.get(event_fields.OBJ)
        if obj is not None and obj.remote_field is not None and self._is_renamed():
            copy = obj.clone()
            copy.remote_field.model = self.after.label
            self.new.fields[event_fields.OBJ] = copy
            self.new.spec = self.new.spec.replace(tracks=self.after.label)
        return state

    def _add(self, operation: Operation, after: list[Any] | None = None) -> Operation:
        """Propose an operation, behind the one before it and those ``after`` which it comes."""
        app_label = self.key[0]
        dependencies: list[Any] = [OnOperation(app_label, item) for item in after or []]
        if self.operations:
            dependencies.append(OnOperation(self.app_label, self.operations[-1]))
        if isinstance(operation, AddField) and app_label != self.app_label:
            dependencies += on_fields(".".join(self.key), [operation.name])
        self.run.add(self.app_label, operation, dependencies)
        self.operations.append(operation)
        return operation

    # The tracked model is gone ---------------------------------------------------------------

    def _tracked_model_is_gone(self) -> None:
        answer = self.run.ask_vanished(self.old, f"The tracked model {self.before.label} is gone.")
        deletions = self.run.all_on_tracked(self.key)
        if answer == DELETE:
            operation = self._add(DeleteEventModel(self.name))
            self.run.precede(self.app_label, operation, deletions)
            return
        self._stop()
        self._detach()
        if self.operations:
            self.run.precede(self.app_label, self.operations[-1], deletions)

    def _stop(self) -> None:
        for item in self.old.spec.trackers:
            self._add(RemoveTracker(self.name, item.tracker.label))
        if self.old.spec.declared:
            self._add(AlterEventModel(self.name, declared=False))

    def _detach(self) -> None:
        """Turn the references to a deleted model into plain columns: history outlives its model."""
        for name, field in self.old.fields.items():
            if field.remote_field is None:
                continue
            target: Any = field.remote_field.model
            if str(target).lower() != self.before.label.lower():
                continue
            key = self.before.fields[self.before.key[0]]
            column = event_fields.bound(field, name).column
            plain = event_fields.mirror(name, key, self.before.label)
            if isinstance(plain, models.ForeignKey):
                continue
            plain.db_column, plain.null = column, field.null
            self._add(AlterField(self.old.name_lower, name, plain))
