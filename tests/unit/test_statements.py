"""What the text of a statement tells about it."""

from __future__ import annotations

import pytest
from django.db import connection

from pghistory_ops.contexts.harmless import FUNCTIONS, NEVER_FUNCTIONS
from pghistory_ops.contexts.statements import Kind, parse

KINDS = {
    Kind.READ: [
        "SELECT 1",
        "select count(*), max(a) from t where b in (1, 2) and exists (select 1)",
        'SELECT "t"."a" FROM "t" WHERE ("t"."a" = %s AND UPPER("t"."b"::text) LIKE UPPER(%s))',
        'SELECT (1 + 2), CAST("a" AS numeric(10, 2)) FROM "t" ORDER BY COALESCE("a", 0)',
        "SELECT pg_catalog.lower('f(1)'), \"lower\"('A')",
        "SELECT * FROM t FOR UPDATE OF t SKIP LOCKED",
        "SELECT * FROM t FOR NO KEY UPDATE",
        "SELECT 'INSERT INTO t; DELETE', $$f()$$, $a$ $$ f() $b$ $a$, E'\\'f()', $1",
        'SELECT "delete", "f;(" FROM t -- f()',
        "/* f() /* g() */ */ TABLE t",
        "(SELECT 1) UNION ALL (VALUES (1), (2))",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "EXPLAIN INSERT INTO t VALUES (1)",
        "EXPLAIN (FORMAT json) SELECT f()",
        "SHOW work_mem",
        f"SELECT 1 WHERE a IN ({', '.join(['%s'] * 10_000)}) OR b IN ({', '.join('123')})",
        "SET work_mem = '4MB'",
        "SET TRANSACTION READ ONLY",
        "COPY t TO STDOUT",
        "COPY (SELECT a FROM t) TO STDOUT",
        "LISTEN news",
        "PREPARE p AS INSERT INTO t VALUES (1)",
        "CLOSE c",
        "SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t",
        "SELECT array_agg(a) FILTER (WHERE a > 1) FROM t AS u",
        "SELECT X'1f', B'01', N'a', U&\"a\"",
        "SET CONSTRAINTS ALL DEFERRED",
        'SET CONSTRAINTS "immediate" DEFERRED',
    ],
    Kind.WRITE: [
        "INSERT INTO t VALUES (1)",
        "  (INSERT",
        "update t set a = 1",
        "DELETE FROM t",
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
        "TRUNCATE t",
        "SELECT f()",
        "SELECT f /* comment */ (1)",
        "SELECT s.lower('a')",
        'SELECT "f"(1)',
        "SELECT pg_catalog.query_to_xml('INSERT INTO t VALUES (1)', true, true, '')",
        "SELECT ts_stat('SELECT f()')",
        "SELECT setval_my('a')",
        "SELECT 1 WHERE a IN (%s, %s, f(1), 2, 3, g(%s))",
        "SELECT lo_unlink(1)",
        "SELECT dblink_exec('…')",
        "SELECT * INTO u FROM t",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN (BUFFERS, ANALYZE) SELECT 1",
        "COPY t (a) FROM STDIN",
        "COPY (SELECT f()) TO STDOUT",
        "EXECUTE p(1)",
        "FETCH 1 FROM c",
        "DECLARE c CURSOR FOR SELECT 1",
        "CREATE TABLE t (id int)",
        "CREATE INDEX i ON t (a)",
        "ALTER TABLE t ADD a int",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "DO $$ BEGIN PERFORM f(); END $$",
        "DO $$ BEGIN EXECUTE 'COMMIT'; END $$",
        "DO LANGUAGE plpgsql 'BEGIN PERFORM f(''COMMIT'') /* COMMIT */; END'",
        "DO $$ BEGIN INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING; END $$",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END",
        # What a backslash means here is a setting's, and these do not end.
        "SELECT '\\'",
        "SELECT 'a",
        'SELECT "a',
        "SELECT /* a",
    ],
    Kind.ALONE: [
        "VACUUM",
        "-- a\nVACUUM FULL t",
        "/* a */ CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX SCHEMA public",
        "CLUSTER",
        "CREATE DATABASE d",
        "ALTER SYSTEM RESET ALL",
        "DROP TABLESPACE s",
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
    ],
    Kind.CALL: ["CALL p()", "call s.p(1)"],
    Kind.MAY_COMMIT: [
        "DO $$ BEGIN COMMIT; END $$",
        "DO $$ BEGIN call p(); END $$",
        "DO $a$ BEGIN DO $$ BEGIN END $$; END $a$",
        "DO $a$ BEGIN do language plpgsql ''; END $a$",
        "DO LANGUAGE plpython3u $$ plpy.execute('') $$",
        "DO LANGUAGE 'plpgsql' $$ BEGIN END $$",
        "DO E'BEGIN END'",
        "DO $$ BEGIN 'a $$",
    ],
    Kind.BEGIN: ["BEGIN", "begin isolation level serializable", "START TRANSACTION"],
    Kind.END: [
        "COMMIT",
        "COMMIT AND CHAIN",
        "END",
        "ROLLBACK",
        "ABORT",
        "PREPARE TRANSACTION 'a'",
        "COMMIT PREPARED 'a'",
    ],
}
# Statements that may change the settings of the context, and others.
SETTINGS = {
    True: [
        "RESET ALL",
        "DISCARD ALL",
        "SET LOCAL pghistory_ops.context_id = ''",
        "SELECT set_config('pghistory_ops.context_id', '', true)",
        "SELECT pg_catalog.Set_Config(%s, '', true)",
        "SELECT \"set_config\"('pghistory_' || 'ops.context_id', '', true)",
        "UPDATE t SET a = set_config(b, '', true)",
        # What they hold cannot be known.
        "SELECT '\\'",
        "SELECT 'a",
    ],
    False: [
        "SET work_mem = '4MB'",
        "SELECT set_config('shop.tenant', %s, true)",
        "SELECT 'set_config(a)'",
        "SELECT current_setting('pghistory_ops.context_id')",
    ],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts]
)
def test_a_statement_is_of_its_kind(kind: Kind, text: str) -> None:
    for variant in (text, f" \n-- comment\n{text}", f"{text};", f"{text} /* ; */ ; ; "):
        (statement,) = parse(variant)
        assert statement.kind is kind, variant


