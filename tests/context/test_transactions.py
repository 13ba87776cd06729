"""What a transaction has been told of the context, and what it is told anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

import pghistory_ops as pgh
from context.tools import count_contexts, keys_of_events, metadata_of_events
from db.shop import execute, make_shop, query
from projects import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


class Undone(Exception):
    pass


@contextmanager
def undone(block: AbstractContextManager[Any]) -> Iterator[None]:
    """Leave a block with an error."""
    with suppress(Undone), block:
        yield
        raise Undone


def add(thing: Any, key: int) -> None:
    thing.objects.create(id=key)


def test_after_the_block_the_transaction_carries_nothing(thing: Any) -> None:
    with transaction.atomic():
        with pgh.context(user=1):
            add(thing, 1)
        add(thing, 2)
    add(thing, 3)
    assert metadata_of_events() == [(1, {"user": 1}), (2, None), (3, None)]


def test_each_event_has_the_innermost_context_of_its_time(thing: Any) -> None:
    with transaction.atomic():
        with pgh.context(user=1) as outer:
            add(thing, 1)
            with pgh.context(job="a") as inner:
                add(thing, 2)
            add(thing, 3)
        with pgh.context(user=2) as other:
            add(thing, 4)
    assert keys_of_events() == [outer.id, inner.id, outer.id, other.id]
    assert metadata_of_events() == [
        (1, {"user": 1}),
        (2, {"user": 1, "job": "a"}),
        (3, {"user": 1}),
        (4, {"user": 2}),
    ]
    rows = query("SELECT id, parent_id, root_id FROM pghistory_ops_context ORDER BY created_at")
    assert rows == [
        (outer.id, None, outer.id),
        (inner.id, outer.id, outer.id),
        (other.id, None, other.id),
    ]


@pytest.mark.parametrize("atomic", [True, False])
def test_what_is_added_is_written_with_the_next_event(thing: Any, atomic: bool) -> None:
    with pgh.context(user=1, url="/"):
        if atomic:
            with transaction.atomic():
                add(thing, 1)
                pgh.add_context(order=7, user=2)
                add(thing, 2)
        else:
            add(thing, 1)
            pgh.add_context(order=7, user=2)
            add(thing, 2)
    said = {"user": 2, "url": "/", "order": 7}
    assert metadata_of_events() == [(1, said), (2, said)]
    assert count_contexts() == 1


def test_with_json_each_event_keeps_what_was_said_before_it(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", event="context_field=pgh.ContextJSONField()")
    with transaction.atomic(), pgh.context(user=1):
        add(thing, 1)
        pgh.add_context(order=7)
        add(thing, 2)
    found = query("SELECT pgh_context::text FROM shop_thingevent ORDER BY pgh_id")
    assert found == ['{"user": 1}', '{"user": 1, "order": 7}']
    assert count_contexts() == 0


def test_a_rollback_to_a_savepoint_takes_back_what_was_said_after_it(thing: Any) -> None:
    with transaction.atomic(), pgh.context(user=1) as ctx:
        with undone(transaction.atomic()):
            add(thing, 1)
        add(thing, 2)
    assert keys_of_events() == [ctx.id]
    assert count_contexts() == 1


def test_a_rollback_to_a_savepoint_keeps_what_was_said_before_it(thing: Any) -> None:
    with transaction.atomic(), pgh.context(user=1) as outer:
        add(thing, 1)
        with undone(transaction.atomic()), pgh.context(user=2):
            add(thing, 2)
        add(thing, 3)
    assert keys_of_events() == [outer.id, outer.id]


def test_the_end_of_a_context_is_taken_back_as_well(thing: Any) -> None:
    with transaction.atomic():
        with pgh.context(user=1):
            add(thing, 1)
            execute("SAVEPOINT here")
        add(thing, 2)
        execute("ROLLBACK TO SAVEPOINT here")
        add(thing, 3)
    assert metadata_of_events() == [(1, {"user": 1}), (3, None)]


def test_savepoints_may_have_one_name(thing: Any) -> None:
    with transaction.atomic():
        execute("SAVEPOINT a")
        with pgh.context(user=1):
            add(thing, 1)
            execute("SAVEPOINT A")
            with pgh.context(user=2):
                add(thing, 2)
                execute('SAVEPOINT "A"')
            execute("ROLLBACK TO a")
            add(thing, 3)
            execute("RELEASE SAVEPOINT a")
            execute("ROLLBACK WORK TO SAVEPOINT a")
            add(thing, 4)
    assert metadata_of_events() == [(4, {"user": 1})]


def test_a_savepoint_of_before_the_context_is_gone_back_to(thing: Any) -> None:
    with transaction.atomic():
        execute("SAVEPOINT here")
        with pgh.context(user=1):
            add(thing, 1)
            execute("ROLLBACK TO SAVEPOINT here")
            add(thing, 2)
        execute("ROLLBACK TO SAVEPOINT here")
        add(thing, 3)
    assert metadata_of_events() == [(3, None)]


def test_a_statement_that_fails_is_gone_back_from(thing: Any) -> None:
    with transaction.atomic(), pgh.context(user=1) as ctx:
        with pytest.raises(DatabaseError), transaction.atomic():
            execute("INSERT INTO shop_thing (id) VALUES ('no number')")
        add(thing, 1)
        with pytest.raises(DatabaseError), transaction.atomic():
            execute("INSERT INTO shop_thing (id) VALUES (1)")
        add(thing, 2)
    assert keys_of_events() == [ctx.id] * 2


def test_a_failed_transaction_is_the_statements_to_refuse(thing: Any) -> None:
    with transaction.atomic(), pgh.context(user=1):
        execute("SAVEPOINT a")
        with pytest.raises(DatabaseError, match="division by zero"):
            execute("SELECT 1 / 0")
        with pytest.raises(DatabaseError, match="current transaction is aborted"):
            execute("INSERT INTO shop_thing (id) VALUES (1)")
        execute("ROLLBACK TO a")
        add(thing, 1)
    assert metadata_of_events() == [(1, {"user": 1})]


def test_transactions_of_sql_are_followed(thing: Any) -> None:
    with pgh.context(user=1) as ctx:
        for statement in (
            "BEGIN",
            "INSERT INTO shop_thing (id) VALUES (1)",
            "SAVEPOINT a",
            "INSERT INTO shop_thing (id) VALUES (2)",
            "ROLLBACK TO a",
            "INSERT INTO shop_thing (id) VALUES (3)",
            "COMMIT AND CHAIN",
            "INSERT INTO shop_thing (id) VALUES (4)",
            "ROLLBACK AND CHAIN",
            "INSERT INTO shop_thing (id) VALUES (5)",
            "END",
            "START TRANSACTION",
            "INSERT INTO shop_thing (id) VALUES (6)",
        ):
            execute(statement)
    execute("INSERT INTO shop_thing (id) VALUES (7)")
    execute("COMMIT")
    execute("INSERT INTO shop_thing (id) VALUES (8)")
    assert keys_of_events() == [ctx.id] * 4 + [None] * 2
    assert [key for key, _ in metadata_of_events()] == [1, 3, 5, 6, 7, 8]


def test_transactions_within_a_text_are_followed(thing: Any) -> None:
    with pgh.context(user=1) as ctx, connection.connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO shop_thing (id) VALUES (1) RETURNING id;
            SELECT 'COMMIT;';
            COMMIT; -- a warning, since nothing was begun
            BEGIN;
            INSERT INTO shop_thing (id) VALUES (2);
            SAVEPOINT a;
            INSERT INTO shop_thing (id) VALUES (3);
            ROLLBACK TO a;
            INSERT INTO shop_thing (id) VALUES (4);
            COMMIT;
            INSERT INTO shop_thing (id) VALUES (5) RETURNING id
            """
        )
        assert cursor.fetchall() == [(1,)]
        found = []
        while cursor.nextset():
            found.append(cursor.statusmessage)
        assert len(found) == 10
        assert cursor.fetchall() == [(5,)]
        cursor.execute("BEGIN; SAVEPOINT a; INSERT INTO shop_thing (id) VALUES (6)")
        add(thing, 7)
        cursor.execute("ROLLBACK TO a; SELECT 8")
        assert cursor.nextset()
        assert cursor.fetchall() == [(8,)]
        add(thing, 9)
        cursor.execute("COMMIT")
        with pytest.raises(connection.Database.Error):
            cursor.execute("BEGIN; INSERT INTO shop_thing (id) VALUES (10); SELECT 1 / 0")
        cursor.execute("ROLLBACK")
        add(thing, 11)
    assert [key for key, _ in metadata_of_events()] == [1, 2, 4, 5, 9, 11]
    assert keys_of_events() == [ctx.id] * 6


