"""DO blocks and procedures, which may commit; settings made by hand; whose error it is."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

import pghistory_ops as pgh
from context.tools import keys_of_events
from db.shop import execute, query
from pghistory_ops.contexts.statements import may_commit

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = "INSERT INTO shop_thing (name) VALUES ('commit; rollback')"
# Each cannot commit, whatever its texts and comments say.
SOUND = [
    f"DO $$ BEGIN {INSERT}; END $$",
    "DO $$ BEGIN EXECUTE 'INSERT INTO shop_thing DEFAULT VALUES'; END $$",
    f"DO $a$ BEGIN /* COMMIT */ {INSERT}; -- call\nEND $a$ LANGUAGE plpgsql",
    "DO LANGUAGE plpgsql 'BEGIN INSERT INTO shop_thing (name) VALUES (''commit''); END'",
    "DO $$ BEGIN INSERT INTO shop_thing DEFAULT VALUES ON CONFLICT DO NOTHING; END $$",
]
# Each may.
COMMITTING = [
    f"DO $$ BEGIN {INSERT}; COMMIT; END $$",
    f"DO $$ BEGIN {INSERT}; DO 'BEGIN COMMIT; END'; END $$",
    f"DO $$ BEGIN {INSERT}; DO LANGUAGE plpgsql 'BEGIN COMMIT; END'; END $$",
    f"DO $$ BEGIN CALL committing(); {INSERT}; END $$",
    "DO E'BEGIN INSERT INTO shop_thing DEFAULT VALUES; COMMI\\124; END'",
]


@pytest.mark.parametrize("statement", SOUND)
@pytest.mark.parametrize("atomic", [True, False])
def test_a_block_of_code_has_the_context(thing: Any, statement: str, atomic: bool) -> None:
    with pgh.context(user=1) as ctx:
        if atomic:
            with transaction.atomic():
                execute(statement)
        else:
            execute(statement)
    assert keys_of_events() == [ctx.id]


@pytest.mark.parametrize("statement", COMMITTING)
def test_a_block_of_code_that_commits_runs_where_it_may(thing: Any, statement: str) -> None:
    execute("CREATE PROCEDURE committing() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'")
    with pgh.context(user=1):
        execute(statement)
    assert keys_of_events() == [None]
    refused = pytest.raises(DatabaseError, match="invalid transaction termination")
    with pgh.context(user=1), refused, transaction.atomic():
        execute(statement)


def test_a_block_that_might_commit_has_the_context_in_a_transaction(thing: Any) -> None:
    with pgh.context(user=1) as ctx, transaction.atomic():
        execute(f"DO $$ BEGIN {INSERT}; IF false THEN COMMIT; END IF; END $$")
    with pgh.context(user=1) as script:
        execute(f"BEGIN; DO $$ BEGIN {INSERT}; IF false THEN COMMIT; END IF; END $$; COMMIT")
    assert keys_of_events() == [ctx.id, script.id]


@pytest.mark.parametrize("inner", ["COMMIT", "CALL committing()", "DO ''BEGIN COMMIT; END''"])
def test_execute_cannot_commit(thing: Any, inner: str) -> None:
    """So that dynamic SQL alone is no reason to leave the context out."""
    execute("CREATE PROCEDURE committing() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'")
    refused = pytest.raises(
        DatabaseError, match=r"invalid transaction termination|EXECUTE of transaction commands"
    )
    with refused:
        execute(f"DO $$ BEGIN EXECUTE '{inner}'; END $$")


def test_a_procedure_with_dynamic_sql_has_the_context(thing: Any) -> None:
    execute(f"CREATE PROCEDURE add() LANGUAGE plpgsql AS $$ BEGIN EXECUTE $_${INSERT}$_$; END $$")
    with pgh.context(user=1) as ctx:
        execute("CALL add()")
    assert keys_of_events() == [ctx.id]


def test_a_source_that_is_not_understood_may_commit() -> None:
    assert may_commit("BEGIN 'not closed")
    assert may_commit("BEGIN 'a\\' COMMIT; '")


@pytest.mark.parametrize(
    "setting",
    [
        "SELECT set_config('pghistory_ops.context_id', '', true)",
        "SELECT pg_catalog.set_config('pghistory_ops.' || 'context_id', '', true)",
        "SELECT set_config('pghistory' || '_ops.context_id', '', true)",
        "SELECT set_config(format('%s', 'pghistory_ops.context_id'), '', true)",
        "SELECT \"set_config\"(lower('PGHISTORY_OPS.context_id'), '', true)",
        "SELECT set_config(E'pghistory\\137ops.context_id', '', true)",
        "SET LOCAL pghistory_ops.context_id = ''",
        "UPDATE shop_thing SET id = 1 WHERE set_config('pghistory_ops.context_id', '', true) = 'a'",
    ],
)
@pytest.mark.parametrize("script", [False, True])
def test_settings_made_by_hand_are_made_again(thing: Any, setting: str, script: bool) -> None:
    thing.objects.create(id=1)
    with pgh.context(user=1) as ctx, transaction.atomic():
        thing.objects.create(id=2)
        if script:
            execute(f"{setting}; INSERT INTO shop_thing (id) VALUES (3)")
        else:
            with connection.cursor() as cursor:
                cursor.execute(setting)
            thing.objects.create(id=3)
    assert keys_of_events() == [None, ctx.id, ctx.id]


def test_another_setting_is_not_taken_for_ours(thing: Any) -> None:
    from context.tools import traced

    with pgh.context(user=1), traced() as messages, transaction.atomic():
        query("SELECT set_config('shop.tenant', %s, true)", ["1"])
        thing.objects.create(id=1)
    told = [line for line in messages if "context_metadata" in line and line.split("\t")[1] == "F"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("INSERT INTO shop_thing (nothing) VALUES (1)", "LINE 1:"),
        ("INSERT INTO shop_thing\n(id,\nnothing) VALUES (1, 2)", "LINE 3:"),
        ("SELECT 1; SAVEPOINT a;\nINSERT INTO shop_thing (nothing) VALUES (1)", "LINE 2:"),
    ],
)
def test_an_error_tells_the_line_of_the_callers_statement(
    thing: Any, binding: str, statement: str, line: str
) -> None:
    if binding == "server" and ";" in statement:
        pytest.skip("a prepared statement is a single one")
    with pgh.context(user=1), transaction.atomic():
        with pytest.raises(DatabaseError) as raised:
            execute(statement)
        transaction.set_rollback(True)
    cause = raised.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert f"\n{line}" in str(cause)
