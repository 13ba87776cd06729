"""The part of the migration graph that a question about event models needs, without a database.

Replaying a graph costs the import of its migrations, so no more of them are read than those that
make the event models in question what they are.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RenameModel
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops.operations import AlterEventModel, CreateEventModel
from pghistory_ops.soundness.plan import flattened
from pghistory_ops.state import event_states

logger = logging.getLogger(__name__)

LIBRARY = "pghistory_ops"


class PartialLoader(MigrationLoader):
    """Loads the migrations of some apps; the others count as unmigrated.

    Args:
        labels: The labels of the apps.
    """

    def __init__(self, labels: Collection[str]) -> None:
        self.labels = labels
        super().__init__(None, load=False, ignore_no_migrations=True)

    # Django calls it on the instance, or on the class with the same arguments.
    def migrations_module(self, app_label: str) -> Any:  # type: ignore[override]
        if app_label in self.labels:
            return super().migrations_module(app_label)
        return None, False

    def check_key(self, key: Any, current_app: str) -> Any:
        """Return the node that a dependency stands for; None to ignore it."""
        return super().check_key(key, current_app) if key[0] in self.labels else None


def project_state(labels: Iterable[str]) -> ProjectState:
    """Return the project state in which the event models of some apps are as they are last.

    Args:
        labels: The labels of the apps. What else is in the state may be short of something.
    """
    wanted = {*labels, LIBRARY}
    try:
        state = _partial_state(wanted)
        while missing := _targets(state) - wanted:
            wanted |= missing
            state = _partial_state(wanted)
    except Exception:
        # Whatever a part is short of, the whole is not; and what is wrong with the whole is said.
        logger.debug("Replaying a part of the migrations failed.", exc_info=True)
        return whole_state()
    return state


def whole_state() -> ProjectState:
    """Return the project state at the end of all migrations."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    state: ProjectState = loader.project_state()
    return state


def _partial_state(wanted: set[str]) -> ProjectState:
    """Replay the migrations of the apps ``wanted``, to which those are added that they need."""
    loader = PartialLoader(wanted)
    loader.load_disk()
    while missing := _needed(loader) - wanted:
        wanted |= missing
        loader.load_disk()
    loader.build_graph()
    state: ProjectState = loader.project_state()
    return state


def _needed(loader: PartialLoader) -> set[str]:
    """Return the apps of what the loaded event models track.

    Where columns are derived from another app's model, the place of the migration among that app's
    counts, and what it depends on may lead there through any app.
    """
    needed, ordered = set(), set()
    for migration in loader.disk_migrations.values():
        for operation in flattened(migration.operations):
            if isinstance(operation, CreateEventModel):
                app_label = resolve_relation(operation.tracks)[0]
                needed.add(app_label)
                if operation.columns is None and app_label != migration.app_label:
                    ordered.add(migration.app_label)
            elif isinstance(operation, AlterEventModel) and "tracks" in operation.changed:
                needed.add(resolve_relation(operation.changed["tracks"])[0])
    return needed | _dependencies(loader.disk_migrations.values(), ordered)


def _dependencies(migrations: Collection[Migration], labels: set[str]) -> set[str]:
    """Return the apps that the apps ``labels`` depend on, as far as their migrations are there."""
    known = set(labels)
    while True:
        found = {
            dependency[0]
            for migration in migrations
            if migration.app_label in known
            for dependency in migration.dependencies
            if dependency[0] in apps.app_configs
        }
        if found <= known:
            return found
        known |= found


def _targets(state: ProjectState) -> set[str]:
    """Return the apps of the models to which event models refer and that no longer live.

    Their migrations may say what became of them.
    """
    return {
        target[0]
        for item in event_states(state)
        for name in item.fields
        if (target := target_of(item, name)) is not None
        and target not in state.models
        and target[0] in apps.app_configs
        and target[1] not in apps.all_models[target[0]]
    }


def target_of(item: Any, name: str) -> tuple[str, str] | None:
    """Return the key of the model to which a field of a model state refers."""
    remote = item.fields[name].remote_field
    return resolve_relation(remote.model, *item.key) if remote is not None else None


# Which apps to ask -------------------------------------------------------------------------------

_CREATES = b"createeventmodel("
_CREATES_FOR = re.compile(
    rb"""createeventmodel\(\s*(?:name\s*=\s*)?["']\w+["']\s*,\s*(?:tracks\s*=\s*)?["']"""
)
_NAME = LIBRARY.encode()
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)


class Sources:
    """The migrations' source, read but not imported: which apps may have event models."""

    def __init__(self) -> None:
        self._texts = {
            label: text
            for label in apps.app_configs
            if label != LIBRARY and ((text := _source(label)) is None or _NAME in text)
        }

    def apps(self) -> set[str]:
        """Return the apps whose migrations may have event models.

        Those that import other code than Django's and Python's may have its operations.
        """
        others = set(apps.app_configs) - set(self._texts) - {LIBRARY}
        return set(self._texts) | {label for label in others if _imports_code(_source(label))}

    def apps_tracking(self, app_label: str, name: str) -> set[str]:
        """Return the apps whose migrations may have event models that track a model.

        An event model that a function makes is only found where the migration names the library,
        as its dependency on the context model does; ``apps()`` has the others too.
        """
        names = [name]
        if app_label in apps.app_configs and self._renames(app_label):
            names += _earlier_names(app_label)
        labels = [f"{app_label}.{item}".lower().encode() for item in names]
        return {
            label
            for label, text in self._texts.items()
            if text is None
            or any(item in text for item in labels)
            or text.count(_CREATES) != len(_CREATES_FOR.findall(text))
            or _CREATES not in text
        }

    def _renames(self, app_label: str) -> bool:
        """Return whether the app's migrations may rename a model."""
        known = app_label in self._texts
        text = self._texts[app_label] if known else _source(app_label)
        return text is None or b"renamemodel" in text


def _imports_code(text: bytes | None) -> bool:
    """Return whether migrations import other code than Django's and Python's."""
    if text is None:
        return True
    packages = {name.partition(b".")[0].decode() for name in _IMPORT.findall(text)}
    return not packages <= {*map(str.lower, sys.stdlib_module_names), "django"}


def _source(label: str) -> bytes | None:
    """Return the source of an app's migrations in lower case; None if only an import tells."""
    module, _ = MigrationLoader.migrations_module(label)
    try:
        spec = importlib.util.find_spec(module) if module else None
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None or spec.submodule_search_locations is None:
        return b""  # no migrations, as Django sees it
    texts = []
    for folder in spec.submodule_search_locations:
        if not os.path.isdir(folder):  # noqa: PTH112
            return None
        files = os.listdir(folder)  # noqa: PTH208
        sources = {name[:-3] for name in files if name.endswith(".py")}
        if any(name.endswith(".pyc") and name.partition(".")[0] not in sources for name in files):
            return None
        for name in sources:
            with open(f"{folder}/{name}.py", "rb") as file:  # noqa: PTH123
                texts.append(file.read())
    return b"\n".join(texts).lower()


def _earlier_names(app_label: str) -> Iterator[str]:
    """Yield the names that models of an app have had."""
    loader = PartialLoader({app_label})
    loader.load_disk()
    for migration in loader.disk_migrations.values():
        for operation in flattened(migration.operations):
            if isinstance(operation, RenameModel):
                yield operation.old_name
