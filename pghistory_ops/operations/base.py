"""What the operations share: running statements, and knowing where they may run."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError, router
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from pghistory_ops import catalog
from pghistory_ops.compilation import present_columns
from pghistory_ops.spec import Signature
from pghistory_ops.sql.objects import Trigger, table_name
from pghistory_ops.sql.quoting import literal
from pghistory_ops.sql.templates import Schemas, triggers
from pghistory_ops.state import EventModelState, event_state, table_of
from pghistory_ops.tracked import Tracked, tracked
from pghistory_ops.trackers import DatabaseTracker

_TIMEOUT = re.compile(r"\d+\s*(us|ms|s|min|h|d)")


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
        with _announced_transaction(schema_editor):
            self.forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with _announced_transaction(schema_editor):
            self.backwards(app_label, schema_editor, from_state, to_state)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return the operation's name and its arguments, defaults left out."""
        return type(self).__name__, [], self.kwargs()


@contextmanager
def _announced_transaction(editor: Any) -> Iterator[None]:
    """Say in ``sqlmigrate`` what Django does for an atomic operation without saying so."""
    if not editor.collect_sql or editor.atomic_migration:
        yield
        return
    before = len(editor.collected_sql)
    yield
    if len(editor.collected_sql) > before:
        editor.collected_sql.insert(before, "BEGIN;")
        editor.collected_sql.append("COMMIT;")


def copy_with(operation: Any, **changes: Any) -> Any:
    """Return ``operation`` with some of its arguments changed."""
    return type(operation)(**{**operation.kwargs(), **changes})


def check_lock_timeout(value: Any) -> str | None:
    """Return ``value``, a duration for PostgreSQL's ``lock_timeout``: ``"2s"``, ``"500ms"``.

    Raises:
        ValueError: It is not such a duration.
    """
    if value is None:
        return None
    if isinstance(value, str) and _TIMEOUT.fullmatch(value):
        return value
    raise ValueError(
        f'lock_timeout={value!r} is not a duration with a unit (us, ms, s, min, h, d): "2s".'
    )


class Site:
    """Where an operation works: one database, and one event model at one point of the migrations.

    Raises:
        NotSupportedError: The database is not PostgreSQL, or too old.
    """

    def __init__(self, schema_editor: Any, state: ProjectState, app_label: str, name: str) -> None:
        self.schema_editor = schema_editor
        self.connection = schema_editor.connection
        self.state = state
        self.model_state: EventModelState = event_state(state, app_label, name)

    @property
    def allowed(self) -> bool:
        """Whether the router lets both models be on this database."""
        if router.routers:  # only they need rendered models
            apps = self.state.apps
            event_model = apps.get_model(*self.model_state.key)
            tracked_model = apps.get_model(self.subject.label)
            # A tracked model may be unmanaged, so it is the router's word alone that counts.
            if not router.allow_migrate_model(self.connection.alias, tracked_model):
                return False
            return self.may_have(event_model)
        return self.may_have(None)

    def may_have(self, model: type[Model] | None) -> bool:
        """Return whether the event model's table may be on this database.

        Raises:
            NotSupportedError: It may, and the database cannot carry history.
        """
        alias = self.connection.alias
        if model is not None and not (
            model._meta.can_migrate(alias) and router.allow_migrate_model(alias, model)
        ):
            return False
        catalog.require_postgresql(self.connection)
        return True

    @property
    def subject(self) -> Tracked:
        """The tracked model."""
        return tracked(self.state, self.model_state)

    @property
    def has_triggers(self) -> bool:
        """Whether any tracker of the event model has triggers."""
        return any(True for _ in self.model_state.spec.triggers())

    @property
    def table(self) -> str:
        """The tracked table, quoted."""
        return table_name(self.subject.table)

    def schemas(self, signature: Signature | None = None) -> Schemas:
        """Return the schemas that the database has the tables in."""
        context_table = signature.context.table if signature else None
        table = signature.event_table if signature else table_of(self.model_state)
        read = [item.column for item in signature.condition_fields] if signature else []
        return catalog.schemas(
            self.connection, table, context_table, read_from=self.subject.table, columns=read
        )

    def triggers(self, labels: Iterable[str] | None = None) -> list[Trigger]:
        """Return the triggers of the installed trackers, of all or of those with ``labels``."""
        return [
            trigger
            for tracker, signature in self.model_state.spec.triggers()
            if labels is None or tracker.label in labels
            for trigger in self.compiled(tracker, signature)
        ]

    def compiled(self, tracker: DatabaseTracker, signature: Signature) -> list[Trigger]:
        """Return the triggers that a tracker's signature compiles to on this database.

        PostgreSQL follows the rename of a column in the ``WHEN`` of a trigger, but not in the text
        of a function. So functions are as they were compiled, and triggers name the columns of now.
        """
        schemas = self.schemas(signature)
        compiled = triggers(tracker, signature, schemas)
        names = present_columns(signature, self.subject)
        if all(old == new for old, new in names.items()):
            return compiled
        followed = triggers(tracker, signature.renamed(names), schemas)
        return [
            dataclasses.replace(trigger, clauses=now.clauses)
            for trigger, now in zip(compiled, followed, strict=True)
        ]

    def run(self, statements: list[str]) -> None:
        """Execute ``statements``."""
        for statement in statements:
            self.schema_editor.execute(statement, params=None)

    def refuse_missed_moves(self, label: str) -> None:
        """Check that a tracker records the rows that move between partitions.

        Raises:
            NotSupportedError: The tracked table is partitioned, and it does not.
        """
        installed = self.model_state.spec.installed(label)
        tracker = installed.tracker if installed else None
        if not isinstance(tracker, DatabaseTracker) or not tracker.misses_moves:
            return
        if catalog.is_partitioned(self.connection, self.table):
            raise NotSupportedError(
                f"The tracker {label!r} of {self.model_state.label} would miss an update that "
                f"moves a row of the partitioned table {self.table} to another partition: "
                "row-level triggers see a delete and an insert. Use level=Statement."
            )

    def try_conditions(self, labels: Iterable[str] | None = None) -> None:
        """Let PostgreSQL read the conditions that stand in functions, of all or some trackers.

        Raises:
            ValueError: It does not find what one of them names.
        """
        if self.schema_editor.collect_sql or not self.allowed:
            return
        for trigger in self.triggers(labels):
            if trigger.function.condition is not None:
                catalog.try_condition(self.connection, self.table, trigger.function)

    @contextmanager
    def waiting(self, lock_timeout: str | None) -> Iterator[None]:
        """Limit the wait for each lock, for the statements of the block alone."""
        if lock_timeout is None:
            yield
            return
        self.run(
            [
                _copy_setting("lock_timeout", "pghistory_ops.lock_timeout"),
                f"SET LOCAL lock_timeout = {literal(lock_timeout)};",
            ]
        )
        yield
        self.run([_copy_setting("pghistory_ops.lock_timeout", "lock_timeout")])


def _copy_setting(source: str, target: str) -> str:
    return f"SELECT set_config({literal(target)}, current_setting({literal(source)}), true);"
