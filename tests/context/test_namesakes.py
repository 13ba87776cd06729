"""Functions of the project that have the name of one of PostgreSQL's own, or of its key words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

import pghistory_ops as pgh
from context.tools import connected, keys_of_events, traced
from db.shop import execute, query
from pghistory_ops.contexts import namesakes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]

NAMES = (
    "log reverse repeat strip replace text every version substring overlay json_value "
    "copy columns system filter sets first passing by like join over"
)


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    yield
    namesakes._known.clear()


def define(name: str) -> None:
    execute(
        f"""
        CREATE FUNCTION public.{name}(name varchar, key int) RETURNS int LANGUAGE sql
        AS 'INSERT INTO shop_thing (id) VALUES (key) RETURNING id'
        """
    )


@pytest.mark.parametrize("name", NAMES.split())
def test_a_function_of_any_name_carries_the_context(thing: Any, name: str) -> None:
    define(f'"{name}"')
    names = [f"public.{name}", f'"{name}"', f'public."{name}"']
    if name != "json_value" or connection.connection.info.server_version < 170000:
        names.append(name)  # a key word of PostgreSQL 17
    with pgh.context(user=1) as ctx:
        for key, written in enumerate(names):
            execute(f"SELECT {written}(%s::varchar, {key})", ["paid"])
        with transaction.atomic():
            execute(f"SELECT 1; SELECT {names[0]}('paid'::varchar, 7)")
            execute(f"SELECT count(*) FROM {names[0]}('paid'::varchar, 8)")
    assert keys_of_events() == [ctx.id] * (len(names) + 2)


def test_a_script_that_calls_one_carries_the_context(thing: Any) -> None:
    define("log")
    with pgh.context(user=1) as ctx:
        execute("BEGIN; SELECT log('a'::varchar, 1); COMMIT; SELECT log('a'::varchar, 2)")
    assert keys_of_events() == [ctx.id] * 2


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize(
    "definition",
    [
        "CREATE FUNCTION log(key text) RETURNS int LANGUAGE sql AS $${body}$$",
        "SELECT 1; CREATE OR REPLACE FUNCTION log(key text) RETURNS int LANGUAGE sql AS $${body}$$",
        "BEGIN; CREATE FUNCTION log(key text) RETURNS int LANGUAGE sql AS $${body}$$; COMMIT",
        "CREATE FUNCTION a(key text) RETURNS int LANGUAGE sql AS $${body}$$; "  # noqa: ISC004
        "ALTER FUNCTION a RENAME TO log",
    ],
)
def test_a_function_that_is_made_meanwhile_is_known(
    thing: Any, definition: str, opened: bool
) -> None:
    body = "INSERT INTO shop_thing (id) VALUES (key::int) RETURNING id"
    with pgh.context(user=1):
        query("SELECT log(10)")
    if opened:
        with pgh.context(user=1):
            execute(definition.format(body=body))
    else:
        execute(definition.format(body=body))
        if not definition.startswith("CREATE"):
            # Only the first statement is looked at where no context is open.
            connection.close()
            namesakes._known.clear()
    with pgh.context(user=1) as ctx:
        execute("SELECT log('1'::text)")
    assert keys_of_events() == [ctx.id]


def test_what_another_process_has_made_is_known_to_later_connections(
    thing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    define("log")
    connection.close()
    # This process has asked before.
    namesakes._known.update(dict.fromkeys(namesakes._known, (time.monotonic(), frozenset())))
    monkeypatch.setattr(namesakes, "KEPT", -1)
    with pgh.context(user=1) as ctx:
        execute("SELECT log('a'::varchar, 1)")
    assert keys_of_events() == [ctx.id]


def test_a_transaction_that_has_failed_is_not_asked(thing: Any) -> None:
    define("log")
    with pgh.context(user=1) as ctx:
        execute("BEGIN")
        for statement in ("SELECT 1 / 0", "SELECT log('a'::varchar, 1)"):
            with pytest.raises(DatabaseError):
                execute(statement)
        execute("ROLLBACK")
        execute("SELECT log('a'::varchar, 1)")
    assert keys_of_events() == [ctx.id]


def test_a_pipeline_is_not_asked(thing: Any) -> None:
    define("log")
    with pgh.context(user=1) as ctx, connection.connection.pipeline():
        execute("SELECT log('a'::varchar, 1)")
        execute("SELECT log('a'::varchar, 2)")
    assert keys_of_events() == [ctx.id] * 2


def test_the_functions_are_asked_for_once(thing: Any) -> None:
    connection.close()
    namesakes._known.clear()
    found = []
    for _ in range(2):
        with connected(), traced() as messages, pgh.context(user=1):
            query("SELECT log(10), version(), count(*), substring('a', 1)")
            found.append(messages)
        connection.close()
    assert "set_config" not in "".join(map("".join, found))
    assert [messages.round_trips for messages in found] == [1, 1]


def test_without_autocommit_the_question_leaves_no_transaction_open(thing: Any) -> None:
    namesakes._known.clear()
    with connected():
        settings = connection.settings_dict
        connection.settings_dict = {**settings, "AUTOCOMMIT": False}
        try:
            connection.ensure_connection()
            status = connection.connection.info.transaction_status
        finally:
            connection.settings_dict = settings
            connection.close()
    assert status.name == "IDLE"
