"""Histories that the migrations on disk have begun and ended, in another app than their models.

Nothing in the state of the migrations tells of them. But a fresh database runs those migrations,
too, and what they read of a model must not be gone by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.migrations.operations import (
    AddField,
    AlterField,
    AlterModelTable,
    AlterOrderWithRespectTo,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.utils import resolve_relation

from pghistory_ops.autodetector.dependencies import on_model
from pghistory_ops.autodetector.run import Run
from pghistory_ops.operations import AlterEventModel, CreateEventModel, DeleteEventModel

Key = tuple[str, str]
_CHANGES = (
    AddField,
    AlterField,
    AlterModelTable,
    AlterOrderWithRespectTo,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)


def wait_for_ended(run: Run, graph: Any) -> None:
    """Let Django's changes of models wait for the migrations of histories that read them once.

    Args:
        run: The run of the autodetector, at its beginning.
        graph: The graph of the migrations on disk; None where there is none.
    """
    ended = list(_ended(graph)) if graph is not None else []
    for event_model, read in ended:
        for app_label, operation in run.of_django(_CHANGES):
            model = str(getattr(operation, "model_name", operation.name)).lower()
            keys = {(app_label, model), (app_label, f"{model}_{operation.name}".lower())}
            if app_label != event_model[0] and keys & read:
                operation._auto_deps = [*operation._auto_deps, on_model(".".join(event_model))]


def _ended(graph: Any) -> Iterator[tuple[Key, set[Key]]]:
    """Yield the keys of event models that were deleted, and of all the models that they read."""
    read: dict[Key, set[Key]] = {}
    deleted: list[Key] = []
    names: dict[Key, set[Key]] = {}
    for (app_label, _), migration in graph.nodes.items():
        for item in migration.operations if migration is not None else ():
            if isinstance(item, (DeleteEventModel, DeleteModel)):
                deleted.append((app_label, item.name.lower()))
            elif isinstance(item, (CreateEventModel, AlterEventModel)):
                key = app_label, item.name.lower()
                read.setdefault(key, set()).update(_read_by(item, key))
            elif isinstance(item, RenameModel):
                # In whatever order: one name too many makes a dependency too many.
                pair = {(app_label, item.old_name_lower), (app_label, item.new_name_lower)}
                joined = pair.union(*(names.get(key, ()) for key in pair))
                names.update(dict.fromkeys(joined, joined))
    for key in deleted:
        keys = {found for name in names.get(key, {key}) for found in read.get(name, ())}
        if keys:
            yield key, {found for name in keys for found in names.get(name, {name})}


def _read_by(operation: CreateEventModel | AlterEventModel, key: Key) -> Iterator[Key]:
    if isinstance(operation, AlterEventModel):
        tracks = operation.changed.get("tracks")
        yield from [resolve_relation(tracks)] if tracks else []
    else:
        yield resolve_relation(operation.tracks)
        for _, field in operation.columns or ():
            if field.remote_field is not None:
                yield resolve_relation(field.remote_field.model, *key)
