"""Every question about history, against a history that is kept in plain Python."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from pghistory_ops.queries import scope
from projects import Project

from .reads import compare_reads, expected, told

pytestmark = pytest.mark.django_db

Row = dict[str, Any]

KEYS = st.integers(1, 3)
NAMES = st.sampled_from([None, "a", "b"])
SIZES = st.sampled_from([None, 0, 1, 2])
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), KEYS, NAMES, SIZES),
        st.tuples(st.just("insert"), KEYS, NAMES, SIZES),
        st.tuples(st.just("update"), st.sets(KEYS, min_size=1), NAMES, SIZES),
        st.tuples(st.just("update"), st.sets(KEYS, min_size=1), NAMES, st.just("size")),
        st.tuples(st.just("save"), KEYS, NAMES, SIZES),
        st.tuples(st.just("upsert"), KEYS, NAMES, SIZES),
        st.tuples(st.just("delete"), st.sets(KEYS, min_size=1)),
        st.tuples(st.just("seen"), KEYS),
        st.tuples(st.just("told"), KEYS, NAMES, SIZES, st.integers(0, 20)),
        st.tuples(st.just("rollback"), KEYS, NAMES, SIZES),
        st.tuples(st.just("truncate")),
    ),
    max_size=14,
)


@dataclass
class Told:
    """An event, and what the model says of it."""

    pk: int
    label: str
    key: int
    row: Row
    created_at: datetime
    changes: dict[str, tuple[Any, Any]] | None


@dataclass
class History:
    """The history of a table in plain Python.

    ``known`` is each row as the last event has it that another is compared with. ``states`` are the
    moments from which an object was in a state, in the order of time.
    """

    old: set[str]
    gone: set[str]
    table: dict[int, Row] = field(default_factory=dict)
    known: dict[int, Row | None] = field(default_factory=dict)
    events: list[Told] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    states: dict[int, list[tuple[datetime, Row | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def state_at(self, moment: datetime) -> dict[int, Row]:
        """Return the table as it was, as far as events tell."""
        found = {}
        for key, states in self.states.items():
            place = bisect_right(states, moment, key=itemgetter(0))
            row = states[place - 1][1] if place else None
            if row is not None:
                found[key] = row
        return found

    def tell_of(self, key: int, row: Row, at: datetime) -> None:
        """Take down an event that was written by hand, and says that a row was so at a moment."""
        insort(self.states[key], (at, row), key=itemgetter(0))
        self.tell(self.table, {key: row})

    def tell(self, after: dict[int, Row], by_hand: dict[int, Row] | None = None) -> None:
        """Take down the events of a write that has made ``after`` of the table."""
        last = self.events[-1].pk if self.events else 0
        found = query(
            "SELECT pgh_id, pgh_label, id, name, size, pgh_created_at FROM shop_thingevent "
            "WHERE pgh_id > %s ORDER BY pgh_id",
            [last],
        )
        said = set()  # an event says what a row is, though it may be what it was
        renewed = set()  # an old row that comes after the new one is compared with nothing
        for pk, label, key, name, size, created_at in found:
            row = {"name": name, "size": size}
            before, now = self.table.get(key), (by_hand or after).get(key)
            if label in self.gone:
                assert row == before
                assert now is None
                changes, self.known[key] = None, None
            elif label in self.old:
                assert row == before
                assert now is not None
                changes = difference(before, now)
                if key not in renewed:
                    self.known[key] = row
            else:
                assert row == now
                changes, self.known[key] = difference(self.known.get(key), row), row
                renewed.add(key)
                if not by_hand:
                    said.add(key)
            self.events.append(Told(pk, label, key, row, created_at, changes))
        moment = query("SELECT clock_timestamp()")[0]
        for key in self.table.keys() | after.keys():
            if key in said or self.table.get(key) != after.get(key):
                self.states[key].append((moment, after.get(key)))
        self.table = after
        self.moments.append(moment)


def difference(old: Row | None, new: Row | None) -> dict[str, tuple[Any, Any]] | None:
    if old is None or new is None:
        return None
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def write(thing: Any, history: History, step: tuple[Any, ...]) -> None:
    """Write to the table, by the ORM or by SQL, and to its model."""
    kind, *values = step
    after = dict(history.table)
    if kind in ("insert", "save", "upsert", "rollback"):
        key, name, size = values
        row = {"name": name, "size": size}
        if kind == "insert" and key not in after:
            thing.objects.create(id=key, **row)
            after[key] = row
        elif kind == "save":
            thing(id=key, **row).save()
            after[key] = row
        elif kind == "upsert":
            execute(
                "INSERT INTO shop_thing (id, name, size) VALUES (%s, %s, %s) "
                "ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, size = EXCLUDED.size",
                [key, name, size],
            )
            after[key] = row
        elif kind == "rollback":
            with transaction.atomic():
                thing(id=key, **row).save()
                transaction.set_rollback(True)
    elif kind == "update":
        keys, name, size = values
        some = thing.objects.filter(id__in=keys)
        if size == "size":
            some.update(name=name)
        else:
            some.update(name=name, size=size)
        for key in keys & after.keys():
            changed = after[key]["size"] if size == "size" else size
            after[key] = {"name": name, "size": changed}
    elif kind == "delete":
        thing.objects.filter(id__in=values[0]).delete()
        after = {key: row for key, row in after.items() if key not in values[0]}
    elif kind == "seen" and values[0] in after and "seen" in labels(thing):
        pgh.create_event(thing.objects.get(id=values[0]), label="seen")
    elif kind == "told":
        key, name, size, place = values
        row = {"name": name, "size": size}
        label = "seen" if "seen" in labels(thing) else "saved"
        if label in labels(thing):
            at = history.moments[place % len(history.moments)]
            item = thing.from_db("default", ["id", "name", "size"], [key, name, size])
            pgh.create_event(item, label=label, at=at)
            history.tell_of(key, row, at)
        return
    elif kind == "truncate" and "cleared" in labels(thing):
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("TRUNCATE shop_thing")
        after = {}
    history.tell(after)


def labels(thing: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = pgh.events(thing).history.labels
    return found


def compare(thing: Any, history: History, data: st.DataObject) -> None:
    """Ask every question, and compare the answers."""
    events = history.events
    of: dict[int, list[Told]] = defaultdict(list)
    for event in events:
        of[event.key].append(event)

    assert told(pgh.events(thing)) == expected(events)
    everyone = [thing(id=key) for key in (1, 2, 3)]
    assert told(pgh.events(thing).for_objects(everyone)) == expected(events)
    living = [event for event in events if event.key in history.table]
    assert told(pgh.events(thing.objects.all())) == expected(living)
    for key in (1, 2, 3):
        found = pgh.events(thing(id=key))
        assert [(e.pgh_label, e.name, e.size) for e in found] == [
            (e.label, e.row["name"], e.row["size"]) for e in of[key]
        ]
        assert told(found) == expected(of[key])

    name, label = data.draw(NAMES), data.draw(st.sampled_from(labels(thing)))
    key = data.draw(KEYS)
    some = [event for event in events if event.row["name"] == name]
    assert told(pgh.events(thing).filter(name=name)) == expected(some)
    some = [event for event in of[key] if event.label == label]
    found = pgh.events(thing(id=key)).with_changes().labeled(label)
    assert told(found) == expected(some)
    assert told(found.reverse()[:2]) == expected(some[::-1][:2])
    newest = sorted(some[-1].pk for some in of.values() if some)
    assert [e.pk for e in pgh.events(thing).latest_per_object()] == newest
    labeled = {event.key: event.pk for event in events if event.label == label}
    found = pgh.events(thing).labeled(label).latest_per_object()
    assert [e.pk for e in found] == sorted(labeled.values())

    start, end = sorted(data.draw(st.sampled_from(history.moments)) for _ in "ab")
    some = [event for event in events if start <= event.created_at < end]
    assert told(pgh.events(thing).between(start, end)) == expected(some)

    for row in pgh.Events.objects.tracks(thing(id=key)):
        event = next(event for event in events if event.pk == row.pgh_id)
        pairs = event.changes and {name: list(pair) for name, pair in event.changes.items()}
        assert row.pgh_diff == (event.changes if event.changes is None else pairs or {})
        assert row.pgh_data == {"id": event.key, **event.row}
    assert list(pgh.Events.objects.order_by("pgh_id").values_list("pgh_id", "pgh_diff")) == [
        (e.pk, None if e.changes is None else {n: list(pair) for n, pair in e.changes.items()})
        for e in events
    ]


def compare_states(thing: Any, history: History, data: st.DataObject) -> None:
    for moment in history.moments:
        table = history.state_at(moment)
        found = pgh.events(thing).as_of(moment)
        assert {event.id: {"name": event.name, "size": event.size} for event in found} == table
        then = found.filter(size=1).as_instances()
        assert {item.pk for item in then} == {k for k, row in table.items() if row["size"] == 1}
    moment = data.draw(st.sampled_from(history.moments))
    table = history.state_at(moment)
    key = data.draw(KEYS)
    then = [row["name"] for number, row in table.items() if number == key]
    found = pgh.events(thing)
    own = {found.history.identity[0]: key}
    for one in (
        pgh.events(thing(id=key)).as_of(moment),
        found.filter(**own).as_of(moment),
        found.as_of(moment).filter(**own),
    ):
        assert [event.name for event in one] == then
    some = {f"{found.history.identity[0]}__in": [key, 3]}
    assert found.as_of(moment).filter(**some).count() == len({key, 3} & table.keys())
    assert found.as_of(moment).exclude(**own).count() == len(table.keys() - {key})


def compare_revert(thing: Any, history: History, data: st.DataObject) -> None:
    if not history.events:
        return
    event = data.draw(st.sampled_from(history.events))
    item = pgh.revert(pgh.events(thing).get(pk=event.pk))
    row = {"name": item.name, "size": item.size}
    assert (item.pk, row) == (event.key, event.row)
    history.tell({**history.table, event.key: row})
    assert thing.objects.filter(**{"id": event.key, **row}).exists()


CONFIGURATIONS = {
    "snapshot": (["pgh.Snapshot()", "pgh.AfterDelete('gone')"], ""),
    "statements": (
        [
            "pgh.Snapshot('saved', level=pgh.Statement)",
            "pgh.AfterTruncate('cleared')",
            "pgh.AfterDelete('gone', level=pgh.Statement)",
        ],
        "obj_field=None",
    ),
    "old first": (
        ["pgh.Snapshot()", "pgh.AfterDelete('gone')", "pgh.BeforeUpdate('aaa')"],
        "",
    ),
    "old last": (
        ["pgh.Snapshot()", "pgh.BeforeDelete('gone')", "pgh.BeforeUpdate('zzz')"],
        "",
    ),
    "old of statements": (
        [
            "pgh.AfterInsertOrUpdate('saved', level=pgh.Row)",
            "pgh.BeforeUpdate('aaa', level=pgh.Statement)",
            "pgh.DatabaseTracker('bbb', operation=pgh.Update, when=pgh.Before, snapshot='OLD')",
            "pgh.AfterDelete('gone', level=pgh.Row)",
            "pgh.ManualTracker('seen')",
        ],
        "",
    ),
    "old alone": (
        ["pgh.AfterInsert('made')", "pgh.BeforeUpdate('old')", "pgh.AfterDelete('gone')"],
        "",
    ),
    "conditions": (
        [
            "pgh.Snapshot()",
            "pgh.AfterUpdate('grown', condition=pgh.Q(new__size__gt=pgh.F('old__size')))",
            "pgh.BeforeUpdate('big', condition=pgh.Q(old__size=2))",
            "pgh.AfterUpdate('touched')",
            "pgh.AfterDelete('gone')",
            "pgh.BeforeDelete('small', condition=pgh.Q(old__size=1))",
            "pgh.ManualTracker('seen')",
        ],
        "",
    ),
}
OLD = {"aaa", "bbb", "zzz", "old", "big"}
GONE = {"gone", "cleared", "small"}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_history_is_what_happened(
    project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "FEW", 4)  # slices of both sizes are drawn
    trackers, options = CONFIGURATIONS[name]
    thing = make_shop(project, *trackers, event=options)

    @settings(max_examples=25)
    @given(WRITES, st.data())
    def run(writes: list[tuple[Any, ...]], data: st.DataObject) -> None:
        history = History(OLD, GONE)
        with transaction.atomic():
            history.tell({})
            for step in writes:
                write(thing, history, step)
            compare(thing, history, data)
            compare_reads(thing, history, data)
            if name == "old alone":
                with pytest.raises(ValueError, match="is in no event"):
                    pgh.events(thing).as_of(history.moments[0])
            else:
                compare_states(thing, history, data)
            compare_revert(thing, history, data)
            compare(thing, history, data)
            transaction.set_rollback(True)

    run()
