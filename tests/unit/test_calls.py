"""Whether what stands before a parenthesis is a function, and whose."""

from __future__ import annotations

import pytest

from pghistory_ops.contexts.statements import Kind, parse

# Syntax, though the words name functions too, and what PostgreSQL's own functions are called by.
READS = {
    "COPY (SELECT a FROM t) TO STDOUT": "",
    "SELECT a FROM t GROUP BY (a), ROW(b) ORDER BY (a)": "",
    "SELECT a FROM t GROUP BY CUBE (a, b)": "",
    "SELECT a FROM t GROUP BY ROLLUP (a, b)": "",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a), ()) HAVING GROUPING(a) = 0": "",
    "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY (a)) FROM t": "count",
    "SELECT rank() OVER (ORDER BY a), sum(b) OVER () FROM t": "rank sum",
    "SELECT a FROM t FETCH FIRST (2) ROWS ONLY": "",
    "SELECT a FROM t TABLESAMPLE SYSTEM (10) REPEATABLE (3)": "",
    "SELECT a FROM t TABLESAMPLE BERNOULLI(10)": "",
    "WITH x AS MATERIALIZED (SELECT 1), y AS NOT MATERIALIZED (SELECT 2) TABLE x": "",
    "SELECT a::CHARACTER VARYING(3), b::bit varying (3), c::numeric(3, 1)": "",
    'SELECT 1 FROM "t" INNER JOIN (SELECT 1) AS u ON true LEFT OUTER JOIN (SELECT 2) v ON true': "",
    "SELECT 1 FROM t JOIN (SELECT 1) AS u ON true": "",
    "SELECT 1 FROM s.t JOIN (SELECT 1) AS u ON (true) JOIN (SELECT 2) AS v USING (a)": "",
    'SELECT 1 WHERE "t"."a" LIKE (SELECT 1) OR t.a ILIKE (%s) OR %s LIKE (%s)': "",
    'SELECT 1 WHERE NOT "a" LIKE (%s) AND "a" NOT LIKE (%s) AND (b) LIKE (c)': "",
    "SELECT (a, b) OVERLAPS (c, d)": "",
    "SELECT * FROM json_table(a, '$' PASSING (1) AS b COLUMNS (c int PATH '$'))": None,
    "SELECT XMLEXISTS('a' PASSING (b))": None,
    "SELECT substring(a, 1), overlay(a, b, 1), trim(a), position(a in b)": "substring overlay",
    "SELECT log(10), version()": "log version",
    "SELECT pg_catalog.log(10), pg_catalog.version()": "",
    'SELECT "log"(10)': "log",
    "SELECT json_value(a, '$')": "json_value",
}
WORDS = (
    "bernoulli by columns copy cross cube filter first ilike is isnull join like materialized "
    "notnull ordinality over overlaps passing recursive repeatable rollup sets similar system "
    "varying"
)
NAMES = "all copy coalesce count exists filter in log select values with"
CALLS = [
    *(f"SELECT {name}('paid')" for name in WORDS.split()),
    *(f"SELECT public.{name}('paid')" for name in NAMES.split()),
    'SELECT public . "copy" (42)',
    'SELECT "copy"(42)',
    'SELECT "COALESCE"(42)',
    "SELECT 1, filter(a)",
    "SELECT 1 WHERE NOT like(a, b)",
    "SELECT 1 WHERE NOT materialized(a)",
    "SELECT a AS b, like(a, b)",
    "SELECT 1 ORDER BY join(a)",
    "SELECT 1 ORDER BY cube(a)",
    "SELECT DISTINCT ON (a) over(b) FROM t",
    "SELECT DISTINCT ON ((a), (b)) join(b) FROM t",
    "SELECT 1 OPERATOR(pg_catalog.+) overlaps(2)",
    "SELECT * FROM LATERAL join(1)",
    "SELECT * FROM x, by(1)",
    "SELECT a LIKE ilike('b', 'c')",
    "SELECT sets(1) FROM t GROUP BY GROUPING SETS ((a))",
]


@pytest.mark.parametrize(("text", "functions"), READS.items())
def test_a_word_is_syntax_where_syntax_has_it(text: str, functions: str | None) -> None:
    (statement,) = parse(text)
    if functions is None:
        # Too much of a rarity to be known; the words in it are.
        assert statement.kind is Kind.WRITE
        text = text.replace("json_table(", "count(").replace("XMLEXISTS(", "count(")
        (statement,) = parse(text)
        functions = "count"
    assert statement.kind is Kind.READ
    assert statement.functions == set(functions.split())


@pytest.mark.parametrize("text", CALLS)
def test_a_word_is_a_function_anywhere_else(text: str) -> None:
    (statement,) = parse(text)
    assert statement.kind is Kind.WRITE


@pytest.mark.parametrize(
    ("defines", "text"),
    [
        (True, "CREATE FUNCTION log(a text) RETURNS void LANGUAGE sql AS ''"),
        (True, "create or replace function log() returns void language sql as ''"),
        (True, "CREATE AGGREGATE count(a) (sfunc = b, stype = c)"),
        (True, "ALTER FUNCTION f() RENAME TO log"),
        (True, 'CREATE FUNCTION public . "log" (a text) RETURNS void LANGUAGE sql AS $$$$'),
        (True, "CREATE EXTENSION a"),
        (False, "CREATE FUNCTION shop.notify(a text) RETURNS void LANGUAGE sql AS ''"),
        (False, "DROP FUNCTION log(text)"),
    ],
)
def test_a_statement_may_make_a_function_of_such_a_name(defines: bool, text: str) -> None:
    (statement,) = parse(text)
    assert statement.defines_namesake is defines
