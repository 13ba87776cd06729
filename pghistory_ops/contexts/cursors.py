"""Cursors that tell the server the context before a statement that may write.

They extend the public methods of psycopg's cursors, and are what ``Connection.cursor_factory`` and
``server_cursor_factory`` make (psycopg documentation, "Cursor types"). Whatever wraps or logs
Django's cursors sees the caller's own statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import sql
from psycopg.pq import Format
from psycopg.rows import tuple_row

from pghistory_ops.contexts.context import current
from pghistory_ops.contexts.namesakes import DEFINING
from pghistory_ops.contexts.session import (
    COLUMN,
    Change,
    Session,
    draft,
    in_pipeline,
    is_idle,
    is_ready,
    may_be_undone,
    paused_event_models,
)
from pghistory_ops.contexts.statements import Kind, Statement, may_commit, parse

ATTRIBUTE = "pghistory_ops_session"
_OURS = COLUMN.encode()
_WRITING = frozenset({Kind.WRITE, Kind.CALL, Kind.MAY_COMMIT})
# SQL functions cannot end transactions, nor can what has a SET clause or its owner's rights
# (PostgreSQL manual, CREATE PROCEDURE).
_PROCEDURES = """
SELECT prosrc, lanname FROM pg_catalog.pg_proc
JOIN pg_catalog.pg_language ON pg_language.oid = prolang
JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pronamespace
WHERE proname = %s AND nspname = COALESCE(%s, nspname) AND prokind = 'p'
    AND lanname <> 'sql' AND proconfig IS NULL AND NOT prosecdef
"""

C = TypeVar("C", bound="psycopg.Cursor[Any] | psycopg.ServerCursor[Any]")

if TYPE_CHECKING:
    _Cursor = psycopg.Cursor[Any]
    _ServerCursor = psycopg.ServerCursor[Any]
else:
    _Cursor = _ServerCursor = object


def session_of(connection: psycopg.Connection[Any]) -> Session | None:
    """Return the session that a psycopg connection belongs to; None if it is not Django's."""
    return getattr(connection, ATTRIBUTE, None)


def has_nothing_to_say(session: Session | None) -> bool:
    """Whether no context is open, and none has left its settings in the transaction."""
    return session is None or (
        current.get() is None and session.transaction is None and not paused_event_models.get()
    )


