"""What is refused before a migration runs: history that would be wrong or cannot be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import connections, router
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops import catalog
from pghistory_ops.names import trigger_name
from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.soundness.plan import flattened, has_history
from pghistory_ops.soundness.stale import replay
from pghistory_ops.sql.objects import table_name
from pghistory_ops.state import EventModelState, table_of
from pghistory_ops.tracked import tracked


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


def refuse_faked_history(using: str, app_label: str | None) -> None:
    """Check the plan of ``migrate --fake-initial``; the command calls it.

    Django takes an initial migration for applied if its tables are there, and knows nothing of the
    history in it.

    Args:
        using: The database.
        app_label: The app that is migrated, or None for all.

    Raises:
        RefusedMigration: It would take a migration for applied whose history is not there.
    """
    connection = connections[using]
    executor: Any = MigrationExecutor(connection)
    targets = [key for key in executor.loader.graph.leaf_nodes() if app_label in (None, key[0])]
    for migration, _ in executor.migration_plan(targets):
        if not has_history([migration]):
            continue
        would_be_faked, state = executor.detect_soft_applied(None, migration)
        if not would_be_faked:
            continue
        concerned = {
            (migration.app_label, operation.event_model_lower)
            for operation in flattened(migration.operations)
            if isinstance(operation, HistoryOperation)
        }
        if all(_is_there(connection, state, key) for key in concerned):
            continue
        raise RefusedMigration(
            f"Nothing was migrated. --fake-initial would take the migration {migration} for "
            "applied, since the tables that it creates are there; the history in it is not. Put "
            "the operations on event models into a migration of their own, behind it."
        )


def _is_there(connection: Any, state: ProjectState, key: tuple[str, str]) -> bool:
    """Return whether an event model's table and triggers are in the database."""
    model_state = state.models.get(key)
    if not isinstance(model_state, EventModelState):
        return True
    if catalog.relation(connection, table_name(table_of(model_state))) is None:
        return False
    found = catalog.triggers_of(connection, table_name(tracked(state, model_state).table))
    return set(found).issuperset(
        trigger_name(tracker.label, operation, before=tracker.before)
        for tracker, _ in model_state.spec.triggers()
        for operation in tracker.operations
    )
