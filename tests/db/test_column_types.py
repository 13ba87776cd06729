"""A column that is said to hold every value of another one does: PostgreSQL is asked."""

from __future__ import annotations

import pytest
from django.db import DataError, ProgrammingError, transaction

from db.shop import execute, query
from pghistory_ops.columns import holds

# Types, and values at their limits.
TYPES: dict[str, list[str]] = {
    "smallint": ["-32768", "32767"],
    "integer": ["-2147483648", "2147483647"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "numeric": ["1.6", "123456789012345678901234567890.5", "NaN", "Infinity"],
    "numeric(3, 2)": ["1.25", "-9.99"],
    "numeric(5, 2)": ["123.45", "-999.99"],
    "numeric(5,0)": ["99999"],
    "numeric(10, 0)": ["9999999999"],
    "numeric(12, 2)": ["9999999999.99"],
    "numeric(20, 4)": ["1234567890123456.5678"],
    "real": ["1.1", "1e38"],
    "double precision": ["1.123456789012345", "1e308"],
    "varchar(5)": ["abcde", "a    "],
    "varchar(20)": ["abcdefghijklmnopqrst"],
    "varchar": ["a" * 300],
    "text": ["a" * 300, "a "],
    'varchar(20) COLLATE "C"': ["abcdefghijklmnopqrst"],
    "char(5)": ["abcde"],
    "date": ["2020-01-01"],
    "time": ["10:11:12.123456"],
    "timestamp": ["2020-01-01 10:11:12.123456"],
    "timestamp with time zone": ["2020-01-01 10:11:12.123456+00"],
    "interval": ["1 mon 2 days 00:00:00.123456"],
    "boolean": ["true", "false"],
    "uuid": ["12345678-1234-5678-1234-567812345678"],
    "json": ['{"b": 1,  "b": 2}'],
    "jsonb": ['{"a": 1}'],
    "inet": ["10.0.0.1/8"],
    "bytea": [r"\x00ff"],
    "integer[]": ["{1,2}"],
    "bigint[]": ["{9223372036854775807}"],
}


def is_kept(column: str, tracked: str, value: str) -> bool:
    """Return whether an assignment keeps a value."""
    try:
        with transaction.atomic():
            execute(f"CREATE TEMPORARY TABLE assigned (tracked {tracked}, event {column})")
            execute("INSERT INTO assigned (tracked) VALUES (%s)", [value])
            execute("UPDATE assigned SET event = tracked")
            plain = tracked.partition(" COLLATE ")[0]
            texts = [f'{text}::text COLLATE "C"' for text in (f"event::{plain}", "tracked")]
            kept = query(f"SELECT {' = '.join(texts)} FROM assigned")
            transaction.set_rollback(True)
    except (ProgrammingError, DataError):
        return False
    return kept == [True]


@pytest.mark.django_db
@pytest.mark.parametrize("column", TYPES)
def test_what_it_is_said_to_hold_it_keeps(column: str) -> None:
    held = [tracked for tracked in TYPES if holds(column, tracked)]
    assert column in held
    lost = [
        (item, value) for item in held for value in TYPES[item] if not is_kept(column, item, value)
    ]
    assert lost == []


HOLDS = [
    ("integer", "smallint"),
    ("bigint", "integer"),
    ("numeric", "bigint"),
    ("numeric", "numeric(5, 2)"),
    ("numeric(10, 0)", "integer"),
    ("numeric(12, 2)", "integer"),
    ("numeric(20, 4)", "numeric(5, 2)"),
    ("varchar(20)", "varchar(5)"),
    ("text", "varchar(20)"),
    ("text", "integer"),
    ("varchar", "text"),
    ("varchar(20)", 'varchar(20) COLLATE "C"'),
]
DOES_NOT_HOLD = [
    ("integer", "bigint"),
    ("integer", "numeric(5,0)"),
    ("integer", "double precision"),
    ("numeric(10, 0)", "bigint"),
    ("numeric(5, 2)", "numeric(20, 4)"),
    ("numeric(10, 0)", "numeric(5, 2)"),
    ("numeric(5, 2)", "numeric"),
    ("double precision", "bigint"),
    ("double precision", "numeric(5, 2)"),
    ("real", "double precision"),
    ("varchar(5)", "varchar(20)"),
    ("varchar(5)", "text"),
    ("date", "timestamp with time zone"),
    ("timestamp", "timestamp with time zone"),
    ("jsonb", "json"),
    ("integer", "text"),
    ("boolean", "integer"),
]


@pytest.mark.parametrize(("column", "tracked"), HOLDS)
def test_what_holds(column: str, tracked: str) -> None:
    assert holds(column, tracked)


@pytest.mark.parametrize(("column", "tracked"), DOES_NOT_HOLD)
def test_what_does_not(column: str, tracked: str) -> None:
    assert not holds(column, tracked)
