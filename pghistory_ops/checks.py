"""System checks: each has an id, a message and a hint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.management import get_commands, load_command_class
from django.db import connections, router
from django.db.migrations.exceptions import (
    BadMigrationError,
    CircularDependencyError,
    NodeNotFoundError,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops.autodetector import AutodetectorMixin
from pghistory_ops.autodetector.soundness import unsound
from pghistory_ops.declarations import declarations
from pghistory_ops.registry.event_models import current, event_models, history_of
from pghistory_ops.registry.explicit import Difference, differences, explicit_classes, managed
from pghistory_ops.soundness.plan import has_history
from pghistory_ops.soundness.stale import replay
from pghistory_ops.state import event_states

_NO_GRAPH = (BadMigrationError, CircularDependencyError, NodeNotFoundError)
_replaying = ContextVar("replaying", default=False)


@contextmanager
def replaying() -> Iterator[None]:
    """Leave ``pghistory_ops.E001`` out: what runs replays the migrations itself.

    It takes a replay of all of them. ``makemigrations`` makes one of its own, and proposes what
    mends them; ``migrate`` makes one of those that it is about to apply, and refuses them.
    """
    token = _replaying.set(True)
    try:
        yield
    finally:
        _replaying.reset(token)


def check_stale_trackers(**kwargs: Any) -> list[CheckMessage]:
    """Report trackers that the migrations leave stale (``pghistory_ops.E001``).

    Where none is, it reports event models that are on other databases than what they track
    (``pghistory_ops.E005``): they take a replay as well.
    """
    if _replaying.get():
        return []
    try:
        loader = MigrationLoader(None, ignore_no_migrations=True)
    except _NO_GRAPH as error:
        return [
            Error(
                "The migrations make no graph, so nobody knows whether trackers are stale: "
                f"{error}",
                hint="Mend the dependencies of the migration.",
                id="pghistory_ops.E001",
            )
        ]
    if loader.detect_conflicts() or not has_history(loader.disk_migrations.values()):
        return []
    graph = loader.graph
    order: dict[tuple[str, str], None] = {}
    for leaf in graph.leaf_nodes():
        order.update(dict.fromkeys(graph.forwards_plan(leaf)))
    state = ProjectState(real_apps=loader.unmigrated_apps)
    plan = [graph.nodes[key] for key in order]
    found: list[CheckMessage] = [
        Error(
            problem.fact if problem.migration is None else f"{problem.migration}: {problem.fact}",
            hint=problem.remedy or None,
            obj=problem.event_model,
            id="pghistory_ops.E001",
        )
        for problem in replay(state, plan)
    ]
    # The one check that knows all event models tells whose label a class has by mistake.
    explicit = explicit_classes()
    for item in event_states(state):
        model = apps.all_models[item.app_label].get(item.name_lower)
        if model is not None and model not in explicit:
            found += map(_class_error, managed(model))
    return found or _kept_apart()


def _kept_apart() -> list[CheckMessage]:
    """Report event models that are on no database of their tracked models (E005).

    Where routers keep one of the two off every database, as in a project that does without history
    for a while, that is meant.
    """
    if not router.routers:  # only they have an answer of their own
        return []
    found: list[CheckMessage] = []
    for model in event_models():
        history = history_of(model)
        if history.tracked_model is None or not history.spec.has_triggers:
            continue
        own, others = _databases_of(model), _databases_of(history.tracked_model)
        if not own or not others or set(own) & set(others):
            continue
        found.append(
            Error(
                f"The routers let the event model {history.label} be on {_listed(own)}, and "
                f"{history.tracks}, which it tracks, on {_listed(others)}: triggers write into "
                "their own database, so nothing is recorded.",
                hint="Let allow_migrate() give the same answer for both, or declare the history in "
                "the app of the tracked model.",
                id="pghistory_ops.E005",
            )
        )
    return found


def _databases_of(model: type[Any]) -> list[str]:
    return [alias for alias in connections if router.allow_migrate_model(alias, model)]


def _listed(aliases: list[str]) -> str:
    return ", ".join(map(repr, aliases))


def check_event_classes(**kwargs: Any) -> list[CheckMessage]:
    """Report classes that are not what the migrations say (``pghistory_ops.E003``)."""
    declared = {item.key for item in declarations()}
    try:
        return [
            _class_error(item)
            for model in explicit_classes()
            for item in differences(
                current(),
                model,
                declared=(model._meta.app_label, model._meta.model_name) in declared,
            )
        ]
    except _NO_GRAPH:
        return []  # the check of stale trackers says so, and so do the commands that leave it out


def _class_error(item: Difference) -> CheckMessage:
    return Error(item.fact, hint=item.remedy, obj=item.model, id="pghistory_ops.E003")


def check_commands(**kwargs: Any) -> list[CheckMessage]:
    """Report commands that another app has put in the place of ours (``pghistory_ops.E002``)."""
    found: list[CheckMessage] = []
    for name in ("makemigrations", "migrate"):
        command: Any = get_commands()[name]
        if isinstance(command, str):
            command = load_command_class(command, name)
        autodetector = getattr(command, "autodetector", None)
        if isinstance(autodetector, type) and issubclass(autodetector, AutodetectorMixin):
            continue
        found.append(
            Error(
                f"The command {name} of {command.__module__} does not know event models: it would "
                "propose to delete them.",
                hint=(
                    "Put 'pghistory_ops' before that app in INSTALLED_APPS, or give the command an "
                    "autodetector with pghistory_ops.autodetector.AutodetectorMixin."
                ),
                id="pghistory_ops.E002",
            )
        )
    return found


def check_declarations(**kwargs: Any) -> list[CheckMessage]:
    """Report declarations that cannot be proposed (``pghistory_ops.E004``)."""
    declared = declarations()
    if not declared:
        return []
    state = ProjectState.from_apps(apps)
    return [
        Error(problem.message, hint=problem.remedy or None, id="pghistory_ops.E004")
        for problem in unsound(state, declared)
    ]
