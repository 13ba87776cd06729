"""System checks: each has an id, a message and a hint."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops.stale import has_history, replay


def check_stale_trackers(**kwargs: Any) -> list[CheckMessage]:
    """Report trackers that the migrations leave stale (``pghistory_ops.E001``)."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if loader.detect_conflicts() or not has_history(loader.disk_migrations.values()):
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
