"""What the context costs on the wire, counted in libpq's own trace of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

import pghistory_ops as pgh
from context.tools import connected, traced
from db.shop import execute, make_shop, query
from projects import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


def trips(work: Callable[[], Any]) -> int:
    with traced() as messages:
        work()
    return messages.round_trips


def extra_trips(work: Callable[[], Any]) -> int:
    """Return how many more round trips the work takes in a context than without one."""
    without = trips(work)
    with pgh.context(user=1):
        return trips(work) - without


def in_transaction(*works: Callable[[], Any]) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic():
            for each in works:
                each()

    return work


def test_a_read_costs_nothing(thing: Any) -> None:
    def read() -> None:
        list(thing.objects.filter(name__icontains="a"))
        thing.objects.count()

    assert extra_trips(read) == 0
    assert extra_trips(in_transaction(read)) == 0
    with pgh.context(user=1), traced() as messages:
        in_transaction(read)()
    assert "set_config" not in "".join(messages)


def test_writes_cost_nothing(thing: Any) -> None:
    def write() -> None:
        thing.objects.create(name="a")
        thing.objects.update(name="b")

    assert extra_trips(write) == 0
    assert extra_trips(in_transaction(write)) == 0


def test_a_transaction_is_told_once(thing: Any) -> None:
    with pgh.context(user=1), traced() as messages, transaction.atomic():
        for _ in range(3):
            thing.objects.create(name="a")
            with transaction.atomic():
                thing.objects.update(name="b")
    told = [line for line in messages if "context_metadata" in line and line.split("\t")[1] == "F"]
    assert len(told) == 1


def test_the_end_of_a_block_costs_no_round_trip(thing: Any) -> None:
    def write() -> None:
        with pgh.context(user=1):
            thing.objects.create(name="a")
        thing.objects.create(name="b")
        list(thing.objects.all())

    without = trips(in_transaction(lambda: [thing.objects.create() for _ in "ab"]))
    assert trips(in_transaction(write)) == without + 1  # the read


def test_no_context_costs_nothing(thing: Any) -> None:
    thing.objects.create(id=1)
    with traced() as messages:
        thing.objects.create(id=2)
    assert "set_config" not in "".join(messages)


def executemany() -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO shop_thing (size) VALUES (%s)", [(1,), (2,)])


def copy() -> None:
    with connection.cursor() as cursor, cursor.copy("COPY shop_thing (size) FROM STDIN") as rows:
        rows.write_row((1,))


def test_other_ways_cost_at_most_one_in_a_transaction(thing: Any) -> None:
    assert extra_trips(executemany) == 0
    assert extra_trips(in_transaction(executemany, executemany)) == 0
    assert extra_trips(in_transaction(copy, copy)) == 1
    assert extra_trips(copy) == 2  # a transaction of its own


def test_a_procedure_costs_one_look_in_autocommit(thing: Any) -> None:
    execute("CREATE PROCEDURE add() LANGUAGE plpgsql AS 'BEGIN END'")
    assert extra_trips(lambda: execute("CALL add()")) == 1
    assert extra_trips(in_transaction(lambda: execute("CALL add()"))) == 0


def test_the_context_row_is_written_once_per_transaction(thing: Any) -> None:
    execute("CREATE TABLE written (id uuid)")
    execute(
        """
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.written VALUES (NEW.id); RETURN NEW; END $$;
        CREATE TRIGGER note BEFORE INSERT OR UPDATE ON pghistory_ops_context
        FOR EACH ROW EXECUTE FUNCTION note()
        """
    )
    with pgh.context(user=1):
        with transaction.atomic():
            for _ in range(5):
                thing.objects.create()
        assert query("SELECT count(*) FROM written") == [1]
        with transaction.atomic():
            thing.objects.create()
            thing.objects.create()
    assert query("SELECT count(*) FROM written") == [2]
    assert query("SELECT count(*) FROM pghistory_ops_context") == [1]


def test_with_json_there_is_no_row(project: Project) -> None:
    thing = make_shop(
        project,
        "pgh.Snapshot()",
        event="context_field=pgh.ContextJSONField(), context_id_field=pgh.ContextUUIDField()",
    )
    with pgh.context(user=1) as ctx:
        thing.objects.create()
    found = query("SELECT pgh_context::text, pgh_context_id FROM shop_thingevent")
    assert found == [('{"user": 1}', ctx.id)]
    assert query("SELECT count(*) FROM pghistory_ops_context") == [0]


def test_prepared_statements_go_on_working(thing: Any) -> None:
    with connected(server_side_binding=True, prepare_threshold=0), pgh.context(user=1) as ctx:
        for _ in range(4):
            thing.objects.create(size=1)
            execute("UPDATE shop_thing SET size = 2 WHERE size = 1")
        with transaction.atomic():
            for _ in range(4):
                thing.objects.create(size=1)
                execute("UPDATE shop_thing SET size = 2 WHERE size = 1")
    assert set(query("SELECT pgh_context_id FROM shop_thingevent")) == {ctx.id}
