"""The function that writes context rows, which every trigger with a context reference calls."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from pghistory_ops import catalog
from pghistory_ops.sql.objects import Function
from pghistory_ops.sql.quoting import dollar_quoted, qualified
from pghistory_ops.sql.v1 import RECORD_CONTEXT
from pghistory_ops.state import table_of

_BODY = """BEGIN
    INSERT INTO {table} AS recorded (
        "id", "parent_id", "root_id", "metadata", "created_at"
    )
    VALUES (
        current_setting('pghistory_ops.context_id')::uuid,
        NULLIF(current_setting('pghistory_ops.context_parent_id', true), '')::uuid,
        COALESCE(
            NULLIF(current_setting('pghistory_ops.context_root_id', true), ''),
            current_setting('pghistory_ops.context_id')
        )::uuid,
        current_setting('pghistory_ops.context_metadata')::jsonb,
        clock_timestamp()
    )
    ON CONFLICT ("id") DO UPDATE
    SET "metadata" = recorded."metadata" || EXCLUDED."metadata"
    WHERE recorded."metadata" IS DISTINCT FROM recorded."metadata" || EXCLUDED."metadata";
    PERFORM set_config('pghistory_ops.context_pending', '', true);
END;"""


class CreateContextRecorder(Operation):
    """Create the function that writes the open context's row; the app's own migration uses it.

    A later call adds to what a context says; where both have a key, the later value stays, as in
    ``dict.update``. The note that the row is written is undone with it by a rollback to a
    savepoint, as is every transaction-local setting (PostgreSQL manual, SET).
    """

    atomic = True
    category = OperationCategory.ADDITION

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state as it is."""

    def _function(self, connection: Any, state: ProjectState, app_label: str) -> Function:
        table = table_of(state.models[app_label, "context"])
        found = catalog.schemas(connection, table, read_from=table)
        body = _BODY.replace("{table}", qualified(found.events, table))
        definition = (
            "\nRETURNS void\nLANGUAGE plpgsql\nSECURITY DEFINER\n"
            f"SET search_path = pg_catalog, pg_temp\nAS {dollar_quoted(body)}"
        )
        return Function(
            found.events, RECORD_CONTEXT, definition, template=1, grantees=found.grantees
        )

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(app_label, schema_editor, to_state, "create")

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._run(app_label, schema_editor, to_state, "drop")

    def _run(self, app_label: str, editor: Any, state: ProjectState, verb: str) -> None:
        # A project may have databases without history, which need no recorder.
        if editor.connection.vendor != "postgresql" or not self.allow_migrate_model(
            editor.connection.alias, state.apps.get_model(app_label, "Context")
        ):
            return
        for statement in getattr(self._function(editor.connection, state, app_label), verb)():
            editor.execute(statement, params=None)

    def describe(self) -> str:
        return "Create the function that records contexts"

    @property
    def migration_name_fragment(self) -> str:
        return "context_recorder"
