"""A tracked model and its event models as a random walk knows them, and the steps that it takes.

A step changes the world and returns the operations that change the migration state and the database
in the same way, with the refreshes that go with them.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh

VALUES: dict[str, tuple[Any, Any, Any]] = {
    "integer": (1, 2, 7),
    "big": (1, 2, 2**40),
    "char": ("a", "B", "c'%"),
    "text": ("", "x\ny", "é"),
}
WIDER = {"integer": "big", "char": "text", "big": "big", "text": "text"}


def build(kind: str, **options: Any) -> Any:
    if kind == "char":
        return models.CharField(max_length=20, **options)
    classes = {
        "integer": models.IntegerField,
        "big": models.BigIntegerField,
        "text": models.TextField,
    }
    return classes[kind](**options)


@dataclass
class Tracker:
    """A tracker by the name of its class; ``reads`` is the field that its condition compares."""

    kind: str
    label: str
    level: Any
    reads: str | None = None

    def build(self) -> pgh.Tracker:
        if self.kind == "Early":
            return pgh.DatabaseTracker(
                self.label, operation=pgh.Update | pgh.Delete, when=pgh.Before, snapshot="OLD"
            )
        options = (
            {} if self.reads is None else {"condition": pgh.Q(**{f"new__{self.reads}__gt": 5})}
        )
        cls: Any = getattr(pgh, self.kind)
        built: pgh.Tracker = cls(self.label, level=self.level, **options)
        return built

    def rows(self, row: list[dict[str, Any]], mirrored: set[str]) -> list[dict[str, Any]]:
        """Return the rows recorded of an insert, two updates that change all, and a delete."""
        new, changed, last = row
        if self.reads is not None:
            return [item for item in (changed, last) if item[self.reads] > 5]
        return {
            "Snapshot": [new, changed, last] if mirrored - {"id"} else [new],
            "AfterInsert": [new],
            "AfterInsertOrUpdate": [new, changed, last],
            "AfterUpdate": [changed, last],
            "BeforeUpdate": [new, changed],
            "AfterDelete": [last],
            "BeforeDelete": [last],
            "Early": [new, changed, last],
        }[self.kind]


@dataclass
class Event:
    name: str
    columns: dict[str, bool]  # whether each takes NULL
    fields: list[str] | None = None
    exclude: list[str] = field(default_factory=list)
    reference: bool = True
    trackers: list[Tracker] = field(default_factory=list)

    def selects(self, name: str) -> bool:
        return name not in self.exclude if self.fields is None else name in self.fields


@dataclass
class World:
    tracked: str = "Order"
    kinds: dict[str, str] = field(
        default_factory=lambda: {"a": "integer", "b": "text", "c": "char"}
    )
    db_columns: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __deepcopy__(self, memo: Any) -> Self:
        shared = {id(self.numbers): self.numbers}
        return type(self)(
            **{key: copy.deepcopy(value, shared) for key, value in vars(self).items()}
        )

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def mirrored(self, event: Event) -> set[str]:
        return {
            name for name in event.columns if name in {"id", *self.kinds} and event.selects(name)
        }

    def tracked_field(self, name: str) -> Any:
        kind = self.kinds[name]
        column = self.db_columns.get(name)
        return build(kind, default=VALUES[kind][0], **({"db_column": column} if column else {}))

    def create(self) -> list[Operation]:
        fields = [(name, self.tracked_field(name)) for name in self.kinds]
        key = ("id", models.BigAutoField(primary_key=True))
        return [migrations.CreateModel(self.tracked, [key, *fields])]

    def refresh(self, **options: Any) -> list[Operation]:
        return [pgh.RefreshTrackers(event.name, **options) for event in self.events]

    def bracketed(
        self, inner: Callable[[], Iterable[Operation]], name: str | None = None
    ) -> list[Operation]:
        """Take trackers off around ``inner``: all, or those whose condition reads ``name``."""
        off = [
            (event, tracker)
            for event in self.events
            for tracker in event.trackers
            if name is None or tracker.reads == name
        ]
        before = [pgh.RemoveTracker(event.name, tracker.label) for event, tracker in off]
        between = list(inner())
        return [
            *before,
            *between,
            *[pgh.AddTracker(event.name, tracker.build()) for event, tracker in off],
        ]


Pick = Callable[[list[Any]], Any]
Step = Callable[[World, Pick], list[Operation]]


def add_field(world: World, pick: Pick) -> list[Operation]:
    name, kind = world.fresh("f"), pick(list(VALUES))
    world.kinds[name] = kind
    operations: list[Operation] = [
        migrations.AddField(world.tracked, name, world.tracked_field(name))
    ]
    for event in world.events:
        if event.fields is not None and pick([True, False]):
            event.fields.append(name)
            operations.append(pgh.AlterEventModel(event.name, fields=[*event.fields]))
        if event.selects(name):
            event.columns[name] = True
            operations.append(migrations.AddField(event.name, name, build(kind, null=True)))
    return [*operations, *world.refresh()]


def rename_field(world: World, pick: Pick) -> list[Operation]:
    old, new = pick(list(world.kinds)), world.fresh("r")

    def operations() -> Iterator[Operation]:
        yield migrations.RenameField(world.tracked, old, new)
        world.kinds = {new if name == old else name: kind for name, kind in world.kinds.items()}
        if old in world.db_columns:
            world.db_columns[new] = world.db_columns.pop(old)
        for event in world.events:
            if old in event.columns:
                event.columns[new] = event.columns.pop(old)
                yield migrations.RenameField(event.name, old, new)
            if event.fields is not None and old in event.fields:
                event.fields = [new if name == old else name for name in event.fields]
                yield pgh.AlterEventModel(event.name, fields=[*event.fields])
            if old in event.exclude:
                event.exclude = [new if name == old else name for name in event.exclude]
                yield pgh.AlterEventModel(event.name, exclude=[*event.exclude])
            for tracker in event.trackers:
                tracker.reads = new if tracker.reads == old else tracker.reads
        yield from world.refresh()

    return world.bracketed(operations, old)


def remove_field(world: World, pick: Pick) -> list[Operation]:
    if len(world.kinds) < 2:
        return []
    name = pick(list(world.kinds))
    operations: list[Operation] = []
    after: list[Operation] = []
    for event in world.events:
        for tracker in [item for item in event.trackers if item.reads == name]:
            event.trackers.remove(tracker)
            operations.append(pgh.RemoveTracker(event.name, tracker.label))
        if name in event.columns and pick([True, False]):
            event.columns[name] = True
            operations.append(
                migrations.AlterField(event.name, name, build(world.kinds[name], null=True))
            )
        elif name in event.columns:
            del event.columns[name]
            after.append(migrations.RemoveField(event.name, name))
        if event.fields is not None and name in event.fields:
            event.fields.remove(name)
            after.append(pgh.AlterEventModel(event.name, fields=[*event.fields]))
        if name in event.exclude:
            event.exclude.remove(name)
            after.append(pgh.AlterEventModel(event.name, exclude=[*event.exclude]))
    operations += world.refresh(without=[name])
    del world.kinds[name]
    world.db_columns.pop(name, None)
    return [*operations, migrations.RemoveField(world.tracked, name), *after, *world.refresh()]


def widen(world: World, pick: Pick) -> list[Operation]:
    name = pick(list(world.kinds))
    world.kinds[name] = WIDER[world.kinds[name]]

    def operations() -> Iterator[Operation]:
        yield migrations.AlterField(world.tracked, name, world.tracked_field(name))
        for event in world.events:
            if name in event.columns:
                copied = build(world.kinds[name], null=event.columns[name])
                yield migrations.AlterField(event.name, name, copied)

    return world.bracketed(operations)


def rename_column(world: World, pick: Pick) -> list[Operation]:
    name = pick(list(world.kinds))
    world.db_columns[name] = world.fresh("Column ")
    return [
        migrations.AlterField(world.tracked, name, world.tracked_field(name)),
        *world.refresh(),
    ]


def rename_tracked(world: World, pick: Pick) -> list[Operation]:
    old, world.tracked = world.tracked, world.fresh("Sale")
    return [
        migrations.RenameModel(old, world.tracked),
        *[
            pgh.AlterEventModel(event.name, tracks=f"shop.{world.tracked}")
            for event in world.events
            if not event.reference
        ],
    ]


def rename_event(world: World, pick: Pick) -> list[Operation]:
    event = pick(world.events)
    old, event.name = event.name, world.fresh("Change")
    return [migrations.RenameModel(old, event.name), pgh.RefreshTrackers(event.name)]


def rename_tracked_table(world: World, pick: Pick) -> list[Operation]:
    return [migrations.AlterModelTable(world.tracked, world.fresh("The Table "))]


def rename_event_table(world: World, pick: Pick) -> list[Operation]:
    event = pick(world.events)
    return [
        migrations.AlterModelTable(event.name, world.fresh("The Events ")),
        pgh.RefreshTrackers(event.name),
    ]


def add_tracker(world: World, pick: Pick) -> list[Operation]:
    event = pick(world.events)
    kinds = [
        "Snapshot",
        "AfterInsert",
        "AfterInsertOrUpdate",
        "AfterUpdate",
        "BeforeUpdate",
        "AfterDelete",
        "BeforeDelete",
        "Early",
    ]
    tracker = Tracker(pick(kinds), world.fresh("t"), pick([None, pgh.Row, pgh.Statement]))
    numbers = [name for name, kind in world.kinds.items() if kind in ("integer", "big")]
    if tracker.kind == "AfterUpdate" and numbers:
        tracker.reads = pick(numbers)
    event.trackers.append(tracker)
    return [pgh.AddTracker(event.name, tracker.build())]


def remove_tracker(world: World, pick: Pick) -> list[Operation]:
    event = pick(world.events)
    if not event.trackers:
        return []
    tracker = pick(event.trackers)
    event.trackers.remove(tracker)
    return [pgh.RemoveTracker(event.name, tracker.label)]


def create_event(world: World, pick: Pick) -> list[Operation]:
    if len(world.events) >= 2:
        return []
    name, names = world.fresh("Event"), ["id", *world.kinds]
    policy: dict[str, Any] = pick([{}, {"fields": names[1:3]}, {"exclude": names[-1:]}])
    options: dict[str, Any] = {key: [*value] for key, value in policy.items()}
    event = Event(name, {}, **options)
    event.columns = {key: False for key in names if event.selects(key)}
    options = pick(
        [
            {},
            {"obj_field": None},
            {"context_field": None, "append_only": True},
            {"context_field": pgh.ContextJSONField(), "pausable": True},
        ]
    )
    if pick([True, False]):
        kinds = {"id": "big", **world.kinds}
        options["columns"] = [(key, build(kinds[key])) for key in event.columns]
    event.reference = options.get("obj_field", True) is not None
    event.trackers = [Tracker("Snapshot", world.fresh("t"), None)]
    world.events.append(event)
    tracks = f"shop.{world.tracked}"
    return [
        pgh.CreateEventModel(name, tracks=tracks, **policy, **options),
        pgh.AddTracker(name, event.trackers[0].build()),
    ]


def delete_event(world: World, pick: Pick) -> list[Operation]:
    if len(world.events) < 2:
        return []
    event = pick(world.events)
    world.events.remove(event)
    return [pgh.DeleteEventModel(event.name)]


def alter_event(world: World, pick: Pick) -> list[Operation]:
    name = pick(world.events).name
    option = pick(["append_only", "pausable", "security_definer"])
    return [
        pgh.AlterEventModel(name, **{option: pick([True, False])}),
        pgh.RefreshTrackers(name),
    ]


def add_index(world: World, pick: Pick) -> list[Operation]:
    index = models.Index(fields=["pgh_label", "pgh_id"], name=world.fresh("event_index_"))
    return [migrations.AddIndex(pick(world.events).name, index)]


def refresh(world: World, pick: Pick) -> list[Operation]:
    return [pgh.RefreshTrackers(pick(world.events).name)]


STEPS: dict[str, Step] = {
    function.__name__: function
    for function in (
        add_field,
        rename_field,
        remove_field,
        widen,
        rename_column,
        rename_tracked,
        rename_event,
        rename_tracked_table,
        rename_event_table,
        add_tracker,
        remove_tracker,
        create_event,
        delete_event,
        alter_event,
        add_index,
        refresh,
    )
}
