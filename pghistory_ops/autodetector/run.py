"""One run of the autodetector: what Django found, and what is added to it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from pghistory_ops.autodetector.dependencies import OnOperation
from pghistory_ops.autodetector.questions import ask_vanished
from pghistory_ops.state import EventModelState


class Run:
    """One run of the autodetector, as the follow-ups of event models see it.

    Args:
        detector: The autodetector, whose states are without event models.
        old: The state of the migrations, with event models.
        new: The state of the live models, without event models.
    """

    def __init__(self, detector: Any, old: ProjectState, new: ProjectState) -> None:
        self.detector = detector
        self.old = old
        self.new = new
        self._runs: list[list[Operation]] = []

    def renamed_key(self, label: str) -> tuple[str, str]:
        """Return the key that a model has now."""
        app_label, _, name = label.lower().partition(".")
        for (new_app, new_name), old_name in self.detector.renamed_models.items():
            if (new_app, old_name) == (app_label, name):
                return new_app, new_name
        return app_label, name

    def renamed_fields(self, key: tuple[str, str]) -> dict[str, str]:
        """Return the renamed fields of a model, the new name by the old one."""
        return {
            old: new
            for (app_label, name, new), old in self.detector.renamed_fields.items()
            if (app_label, name) == key
        }

    def on_tracked(self, key: tuple[str, str], kind: type[Operation]) -> list[Any]:
        """Return Django's operations of one kind on a model."""
        return [
            operation
            for operation in self.detector.generated_operations.get(key[0], [])
            if isinstance(operation, kind)
            and getattr(operation, "model_name", getattr(operation, "name", "")).lower() == key[1]
        ]

    def all_on_tracked(self, key: tuple[str, str]) -> list[Any]:
        """Return all of Django's operations on a model."""
        return self.on_tracked(key, Operation)

    def add(
        self, app_label: str, operation: Operation, dependencies: Iterable[Any] = ()
    ) -> Operation:
        """Propose an operation."""
        self.detector.add_operation(app_label, operation, dependencies=list(dependencies))
        return operation

    def precede(self, app_label: str, operation: Operation, later: Iterable[Any]) -> None:
        """Let the operations ``later`` wait for ``operation``."""
        for item in later:
            item._auto_deps = [*item._auto_deps, OnOperation(app_label, operation)]

    def keep_together(self, operations: list[Operation]) -> None:
        """Let ``operations`` of one app stand in one run, in their order."""
        self._runs.append(operations)

    def arrange(self) -> None:
        """Put the operations that are to stand together next to each other."""
        for operations in self._runs:
            for items in self.detector.generated_operations.values():
                if all(any(item is other for other in items) for item in operations):
                    _gather(items, operations)

    def say(self, message: str) -> None:
        """Tell the person something that takes no answer."""
        sys.stderr.write(f"{message}\n")

    def ask_vanished(self, event_model: EventModelState, reason: str) -> str:
        """Ask what becomes of history whose reason is gone."""
        return ask_vanished(self.detector.questioner, event_model, reason, self.say)


def _gather(items: list[Operation], run: list[Operation]) -> None:
    """Move the operations of ``run`` to where the last of them stands; others go before."""
    end = max(index for index, item in enumerate(items) if any(item is other for other in run))
    before = [item for item in items[: end + 1] if not any(item is other for other in run)]
    items[: end + 1] = [*before, *run]
