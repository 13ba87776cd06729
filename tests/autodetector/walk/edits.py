"""What a developer changes in models and declarations, one edit at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodetector.walk.world import (
    APPS,
    CONTEXTS,
    KINDS,
    NUMBERS,
    Column,
    Condition,
    History,
    Model,
    Tracker,
    World,
)

Pick = Callable[[list[Any]], Any]
TRACKERS = ["Snapshot", "AfterInsert", "AfterInsertOrUpdate", "AfterUpdate", "BeforeUpdate"]
TRACKERS += ["AfterDelete", "BeforeDelete"]
# The conditions that make sense for an operation.
CONDITIONS = {
    "AfterInsert": ["new_gt"],
    "AfterUpdate": ["old_gt", "new_gt", "differs", "any", "none", "exclude", "row"],
    "BeforeUpdate": ["old_gt", "differs", "any", "exclude", "row"],
    "AfterDelete": ["old_gt"],
    "BeforeDelete": ["old_gt"],
}


def build(pick: Pick) -> World:
    """Return the first version of the models, with a history."""
    world = World()
    for app, name in (("shop", "Order"), ("shop", "Item"), ("people", "Person")):
        model = Model(app, name, [], key=pick([None, "AutoField"]))
        world.models.append(model)
        for kind in pick([["char", "int"], ["text", "big", "date"], ["decimal", "json", "bool"]]):
            model.columns.append(Column(world.fresh("f"), kind))
    add_relation(world, pick)
    add_history(world, pick)
    return world


def add_field(world: World, pick: Pick) -> None:
    model = pick(world.models)
    model.columns.append(Column(world.fresh("f"), pick(list(KINDS))))


def add_relation(world: World, pick: Pick) -> None:
    model, target = pick(world.models), pick(world.models)
    model.columns.append(Column(world.fresh("r"), pick(["fk", "m2m", "o2o"]), to=target))
    if target.app != model.app:
        world.referred.append(target)


def refer_to_a_code(world: World, pick: Pick) -> None:
    """Add a foreign key to a unique field that is not the primary key, and may be renamed."""
    model = pick(world.models)
    target = pick([item for item in world.models if item.app == model.app])
    found = [item for item in target.columns if item.kind == "code"]
    if not found:
        target.columns.append(Column(world.fresh("c"), "code"))
    elif found[0].was is not None:
        model.columns.append(Column(world.fresh("k"), "key", to=target, by=found[0]))


def add_generated(world: World, pick: Pick) -> None:
    found = [(model, item) for model in world.models for item in model.columns]
    found = [
        (model, item)
        for model, item in found
        if item.kind in ("int", "big")
        # Django adds the field before it alters the one that it is computed from.
        and (item.was is None or (item.was, item.kind) in (model.fields_were or []))
    ]
    if found:
        model, column = pick(found)
        model.columns.append(Column(world.fresh("g"), "generated", of=column))


def add_field_again(world: World, pick: Pick) -> None:
    """Give a new field the name of a removed one."""
    names = {(model, item.name) for model in world.models for item in model.columns}
    found = [
        (model, item)
        for model, item in world.removed
        if model in world.models and item.was is not None and (model, item.name) not in names
    ]
    if found:
        model, column = pick(found)
        if all(item.was != column.name for item in model.columns):
            model.columns.append(Column(column.name, column.kind))


def loose(world: World) -> list[tuple[Model, Column]]:
    """Return the fields on which nothing rests but what the walk can change with them."""
    based = {item.of for model in world.models for item in model.columns}
    based |= {item.by for model in world.models for item in model.columns}
    for history in world.histories:
        if not history.declared:
            based |= {read for _, read in history.reads()}
    return [(model, item) for model in world.models for item in model.columns if item not in based]


def remove_field(world: World, pick: Pick) -> None:
    found = [
        (model, item)
        for model, item in loose(world)
        if all(history.fields != [item] for history in world.histories)
        and item.to not in world.renamed_for(model)
    ]
    if found:
        model, column = pick(found)
        model.columns.remove(column)
        world.note_unrelated(model, [column])
        forget(world, column)
        for history in [item for item in world.histories if item.link is column]:
            end_without_model(world, history, pick)
        if column.kind in KINDS:
            world.removed.append((model, column))
            world.removed_now.append(column)


def forget(world: World, column: Column) -> None:
    for history in world.histories:
        if history.fields is not None:
            history.fields = [item for item in history.fields if item is not column]
        history.exclude = [item for item in history.exclude if item is not column]
        for tracker, read in history.reads():
            if read is column:
                tracker.condition = None


def rename_field(world: World, pick: Pick) -> None:
    found = [
        (model, item)
        for model, item in loose(world)
        # Django does not put the rename of a reference behind an earlier one of the model in
        # another app, so that going back fails.
        if item.of is None and (item.to is None or item.to.app == model.app)
    ]
    found += [
        (model, item) for model in world.models for item in model.columns if item.kind == "code"
    ]
    if found:
        pick(found)[1].name = world.fresh("n")


def rename_to_a_removed_name(world: World, pick: Pick) -> None:
    """Rename a field to what one was called that an earlier step removed."""
    taken = {(model, item.name) for model in world.models for item in model.columns}
    taken |= {(model, item.was) for model in world.models for item in model.columns}
    found = [
        (column, old.name)
        for model, column in loose(world)
        for owner, old in world.removed
        if owner is model and old not in world.removed_now and (model, old.name) not in taken
        if column.of is None and column.to is None
    ]
    if found:
        column, name = pick(found)
        column.name = name


def alter_field(world: World, pick: Pick) -> None:
    found = [item for _, item in loose(world) if item.kind in KINDS and KINDS[item.kind].into]
    if not found:
        return
    column = pick(found)
    world.retype(column, pick(list(KINDS[column.kind].into)))


def rename_model(world: World, pick: Pick) -> None:
    if found := [model for model in world.models if model not in world.unrelated]:
        model = pick(found)
        model.name = world.fresh("Sale")
        world.renamed.append(model)


def move_table(world: World, pick: Pick) -> None:
    # Django does not put it behind a change of the key to which another app's model refers.
    found = [
        model
        for model in world.models
        if all(item.to is None or item.to.app == model.app for item in model.columns)
    ]
    if found:
        pick(found).table = world.fresh("The Table ")


def widen_key(world: World, pick: Pick) -> None:
    found = [model for model in world.models if model.key == "AutoField"]
    if found:
        pick(found).key = "BigAutoField"


def add_history(world: World, pick: Pick) -> None:
    model = pick(world.models)
    links = [item for item in model.columns if not item.concrete]
    link = pick([None, *links])
    history = History(
        app=pick([model.app, *APPS]),
        name=world.fresh("Event"),
        model=model,
        link=link,
        trackers=[Tracker("Snapshot", world.fresh("s"), pick([None, "Row", "Statement"]))],
        context=pick(list(CONTEXTS)),
        reference=pick([True, True, False]),
        append_only=pick([False, False, True]),
    )
    world.histories.append(history)
    if link is None and pick([True, False]):
        select(world, pick, history)
    if pick([True, False]):
        equip(pick, world, history)


def select(world: World, pick: Pick, history: History) -> None:
    """Choose what a history mirrors."""
    concrete = history.model.concrete()
    policy = pick(["all", "fields", "exclude"])
    some = [item for item in concrete if pick([True, False])]
    history.fields = some if policy == "fields" and some else None
    history.exclude = some if policy == "exclude" else []


def change_policy(world: World, pick: Pick) -> None:
    found = [history for history in world.histories if history.link is None and history.declared]
    if found:
        select(world, pick, pick(found))


def equip(pick: Pick, world: World, history: History) -> None:
    """Give a history one more tracker."""
    kind = pick(TRACKERS)
    tracker = Tracker(kind, world.fresh("t"), pick([None, "Row", "Statement"]))
    history.trackers.append(tracker)
    condition(pick, history, tracker)


def condition(pick: Pick, history: History, tracker: Tracker) -> None:
    """Choose the condition of a tracker."""
    tracker.condition = None
    if history.link is not None or tracker.kind not in CONDITIONS:
        return
    form = pick([None, *CONDITIONS[tracker.kind]])
    found = [
        item
        for item in history.model.concrete()
        if not (form or "").endswith("gt") or item.kind in NUMBERS
    ]
    if form == "row":
        tracker.condition = Condition(form)
    elif form and found:
        tracker.condition = Condition(form, pick(found))


def declared(world: World) -> list[History]:
    return [history for history in world.histories if history.declared]


def add_tracker(world: World, pick: Pick) -> None:
    if found := declared(world):
        equip(pick, world, pick(found))


def remove_tracker(world: World, pick: Pick) -> None:
    found = [history for history in declared(world) if len(history.trackers) > 1]
    if found:
        history = pick(found)
        history.trackers.remove(pick(history.trackers))


def change_tracker(world: World, pick: Pick) -> None:
    if found := declared(world):
        history = pick(found)
        tracker = pick(history.trackers)
        tracker.level = pick([None, "Row", "Statement"])
        condition(pick, history, tracker)


def seal(world: World, pick: Pick) -> None:
    if found := declared(world):
        history = pick(found)
        history.append_only = not history.append_only


def change_context(world: World, pick: Pick) -> None:
    if found := declared(world):
        pick(found).context = pick(list(CONTEXTS))


def change_reference(world: World, pick: Pick) -> None:
    if found := declared(world):
        history = pick(found)
        history.reference = not history.reference


def rename_history(world: World, pick: Pick) -> None:
    if found := declared(world):
        pick(found).name = world.fresh("Past")


def drop_declaration(world: World, pick: Pick) -> None:
    if len(found := declared(world)) > 1:
        end(world, pick(found), pick(["keep", "stop", "delete"]))


def drop_model(world: World, pick: Pick) -> None:
    """Remove a model that nothing refers to.

    Django does not let it wait for the removal, in an earlier migration, of what did so in another
    app, so that going back fails.
    """
    used = {item.to for model in world.models for item in model.columns if item.to is not model}
    used |= set(world.referred)
    found = [
        model
        for model in world.models
        if model not in used
        and not {item.to for item in model.columns}.intersection(world.renamed_for(model))
    ]
    if len(world.models) > 1 and found:
        model = pick(found)
        world.models.remove(model)
        world.note_unrelated(model, model.columns)
        for history in [item for item in world.histories if item.model is model]:
            end_without_model(world, history, pick)


def declare_again(world: World, pick: Pick) -> None:
    """Declare a history anew that was stopped or kept."""
    found = [item for item in world.histories if not item.declared and not item.gone]
    if found:
        history = pick(found)
        history.declared = True
        if not history.trackers:
            history.trackers = [Tracker("Snapshot", world.fresh("s"))]


def end_without_model(world: World, history: History, pick: Pick) -> None:
    """End a history whose model is removed: its trackers stop, whatever is kept."""
    history.gone = True
    end(world, history, pick(["keep", "stop", "delete"]))
    history.trackers = []


def end(world: World, history: History, answer: str) -> None:
    if history.was:
        history.name = history.was
        world.answers[history.label] = answer
    else:
        answer = "delete"
    history.declared = False
    if answer == "stop":
        history.trackers = []
    elif answer == "delete":
        world.histories.remove(history)


EDITS: dict[str, Callable[[World, Pick], None]] = {
    function.__name__: function
    for function in (
        add_field,
        add_relation,
        refer_to_a_code,
        add_generated,
        add_field_again,
        remove_field,
        rename_field,
        rename_to_a_removed_name,
        alter_field,
        rename_model,
        move_table,
        widen_key,
        add_history,
        change_policy,
        add_tracker,
        remove_tracker,
        change_tracker,
        seal,
        change_context,
        change_reference,
        rename_history,
        drop_declaration,
        drop_model,
        declare_again,
    )
}
