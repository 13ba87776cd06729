"""Transactions that begin or end without a statement of Django's cursors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

import pghistory_ops as pgh
from context.tools import keys_of_events, metadata_of_events, traced
from db.shop import execute, query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


@contextmanager
def no_autocommit() -> Iterator[None]:
    connection.set_autocommit(False)
    try:
        yield
    finally:
        connection.rollback()
        connection.set_autocommit(True)


def add(thing: Any, key: int) -> None:
    thing.objects.create(id=key)


def test_a_transaction_of_psycopg_after_one_of_django(thing: Any) -> None:
    with pgh.context(user=1) as ctx:
        with transaction.atomic():
            add(thing, 1)
        with connection.connection.transaction():
            add(thing, 2)
        with transaction.atomic():
            add(thing, 3)
        with connection.connection.transaction():
            pass
        with connection.connection.transaction():
            execute("UPDATE shop_thing SET size = 1 WHERE id = 3")
    assert keys_of_events() == [ctx.id] * 4


def test_a_transaction_that_a_cursor_of_psycopg_begins(thing: Any) -> None:
    with pgh.context(user=1) as ctx, no_autocommit():
        for key in (1, 2):
            psycopg.ClientCursor(connection.connection).execute("SELECT 1")
            add(thing, key)
            connection.commit()
    assert keys_of_events() == [ctx.id] * 2


def test_an_atomic_whose_transaction_a_cursor_of_psycopg_begins(thing: Any) -> None:
    @transaction.atomic
    def write(key: int) -> None:
        psycopg.ClientCursor(connection.connection).execute("SELECT 1")
        add(thing, key)

    with pgh.context(user=1) as ctx:
        write(1)
        write(2)
    write(3)
    assert keys_of_events() == [ctx.id, ctx.id, None]


def test_atomic_without_autocommit(thing: Any) -> None:
    with pgh.context(user=1) as ctx, no_autocommit():
        for key in (1, 3):
            with transaction.atomic():
                add(thing, key)
            connection.commit()
            psycopg.ClientCursor(connection.connection).execute("SELECT 1")
            with transaction.atomic():
                add(thing, key + 1)
        connection.commit()
    assert keys_of_events() == [ctx.id] * 4


def test_transactions_of_psycopg_without_autocommit(thing: Any) -> None:
    with pgh.context(user=1) as ctx, no_autocommit():
        add(thing, 1)
        connection.commit()
        with connection.connection.transaction():
            add(thing, 2)
        with connection.connection.transaction():
            add(thing, 3)
        opened = connection.connection
        opened.tpc_begin(opened.xid(1, "gtrid", "bqual"))
        add(thing, 4)
        opened.tpc_commit()
    assert keys_of_events() == [ctx.id] * 4


def test_transactions_of_sql_that_psycopg_ends(thing: Any) -> None:
    opened = connection.connection
    with pgh.context(user=1) as ctx:
        execute("BEGIN")
        add(thing, 1)
        opened.commit()
        with opened.transaction():
            add(thing, 2)
        execute("BEGIN; SAVEPOINT a; INSERT INTO shop_thing (id) VALUES (3)")
        opened.rollback()
        with opened.transaction():
            execute("SAVEPOINT a; INSERT INTO shop_thing (id) VALUES (4)")
            execute("ROLLBACK TO a; INSERT INTO shop_thing (id) VALUES (5)")
            add(thing, 6)
    with opened.transaction():
        add(thing, 7)
    assert keys_of_events() == [ctx.id] * 4 + [None]


def test_what_a_transaction_may_have_forgotten_is_compared_by_the_server(thing: Any) -> None:
    """Told again, a context would have its row written again."""
    execute("CREATE TABLE written (id uuid)")
    execute(
        """
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.written VALUES (NEW.id); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT OR UPDATE ON pghistory_ops_context
        FOR EACH ROW EXECUTE FUNCTION note()
        """
    )
    with pgh.context(user=1), no_autocommit():
        for key in range(5):
            add(thing, key)
        connection.commit()
        assert query("SELECT count(*) FROM written") == [1]
        pgh.add_context(more=True)
        add(thing, 6)
        connection.commit()
    assert query("SELECT count(*) FROM written") == [2]
    assert metadata_of_events()[0] == (0, {"user": 1, "more": True})


def test_without_autocommit_a_write_costs_no_round_trip(thing: Any) -> None:
    with no_autocommit():
        trips = []
        for opened in (False, True):
            with traced() as messages:
                if opened:
                    with pgh.context(user=1):
                        thing.objects.create()
                        thing.objects.create()
                else:
                    thing.objects.create()
                    thing.objects.create()
                connection.commit()
            trips.append(messages.round_trips)
    assert trips[0] == trips[1]
