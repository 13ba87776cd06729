"""What is refused before a migration runs: history that would be wrong or cannot be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import connections, router
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops import catalog
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.stale import flattened, has_history, replay


class RefusedMigration(CommandError):
    """The migrations would leave history that is wrong; nothing was run."""


def refuse_unsound_plan(
    *, using: str, plan: Sequence[tuple[Migration, bool]] = (), **kwargs: Any
) -> None:
    """Check the plan of ``migrate`` before it runs; a receiver of ``pre_migrate``.

    Raises:
        RefusedMigration: A tracker would be stale at the end of a migration, or of all of them.
        NotSupportedError: The database cannot carry the history that a migration installs.
    """
    forwards = [migration for migration, backwards in plan if not backwards]
    if not forwards or len(forwards) != len(plan):
        return
    connection = connections[using]
    for migration in forwards:
        for operation in flattened(migration.operations):
            if isinstance(operation, HistoryOperation) and router.allow_migrate(
                using, migration.app_label, model_name=operation.event_model_lower
            ):
                catalog.require_postgresql(connection)
    loader = MigrationLoader(connection)
    planned = {(migration.app_label, migration.name) for migration in forwards}
    applied = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    relevant = {*applied, *planned}.intersection(loader.disk_migrations)
    if not has_history(loader.disk_migrations[key] for key in relevant):
        return
    if applied:
        state = loader.project_state(applied)
    else:
        state = ProjectState(real_apps=loader.unmigrated_apps)
    waiting = {app for app, name in set(loader.disk_migrations) - relevant}
    found = []
    for problem in replay(state, forwards):
        app_label = problem.event_model.partition(".")[0]
        hint = ""
        if problem.migration is None and app_label in waiting:
            hint = f" Migrate the app {app_label!r} too, if a migration of it does that already."
        found.append(f"{problem}{hint}")
    if found:
        raise RefusedMigration("\n".join(["Nothing was migrated.", *found]))
