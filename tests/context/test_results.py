"""What a statement gives its caller is what it gives without a context."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.rows import class_row, dict_row, namedtuple_row, scalar_row

import pghistory_ops as pgh
from context.tools import INSERT, MODES, WRITING_FUNCTION, keys_of_events
from db.shop import execute

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


@pytest.mark.parametrize("mode", MODES)
def test_a_statement_has_its_own_results(thing: Any, mode: str) -> None:
    with MODES[mode](), pgh.context(user=1), connection.cursor() as cursor:
        cursor.execute(f"{INSERT} RETURNING id, name", [1, "a"])
        assert cursor.description is not None
        assert [column.name for column in cursor.description] == ["id", "name"]
        assert cursor.rowcount == 1
        assert cursor.cursor.statusmessage == "INSERT 0 1"
        assert cursor.fetchone() == (1, "a")
        assert cursor.fetchone() is None
        assert not cursor.nextset()
        cursor.execute("UPDATE shop_thing SET size = 1")
        assert cursor.rowcount == 1
        assert cursor.description is None
        execute("DO 'BEGIN END'")


@pytest.mark.parametrize("factory", [dict_row, namedtuple_row, scalar_row, class_row(dict)])
def test_rows_are_made_as_the_caller_says(thing: Any, factory: Any) -> None:
    made = {dict_row: {"id": 1, "name": "a"}, namedtuple_row: (1, "a"), scalar_row: 1}
    with pgh.context(user=1), connection.connection.cursor(row_factory=factory) as cursor:
        cursor.execute(f"{INSERT} RETURNING id, name", [1, "a"])
        assert cursor.fetchone() == made.get(factory, made[dict_row])


@pytest.mark.parametrize("mode", MODES)
def test_several_statements_have_their_own_results(thing: Any, mode: str) -> None:
    with MODES[mode](), pgh.context(user=1), connection.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO shop_thing (id) VALUES (1) RETURNING id; SELECT 2; "
            "UPDATE shop_thing SET size = 4"
        )
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset()
        assert cursor.fetchall() == [(2,)]
        assert cursor.nextset()
        assert cursor.statusmessage == "UPDATE 1"
        assert not cursor.nextset()
        if hasattr(cursor, "set_result"):
            assert cursor.set_result(0).fetchall() == [(1,)]
            assert cursor.set_result(-2).fetchall() == [(2,)]
            with pytest.raises(IndexError):
                cursor.set_result(3)
            with pytest.raises(IndexError):
                cursor.set_result(-4)


@pytest.mark.parametrize("mode", MODES)
def test_an_error_is_the_one_of_the_statement(thing: Any, mode: str) -> None:
    with pgh.context(user=1) as ctx, MODES[mode]():
        thing.objects.create(id=1)
        with pytest.raises(DatabaseError, match="duplicate key") as error, transaction.atomic():
            execute("INSERT INTO shop_thing (id) VALUES (%s)", [1])
        assert "set_config" not in str(error.value)
        thing.objects.create(id=2)
    assert keys_of_events() == [ctx.id, ctx.id]


@pytest.mark.parametrize("mode", MODES)
def test_a_failed_copy_is_undone(thing: Any, mode: str) -> None:
    def fail() -> None:
        copying = "COPY shop_thing (id) FROM STDIN"
        with MODES[mode](), connection.cursor() as cursor, cursor.copy(copying) as rows:
            rows.write_row((1,))
            rows.write_row((1,))

    with pgh.context(user=1) as ctx:
        with pytest.raises(psycopg.errors.UniqueViolation):
            fail()
        assert not thing.objects.exists()
        assert not connection.in_atomic_block
        thing.objects.create(id=2)
    assert keys_of_events() == [ctx.id]


def test_a_stream_that_is_left_early_is_undone(thing: Any) -> None:
    execute(WRITING_FUNCTION)
    with pgh.context(user=1), connection.connection.cursor() as cursor:
        stream = cursor.stream("SELECT add_thing(n) FROM generate_series(1, 100000) AS n")
        assert next(stream) == (1,)
        stream.close()
    assert not thing.objects.exists()
    assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize("parameters", [[1, "a"], (1, "a"), [2, None]])
def test_the_parameters_of_the_caller_stay_as_they_are(thing: Any, parameters: Any) -> None:
    before = type(parameters)(parameters)
    with pgh.context(user=1):
        execute(INSERT, parameters)
    assert parameters == before
    assert type(parameters) is type(before)
