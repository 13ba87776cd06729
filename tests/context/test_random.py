"""Random sequences, against a model in Python of the context that each event must have."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pghistory_ops as pgh
from context.tools import TRACKER, connected
from db.shop import execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

# What is done to the transaction comes as often as what is written in it.
WEIGHTS = {
    ("open", "x"): 3,
    ("open", "y"): 2,
    ("close",): 6,
    ("add", "x"): 2,
    ("pause",): 1,
    ("begin",): 2,
    ("commit",): 2,
    ("rollback",): 1,
    ("fail",): 1,
    ("savepoint", "a"): 5,
    ("savepoint", "b"): 4,
    ("rollback to", 0): 3,
    ("rollback to", 1): 3,
    ("rollback to", 2): 1,
    ("release", 0): 1,
    ("release", 1): 2,
    ("read",): 1,
    ("insert",): 14,
    ("executemany",): 1,
    ("copy",): 1,
    ("function",): 1,
    ("script",): 1,
}
STEPS = st.sampled_from([step for step, weight in WEIGHTS.items() for _ in range(weight)])


@dataclass
class Model:
    """What must be recorded: (row, number of its block, what was said) for each event.

    Attributes:
        blocks: The open blocks and pauses: the block's number and metadata, or None for a pause.
        said: What the row of each block says, of the blocks that have one.
        savepoints: Their names, with the events and rows at each; the first is the transaction.
    """

    blocks: list[tuple[int, dict[str, int]] | None] = field(default_factory=list)
    events: list[tuple[int, int | None]] = field(default_factory=list)
    said: dict[int, dict[str, int]] = field(default_factory=dict)
    savepoints: list[tuple[str, int, dict[int, dict[str, int]]]] = field(default_factory=list)
    failed: bool = False
    rows: int = 0
    opened: int = 0
    values: int = 0

    @property
    def in_transaction(self) -> bool:
        return bool(self.savepoints)

    @property
    def innermost(self) -> tuple[int, dict[str, int]] | None:
        return next((block for block in reversed(self.blocks) if block is not None), None)

    @property
    def paused(self) -> bool:
        return None in self.blocks

    def value(self) -> int:
        self.values += 1
        return self.values

    def write(self) -> int:
        self.rows += 1
        if not self.paused:
            block = self.innermost
            self.events.append((self.rows, block and block[0]))
            if block is not None:
                number, metadata = block
                self.said[number] = {**self.said.get(number, {}), **metadata}
        return self.rows

    def mark(self, name: str) -> None:
        self.savepoints.append((name, len(self.events), dict(self.said)))

    def go_back(self, place: int) -> None:
        _, events, said = self.savepoints[place]
        del self.events[events:]
        self.said = dict(said)
        self.failed = False

    def place(self, number: int) -> int:
        """Return the place of some savepoint; of those with one name, of the newest."""
        name = self.savepoints[1 + number % (len(self.savepoints) - 1)][0]
        return max(place for place, item in enumerate(self.savepoints) if item[0] == name)


@dataclass
class Play:
    """Does each step in the model and on the server."""

    model: Model = field(default_factory=Model)
    scopes: list[Any] = field(default_factory=list)
    keys: dict[Any, int] = field(default_factory=dict)

    def __call__(self, kind: str, *arguments: Any) -> None:
        model = self.model
        match kind:
            case "open" if len(self.scopes) < 4:
                metadata = {arguments[0]: model.value()}
                around = model.innermost
                scope = pgh.context(**metadata)
                self.keys[scope.__enter__().id] = model.opened
                self.scopes.append(scope)
                model.blocks.append((model.opened, {**(around[1] if around else {}), **metadata}))
                model.opened += 1
            case "pause" if len(self.scopes) < 4:
                self.scopes.append(pgh.paused("shop.ThingEvent"))
                self.scopes[-1].__enter__()
                model.blocks.append(None)
            case "close" if self.scopes:
                self.scopes.pop().__exit__(None, None, None)
                model.blocks.pop()
            case "add":
                value = model.value()
                pgh.add_context(**{arguments[0]: value})
                for place in range(len(model.blocks) - 1, -1, -1):
                    block = model.blocks[place]
                    if block is not None:
                        model.blocks[place] = (block[0], {**block[1], arguments[0]: value})
                        break
            case "begin" if not model.in_transaction:
                execute("BEGIN")
                model.mark("")
            case "commit" if model.in_transaction:
                execute("COMMIT")
                if model.failed:
                    model.go_back(0)
                model.savepoints = []
            case "rollback" if model.in_transaction:
                execute("ROLLBACK")
                model.go_back(0)
                model.savepoints = []
            case "rollback to" if len(model.savepoints) > 1:
                place = model.place(arguments[0])
                execute(f"ROLLBACK TO SAVEPOINT {model.savepoints[place][0]}")
                model.go_back(place)
                del model.savepoints[place + 1 :]
            case "fail":
                with pytest.raises(connection.Database.Error):
                    connection.connection.execute("INSERT INTO shop_thing (id) VALUES (1 / 0)")
                model.failed = model.in_transaction
                self("rollback to", 0)
            case _ if not model.failed:
                self.in_a_sound_transaction(kind, *arguments)

    def in_a_sound_transaction(self, kind: str, *arguments: Any) -> None:
        model = self.model
        match kind:
            case "savepoint":
                self("begin")
                execute(f"SAVEPOINT {arguments[0]}")
                model.mark(arguments[0])
            case "release" if len(model.savepoints) > 1:
                place = model.place(arguments[0])
                execute(f"RELEASE {model.savepoints[place][0]}")
                del model.savepoints[place:]
            case "read":
                query("SELECT count(*) FROM shop_thing")
            case "insert":
                execute("INSERT INTO shop_thing (id) VALUES (%s)", [model.write()])
            case "executemany":
                with connection.cursor() as cursor:
                    rows = [(model.write(),), (model.write(),)]
                    cursor.executemany("INSERT INTO shop_thing (id) VALUES (%s)", rows)
            case "copy":
                copying = "COPY shop_thing (id) FROM STDIN"
                with connection.cursor() as cursor, cursor.copy(copying) as rows:
                    rows.write_row((model.write(),))
            case "function":
                query("SELECT add_thing(%s)", [model.write()])
            case "script" if not model.in_transaction:
                first, second = model.write(), model.write()
                execute(
                    f"BEGIN; INSERT INTO shop_thing (id) VALUES ({first}); SAVEPOINT a; "
                    f"INSERT INTO shop_thing (id) VALUES ({second + 1}); ROLLBACK TO a; COMMIT; "
                    f"INSERT INTO shop_thing (id) VALUES ({second});"
                )
                model.rows += 1

    def end(self) -> None:
        while self.scopes:
            self.scopes.pop().__exit__(None, None, None)
        if self.model.in_transaction:
            self("commit")

    def compare(self) -> None:
        rows = query(
            "SELECT shop_thingevent.id, pgh_context_id, metadata::text FROM shop_thingevent "
            "LEFT JOIN pghistory_ops_context AS context ON context.id = pgh_context_id "
            "ORDER BY pgh_id"
        )
        found = [(row, key and self.keys[key]) for row, key, _ in rows]
        assert found == self.model.events
        said = {self.keys[key]: json.loads(text) for _, key, text in rows if key}
        assert said == self.model.said


@pytest.fixture
def shop(project: Project) -> None:
    make_shop(project, TRACKER, event="pausable=True")
    execute(
        "CREATE FUNCTION add_thing(key int) RETURNS int LANGUAGE sql "
        "AS 'INSERT INTO shop_thing (id) VALUES (key) RETURNING id'"
    )


@pytest.mark.parametrize("binding", ["client", "server"])
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEPS, min_size=15, max_size=40))
def test_each_event_has_the_context_of_its_time(shop: None, binding: str, steps: list[Any]) -> None:
    with ExitStack() as stack:
        if binding == "server":
            stack.enter_context(connected(server_side_binding=True))
        execute("TRUNCATE shop_thing, shop_thingevent, pghistory_ops_context")
        play = Play()
        stack.callback(play.end)
        for step in steps:
            play(*step)
        play.end()
        play.compare()