@pytest.mark.parametrize(
    ("changes", "text"), [(changes, text) for changes, texts in SETTINGS.items() for text in texts]
)
def test_a_statement_may_change_the_settings(changes: bool, text: str) -> None:
    (statement,) = parse(text)
    assert statement.changes_settings is changes
    assert statement.is_control is changes


def test_a_backslash_hides_nothing_where_it_is_known_what_it_means() -> None:
    text = r"ROLLBACK TO a; SELECT '\'; COMMIT; SELECT 'a\b'"
    (statement,) = parse(text)
    assert (statement.kind, statement.changes_settings) == (Kind.WRITE, True)
    kinds = [Kind.ROLLBACK_TO, Kind.READ, Kind.END, Kind.READ]
    assert [item.kind for item in parse(text, conforming=True)] == kinds
    (statement,) = parse(f"SET Standard_Conforming_Strings = off; {text}", conforming=True)
    assert statement.changes_settings


@pytest.mark.parametrize("text", ["", " ", ";", "-- a", "/* ; */ ;"])
def test_a_text_may_hold_no_statement(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("SAVEPOINT a", Kind.SAVEPOINT, "a"),
        ("savepoint A", Kind.SAVEPOINT, "a"),
        ('SAVEPOINT "A ""b"', Kind.SAVEPOINT, 'A "b'),
        ("RELEASE a", Kind.RELEASE, "a"),
        ("RELEASE SAVEPOINT a", Kind.RELEASE, "a"),
        ("ROLLBACK TO a", Kind.ROLLBACK_TO, "a"),
        ("ROLLBACK WORK TO SAVEPOINT a", Kind.ROLLBACK_TO, "a"),
        ("ABORT TRANSACTION TO SAVEPOINT a", Kind.ROLLBACK_TO, "a"),
        ('ROLLBACK TO SAVEPOINT "s140_x1"', Kind.ROLLBACK_TO, "s140_x1"),
        (f"SAVEPOINT {'ü' * 40}", Kind.SAVEPOINT, "ü" * 31),
    ],
)
def test_a_savepoint_has_the_name_that_the_server_gives_it(
    text: str, kind: Kind, name: str
) -> None:
    (statement,) = parse(text)
    assert (statement.kind, statement.savepoint) == (kind, name)


@pytest.mark.parametrize(
    ("text", "procedure"),
    [
        ("CALL P(1)", (None, "p")),
        ('CALL "P"(1)', (None, "P")),
        ("CALL s . p (1)", ("s", "p")),
        ('CALL "S"."p.q"()', ("S", "p.q")),
    ],
)
def test_a_call_names_its_procedure(text: str, procedure: tuple[str | None, str]) -> None:
    (statement,) = parse(text)
    assert statement.procedure == procedure


def test_statements_know_their_places() -> None:
    text = "/* ; */ BEGIN; INSERT INTO t VALUES (';'); -- ;\n COMMIT"
    found = [(item.kind, text[item.start : item.end]) for item in parse(text)]
    assert found == [
        (Kind.BEGIN, "BEGIN"),
        (Kind.WRITE, "INSERT INTO t VALUES (';')"),
        (Kind.END, "COMMIT"),
    ]


@pytest.mark.django_db
def test_the_words_that_name_no_function_are_those_of_the_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT upper(word) FROM pg_get_keywords() WHERE catcode IN ('R', 'C')")
        known = {word for (word,) in cursor.fetchall()}
    assert known >= NEVER_FUNCTIONS


@pytest.mark.django_db
def test_the_harmless_functions_are_those_of_the_server() -> None:
    """Each is PostgreSQL's own, and no function of its name runs a text as SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, bool_or(provolatile = 'v') FROM pg_proc "
            "WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname"
        )
        known = dict(cursor.fetchall())
    newer = {"any_value", "random_normal", "uuidv4", "uuidv7"}
    # Functions of the project before PostgreSQL 17, and syntax since.
    newer |= {"json_exists", "json_object", "json_query", "json_value"}
    assert set(FUNCTIONS) - newer <= set(known)
    assert {name for name in FUNCTIONS if known.get(name)} <= {
        "clock_timestamp",
        "currval",
        "gen_random_uuid",
        "lastval",
        "nextval",
        "pg_advisory_lock",
        "pg_advisory_unlock",
        "pg_advisory_xact_lock",
        "pg_database_size",
        "pg_indexes_size",
        "pg_is_in_recovery",
        "pg_relation_size",
        "pg_sleep",
        "pg_table_size",
        "pg_total_relation_size",
        "pg_try_advisory_lock",
        "pg_try_advisory_xact_lock",
        "random",
        "setseed",
        "setval",
        "timeofday",
        "uuidv4",
        "uuidv7",
    }
