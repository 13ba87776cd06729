"""The autodetector's mixin: event models are its own business, the rest is Django's.

Event models are in migration state and in no app, so that Django's autodetector would delete them.
They are taken out of both states before it looks, and followed up with what it found.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.migrations.state import ProjectState

from pghistory_ops.autodetector.creation import propose_new
from pghistory_ops.autodetector.dependencies import CREATE, OnOperation
from pghistory_ops.autodetector.ended import wait_for_ended
from pghistory_ops.autodetector.follow_up import follow_up, follow_vanished
from pghistory_ops.autodetector.proposal import check_proposal
from pghistory_ops.autodetector.run import Run
from pghistory_ops.autodetector.soundness import unsound
from pghistory_ops.declarations import declarations
from pghistory_ops.operations import CreateEventModel
from pghistory_ops.registry.event_base import EventBase
from pghistory_ops.state import EventModelState, event_states

if TYPE_CHECKING:

    class _Autodetector:
        """What the mixin stands in front of."""

        from_state: ProjectState
        to_state: ProjectState

        def _detect_changes(self, convert_apps: Any, graph: Any) -> Any: ...
        def _sort_migrations(self) -> None: ...
        def check_dependency(self, operation: Any, dependency: Any) -> bool: ...

else:
    _Autodetector = object


class AutodetectorMixin(_Autodetector):
    """Adds the follow-ups of event models to an autodetector.

    A project that overrides ``makemigrations`` and ``migrate`` itself gives the commands an
    ``autodetector`` that has this mixin (Django documentation, "Autodetector").
    """

    # Where what takes no answer is said; None is the process's stderr.
    notices: Any = None

    def _detect_changes(self, convert_apps: Any = None, graph: Any = None) -> Any:
        old_state, new_state = self.from_state, self.to_state
        event_models = {
            key: item for key, item in old_state.models.items() if isinstance(item, EventModelState)
        }
        self.from_state = _without(old_state, event_models)
        self.to_state = _without(new_state, {*event_models, *_explicit(old_state, new_state)})
        self._run = Run(self, old_state, new_state)
        self._graph = graph
        proposal = super()._detect_changes(convert_apps, graph)
        if proposal and self._run.proposes:
            check_proposal(old_state, proposal)
        return proposal

    def _sort_migrations(self) -> None:
        # All of Django's operations are there now, and none of them is in a migration yet.
        super()._sort_migrations()
        self._run.begin()
        wait_for_ended(self._run, self._graph)
        _propose(self._run)
        self._run.finish()
        self._run.arrange()

    def check_dependency(self, operation: Any, dependency: Any) -> bool:
        """Return whether ``operation`` is what ``dependency`` waits for."""
        if isinstance(dependency, OnOperation):
            return operation is dependency.operation
        if (
            isinstance(operation, CreateEventModel)
            and dependency.type == CREATE
            and dependency.field_name is None
        ):
            return bool(operation.event_model_lower == dependency.model_name_lower)
        return super().check_dependency(operation, dependency)


def _propose(run: Run) -> None:
    wanted = {item.key: item for item in declarations()}
    # A declaration takes up the event model of its name, which it was kept as or written by hand.
    others = {
        item.key: item
        for item in event_states(run.old)
        if not item.spec.declared and item.key not in wanted
    }
    state = ProjectState({**run.new.models, **others}, run.new.real_apps)
    if problems := list(unsound(state, declarations())):
        for problem in problems:
            run.refuse(str(problem))
        return
    vanished = []
    for event_model in event_states(run.old):
        declaration = wanted.pop(event_model.key, None)
        if declaration is None and event_model.spec.declared:
            vanished.append(event_model)
        else:
            follow_up(run, event_model, declaration)
    for event_model in vanished:
        follow_vanished(run, event_model, wanted)
    for declaration in wanted.values():
        propose_new(run, declaration)


def _explicit(old: ProjectState, new: ProjectState) -> set[tuple[str, str]]:
    """Return the classes of event models that no migration creates yet."""
    declared = {item.key for item in declarations()}
    return {
        key
        for key, item in new.models.items()
        if key not in old.models
        and (
            (key in declared and item.options.get("managed") is False)
            or issubclass(apps.all_models[key[0]].get(key[1], object), EventBase)
        )
    }


def _without(state: ProjectState, keys: Any) -> ProjectState:
    kept = {key: item for key, item in state.models.items() if key not in keys}
    return ProjectState(kept, state.real_apps)


def with_history(command: Any) -> Any:
    """Return the autodetector of a command with the mixin, the same class for the same one.

    Django checks that both commands have the same autodetector (``commands.E001``).
    """
    autodetector = command.autodetector
    return autodetector if issubclass(autodetector, AutodetectorMixin) else _mixed(autodetector)


def with_notices(autodetector: Any, stderr: Any) -> Any:
    """Return the autodetector of a command with the ``stderr`` that the command was given."""
    return type("MigrationAutodetector", (autodetector,), {"notices": stderr})


@functools.cache
def _mixed(autodetector: Any) -> Any:
    return type("MigrationAutodetector", (AutodetectorMixin, autodetector), {})
