"""An event carries the context that the client has set; a context is written with its events."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

FIRST, SECOND = UUID(int=1), UUID(int=2)
CHANGES = "operation=pgh.Insert | pgh.Update | pgh.Delete"
LEVELS = [
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Row)",
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Statement)",
]
JSON = "context_field=pgh.ContextJSONField()"
UUIDS = f"{JSON}, context_id_field=pgh.ContextUUIDField()"


def set_context(key: UUID | str, metadata: str = "{}", pending: str = "1", **others: str) -> None:
    settings = {"id": str(key), "metadata": metadata, "pending": pending, **others}
    for name, value in settings.items():
        execute("SELECT set_config(%s, %s, true)", [f"pghistory_ops.context_{name}", value])


def contexts() -> dict[UUID, object]:
    rows = query("SELECT id, metadata::text FROM pghistory_ops_context")
    return {key: json.loads(metadata) for key, metadata in rows}


def pending() -> str:
    return query("SELECT current_setting('pghistory_ops.context_pending', true)")[0]


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_context_is_written_with_its_first_event(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    set_context(FIRST, '{"user": 1}', parent_id=str(SECOND))
    execute("UPDATE shop_thing SET size = 1")
    execute("DELETE FROM shop_thing")
    execute("INSERT INTO shop_thing SELECT * FROM shop_thing")
    assert contexts() == {}
    thing.objects.bulk_create([thing(id=1), thing(id=2)])
    thing.objects.update(size=1)
    assert contexts() == {FIRST: {"user": 1}}
    assert events("pgh_context_id") == [FIRST] * 4
    assert query("SELECT parent_id FROM pghistory_ops_context") == [SECOND]


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_context_is_written_once(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    set_context(FIRST)
    assert pending() == "1"
    thing.objects.create(id=1)
    assert pending() == ""
    execute("DELETE FROM pghistory_ops_context")
    thing.objects.update(size=1)
    assert contexts() == {}


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_context_that_was_rolled_back_is_written_with_the_next_event(
    project: Project, tracker: str
) -> None:
    thing = make_shop(project, tracker)
    set_context(FIRST, '{"user": 1}')
    execute("SAVEPOINT here")
    thing.objects.create(id=1)
    execute("ROLLBACK TO SAVEPOINT here")
    assert contexts() == {}
    assert pending() == "1"
    thing.objects.create(id=2)
    assert contexts() == {FIRST: {"user": 1}}
    assert events("id, pgh_context_id") == [(2, FIRST)]


@pytest.mark.parametrize("tracker", LEVELS)
def test_what_a_context_says_of_a_key_last_stays(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    set_context(FIRST, '{"user": 1, "url": "/"}')
    thing.objects.create(id=1)
    set_context(FIRST, '{"user": 2, "job": 3}')
    thing.objects.create(id=2)
    assert contexts() == {FIRST: {"user": 2, "url": "/", "job": 3}}


@pytest.mark.parametrize(("root", "found"), [(str(SECOND), SECOND), ("", FIRST)])
def test_a_context_names_the_outermost_one(project: Project, root: str, found: UUID) -> None:
    thing = make_shop(project, LEVELS[0])
    set_context(FIRST, root_id=root)
    thing.objects.create(id=1)
    assert query("SELECT root_id FROM pghistory_ops_context") == [found]


@pytest.mark.parametrize("tracker", LEVELS)
def test_each_event_has_the_context_of_its_time(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    thing.objects.create(id=1)
    set_context(FIRST)
    thing.objects.create(id=2)
    set_context(SECOND)
    thing.objects.create(id=3)
    set_context("", "", "")
    thing.objects.create(id=4)
    assert events("pgh_context_id") == [None, FIRST, SECOND, None]
    assert contexts() == {FIRST: {}, SECOND: {}}


def test_a_truncate_writes_the_context_if_there_was_a_row(project: Project) -> None:
    thing = make_shop(project, "pgh.AfterTruncate()")
    set_context(FIRST)
    execute("TRUNCATE shop_thing")
    assert contexts() == {}
    thing.objects.create(id=1)
    assert contexts() == {}
    execute("TRUNCATE shop_thing")
    assert contexts() == {FIRST: {}}
    assert events("pgh_context_id") == [FIRST]


@pytest.mark.parametrize("tracker", LEVELS)
def test_an_event_that_the_condition_leaves_out_writes_no_context(
    project: Project, tracker: str
) -> None:
    condition = ", condition=pgh.Q(new__size=1))"
    tracker = tracker.replace(CHANGES, "operation=pgh.Insert | pgh.Update")[:-1] + condition
    thing = make_shop(project, tracker)
    set_context(FIRST)
    thing.objects.create(id=1, size=2)
    assert contexts() == {}
    thing.objects.update(size=1)
    assert contexts() == {FIRST: {}}


@pytest.mark.parametrize("tracker", [*LEVELS, "pgh.AfterTruncate()"])
@pytest.mark.parametrize("event", [JSON, UUIDS])
def test_a_context_can_stand_in_the_event_itself(
    project: Project, tracker: str, event: str
) -> None:
    thing = make_shop(project, tracker, event=event)
    set_context(FIRST, '{"user": "O\'Hara \\\\ %"}')
    thing.objects.create(id=1)
    execute("TRUNCATE shop_thing")
    set_context("", "", "")
    thing.objects.create(id=2)
    execute("TRUNCATE shop_thing")
    metadata = [value and json.loads(value) for value in events("pgh_context::text")]
    assert metadata == [{"user": "O'Hara \\ %"}, None]
    if event == UUIDS:
        assert events("pgh_context_id") == [FIRST, None]
    assert contexts() == {}


@pytest.mark.parametrize("tracker", LEVELS)
def test_an_event_model_without_context_reads_none(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker, event="context_field=None")
    set_context("no uuid", "no json")
    thing.objects.create(id=1)
    assert events("id") == [1]
    assert contexts() == {}


@pytest.mark.parametrize("tracker", [*LEVELS, "pgh.AfterTruncate()"])
@pytest.mark.parametrize(
    ("event", "key", "metadata"),
    [
        ("", "no uuid", "{}"),
        ("", "", "{}"),
        ("", str(FIRST), "no json"),
        ("", str(FIRST), ""),
        (JSON, str(FIRST), "no json"),
        (UUIDS, "no uuid", "{}"),
    ],
)
def test_a_broken_context_makes_the_write_fail(
    project: Project, tracker: str, event: str, key: str, metadata: str
) -> None:
    thing = make_shop(project, tracker, event=event)
    statement = "INSERT INTO shop_thing VALUES (2, 'b', 2)"
    if "Truncate" in tracker:
        execute(statement)
        statement = "TRUNCATE shop_thing"
    before = thing.objects.count()
    set_context(key, metadata)
    with pytest.raises(DatabaseError, match="invalid input syntax"), transaction.atomic():
        execute(statement)
    assert thing.objects.count() == before
    assert events() == []
    assert contexts() == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tracker", LEVELS)
def test_a_context_ends_with_its_transaction(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    with transaction.atomic():
        set_context(FIRST)
        thing.objects.create(id=1)
    thing.objects.create(id=2)
    assert events("pgh_context_id") == [FIRST, None]
    execute("TRUNCATE pghistory_ops_context")
