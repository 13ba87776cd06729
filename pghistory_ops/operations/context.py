"""The function that writes context rows, which every trigger with a context reference calls."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ModelState, ProjectState

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


class ContextState(ModelState):
    """The state of the model of contexts, whose class stays the same when others are rendered.

    Keys of event models lead to it by ``OneWayForeignKey``, so that Django does not know to render
    those event models again when it renders this model.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rendered: tuple[Any, Any] | None = None

    @classmethod
    def of(cls, state: ModelState) -> ContextState:
        """Return the same state as one of this class."""
        return cls(
            app_label=state.app_label,
            name=state.name,
            fields=dict(state.fields),
            options=dict(state.options),
            bases=state.bases,
            managers=list(state.managers),
        )

    def clone(self) -> ContextState:
        """Return a copy, whose class is the same as long as it is not changed."""
        copy = self.of(self)
        copy._rendered = self._rendered
        return copy

    def render(self, apps: Any) -> Any:
        """Return the class, in ``apps``."""
        content = (dict(self.fields), dict(self.options), self.bases, list(self.managers))
        if self._rendered is not None and self._rendered[0] == content:
            model = self._rendered[1]
            if model._meta.apps is apps or _is_referred_to(model, apps):
                apps.register_model(self.app_label, model)
                return model
        model = super().render(apps)
        self._rendered = content, model
        return model


def _is_referred_to(model: Any, apps: Any) -> bool:
    """Return whether ``apps``, perhaps a clone of the model's own, has classes that refer to it."""
    return any(
        field.remote_field is not None and field.remote_field.model is model
        for item in apps.get_models(include_auto_created=True)
        for field in item._meta.local_fields
    )


class CreateContextRecorder(Operation):
    """Create the function that writes the open context's row; the app's own migration uses it.

    A later call adds to what a context says; where both have a key, the later value stays, as in
    ``dict.update``. The note that the row is written is undone with it by a rollback to a
    savepoint, as is every transaction-local setting (PostgreSQL manual, SET).
    """

    atomic = True
    category = OperationCategory.ADDITION

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Let the model of contexts be rendered once."""
        key = app_label, "context"
        state.models[key] = ContextState.of(state.models[key])

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
