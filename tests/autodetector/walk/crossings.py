"""Edits after which several operations are to be at one place of a migration."""

from __future__ import annotations

from collections.abc import Callable

from autodetector.walk.edits import CONDITIONS, Pick, declared, forget, loose
from autodetector.walk.world import APPS, KINDS, NUMBERS, Column, Condition, History, Tracker, World


def order_rows(world: World, pick: Pick) -> None:
    """Let the rows of a model be in an order with respect to another: a hidden column."""
    found = [
        (model, item)
        for model in world.models
        for item in model.columns
        if item.kind == "fk" and all(other.kind != "order" for other in model.columns)
    ]
    if found:
        model, column = pick(found)
        model.columns.append(Column("_order", "order", of=column))


def disorder_rows(world: World, pick: Pick) -> None:
    found = [(model, item) for model, item in loose(world) if item.kind == "order" and item.was]
    if found:
        model, column = pick(found)
        model.columns.remove(column)
        forget(world, column)


def replace_read_field(world: World, pick: Pick) -> None:
    """Let a condition read a new field in the place of one that is removed."""
    free = {item for _, item in loose(world) if item.kind in KINDS}
    found = [
        (history, tracker, column)
        for history in declared(world)
        for tracker, column in history.reads()
        if column in free and all(item.fields != [column] for item in world.histories)
    ]
    if found:
        history, tracker, column = pick(found)
        kind = column.kind if column.kind in NUMBERS else pick(list(KINDS))
        new = Column(world.fresh("f"), kind)
        form = tracker.condition.form
        history.model.columns.append(new)
        history.model.columns.remove(column)
        forget(world, column)
        world.removed.append((history.model, column))
        tracker.condition = Condition(form, new)


def read_together(world: World, pick: Pick) -> None:
    """Let two histories of a model have a condition on one column, at row level."""
    found = [
        (model, item)
        for model in world.models
        for item in model.columns
        if item.kind in ("int", "big")
    ]
    if found:
        model, column = pick(found)
        for _ in range(2):
            history = History(pick([model.app, "audit"]), world.fresh("Event"), model, None, [])
            label = world.fresh("t")
            kind = pick(["AfterInsert", "AfterUpdate", "BeforeUpdate"])
            form = pick(CONDITIONS[kind][:1])
            history.trackers.append(Tracker(kind, label, "Row", Condition(form, column)))
            world.histories.append(history)


def record_twice(world: World, pick: Pick) -> None:
    """Let a model have a history in its own app, and one in an app ahead of it or behind."""
    model = pick(world.models)
    for app in (model.app, pick([app for app in APPS if app != model.app])):
        tracker = Tracker("Snapshot", world.fresh("s"), pick([None, "Row"]))
        world.histories.append(History(app, world.fresh("Twice"), model, None, [tracker]))


def change_twice(world: World, pick: Pick) -> None:
    """Change the type of a field, and add another one, where two apps have histories."""
    found = [
        (model, item)
        for model, item in loose(world)
        if item.kind in KINDS
        and KINDS[item.kind].into
        and item.was == item.name
        and len({history.app for history in world.histories if history.model is model}) > 1
    ]
    if found:
        model, column = pick(found)
        world.retype(column, pick(list(KINDS[column.kind].into)))
        model.columns.append(Column(world.fresh("f"), pick(list(KINDS))))


def alter_read_field(world: World, pick: Pick) -> None:
    """Change the type of a column that conditions read."""
    read = {column for history in world.histories for _, column in history.reads()}
    found = [item for _, item in loose(world) if item in read and item.kind in ("int", "big")]
    if found:
        column = pick(found)
        column.kind = "big" if column.kind == "int" else "exact"


def rename_tracker(world: World, pick: Pick) -> None:
    """Give a tracker another label: another tracker takes its place."""
    if found := declared(world):
        pick(pick(found).trackers).label = world.fresh("l")


CROSSINGS: dict[str, Callable[[World, Pick], None]] = {
    function.__name__: function
    for function in (
        order_rows,
        disorder_rows,
        replace_read_field,
        read_together,
        record_twice,
        change_twice,
        alter_read_field,
        rename_tracker,
    )
}
