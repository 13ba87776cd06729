"""What the operations share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.ddl_references import Statement
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from pghistory_ops.state import event_states, table_of


class HistoryOperation(Operation):
    """An operation on an event model: its statements take effect together, or not at all."""

    atomic = True

    # The name, in this app, of the event model that the operation is about.
    event_model: str

    @property
    def event_model_lower(self) -> str:
        """The event model's name in lower case."""
        return self.event_model.lower()

    def about(self, operation: Operation) -> bool:
        """Return whether ``operation`` is about the same event model."""
        return (
            isinstance(operation, HistoryOperation)
            and operation.event_model_lower == self.event_model_lower
        )

    def references_model(self, name: str, app_label: str) -> bool:
        """Return True: which model is tracked is known to state alone, and it is referred to."""
        return True

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments that are not at their defaults."""
        raise NotImplementedError

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        """Go from the state ``old`` to ``new`` in the database."""
        raise NotImplementedError

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        """Go back to the state ``new``, which came before ``old``; by default like ``forwards``."""
        self.forwards(app_label, editor, old, new)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with _transaction(schema_editor):
            self.forwards(app_label, schema_editor, from_state, to_state)
            _create_indexes(schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with _transaction(schema_editor):
            self.backwards(app_label, schema_editor, from_state, to_state)
            _create_indexes(schema_editor, to_state)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return the operation's name and its arguments, defaults left out."""
        return type(self).__name__, [], self.kwargs()


def _create_indexes(editor: Any, state: ProjectState) -> None:
    """Create the indexes of event tables that Django leaves for the end of the migration.

    In a squashed one there may come a rename of the column before that end, and an index that is
    not there yet cannot be dropped. Only enforced foreign keys have to wait.
    """
    if not editor.deferred_sql:
        return
    tables = [table_of(item) for item in event_states(state)]
    for statement in list(editor.deferred_sql):
        if not isinstance(statement, Statement) or "to_table" in statement.parts:
            continue
        if any(statement.references_table(table) for table in tables):
            editor.deferred_sql.remove(statement)
            editor.execute(statement, params=None)


@contextmanager
def _transaction(editor: Any) -> Iterator[None]:
    """Open a transaction where the migration has none, and say so in ``sqlmigrate``.

    Django opens one for an atomic operation, but neither says so nor does it for an operation
    inside another, such as ``SeparateDatabaseAndState``.
    """
    if editor.atomic_migration:
        yield
    elif editor.collect_sql:
        before = len(editor.collected_sql)
        yield
        if len(editor.collected_sql) > before:
            editor.collected_sql.insert(before, "BEGIN;")
            editor.collected_sql.append("COMMIT;")
    else:
        with transaction.atomic(using=editor.connection.alias):
            yield


def copy_with(operation: Any, **changes: Any) -> Any:
    """Return ``operation`` with some of its arguments changed."""
    return type(operation)(**{**operation.kwargs(), **changes})
