"""One run of the autodetector: what Django found, and what is added to it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db.migrations.operations import (
    AlterField,
    AlterModelTable,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.questioner import (
    InteractiveMigrationQuestioner,
    NonInteractiveMigrationQuestioner,
)
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import columns
from pghistory_ops.autodetector import order
from pghistory_ops.autodetector.alteration import Alteration, Typed
from pghistory_ops.autodetector.dependencies import OnOperation, on_model
from pghistory_ops.autodetector.labels import Labels, handed_over
from pghistory_ops.autodetector.live import as_migrated
from pghistory_ops.operations import AddTracker
from pghistory_ops.state import EventModelState
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, find_tracked
from pghistory_ops.values import column_type

_TAKE_AWAY = (AlterModelTable, DeleteModel, RemoveField, RenameField, RenameModel)


class Run:
    """One run of the autodetector, as the follow-ups of event models see it.

    Args:
        detector: The autodetector, whose states are without event models.
        old: The state of the migrations, with event models.
        new: The state of the live models, with the explicit classes of event models.
    """

    def __init__(self, detector: Any, old: ProjectState, new: ProjectState) -> None:
        self.detector = detector
        self.old = old
        models = {key: as_migrated(item, old.models.get(key)) for key, item in new.models.items()}
        self.new = ProjectState({key: item for key, (item, _) in models.items()}, new.real_apps)
        # The fields of unmanaged models that differ from the migrations.
        self._unmigrated = {key: names for key, (_, names) in models.items() if names}
        # The event models whose trackers are taken off, or that are deleted.
        self.ended: set[tuple[str, str]] = set()
        # Django's operations of each app, sorted.
        self._django: dict[str, list[Any]] = {}
        self.labels = Labels()
        self._brackets: list[list[Operation]] = []
        self._units: list[list[Operation]] = []
        # What writes rows for Django in an operation of its own, with the field as it is before.
        self.fillings: list[tuple[AlterField, Any]] = []
        self._refused: list[str] = []

    def begin(self) -> None:
        """Take the operations that are there for those of Django, in Django's order."""
        found = self.detector.generated_operations
        self._django = {app_label: list(items) for app_label, items in found.items()}

    # What Django found ---------------------------------------------------------------------------

    def renamed_key(self, label: str) -> tuple[str, str]:
        """Return the key that a model has now."""
        app_label, _, name = label.lower().partition(".")
        for (new_app, new_name), old_name in self.detector.renamed_models.items():
            if (new_app, old_name) == (app_label, name):
                return new_app, new_name
        return app_label, name

    def former_key(self, key: tuple[str, str]) -> tuple[str, str]:
        """Return the key that a model of now has in the migrations."""
        app_label, name = key
        renamed: dict[tuple[str, str], str] = self.detector.renamed_models
        return app_label, renamed.get((app_label, name), name).lower()

    def subject_key(self, before: Tracked) -> tuple[str, str]:
        """Return the key that a tracked model has now; that of an automatic table follows."""
        if before.through is None:
            return self.renamed_key(before.label)
        source, field = before.through
        app_label, name = self.renamed_key(source)
        return app_label, f"{name}_{self.renamed_fields((app_label, name)).get(field, field)}"

    def renamed_fields(self, key: tuple[str, str]) -> dict[str, str]:
        """Return the renamed fields of a model, the new name by the old one."""
        return {
            old: new
            for (app_label, name, new), old in self.detector.renamed_fields.items()
            if (app_label, name) == key
        }

    def on_model(self, key: tuple[str, str], kind: type[Operation] = Operation) -> list[Any]:
        """Return Django's operations of one kind on a model."""
        return [
            operation
            for operation in self.detector.generated_operations.get(key[0], [])
            if isinstance(operation, kind)
            and getattr(operation, "model_name", getattr(operation, "name", "")).lower() == key[1]
        ]

    def of_django(self, kinds: tuple[type[Operation], ...]) -> Iterator[tuple[str, Any]]:
        """Yield Django's operations of some kinds, each with its app."""
        for app_label, operations in self._django.items():
            for item in operations:
                if isinstance(item, kinds):
                    yield app_label, item

    def alteration(self, operation: Any) -> Alteration | None:
        """Return what one of Django's operations does to a column of before, if it alters one."""
        if not isinstance(operation, AlterField):
            return None
        key = self.app_of(operation), operation.model_name_lower
        before, after = self.former_key(key), ".".join(key)
        name = operation.name
        for filling, interim in self.fillings:
            if filling is operation:
                return Alteration(
                    name, (self.new, after, interim), (self.new, after, operation.field)
                )
        former = {new: old for old, new in self.renamed_fields(key).items()}.get(name, name)
        model_state = self.old.models.get(before)
        old = model_state.fields.get(former) if model_state is not None else None
        if old is None or old.many_to_many or operation.field.many_to_many:
            return None
        return Alteration(
            name, (self.old, ".".join(before), old), (self.new, after, operation.field)
        )

    def take_out(self, operation: Operation) -> None:
        """Take one of Django's operations away, out of Django's order too."""
        app_label = self.app_of(operation)
        for listed in (self._django, self.detector.generated_operations):
            listed[app_label] = [item for item in listed[app_label] if item is not operation]

    def put_ahead(self, operation: Any, others: list[Any]) -> None:
        """Let one of Django's operations come before others, but for what it waits for itself."""
        app_label = self.app_of(operation)
        listed = self._django[app_label]
        at = listed.index(operation)
        start = min(at, *(n for n, item in enumerate(listed) if item in others))
        for n, item in enumerate(listed[start:at], start + 1):
            if isinstance(item, RenameModel) or any(
                self.detector.check_dependency(item, found) for found in operation._auto_deps
            ):
                start = n
        self._django[app_label] = [*listed[:start], operation, *listed[start:at], *listed[at + 1 :]]
        elsewhere = [item for item in others if self.app_of(item) != app_label]
        self.precede(app_label, operation, elsewhere)

    def is_filling(self, operation: Operation) -> bool:
        """Return whether an operation writes rows for Django, in one of its own."""
        return any(filling is operation for filling, _ in self.fillings)

    def target_of(self, subject: Tracked, name: str) -> tuple[str, str] | None:
        """Return the key of the model to which a foreign key of a live model refers."""
        remote: Any = subject.fields[name].remote_field
        if remote is None:
            return None
        app_label, _, model_name = subject.label.partition(".")
        return resolve_relation(remote.model, app_label, model_name)

    def followed(self, field: Any, key: tuple[str, str]) -> Any:
        """Return a field of the migrations with the names that its target has now."""
        if field.remote_field is None:
            return field
        target = ".".join(resolve_relation(field.remote_field.model, *key))
        now = ".".join(self.renamed_key(target))
        name: Any = getattr(field.remote_field, "field_name", None)
        renamed = self.renamed_fields(self.renamed_key(target)).get(name, name)
        if (now, renamed) == (target, name):
            return field  # that to an automatic table is made anew
        copy = field.clone()
        copy.remote_field.model = now
        if renamed != name:
            copy.remote_field.field_name = renamed
            copy.to_fields = [renamed]
        return copy

    def renames_behind(self, field: Any, key: tuple[str, str]) -> list[Any]:
        """Return Django's renames of the model to which a field of the migrations refers."""
        if field.remote_field is None:
            return []
        target = resolve_relation(field.remote_field.model, *key)
        return self.on_model(self.former_key(target), RenameModel)

    def key_alterations(self, label: str, field: Any) -> list[Any]:
        """Return Django's operations that alter the key to which a field of now refers.

        Where that key is a reference itself, those behind it count as well: Django alters the
        columns of all of them.
        """
        app_label, _, model_name = label.partition(".")
        if field.remote_field is None:
            return []
        target = resolve_relation(field.remote_field.model, app_label, model_name)
        try:
            other = find_tracked(self.new, ".".join(target))
        except UnknownTrackedModel:
            return []
        key = getattr(field.remote_field, "field_name", None)
        names = {key} if key in other.fields else set(other.key)
        found = [item for item in self.on_model(target, AlterField) if item.name in names]
        if other.label == label:
            return found
        for key in sorted(names):
            found += self.key_alterations(other.label, other.fields[key])
        return found

    def alters_keys_of(self, event_model: EventModelState) -> bool:
        """Return whether Django alters a key to which the event model's columns refer."""
        if not any(
            isinstance(item, AlterField) for found in self._django.values() for item in found
        ):
            return False
        return any(
            self.key_alterations(event_model.label, self.followed(field, event_model.key))
            for field in event_model.fields.values()
        )

    def endings_of(self, before: Tracked) -> list[Any]:
        """Return Django's operations that drop the table of a model of the migrations."""
        app_label, _, name = before.label.lower().partition(".")
        found = self.on_model((app_label, name), DeleteModel)
        if before.through is not None:
            app_label, _, name = before.through[0].lower().partition(".")
            removals = self.on_model((app_label, name), RemoveField)
            found += [item for item in removals if item.name == before.through[1]]
            found += self.on_model((app_label, name), DeleteModel)
        return found

    def on_models_of(self, event_model: EventModelState, before: Tracked) -> list[Any]:
        """Return Django's operations on the models that an event model knows by their names."""
        labels = {before.label.lower(), *([before.through[0].lower()] if before.through else [])}
        for field in event_model.fields.values():
            if field.remote_field is not None:
                target: Any = field.remote_field.model
                labels.add(".".join(resolve_relation(target, *event_model.key)))
        keys = {resolve_relation(label) for label in labels}
        keys |= {self.renamed_key(label) for label in labels}
        return [item for key in sorted(keys) for item in self.on_model(key)]

    def holds(self, column: Typed, tracked: Typed) -> bool:
        """Return whether a column of the first field's type holds what the second one's does."""
        return columns.holds(column_type(*column), column_type(*tracked))

    # What is added -------------------------------------------------------------------------------

    def add(
        self, app_label: str, operation: Operation, dependencies: Iterable[Any] = ()
    ) -> Operation:
        """Propose an operation."""
        self.detector.add_operation(app_label, operation, dependencies=list(dependencies))
        return operation

    def app_of(self, operation: Operation) -> str:
        """Return the app in whose migration an operation is."""
        return next(
            str(app_label)
            for app_label, operations in self.detector.generated_operations.items()
            if any(item is operation for item in operations)
        )

    def precede(self, app_label: str, operation: Operation, later: Iterable[Any]) -> None:
        """Let the operations ``later`` wait for ``operation``, unless it waits for them."""
        awaited = self._awaited(operation)
        for item in later:
            if item is not operation and id(item) not in awaited:
                item._auto_deps = [*item._auto_deps, OnOperation(app_label, operation)]

    def _awaited(self, operation: Any) -> set[int]:
        """Return the ids of the operations for which one waits."""
        found: set[int] = set()
        left = [operation]
        while left:
            for dependency in left.pop()._auto_deps:
                if isinstance(dependency, OnOperation) and id(dependency.operation) not in found:
                    found.add(id(dependency.operation))
                    left.append(dependency.operation)
        return found

    def wait_for(
        self,
        operations: Iterable[Any],
        event_model: EventModelState,
        *,
        added: Iterable[Any] = (),
    ) -> None:
        """Let operations of another app run after the migrations on disk of an event model.

        Otherwise a fresh database could run them first, and those migrations would name what is
        gone, or be compiled for other types, with which their triggers are left on the way back;
        and rows would be written that triggers of those migrations do not record yet. What only
        adds may come first, but for those in ``added``.
        """
        found = []
        for item in operations:
            altered = self.alteration(item)
            changes = altered and (altered.renames or altered.retypes or altered.fills)
            if changes or isinstance(item, _TAKE_AWAY):
                found.append(item)
        for item in (*found, *added):
            if self.app_of(item) != event_model.app_label:
                item._auto_deps = [*item._auto_deps, on_model(event_model.label)]

    def keep_together(self, operations: list[Operation]) -> None:
        """Let ``operations`` of one app stand next to each other."""
        self._brackets.append(operations)

    def keep_in_one(self, operations: list[Operation]) -> None:
        """Let ``operations``, to which others may yet be added, be in one migration if they can."""
        self._units.append(operations)

    def arrange(self) -> None:
        """Put the operations into their order."""
        added = {
            app_label: items[len(self._django.get(app_label, ())) :]
            for app_label, items in self.detector.generated_operations.items()
        }
        proposed = [(app_label, item) for app_label, items in added.items() for item in items]
        for app_label, former, later in self.labels.handed_over(proposed):
            self.precede(app_label, former, [later])
            if self.app_of(later) != app_label:
                self.say(self._handed_over(f"{app_label}.{former.event_model}", later))
        if proposed:
            order.arrange(
                self.detector, self._django, added, brackets=self._brackets, units=self._units
            )

    def _handed_over(self, former: str, later: AddTracker) -> str:
        app_label = self.app_of(later)
        subject = self.labels.subject((app_label, later.event_model_lower))
        table = find_tracked(self.new, ".".join(subject)).table
        return handed_over(later.label, former, f"{app_label}.{later.event_model}", table)

    # Whom it is for ------------------------------------------------------------------------------

    @property
    def proposes(self) -> bool:
        """Whether the run is one of ``makemigrations``; ``migrate`` only asks whether it is due."""
        return isinstance(
            self.detector.questioner,
            (InteractiveMigrationQuestioner, NonInteractiveMigrationQuestioner),
        )

    def say_unmigrated(self, label: str) -> None:
        """Say which fields of a tracked model the migrations do not know, if there are any."""
        app_label, _, name = label.partition(".")
        if names := self._unmigrated.get((app_label, name.lower())):
            self.say(
                f"Django writes no migrations of the fields of {label}, which is unmanaged, so its "
                f"history does not follow these: {', '.join(names)}. Write AddField, RemoveField "
                f"or RenameField into a migration by hand, and run makemigrations {app_label} "
                "--update."
            )

    def say(self, message: str) -> None:
        """Tell the person something that takes no answer."""
        if self.proposes:
            (self.detector.notices or sys.stderr).write(f"{message}\n")

    def refuse(self, message: str) -> None:
        """Note what only a person can decide: nothing is proposed then."""
        if message not in self._refused:
            self._refused.append(message)

    def finish(self) -> None:
        """End the run.

        Raises:
            CommandError: Something was refused.
        """
        if self._refused and self.proposes:
            raise CommandError("\n".join(["No migration was made.", *self._refused]))
