"""What migrations consist of, and what they may have to do with event models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.migrations import Migration
from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.state import EventModelState


def flattened(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield operations, and those inside them (``SeparateDatabaseAndState``)."""
    for operation in operations:
        yield operation
        for attribute in ("state_operations", "database_operations"):
            yield from flattened(getattr(operation, attribute, ()))


def database_effects(operation: Operation) -> Iterator[Operation]:
    """Yield the operations that take effect in the database: it, or those inside it."""
    if isinstance(operation, SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from database_effects(inner)
    else:
        yield operation


def has_history(migrations: Iterable[Migration]) -> bool:
    """Return whether any of the migrations has an operation on an event model."""
    return any(
        isinstance(operation, HistoryOperation)
        for migration in migrations
        for operation in flattened(migration.operations)
    )


class Touched:
    """The models that a migration may have to do with, by their names."""

    def __init__(self, migration: Migration) -> None:
        self.app_label = migration.app_label
        self.names = {
            value.lower()
            for operation in flattened(migration.operations)
            for attribute in ("name", "model_name", "old_name", "new_name", "event_model")
            if isinstance(value := getattr(operation, attribute, None), str)
        }

    def event_models(self, state: ProjectState) -> list[EventModelState]:
        """Return the event models that the migration may have to do with."""
        found = [
            item
            for item in state.models.values()
            if isinstance(item, EventModelState)
            and (
                (item.app_label == self.app_label and item.name_lower in self.names)
                or item.tracks[1][1] in self.names
            )
        ]
        return sorted(found, key=lambda item: item.key)
