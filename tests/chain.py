"""Migrations that a test makes of operations, without files; applied and unapplied by Django."""

from typing import Any, Self

from django.db import connections, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from catalog import Catalog, catalog
from pghistory_ops.soundness.stale import problems
from pghistory_ops.state import event_states


def installed_state() -> ProjectState:
    """Return the state of the apps of the settings, which are migrated."""
    return MigrationLoader(None).project_state()


def written(operations: list[Operation], label: str = "shop") -> list[Operation]:
    """Return operations as a migration file gives them back; others than ours stay the same."""
    ours = [operation for operation in operations if is_ours(operation)]
    migration = type("Migration", (Migration,), {"operations": ours})
    namespace: dict[str, Any] = {}
    exec(MigrationWriter(migration("0001", label)).as_string(), namespace)
    read = iter(namespace["Migration"].operations)
    return [next(read) if is_ours(operation) else operation for operation in operations]


def is_ours(operation: Operation) -> bool:
    return type(operation).__module__.startswith("pghistory_ops")


class Chain:
    """The migrations of an app, one after another; each goes through the writer first."""

    def __init__(
        self, state: ProjectState | None = None, label: str = "shop", alias: str = "default"
    ) -> None:
        self.label = label
        self.alias = alias
        self.states = [installed_state() if state is None else state]
        self.migrations: list[Migration] = []

    @property
    def state(self) -> ProjectState:
        """The state now; clone it before changing it."""
        return self.states[-1]

    def forwards(
        self, *operations: Operation, atomic: bool = True, written_out: bool = True
    ) -> Self:
        body = {
            "atomic": atomic,
            "operations": written([*operations], self.label) if written_out else [*operations],
        }
        cls = type("Migration", (Migration,), body)
        self._apply(cls(f"{len(self.migrations) + 1:04}", self.label))
        return self

    def _apply(self, migration: Migration) -> None:
        connection = connections[self.alias]
        state = self.state.clone()
        state.clear_delayed_apps_cache()
        self.settle()
        with connection.schema_editor(atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)
        assert [
            str(problem) for item in event_states(state) for problem in problems(state, item)
        ] == []
        self.states.append(state)
        self.migrations.append(migration)

    def backwards(self, count: int = 1) -> Self:
        for _ in range(count):
            self.settle()
            migration = self.migrations[-1]
            before = self.states[-2].clone()
            with connections[self.alias].schema_editor(atomic=migration.atomic) as editor:
                migration.unapply(before, editor)
            self.migrations.pop()
            self.states.pop()
        return self

    def again(self) -> Self:
        """Unapply the last migration and apply it once more."""
        migration = self.migrations[-1]
        self.backwards()
        self._apply(migration)
        return self

    def zero(self) -> Self:
        return self.backwards(len(self.migrations))

    def settle(self) -> None:
        """Check what waits for the commit, which would keep its tables from being altered."""
        connection = connections[self.alias]
        if connection.vendor == "postgresql" and connection.in_atomic_block:
            connection.check_constraints()

    def model(self, name: str, label: str | None = None) -> type[models.Model]:
        """Return a historical model, as ``RunPython`` gets it."""
        model = self.state.apps.get_model(label or self.label, name)
        assert issubclass(model, models.Model)
        return model

    def events(self, name: str, **lookups: Any) -> list[dict[str, Any]]:
        """Return the events of an event model without its own fields, in order."""
        model = self.model(name)
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if not field.attname.startswith("pgh_") or field.attname == "pgh_label"
        ]
        found = model._base_manager.filter(**lookups).order_by("pgh_id")
        return list(found.values(*names))


def assert_there_and_back(chain: Chain, *operations: Operation, atomic: bool = True) -> Catalog:
    """Go forwards, backwards and forwards again; return the catalog of both ways forwards."""
    before = catalog(chain.alias)
    chain.forwards(*operations, atomic=atomic)
    first = catalog(chain.alias)
    chain.backwards()
    assert catalog(chain.alias) == before
    chain.forwards(*operations, atomic=atomic)
    assert catalog(chain.alias) == first
    return first