class CarryingCursor(_Cursor):
    """A cursor whose statements carry the context."""

    __slots__ = ()

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        connection = self.connection
        # The same as has_nothing_to_say(), for every query there is.
        session: Session | None = getattr(connection, ATTRIBUTE, None)
        if session is None or (
            current.get() is None and session.transaction is None and not paused_event_models.get()
        ):
            super().execute(query, params, **options)
            # Functions are defined without parameters, and most queries have some.
            if not params and (result := self.pgresult) and result.command_status in DEFINING:
                _note_functions(session, _read(query, connection), connection)
            return self
        session.synchronize(connection)
        statements = _parse(query, session, connection)
        if _is_script(statements):
            return self._execute_script(session, super().execute, query, params, options)
        if any(may_write(statement, connection) for statement in statements):
            change = session.change(connection)
            if change is not None:
                with change:
                    self._execute_with(change, super().execute, query, params, options)
                _note(session, statements, connection)
                return self
        super().execute(query, params, **options)
        _note(session, statements, connection)
        return self

    def _execute_with(
        self, change: Change, execute: Callable[..., Any], query: Any, params: Any, options: Any
    ) -> None:
        connection = self.connection
        if in_pipeline(connection):
            _plain(connection).execute(change.statement)
            execute(query, params, **options)
        elif (text := self._merged(query, params, options)) is not None:
            # One message of the simple protocol: one round trip, and one transaction.
            # On one line, so that errors tell the caller's own line.
            execute(f"{change.statement}; {text}", None, **_simple(options))
            self.nextset()
        elif psycopg.Pipeline.is_supported():
            # One round trip as well, and one transaction up to the end of the block.
            with connection.pipeline():
                _plain(connection).execute(change.statement)
                execute(query, params, **options)
        else:
            with _applied(change, connection):
                execute(query, params, **options)

    def _merged(self, query: Any, params: Any, options: Any) -> str | None:
        """Return the statement as text without parameters; None where the server binds them."""
        mogrify = getattr(self, "mogrify", None)
        if mogrify is not None:
            return str(mogrify(query, params))
        extended = params is not None or options.get("binary") or options.get("prepare")
        if extended or self.format == Format.BINARY or not isinstance(query, _TEXTS):
            return None
        return _text(query, self.connection)

    def _execute_script(
        self, session: Session, execute: Callable[..., Any], query: Any, params: Any, options: Any
    ) -> Any:
        """Run several statements, some of which end transactions or go back to savepoints."""
        connection = self.connection
        text = None if in_pipeline(connection) else self._merged(query, params, options)
        if text is None:  # an error, which is the server's to tell
            return execute(query, params, **options)
        wanted = session.wanted()
        session.synchronize(connection)
        known = session.open_transaction(connection)
        then = draft(known)
        parts, position = [], 0
        statements = _parse(text, session, connection)
        for statement in statements:
            if may_write(statement, None) and then.applied != wanted:
                parts += [text[position : statement.start], wanted.statement(then.applied), "; "]
                position = statement.start
                then.applied = wanted
            if statement.is_control:
                then.note(statement)
        if may_be_undone(then, connection):
            then.applied, then.savepoints = None, []
        known.applied, known.savepoints = None, []
        try:
            execute("".join([*parts, text[position:]]), None, **_simple(options))
            session.transaction = then
        finally:
            session.synchronize(connection)
        _note_functions(session, statements, connection)
        if self._is_ours():
            self.nextset()
        return self

    def _is_ours(self) -> bool:
        result = self.pgresult
        return result is not None and result.nfields > 0 and result.fname(0) == _OURS

    def nextset(self) -> bool | None:
        while super().nextset():
            if not self._is_ours():
                return True
        return None

    def set_result(self, index: int) -> Any:
        places, place = [], 0
        while True:
            try:
                super().set_result(place)
            except IndexError:
                break
            if not self._is_ours():
                places.append(place)
            place += 1
        if not -len(places) <= index < len(places):
            raise IndexError(f"index {index} out of range: {len(places)} result(s) available")
        return super().set_result(places[index])

    def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        connection = self.connection
        session = session_of(connection)
        if has_nothing_to_say(session) or not psycopg.Pipeline.is_supported():
            with around(connection, query):
                super().executemany(query, params_seq, returning=returning)
            return
        assert session is not None
        change = change_before(session, connection, query)
        if change is None:
            super().executemany(query, params_seq, returning=returning)
            return
        # psycopg rides a pipeline that is open, so the rows are one transaction with the settings.
        with change, connection.pipeline():
            _plain(connection).execute(change.statement)
            super().executemany(query, params_seq, returning=returning)

    def copy(self, statement: Any, params: Any = None, **options: Any) -> Any:
        connection = self.connection
        copy = super().copy(statement, params, **options)
        if has_nothing_to_say(session_of(connection)):
            return copy
        return _within(copy, connection, statement)

    def stream(self, query: Any, params: Any = None, **options: Any) -> Iterator[Any]:
        with around(self.connection, query):
            yield from super().stream(query, params, **options)


class CarryingServerCursor(_ServerCursor):
    """A named cursor whose declaration carries the context."""

    __slots__ = ()

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        with around(self.connection, query):
            super().execute(query, params, **options)
        return self


@cache
def carrying(base: type[C], mixin: type[Any]) -> type[C]:
    """Return the subclass of a cursor class that carries the context."""
    if issubclass(base, mixin):
        return base
    return type(base.__name__, (mixin, base), {"__module__": base.__module__, "__slots__": ()})