def test_the_body_of_a_function_is_left_as_it_is(thing: Any) -> None:
    with pgh.context(user=1) as ctx:
        execute(
            """
            CREATE FUNCTION twice() RETURNS int BEGIN ATOMIC
                INSERT INTO shop_thing (id) VALUES (1);
                SELECT CASE WHEN true THEN 1 END;
            END;
            SELECT twice()
            """
        )
    assert keys_of_events() == [ctx.id]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_transactions_of_psycopg_are_never_told_too_little(thing: Any, end: str) -> None:
    opened = connection.connection
    with pgh.context(user=1) as outer:
        with opened.transaction():
            add(thing, 1)
        with opened.transaction():
            add(thing, 2)
            with undone(opened.transaction()), pgh.context(user=2):
                add(thing, 3)
            add(thing, 4)
            with opened.transaction(), pgh.context(user=3) as inner:
                add(thing, 5)
        with opened.transaction(force_rollback=end == "rollback"):
            add(thing, 6)
    with opened.transaction():
        add(thing, 7)
    expected = [outer.id, outer.id, outer.id, inner.id, outer.id, None]
    if end == "rollback":
        del expected[4]
    assert keys_of_events() == expected


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("script", [True, False])
def test_psycopg_blocks_inside_atomic_are_savepoints(thing: Any, told: bool, script: bool) -> None:
    def write(key: int) -> None:
        if script:
            execute(f"INSERT INTO shop_thing (id) VALUES ({key}); SAVEPOINT s; RELEASE s")
        else:
            add(thing, key)

    opened = connection.connection
    with transaction.atomic():
        if told:
            with pgh.context(user=9):
                write(1)
        with undone(opened.transaction()):
            write(2)  # tells that there is no context
            with pgh.context(user=8):
                write(3)
        write(4)
        with pgh.context(user=1):
            with undone(opened.transaction()):
                write(5)
                with transaction.atomic():
                    write(6)
            write(7)
            with opened.transaction(), pgh.context(user=2):
                write(8)
            write(9)
        write(10)
    first = [(1, {"user": 9})] if told else []
    expected = [(4, None), (7, {"user": 1}), (8, {"user": 2}), (9, {"user": 1}), (10, None)]
    assert metadata_of_events() == first + expected


