"""A case of an SQL snapshot: one operation, in the state and database that others have made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import indent
from typing import Any

import pglast
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

Step = Operation | tuple[str, Operation]
NOTHING = "-- (no-op)"


@dataclass(frozen=True)
class Case:
    """One operation whose SQL is kept.

    Attributes:
        path: Where the snapshot is, below ``snapshots/sql``: ``<operation>/<case>``.
        operation: The operation.
        before: What comes before it: operations of the app ``shop``, or (app label, operation).
        writes: Statements that the forward SQL must bear: they run the functions that it made.
        atomic: Whether its migration runs in a transaction.
        app_label: The app whose migration it is in.
    """

    path: str
    operation: Operation
    before: tuple[Step, ...] = ()
    writes: tuple[str, ...] = ()
    atomic: bool = True
    app_label: str = "shop"


def before_all(steps: Sequence[Step], cases: Sequence[Case]) -> list[Case]:
    """Put ``steps`` before what each of ``cases`` has before it."""
    return [replace(case, before=(*steps, *case.before)) for case in cases]


class Stage:
    """A database, and the migration state that it is in."""

    def __init__(self, connection: BaseDatabaseWrapper, state: ProjectState) -> None:
        self.connection = connection
        self.state = state

    def perform(self, step: Step) -> None:
        """Run an operation on the database."""
        app_label, operation = step if isinstance(step, tuple) else ("shop", step)
        after = self._state_after(app_label, operation)
        with self.connection.schema_editor() as editor:
            operation.database_forwards(app_label, editor, self.state, after)
        self.state = after

    def forwards(self, case: Case) -> list[str]:
        """Return the statements of the case's operation, as ``sqlmigrate`` collects them."""
        after = self._state_after(case.app_label, case.operation)
        return self._collected(case, case.operation.database_forwards, self.state, after)

    def backwards(self, case: Case) -> list[str]:
        """Return the statements of ``sqlmigrate --backwards``."""
        after = self._state_after(case.app_label, case.operation)
        return self._collected(case, case.operation.database_backwards, after, self.state)

    def execute(self, statements: Sequence[str]) -> None:
        """Run statements as they stand."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, None)

    def _state_after(self, app_label: str, operation: Operation) -> ProjectState:
        after = self.state.clone()
        operation.state_forwards(app_label, after)
        return after

    def _collected(
        self, case: Case, run: Any, from_state: ProjectState, to_state: ProjectState
    ) -> list[str]:
        with self.connection.schema_editor(collect_sql=True, atomic=case.atomic) as editor:
            run(case.app_label, editor, from_state, to_state)
        return list(editor.collected_sql)


def snapshot_text(case: Case, forwards: Sequence[str], backwards: Sequence[str]) -> str:
    """Return the text of the case's snapshot: the operation, and its SQL in both directions."""
    operation, _ = OperationWriter(case.operation, indentation=0).serialize()
    blocks = [
        indent(operation.removesuffix(","), "-- ", lambda line: True).replace("-- \n", "--\n"),
        "-- forwards",
        *(forwards or [NOTHING]),
        "-- backwards",
        *(backwards or [NOTHING]),
    ]
    return "\n\n".join(blocks) + "\n"


def parse(statements: Sequence[str]) -> None:
    """Parse statements as PostgreSQL does, and the bodies of the functions that they create."""
    for statement in statements:
        (parsed,) = pglast.parse_sql(statement)
        if isinstance(parsed.stmt, pglast.ast.CreateFunctionStmt):
            pglast.parse_plpgsql(statement)