@contextmanager
def around(connection: psycopg.Connection[Any], query: Any) -> Iterator[None]:
    """Tell the context before a statement that cannot have it in its own message.

    In autocommit the two are put in a transaction of their own.
    """
    session = session_of(connection)
    if session is None or has_nothing_to_say(session):
        yield
        return
    change = change_before(session, connection, query)
    if change is None:
        yield
        return
    with change, _applied(change, connection):
        yield


def change_before(
    session: Session, connection: psycopg.Connection[Any], query: Any
) -> Change | None:
    """Return what is to be said before a statement."""
    session.synchronize(connection)
    statements = _parse(query, session, connection)
    if any(may_write(statement, connection) for statement in statements):
        return session.change(connection)
    return None


def may_write(statement: Statement, connection: psycopg.Connection[Any] | None) -> bool:
    """Whether a statement may write and can have the settings of a transaction.

    In a transaction that has failed, or while the connection is busy, nothing more is said.
    """
    if statement.kind not in _WRITING:
        return False
    if connection is None:
        return True
    if not is_ready(connection):
        return in_pipeline(connection)
    if statement.kind is Kind.WRITE or not (connection.autocommit and is_idle(connection)):
        return True
    return statement.kind is Kind.CALL and not _commits(connection, *statement.procedure)


def _commits(connection: psycopg.Connection[Any], schema: str | None, name: str) -> bool:
    found = _plain(connection).execute(_PROCEDURES, [name, schema])
    return any(language != "plpgsql" or may_commit(source) for source, language in found)


@contextmanager
def _applied(change: Change, connection: psycopg.Connection[Any]) -> Iterator[None]:
    cursor = _plain(connection)
    if not (connection.autocommit and is_idle(connection)):
        cursor.execute(change.statement)
        yield
        return
    cursor.execute(f"BEGIN;\n{change.statement}")
    try:
        yield
    except BaseException:
        if not connection.closed:
            cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


@contextmanager
def _within(
    copy: AbstractContextManager[Any], connection: psycopg.Connection[Any], statement: Any
) -> Iterator[Any]:
    with around(connection, statement), copy as block:
        yield block


def _plain(connection: psycopg.Connection[Any]) -> psycopg.ClientCursor[Any]:
    return psycopg.ClientCursor(connection, row_factory=tuple_row)


def _simple(options: dict[str, Any]) -> dict[str, Any]:
    # Several statements cannot be prepared.
    return {**options, "prepare": False}


_TEXTS = (str, bytes, sql.Composable)


def _text(query: Any, connection: psycopg.Connection[Any]) -> str:
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(connection.info.encoding)
    if isinstance(query, sql.Composable):
        return query.as_string(connection)
    return _plain(connection).mogrify(query)


def _parse(
    query: Any, session: Session, connection: psycopg.Connection[Any]
) -> tuple[Statement, ...]:
    """Return the statements of a text, as they are in this database."""
    statements = _read(query, connection)
    if any(session.may_call_own(item.functions, connection) for item in statements):
        return tuple(
            replace(item, kind=Kind.WRITE)
            if session.may_call_own(item.functions, connection)
            else item
            for item in statements
        )
    return statements


def _read(query: Any, connection: psycopg.Connection[Any]) -> tuple[Statement, ...]:
    # The server reports this setting whenever it changes (manual, 54.2.7 "Asynchronous
    # Operations"), and so do poolers.
    conforming = connection.pgconn.parameter_status(b"standard_conforming_strings") == b"on"
    return parse(_text(query, connection), conforming)


def _is_script(statements: tuple[Statement, ...]) -> bool:
    return len(statements) > 1 and any(statement.is_control for statement in statements)


def _note(
    session: Session, statements: tuple[Statement, ...], connection: psycopg.Connection[Any]
) -> None:
    for statement in statements:
        if statement.is_control:
            session.note(statement, connection)
    _note_functions(session, statements, connection)


def _note_functions(
    session: Session | None, statements: tuple[Statement, ...], connection: psycopg.Connection[Any]
) -> None:
    if session is not None and any(item.defines_namesake for item in statements):
        session.ask_for_functions_again(connection)
