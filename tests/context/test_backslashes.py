"""Backslashes in plain constants, whose meaning is a setting's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

import pghistory_ops as pgh
from context.tools import keys_of_events, metadata_of_events, traced
from db.shop import execute

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("binding")]


@pytest.fixture(params=["on", "off"], autouse=True)
def setting(request: pytest.FixtureRequest, binding: str, db: None) -> Any:
    """``standard_conforming_strings``."""
    execute(f"SET standard_conforming_strings = {request.param}")
    yield request.param
    connection.close()


def add(thing: Any, key: int) -> None:
    thing.objects.create(id=key)


def test_a_rollback_to_a_savepoint_beside_a_backslash(thing: Any) -> None:
    with transaction.atomic():
        execute("SAVEPOINT a")
        with pgh.context(user=1):
            add(thing, 1)
            execute(r"ROLLBACK TO a; SELECT 'a\b'")
            add(thing, 2)
    assert metadata_of_events() == [(2, {"user": 1})]


def test_a_transaction_that_begins_beside_a_backslash(thing: Any) -> None:
    with pgh.context(user=1) as ctx:
        execute("BEGIN")
        add(thing, 1)
        execute(r"COMMIT; BEGIN; SELECT 'c:\dir'")
        add(thing, 2)
        execute("COMMIT")
    assert keys_of_events() == [ctx.id] * 2


def test_a_write_behind_a_backslash(thing: Any, setting: str) -> None:
    with pgh.context(user=1) as ctx:
        execute(r"INSERT INTO shop_thing (id, name) VALUES (1, 'c:\dir')")
        execute("BEGIN")
        if setting == "on":
            execute(r"SELECT '\'; COMMIT; BEGIN; INSERT INTO shop_thing (id) VALUES (2)")
        else:
            execute(r"SELECT '\'; COMMIT; BEGIN;'; INSERT INTO shop_thing (id) VALUES (2)")
        add(thing, 3)
        execute("COMMIT")
    assert keys_of_events() == [ctx.id] * 3


def test_a_read_with_a_backslash_is_told_nothing_where_it_is_known(setting: str) -> None:
    with pgh.context(user=1), traced() as messages:
        execute(r"SELECT 'c:\dir'")
    assert ("set_config" in "".join(messages)) is (setting == "off")
