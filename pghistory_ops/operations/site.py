"""Where an operation works: a database, and an event model at one point of the migrations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.db import NotSupportedError, router
from django.db.migrations.state import ProjectState

from pghistory_ops import catalog
from pghistory_ops.compilation import present_columns
from pghistory_ops.spec import Signature
from pghistory_ops.sql.guard import guard
from pghistory_ops.sql.objects import SET_SEARCH_PATH, Trigger
from pghistory_ops.sql.quoting import literal
from pghistory_ops.sql.templates import Schemas, triggers
from pghistory_ops.state import EventModelState, event_state
from pghistory_ops.tracked import Tracked, tracked
from pghistory_ops.trackers import TRUNCATE, DatabaseTracker, Snapshot
from pghistory_ops.values import DESCRIBED


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
        self._schemas: dict[Any, Schemas] = {}

    @cached_property
    def allowed(self) -> bool:
        """Whether the router lets both models be on this database.

        Either may be unmanaged, so it is the router's word alone that counts.

        Raises:
            NotSupportedError: It does, and the database cannot carry history.
        """
        if router.routers:  # only they need rendered models
            tracked_model = self.state.apps.get_model(self.subject.label)
            if not router.allow_migrate_model(self.connection.alias, tracked_model):
                return False
        return self.allows_event_model

    @cached_property
    def allows_event_model(self) -> bool:
        """Whether the router lets the event model be on this database.

        Raises:
            NotSupportedError: It does, and the database cannot carry history.
        """
        if router.routers:
            model = self.state.apps.get_model(*self.model_state.key)
            if not router.allow_migrate_model(self.connection.alias, model):
                return False
        catalog.require_postgresql(self.connection)
        return True

    @cached_property
    def subject(self) -> Tracked:
        """The tracked model."""
        return tracked(self.state, self.model_state)

    @cached_property
    def table(self) -> str:
        """The tracked table, with its schema, quoted."""
        return catalog.qualified_table(self.connection, self.subject.table)

    def schemas(self, signature: Signature) -> Schemas:
        """Return what the database knows about the tables of a signature; it is asked once."""
        read = signature.condition_fields
        columns = tuple(item.column for item in read)
        types = tuple(
            item.type.partition(" COLLATE ")[0]
            for item in read
            if not item.type.startswith(DESCRIBED)
        )
        key = (signature.event_table, signature.context.table, columns, types)
        if key not in self._schemas:
            self._schemas[key] = catalog.schemas(
                self.connection,
                signature.event_table,
                signature.context.table,
                read_from=self.subject.table,
                columns=list(columns),
                types=list(types),
            )
        return self._schemas[key]

    @property
    def guard(self) -> Trigger | None:
        """The guard of an append-only event table, as it was put on the table."""
        table = self.model_state.spec.guard
        if table is None:
            return None
        return guard(table, catalog.schemas(self.connection, table, read_from=table))

    def triggers(self, labels: Iterable[str] | None = None) -> list[Trigger]:
        """Return the triggers of the installed trackers, of all or of those with ``labels``."""
        return [
            trigger
            for tracker, signature in self.model_state.spec.triggers()
            if labels is None or tracker.label in labels
            for trigger in self.compiled(tracker, signature)
        ]

    def installed(self, triggers: Iterable[Trigger]) -> list[Trigger]:
        """Return those of some triggers that are there, as they are.

        A state tells what the migrations make when they run in the order of their graph. Migrations
        of several apps and branches may have been applied, or taken back, in another one.
        """
        if self.schema_editor.collect_sql:
            return list(triggers)
        there = catalog.triggers_of(self.connection, self.table)
        return [item.found(there[item.name]) for item in triggers if item.name in there]

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
        """Execute ``statements``; the session's ``search_path`` is then what it was."""
        if any(statement.startswith(SET_SEARCH_PATH) for statement in statements):
            kept = "pghistory_ops.search_path"
            save, restore = _copy_setting("search_path", kept), _copy_setting(kept, "search_path")
            statements = [save, *statements, restore]
        if not self.schema_editor.collect_sql:
            statements = ["\n".join(statements)]  # one round trip
        for statement in statements:
            self.schema_editor.execute(statement, params=None)

    def check(self, label: str) -> None:
        """Check that a tracker can be put on the tracked table, and that its condition works.

        Raises:
            NotSupportedError: The table is not there, is not a table, or is one whose writes the
                tracker would miss; or anybody could change what its condition means.
            ValueError: PostgreSQL does not find what its condition names.
        """
        if self.schema_editor.collect_sql:
            return
        self._check_table(label)
        for trigger in self.triggers([label]):
            self._check_condition(label, trigger)

    def _check_condition(self, label: str, trigger: Trigger) -> None:
        condition = trigger.condition
        installed = self.model_state.spec.installed(label)
        if condition is None or installed is None or isinstance(installed.tracker, Snapshot):
            return
        where = f"the tracker {label!r} of {self.model_state.label}"
        for schema, role in catalog.creators(self.connection, condition.types):
            raise NotSupportedError(
                f"The condition of {where} reads columns whose types are of the schema {schema!r}, "
                f"where {role} may create operators that would take the place of theirs. "
                f"REVOKE CREATE ON SCHEMA {schema} FROM {role} first."
            )
        catalog.try_condition(self.connection, self.table, condition, where)

    def _check_table(self, label: str) -> None:
        installed = self.model_state.spec.installed(label)
        tracker = installed.tracker if installed else None
        if not isinstance(tracker, DatabaseTracker):
            return
        relation = catalog.relation(self.connection, self.table)
        where = f"The tracked model {self.subject.label} of {self.model_state.label}"
        if relation is None:
            raise NotSupportedError(
                f"{where} has no table {self.table} in the database {self.connection.alias!r}. A "
                "model that is swapped out or unmanaged may have none: track the one that has."
            )
        if relation.kind not in ("r", "p"):
            raise NotSupportedError(
                f"{where} stands for {self.table}, a view or foreign table, whose rows triggers do "
                "not see. Track the model of the table behind it."
            )
        if relation.has_children:
            raise NotSupportedError(
                f"{where} has the table {self.table}, from which other tables inherit. Triggers "
                "see their rows in some statements and not in others. Track the other tables, or "
                "use partitions."
            )
        by_statement = [item for item in tracker.operations if tracker.statement_level(item)]
        if relation.is_partition and by_statement not in ([], [TRUNCATE]):
            raise NotSupportedError(
                f"The tracker {label!r} of {self.model_state.label} would miss writes of "
                f"{self.table}, a partition, by way of its parent: statement-level triggers do not "
                "see them. Use level=Row, or track the parent."
            )
        if relation.kind == "p" and tracker.misses_moves:
            raise NotSupportedError(
                f"The tracker {label!r} of {self.model_state.label} would miss an update that "
                f"moves a row of the partitioned table {self.table} to another partition: "
                "row-level triggers see a delete and an insert. Use level=Statement."
            )

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
