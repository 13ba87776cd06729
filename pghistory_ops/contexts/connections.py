"""Every PostgreSQL connection that Django opens gets cursors that carry the context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import ServerCursor

from pghistory_ops.contexts.cursors import (
    ATTRIBUTE,
    CarryingCursor,
    CarryingServerCursor,
    around,
    carrying,
)
from pghistory_ops.contexts.databases import database_of
from pghistory_ops.contexts.namesakes import namesakes_of
from pghistory_ops.contexts.session import Session

_sessions: WeakKeyDictionary[BaseDatabaseWrapper, Session] = WeakKeyDictionary()


def prepare_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give a new connection the cursors; a receiver of ``connection_created``.

    Raises:
        ImproperlyConfigured: The connection's cursors are not made by a class of psycopg 3.
    """
    if connection.vendor != "postgresql":
        return
    opened: Any = connection.connection
    if not isinstance(opened, psycopg.Connection):
        raise ImproperlyConfigured(
            f"The database {connection.alias!r} is connected by {type(opened).__module__}. "
            "History takes psycopg 3: install psycopg."
        )
    opened.cursor_factory = _carrying(
        connection.alias, "cursor_factory", opened.cursor_factory, psycopg.Cursor, CarryingCursor
    )
    opened.server_cursor_factory = _carrying(
        connection.alias,
        "server_cursor_factory",
        opened.server_cursor_factory,
        psycopg.ServerCursor,
        CarryingServerCursor,
    )
    session = _sessions.get(connection)
    if session is None:
        session = _sessions[connection] = Session(connection)
    session.reset(database_of(opened), namesakes_of(opened))
    setattr(opened, ATTRIBUTE, session)
    if carry_with_named_cursor not in connection.execute_wrappers:
        # In front: a block of execute_wrapper() that is open takes the last one away at its end.
        connection.execute_wrappers.insert(0, carry_with_named_cursor)


def carry_with_named_cursor(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Tell the context before a query of ``QuerySet.iterator()``.

    Django makes these cursors itself, of a class that no factory gives (Django documentation,
    "Database instrumentation").
    """
    cursor = getattr(context["cursor"], "cursor", None)
    if not isinstance(cursor, ServerCursor) or isinstance(cursor, CarryingServerCursor):
        return execute(sql, params, many, context)
    with context["connection"].wrap_database_errors, around(cursor.connection, sql):
        return execute(sql, params, many, context)


def _carrying(alias: str, name: str, factory: Any, kind: type[Any], mixin: type[Any]) -> Any:
    if isinstance(factory, type) and issubclass(factory, kind):
        return carrying(cast("Any", factory), cast("Any", mixin))
    raise ImproperlyConfigured(
        f"The {name} of the database {alias!r} is {factory!r}, and events could not have a "
        f"context. Give a subclass of psycopg.{kind.__name__}."
    )
