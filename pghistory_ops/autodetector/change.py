"""What changes for one event model in one run of the autodetector."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db.migrations.operations import (
    AddField,
    AlterField,
    AlterOrderWithRespectTo,
    RemoveField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import ForeignKey

from pghistory_ops.autodetector.alteration import retyped
from pghistory_ops.autodetector.dependencies import OnOperation, on_model, on_targets
from pghistory_ops.autodetector.run import Run
from pghistory_ops.columns import are_one_type
from pghistory_ops.declarations import Declaration
from pghistory_ops.operations import AddTracker, DeleteEventModel, RefreshTrackers, RemoveTracker
from pghistory_ops.reading import reads_all_others
from pghistory_ops.state import EventModelState, column_of
from pghistory_ops.tracked import Tracked
from pghistory_ops.trackers import Tracker
from pghistory_ops.values import column_type

# Forwards, or on the way back.
_COMPILES = (AddTracker, RefreshTrackers, RemoveTracker, DeleteEventModel)


class Change:
    """An event model and what it tracks, as they were and as they are to be.

    Attributes:
        run: The run of the autodetector.
        declaration: The event model's declaration, if there is one.
        old: The event model as the migrations have it.
        new: The event model after the operations that are proposed so far.
        before, after: The tracked model in the migrations, and in the live models.
        operations: The operations that are proposed so far.
        opening: Those among them that clear the way for a change which triggers obstruct.
        stand_ins: The trackers that record meanwhile, by their labels, where another app's
            migration makes that change.
        reference: The reference to an automatic table that was let go of.
        separated: The tracked fields whose old columns are kept beside new ones.
        released: The columns that are references no more, since the key is altered.
        aside: The indexes and constraints that are dropped for a rename, as they come back.
    """

    def __init__(
        self,
        run: Run,
        old: EventModelState,
        declaration: Declaration | None,
        before: Tracked,
        after: Tracked,
    ) -> None:
        self.run = run
        self.declaration = declaration
        self.old = old
        self.new = old.clone()
        self.before = before
        self.after = after
        self.operations: list[Operation] = []
        self.opening: list[Operation] = []
        self.stand_ins: dict[str, Tracker] = {}
        self.reference: Any = None
        self.separated: list[str] = []
        self.released: list[str] = []
        self.aside: list[tuple[str, Any]] = []

    @property
    def app_label(self) -> str:
        """The app of the event model."""
        return self.old.app_label

    @property
    def name(self) -> str:
        """The name of the event model, after the operations that are proposed so far."""
        return self.new.name

    @cached_property
    def key(self) -> tuple[str, str]:
        """The key of the tracked model now."""
        return _key(self.after.label)

    @property
    def old_key(self) -> tuple[str, str]:
        """The key of the tracked model in the migrations."""
        return _key(self.before.label)

    @property
    def is_renamed(self) -> bool:
        """Whether the tracked model has another name now."""
        return self.old_key != self.key

    @cached_property
    def is_remade(self) -> bool:
        """Whether the tracked automatic table is dropped, and another takes its place."""
        return self.before.through is not None and bool(self.run.endings_of(self.before))

    @property
    def declared_columns(self) -> tuple[tuple[str, Any], ...]:
        """The extra columns that the declaration names."""
        return self.declaration.attrs if self.declaration is not None else ()

    # The tracked fields --------------------------------------------------------------------------

    @cached_property
    def renames(self) -> dict[str, str]:
        """The renamed fields of the tracked model, the new name by the old one."""
        if self.before.through is None:
            return self.run.renamed_fields(self.key)
        if self.is_remade:
            return {}
        # The columns of an automatic table are called after the models.
        pairs = zip(self.before.fields, self.after.fields, strict=True)
        return {old: new for old, new in pairs if old != new}

    @cached_property
    def all_renames(self) -> dict[str, str]:
        """The renames, with those in earlier migrations that the event model has not followed.

        The state moves the field itself, so it is the object that the triggers were compiled from.
        """
        names = {id(field): name for name, field in self.before.fields.items()}
        missed = {
            name: names[id(field)]
            for _, installed in self.old.spec.triggers()
            for _, name, field in installed.sources
            if names.get(id(field), name) != name and name not in self.before.fields
        }
        return {**missed, **self.renames}

    @cached_property
    def renames_in_conditions(self) -> dict[str, str]:
        """All renames, with those of what else conditions call a foreign key: ``"customer_id"``."""
        found = self.all_renames
        keys = {
            f"{old}_id": f"{new}_id"
            for old, new in found.items()
            if isinstance(self.before.fields.get(old, self.after.fields.get(new)), ForeignKey)
        }
        return {**keys, **found}

    @cached_property
    def removed(self) -> list[str]:
        """The tracked fields that are removed."""
        return [
            name
            for name in self.before.fields
            if name not in self.after.fields and name not in self.renames
        ]

    @cached_property
    def renames_columns(self) -> bool:
        """Whether a column that all triggers copy gets another name, so that writes are refused.

        Until they are compiled anew; what is done to the event table then can come behind as well.
        """
        altered = [self.run.alteration(item) for item in self.on_tracked(AlterField)]
        renamed = {self.former(item.name) for item in altered if item and item.renames}
        columns = {self.before.columns.get(name) for name in {*renamed, *self.renames}}
        return any(
            columns & {column for _, column in installed.columns}
            for _, installed in self.old.spec.triggers()
        )

    def former(self, name: str) -> str:
        """Return what a tracked field was called."""
        return next((old for old, new in self.renames.items() if new == name), name)

    @cached_property
    def retyped(self) -> list[str]:
        """The tracked fields, by their names of now, whose columns change their types."""
        found = []
        for name, field in self.after.fields.items():
            old = self.before.fields.get(self.former(name))
            if old is not None and retyped(
                (self.run.old, self.before.label, old), (self.run.new, self.after.label, field)
            ):
                found.append(name)
        return found

    @cached_property
    def cast(self) -> list[str]:
        """Those among them whose type is another one, and not the same with other modifiers."""
        return [
            name
            for name in self.retyped
            if not are_one_type(
                column_type(self.run.old, self.before.label, self.before.fields[self.former(name)]),
                column_type(self.run.new, self.after.label, self.after.fields[name]),
            )
        ]

    @cached_property
    def key_is_replaced(self) -> bool:
        """Whether the key of the tracked model is another, which no reference of now can hold."""
        if self.is_remade:
            return True
        keys = [self.former(name) for name in self.after.key]
        return keys != list(self.before.key) or self.retyped_for_good(self.after.key[0])

    def retyped_for_good(self, name: str) -> bool:
        """Return whether a column changes to a type that does not hold what it held."""
        old = self.before.fields.get(self.former(name))
        return old is not None and not self.run.holds(
            (self.run.new, self.after.label, self.after.fields[name]),
            (self.run.old, self.before.label, old),
        )

    # Django's operations -------------------------------------------------------------------------

    def on_tracked(self, kind: type[Operation] = Operation) -> list[Any]:
        """Return Django's operations of one kind on the tracked model."""
        found = self.run.on_model(self.key, kind)
        if self.before.through is not None and self.after.through is not None:
            source, field = self.after.through
            fields = {field, self.before.through[1]}
            own = self.run.on_model(self.run.renamed_key(source), kind)
            found += [item for item in own if fields & {item.name, getattr(item, "old_name", "")}]
            for model in (self.before.through[0], *map(".".join, self.old_targets)):
                found += [
                    item
                    for item in self.run.on_model(_key(model), kind)
                    if isinstance(item, RenameModel) and item not in found
                ]
        return found

    def on_subject(self) -> list[Any]:
        """Return all of Django's operations on the tracked model, and those that triggers obstruct.

        Its rename is among them.
        """
        found = self.run.on_model(self.old_key)
        for item in (*self.on_tracked(), *self.obstructed):
            if item not in found:
                found.append(item)
        return found

    @property
    def old_targets(self) -> list[tuple[str, str]]:
        """The models to which foreign keys of the tracked model referred."""
        found = [self.run.target_of(self.before, name) for name in self.before.fields]
        return [target for target in found if target is not None]

    def removals(self, names: Iterable[str]) -> list[Any]:
        """Return Django's operations that remove tracked fields."""
        wanted = set(names)
        found = [item for item in self.on_tracked(RemoveField) if item.name in wanted]
        if "_order" in wanted:
            found += [
                item
                for item in self.on_tracked(AlterOrderWithRespectTo)
                if not item.order_with_respect_to
            ]
        return found

    def alterations(self, names: Iterable[str]) -> list[Any]:
        """Return Django's operations that alter tracked fields, or the keys that they refer to."""
        wanted = set(names)
        found = [
            item
            for item in self.on_tracked(AlterField)
            if item.name in wanted and not self.run.is_filling(item)
        ]
        for name in sorted(wanted.intersection(self.after.fields)):
            found += [
                item for item in self.key_alterations(self.after.fields[name]) if item not in found
            ]
        return found

    def key_alterations(self, field: Any) -> list[Any]:
        """Return Django's operations that alter the key to which a tracked field refers."""
        return self.run.key_alterations(self.after.label, field)

    @property
    def read_once_added(self) -> list[Any]:
        """Django's operations that add what migrations on disk would read if it were there.

        Triggers that were compiled behind them would name what goes first on the way back, and an
        event model that takes its columns from the tracked one would have one for it already.
        """
        added = {item.name: item for item in self.on_tracked(AddField)}
        for item in self.on_tracked(AlterOrderWithRespectTo):
            added["_order"] = item
        conditions = (getattr(item.tracker, "condition", None) for item in self.old.spec.trackers)
        if self.old.spec.derived or any(map(reads_all_others, conditions)):
            return list(added.values())
        known = {column_of(self.old, name) for name in self.old.fields}
        columns = {name: self.after.columns.get(name) for name in added}
        return [
            item
            for name, item in added.items()
            if name in self.old.fields or columns[name] in known
        ]

    @property
    def fillings(self) -> list[Any]:
        """Django's operations that write rows behind all that is proposed."""
        return [item for item in self.on_tracked(AlterField) if self.run.is_filling(item)]

    @property
    def read_by_triggers(self) -> list[Any]:
        """Django's operations that change what a trigger is compiled from."""
        found = self.on_tracked()
        for field in self.after.fields.values():
            found += [item for item in self.key_alterations(field) if item not in found]
        return found

    @property
    def obstructed(self) -> list[Any]:
        """Django's operations that triggers stand in the way of."""
        if self.key_is_replaced:
            found = self.on_tracked()
            return found + [item for item in self.alterations(self.retyped) if item not in found]
        return [*self.alterations(self.retyped), *self.removals(self.removed)]

    @cached_property
    def is_obstructed_elsewhere(self) -> bool:
        """Whether a migration of another app has one of them."""
        return any(self.run.app_of(item) != self.app_label for item in self.obstructed)

    # Proposing -----------------------------------------------------------------------------------

    def add(
        self,
        operation: Operation,
        *,
        after: Iterable[Any] = (),
        before: Iterable[Any] = (),
    ) -> Operation:
        """Propose an operation, behind the last one, behind ``after`` and ahead of ``before``."""
        found = [item for item in after if item not in self.fillings]
        dependencies: list[Any] = [OnOperation(self.run.app_of(item), item) for item in found]
        if self.operations:
            dependencies.append(OnOperation(self.app_label, self.operations[-1]))
        if isinstance(operation, (AddField, AlterField)):
            dependencies += on_targets([operation.field], self.new.label)
        if isinstance(operation, _COMPILES):
            # What it is compiled from is what the migrations on disk have made of these models.
            dependencies += [on_model(".".join(self.key))]
            dependencies += on_targets(self.after.fields.values(), self.after.label)
        self.run.labels.note((self.app_label, self.name.lower()), self.key, self.old.spec.labels)
        self.run.add(self.app_label, operation, dependencies)
        self.run.precede(self.app_label, operation, before)
        self.operations.append(operation)
        self._unit.append(operation)
        return operation

    @cached_property
    def _unit(self) -> list[Any]:
        """What one migration is to have: all of it, and what Django does to the tracked model.

        What writes rows for Django may have to wait for other apps, too.
        """
        found = [
            item
            for item in self.on_tracked()
            if self.run.app_of(item) == self.app_label and not self.run.is_filling(item)
        ]
        self.run.keep_in_one(found)
        return found

    def close_bracket(self, last: Operation) -> None:
        """Let all from ``opening`` to ``last`` stand together, with what is obstructed inside."""
        start = self.operations.index(self.opening[0])
        end = self.operations.index(last) + 1
        self.run.keep_together([*self.operations[start:end], *self.obstructed])

    def final_state(self) -> ProjectState:
        """Return the state in which all of the operations have run."""
        for name, field in self.new.fields.items():
            self.new.fields[name] = self.run.followed(field, self.new.key)
        if self.is_renamed:
            self.new.spec = self.new.spec.replace(tracks=self.after.label)
        models = {**self.run.new.models, self.new.key: self.new}
        return ProjectState(models, self.run.new.real_apps)


def _key(label: str) -> tuple[str, str]:
    app_label, _, name = label.lower().partition(".")
    return app_label, name