def test_settings_that_somebody_takes_away_are_made_anew(thing: Any) -> None:
    with transaction.atomic(), pgh.context(user=1) as ctx:
        add(thing, 1)
        execute("RESET ALL")
        add(thing, 2)
        execute("SET LOCAL pghistory_ops.context_id = ''")
        add(thing, 3)
    assert keys_of_events() == [ctx.id] * 3


def test_a_new_connection_starts_anew(thing: Any) -> None:
    with pgh.context(user=1):
        execute("BEGIN")
        add(thing, 1)
        connection.close()
        execute("BEGIN")
        add(thing, 2)
        execute("COMMIT")
    add(thing, 3)
    assert metadata_of_events() == [(2, {"user": 1}), (3, None)]


def test_without_autocommit_the_context_is_carried(thing: Any) -> None:
    connection.set_autocommit(False)
    try:
        with pgh.context(user=1) as ctx:
            add(thing, 1)
            connection.commit()
            add(thing, 2)
            connection.rollback()
            add(thing, 3)
            connection.commit()
        add(thing, 4)
        connection.commit()
    finally:
        connection.set_autocommit(True)
    assert keys_of_events() == [ctx.id, ctx.id, None]


def test_a_context_without_an_event_has_no_row(thing: Any) -> None:
    with pgh.context(user=1), transaction.atomic():
        thing.objects.update(size=1)
        execute("CREATE TEMPORARY TABLE other (id int)")
        execute("INSERT INTO other VALUES (1)")
    assert count_contexts() == 0


@pytest.mark.parametrize("finish", [transaction.commit, transaction.rollback])
def test_a_deferred_trigger_at_the_end_has_the_last_context(
    thing: Any, finish: Callable[[], None]
) -> None:
    execute(
        """
        CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE shop_thing SET size = 1 WHERE id = NEW.id; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER follow AFTER INSERT ON shop_thing
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION follow()
        """
    )
    with pgh.context(user=1) as ctx:
        connection.set_autocommit(False)
        try:
            add(thing, 1)
            finish()
        finally:
            connection.set_autocommit(True)
        add(thing, 2)
    assert set(keys_of_events()) == {ctx.id}


def test_an_event_by_hand_has_the_context(thing: Any) -> None:
    row = thing.objects.create(id=1)
    with pgh.context(user=1) as ctx:
        pgh.create_event(row, label="all")
        with transaction.atomic():
            pgh.create_events([row, row], label="all")
    pgh.create_event(row, label="all")
    assert keys_of_events() == [None, ctx.id, ctx.id, ctx.id, None]
    assert metadata_of_events()[1] == (1, {"user": 1})
