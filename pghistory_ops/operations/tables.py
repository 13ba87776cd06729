"""The table of an event model, and its guard."""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ProjectState

from pghistory_ops.operations.site import Site
from pghistory_ops.sql.objects import table_name
from pghistory_ops.state import table_of


def create_table(schema_editor: Any, state: ProjectState, app_label: str, name: str) -> None:
    """Create the table of an event model, and its guard if it is append-only."""
    site = Site(schema_editor, state, app_label, name)
    model = state.apps.get_model(app_label, name)
    if not (model._meta.can_migrate(schema_editor.connection) and site.allows_event_model):
        return
    schema_editor.create_model(model)
    if (guard := site.guard) is not None:
        site.run(guard.create(table_name(table_of(site.model_state))))


def delete_table(schema_editor: Any, state: ProjectState, app_label: str, name: str) -> None:
    """Drop the table of an event model, and its guard."""
    site = Site(schema_editor, state, app_label, name)
    model = state.apps.get_model(app_label, name)
    if not (model._meta.can_migrate(schema_editor.connection) and site.allows_event_model):
        return
    if (guard := site.guard) is not None:
        site.run(guard.drop(table_name(table_of(site.model_state))))
    schema_editor.delete_model(model)
