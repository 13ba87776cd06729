"""One block in several databases: each has its row, with its key and its parent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from psycopg.pq import TransactionStatus

import pghistory_ops as pgh
from context.tools import connected
from db.shop import execute, query
from pghistory_ops.contexts import databases
from pghistory_ops.contexts.rows import Row, Writer
from pghistory_ops.models import Context
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


@pytest.fixture
def both(thing: Any, project: Project) -> Any:
    project.migrate(database="other")
    return thing


def contexts(alias: str) -> dict[UUID, Any]:
    return dict(Context.objects.using(alias).values_list("id", "parent"))


@pytest.mark.parametrize("block", [transaction.atomic, None])
def test_the_key_of_a_block_is_that_of_its_row_in_each_database(both: Any, block: Any) -> None:
    def write() -> None:
        with pgh.context(a=1) as outer:
            both.objects.using("other").create()
            both.objects.create()
            with pgh.context(b=2) as inner:
                both.objects.create()
                both.objects.using("other").create()
        expected = {outer.id: None, inner.id: outer.id}
        found.append(expected)

    found: list[Any] = []
    if block:
        with transaction.atomic(), transaction.atomic(using="other"):
            write()
    else:
        write()
    assert [contexts("default"), contexts("other")] == found * 2


def test_a_statement_that_writes_nothing_elsewhere_takes_no_key(both: Any) -> None:
    with pgh.context(a=1) as ctx:
        query("SELECT pg_notify('x', 'y')", using="other")
        both.objects.create()
    assert contexts("default") == {ctx.id: None}
    assert contexts("other") == {}


def test_the_parent_is_the_row_of_the_same_session(both: Any) -> None:
    """Two aliases of one database are two sessions, each with rows of its own."""
    settings = connections["other"].settings_dict
    connections["other"].close()
    before, settings["NAME"] = settings["NAME"], connection.settings_dict["NAME"]
    try:
        with (
            transaction.atomic(),
            transaction.atomic(using="other"),
            pgh.context(a=1) as outer,
        ):
            both.objects.create(id=1)
            both.objects.using("other").create(id=2)
            with pgh.context(b=2) as inner:
                both.objects.using("other").create(id=3)
                both.objects.create(id=4)
    finally:
        connections["other"].close()
        settings["NAME"] = before
    keys = dict(query("SELECT id, pgh_context_id FROM shop_thingevent"))
    assert contexts("default") == {
        outer.id: None,
        keys[2]: outer.id,
        inner.id: keys[2],
        keys[4]: inner.id,
    }
    assert (keys[1], keys[3]) == (outer.id, inner.id)


def test_a_role_that_may_not_ask_has_a_row_of_its_own(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_known", {})
    execute("CREATE ROLE blind")
    execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public", using="other")
    try:
        execute("SET ROLE blind", using="other")
        opened = connections["other"].connection
        with transaction.atomic(using="other"):
            assert databases.database_of(opened) is None
            query("SELECT 1", using="other")
        assert databases.database_of(connection.connection) is not None
    finally:
        connections["other"].close()
        execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO public", using="other")
        execute("DROP ROLE blind")
    row = Row(UUID(int=1))
    key, parent = row.identity(Writer(1, None))
    assert (key != row.key, parent) == (True, row.key)
    assert row.identity(Writer(2, "a")) == (row.key, None)
    assert row.identity(Writer(1, "a")) == (key, row.key)  # once and for all


def test_a_database_is_asked_once(both: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_known", {})
    with connected():
        connection.ensure_connection()
        opened = connection.connection
        name, server = databases.database_of(opened)  # type: ignore[misc]
        assert name == connection.settings_dict["NAME"]
        assert isinstance(server, int)
    with connected():
        connection.ensure_connection()
    assert len(databases._known) == 1


def test_a_connection_without_autocommit_is_asked_as_well(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_known", {})
    connection.close()
    connection.settings_dict["AUTOCOMMIT"] = False
    try:
        connection.ensure_connection()
        assert connection.connection.info.transaction_status == TransactionStatus.IDLE
    finally:
        connection.settings_dict["AUTOCOMMIT"] = True
        connection.close()


def test_a_project_with_one_database_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "settings", {"default": {}})
    assert databases.database_of(None) is True  # type: ignore[arg-type]
