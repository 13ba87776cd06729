"""Declarations that cannot be proposed: a system check and ``makemigrations`` say the same."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from pghistory_ops.autodetector.creation import operations_of
from pghistory_ops.declarations import Declaration
from pghistory_ops.soundness.stale import problems
from pghistory_ops.state import EventModelState
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked

MAX_NAME = 100  # of django.contrib.contenttypes


@dataclass(frozen=True)
class Unsound:
    """Why a declaration cannot be proposed.

    Attributes:
        declaration: The declaration.
        fact: What is wrong.
        remedy: What to do about it.
    """

    declaration: Declaration
    fact: str
    remedy: str = ""

    @property
    def message(self) -> str:
        """The fact, and where it stands."""
        where = f"The declaration of {self.declaration.label} at {self.declaration.source}"
        return f"{where}: {self.fact}"

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


def unsound(state: ProjectState, declared: Iterable[Declaration]) -> Iterator[Unsound]:
    """Yield the declarations that cannot be proposed.

    Args:
        state: The live models, and the event models that no declaration stands for.
        declared: The declarations.
    """
    declared = list(declared)
    times = Counter(item.key for item in declared)
    trial = ProjectState(dict(state.models), state.real_apps)
    for item in declared:
        found = list(_of_names(item, times[item.key])) or list(_of_subject(trial, item))
        yield from found or _of_trial(trial, item)


def has_migrations(app_label: str) -> bool:
    """Return whether an app has a migrations package."""
    module, _ = MigrationLoader.migrations_module(app_label)
    try:
        found = importlib.util.find_spec(module) if module is not None else None
    except ModuleNotFoundError:
        return False
    return found is not None and found.origin is not None


def _of_names(item: Declaration, times: int) -> Iterator[Unsound]:
    if times > 1:
        yield Unsound(
            item,
            f"{times} declarations are of one name.",
            "Give each a model_name of its own.",
        )
    if len(item.model_name) > MAX_NAME:
        yield Unsound(
            item,
            f"The name of the event model has {len(item.model_name)} characters, and Django's "
            f"content types hold {MAX_NAME}.",
            "Give a shorter one in model_name.",
        )
    if item.app_label not in apps.app_configs:
        yield Unsound(
            item,
            f"There is no app {item.app_label!r}.",
            "Give the label of an installed app in app_label.",
        )
    elif not has_migrations(item.app_label):
        yield Unsound(
            item,
            f"The app {item.app_label!r}, whose migrations are to create the event model, has "
            "none.",
            f"Create the package {item.app_label}/migrations (with an __init__.py), or name "
            "another app in app_label.",
        )
    base = item.base_model
    if base is not None and hasattr(base, "_meta") and not base._meta.abstract:
        yield Unsound(
            item,
            f"The base model {base._meta.label} is not abstract.",
            "Give an abstract model or a plain class in base_model.",
        )


def _of_subject(state: ProjectState, item: Declaration) -> Iterator[Unsound]:
    try:
        subject = find_tracked(state, item.tracks)
    except UnknownTrackedModel:
        if item.abstract:
            yield Unsound(
                item,
                f"The model {item.tracks} is abstract, so that it has no table.",
                "Declare the models that inherit from it.",
            )
            return
        yield Unsound(
            item,
            f"There is no model {item.tracks!r}.",
            "Name a model of an installed app: 'app_label.ModelName'.",
        )
        return
    app_label, _, name = subject.label.partition(".")
    if not has_migrations(app_label):
        yield Unsound(
            item,
            f"The app {app_label!r} of the tracked model has no migrations.",
            "A migration can only track what migrations make.",
        )
    model_state = state.models.get((app_label, name.lower()))
    swappable = model_state.options.get("swappable") if model_state else None
    in_use = getattr(settings, swappable, subject.label) if swappable else subject.label
    if in_use.lower() != subject.label.lower():
        yield Unsound(
            item,
            f"The tracked model {subject.label} is swapped out for {in_use} by {swappable}.",
            f"Track {in_use}.",
        )
    for argument, names in (("fields", item.policy.fields or ()), ("exclude", item.policy.exclude)):
        for field in names:
            if field not in subject.fields:
                yield Unsound(
                    item,
                    f"{argument} names {field!r}, which {subject.label} does not have as a column.",
                    f"It has: {', '.join(subject.fields)}.",
                )


def _of_trial(state: ProjectState, item: Declaration) -> Iterator[Unsound]:
    """Try the operations of a declaration on the state, which has them afterwards."""
    live = state.models.get(item.key)
    if live is not None and not live.options.get("managed", True):
        del state.models[item.key]  # the explicit class of the event model
    try:
        create, trackers = operations_of(item, state)
        for operation in (create, *trackers):
            operation.state_forwards(item.app_label, state)
        made = state.models[item.key]
        assert isinstance(made, EventModelState)
        for problem in problems(state, made):
            yield Unsound(item, problem.fact, problem.remedy)
    except (LookupError, ValueError, TypeError, FieldDoesNotExist, FieldError) as error:
        yield Unsound(item, str(error))
