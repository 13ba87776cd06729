"""System checks: each has an id, a message and a hint."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops.operations.base import HistoryOperation
from pghistory_ops.stale import replay


def check_stale_trackers(**kwargs: Any) -> list[CheckMessage]:
    """Report trackers that the migrations leave stale (``pghistory_ops.E001``)."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if not any(
        isinstance(operation, HistoryOperation)
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
    ):
        return []
    graph = loader.graph
    order: dict[tuple[str, str], None] = {}
    for leaf in graph.leaf_nodes():
        order.update(dict.fromkeys(graph.forwards_plan(leaf)))
    state = ProjectState(real_apps=loader.unmigrated_apps)
    plan = [graph.nodes[key] for key in order]
    return [
        Error(
            problem.fact if problem.migration is None else f"{problem.migration}: {problem.fact}",
            hint=problem.remedy or None,
            obj=problem.event_model,
            id="pghistory_ops.E001",
        )
        for problem in replay(state, plan)
    ]
