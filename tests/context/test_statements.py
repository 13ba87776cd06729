"""Whatever the kind of statement: what it writes has the context that is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.models import F, Func, Value
from django.db.models.functions import Upper
from psycopg import sql

import pghistory_ops as pgh
from context.tools import (
    INSERT,
    MODES,
    WRITING_FUNCTION,
    count_contexts,
    keys_of_events,
    metadata_of_events,
)
from db.shop import execute, query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


def save(thing: Any) -> None:
    thing(id=1).save()


def bulk_create(thing: Any) -> None:
    thing.objects.bulk_create([thing(id=1), thing(id=2)])


def upsert(thing: Any) -> None:
    thing.objects.bulk_create([thing(id=1)], ignore_conflicts=True)


def update_and_delete(thing: Any) -> None:
    thing.objects.create(id=1)
    thing.objects.update(size=F("id"))
    thing.objects.all().delete()


def raw(thing: Any) -> None:
    execute("INSERT INTO shop_thing (id, name) VALUES (1, '100%')")
    execute(INSERT, [2, "100%s ' \\ ; --"])
    execute("UPDATE shop_thing SET size = 1 WHERE name LIKE '100%'")


def with_a_comment_in_front(thing: Any) -> None:
    execute("/* a; /* b */ */ -- c;\n INSERT INTO shop_thing (id) VALUES (1) -- d")


def several_statements(thing: Any) -> None:
    execute("INSERT INTO shop_thing (id) VALUES (1); UPDATE shop_thing SET size = 1;")


def named_parameters(thing: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_thing (id, size) VALUES (%(a)s, %(a)s)", {"a": 1})


def executemany(thing: Any) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [(1, "a"), (2, "b")])
        assert cursor.rowcount == 2


def executemany_of_a_generator(thing: Any) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, ((key, "a") for key in (1, 2)))


def executemany_returning(thing: Any) -> None:
    with connection.connection.cursor() as cursor:
        cursor.executemany(f"{INSERT} RETURNING id", [(1, "a"), (2, "b")], returning=True)
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset()
        assert cursor.fetchall() == [(2,)]
        assert not cursor.nextset()


def copy(thing: Any) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY shop_thing (id, name) FROM STDIN") as rows:
            rows.write_row((1, "a"))
            rows.write_row((2, "b"))
        assert cursor.rowcount == 2


def copy_of_a_writing_function(thing: Any) -> None:
    statement = "COPY (SELECT add_thing(%s)) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement, [1]) as rows:
        assert list(rows.rows()) == [("1",)]


def writing_function(thing: Any) -> None:
    assert query("SELECT add_thing(1)") == [1]


def writing_function_of_the_orm(thing: Any) -> None:
    thing.objects.bulk_create([thing(id=1)])
    call = Func(Value(2), function="add_thing", output_field=models.IntegerField())
    assert thing.objects.filter(id=1).values_list(call, flat=True).get() == 2


def callproc(thing: Any) -> None:
    with connection.cursor() as cursor:
        cursor.callproc("add_thing", [1])
        assert cursor.fetchall() == [(1,)]


def named_cursor(thing: Any) -> None:
    call = Func(Value(2), function="add_thing", output_field=models.IntegerField())
    thing.objects.bulk_create([thing(id=1)])
    assert list(thing.objects.values_list(call, flat=True).iterator()) == [2]


def named_cursor_of_psycopg(thing: Any) -> None:
    withhold = connection.get_autocommit()
    with connection.connection.cursor("named", withhold=withhold) as cursor:
        cursor.execute("SELECT add_thing(1)")
        assert cursor.fetchall() == [(1,)]


def stream(thing: Any) -> None:
    with connection.connection.cursor() as cursor:
        statement = "SELECT add_thing(n) FROM generate_series(1, %s) AS n"
        assert list(cursor.stream(statement, [3])) == [(1,), (2,), (3,)]


def with_query(thing: Any) -> None:
    added = query("WITH x AS (INSERT INTO shop_thing (id) VALUES (1) RETURNING id) TABLE x")
    assert added == [1]


def merge(thing: Any) -> None:
    execute(
        "MERGE INTO shop_thing USING (VALUES (1)) AS new (id) ON new.id = shop_thing.id "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (new.id)"
    )


def explain_analyze(thing: Any) -> None:
    execute("EXPLAIN (ANALYZE) INSERT INTO shop_thing (id) VALUES (1)")


def prepared_statement(thing: Any) -> None:
    execute("PREPARE add AS INSERT INTO shop_thing (id) VALUES ($1)")
    execute("EXECUTE add (1)")
    execute("DEALLOCATE add")


def anonymous_block(thing: Any) -> None:
    execute("DO $$ BEGIN INSERT INTO shop_thing (id) VALUES (1); END $$")


def composed(thing: Any) -> None:
    statement = sql.SQL("INSERT INTO {} (id, name) VALUES ({}, {})").format(
        sql.Identifier("shop_thing"), sql.Placeholder(), sql.Literal("%%s")
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [1])


def encoded(thing: Any) -> None:
    connection.connection.execute("INSERT INTO shop_thing (id, name) VALUES (1, 'é')".encode())


def procedure(thing: Any) -> None:
    execute("CREATE PROCEDURE add() LANGUAGE plpgsql AS 'BEGIN PERFORM add_thing(1); END'")
    execute("CALL add()")


WRITES: list[Callable[[Any], None]] = [
    save,
    bulk_create,
    upsert,
    update_and_delete,
    raw,
    with_a_comment_in_front,
    several_statements,
    named_parameters,
    executemany,
    executemany_of_a_generator,
    executemany_returning,
    copy,
    copy_of_a_writing_function,
    writing_function,
    writing_function_of_the_orm,
    callproc,
    named_cursor,
    named_cursor_of_psycopg,
    stream,
    with_query,
    merge,
    explain_analyze,
    prepared_statement,
    anonymous_block,
    composed,
    encoded,
    procedure,
]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_what_is_written_has_the_context(thing: Any, write: Callable[[Any], None]) -> None:
    execute(WRITING_FUNCTION)
    for mode, block in MODES.items():
        with block():
            with pgh.context(user="é ' \\ %s") as ctx:
                write(thing)
            events = len(metadata_of_events())
            thing.objects.create(id=10)
            thing.objects.filter(id=10).update(size=1)
        keys = keys_of_events()
        assert (mode, keys[:events]) == (mode, [ctx.id] * events)
        assert events > 0
        assert keys[events:] == [None, None]
        assert metadata_of_events()[0][1] == {"user": "é ' \\ %s"}
        assert count_contexts() == 1
        execute("TRUNCATE shop_thing, shop_thingevent, pghistory_ops_context")
        execute("DROP PROCEDURE IF EXISTS add()")


@pytest.mark.parametrize("mode", MODES)
def test_a_percent_sign_without_parameters_is_one(thing: Any, mode: str) -> None:
    execute("INSERT INTO shop_thing (id, name) VALUES (1, 'zebra'), (2, 'ant')")
    with MODES[mode](), pgh.context(user=1) as ctx:
        execute("UPDATE shop_thing SET size = 5 % 3 WHERE name LIKE 'z%'")
        assert query("SELECT id FROM shop_thing WHERE name LIKE 'z%' AND add(1) = 1") == [1]
    assert keys_of_events()[2:] == [ctx.id]
    assert thing.objects.get(id=1).size == 2


@pytest.fixture(autouse=True)
def add_function(db: None) -> None:
    execute("CREATE FUNCTION add(a int) RETURNS int LANGUAGE sql AS 'SELECT a'")


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM shop_thing",
        "VACUUM (ANALYZE)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS thing_size ON shop_thing (size)",
        "REINDEX INDEX CONCURRENTLY shop_thing_pkey",
        "REINDEX TABLE shop_thing",
        "CREATE DATABASE another; ",
        "DROP DATABASE IF EXISTS another",
        "ALTER SYSTEM SET work_mem = '4MB'",
        "ALTER SYSTEM RESET work_mem",
        "DISCARD ALL",
        "CALL committing()",
        "CALL public.committing()",
        "DO $$ BEGIN INSERT INTO shop_thing DEFAULT VALUES; COMMIT; END $$",
    ],
)
def test_a_statement_that_refuses_transactions_runs(thing: Any, statement: str) -> None:
    execute(
        "CREATE PROCEDURE committing() LANGUAGE plpgsql "
        "AS 'BEGIN INSERT INTO shop_thing DEFAULT VALUES; COMMIT; END'"
    )
    for comment in ("", "-- one\n", "/* two; /* three */ */ "):
        try:
            with pgh.context(user=1) as ctx:
                execute(comment + statement)
                thing.objects.create()
        finally:
            execute("DROP DATABASE IF EXISTS another")
        assert keys_of_events()[-1] == ctx.id


def test_other_statements_run(thing: Any) -> None:
    with pgh.context(user=1), transaction.atomic():
        for statement in (
            "CREATE TABLE other (id int)",
            "ALTER TABLE shop_thing ADD COLUMN note text",
            "ANALYZE shop_thing",
            "NOTIFY news",
            "LISTEN news",
            "SET search_path = public",
            "SHOW search_path",
            "SELECT 1; SELECT 2",
            "",
            "-- nothing",
            "LOCK TABLE shop_thing",
        ):
            execute(statement)


def test_a_procedure_that_commits_in_a_transaction_is_refused_by_the_server(thing: Any) -> None:
    execute("CREATE PROCEDURE committing() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'")
    refused = pytest.raises(DatabaseError, match="invalid transaction termination")
    with pgh.context(user=1), refused, transaction.atomic():
        execute("CALL committing()")


def test_reads_say_nothing(thing: Any) -> None:
    said = "SELECT current_setting('pghistory_ops.context_id', true)"
    with transaction.atomic(), pgh.context(user=1):
        list(thing.objects.annotate(upper=Upper("name")).order_by("name"))
        list(thing.objects.select_for_update())
        list(thing.objects.iterator())
        assert query(said) in ([None], [""])
        thing.objects.create(id=1)
        assert query(said) not in ([None], [""])


def test_a_pipeline_of_the_caller_carries_the_context(thing: Any) -> None:
    opened = connections["default"].connection
    with pgh.context(user=1) as ctx:
        with opened.pipeline():
            for key in (1, 2):
                opened.cursor().execute(INSERT, [key, "a"])
        with transaction.atomic(), opened.pipeline():
            opened.cursor().execute(INSERT, [3, "a"])
    with opened.pipeline():
        opened.cursor().execute(INSERT, [4, "a"])
    assert keys_of_events() == [ctx.id] * 3 + [None]


def test_the_isolation_level_may_follow_deferred_constraints(thing: Any) -> None:
    with pgh.context(user=1) as ctx, transaction.atomic():
        execute("SET CONSTRAINTS ALL DEFERRED")
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert query("SHOW transaction_isolation") == ["repeatable read"]
        thing.objects.create(id=1)
    assert keys_of_events() == [ctx.id]
