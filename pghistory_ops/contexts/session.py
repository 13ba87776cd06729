"""What one database session has been told of the context, and what is to be told next.

Triggers read settings that last as long as the transaction, or until it goes back to a savepoint
from before they were made (PostgreSQL manual, SET). So nothing outlives a transaction on a
connection that a pool gives to somebody else next, and what was said once per transaction need not
be said again.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from weakref import ref

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import PipelineStatus, TransactionStatus

from pghistory_ops.contexts import namesakes
from pghistory_ops.contexts.context import open_context
from pghistory_ops.contexts.rows import Row, Writer
from pghistory_ops.contexts.scopes import Frame, innermost
from pghistory_ops.contexts.statements import Kind, Statement
from pghistory_ops.sql.quoting import literal

# The name of the one column that a statement of ours returns.
COLUMN = "pghistory_ops"

_READY = frozenset({TransactionStatus.IDLE, TransactionStatus.INTRANS})

paused_event_models: ContextVar[Frame[tuple[str, ...]] | None] = ContextVar(
    "pghistory_ops_paused", default=None
)


class Settings(NamedTuple):
    """The values of the settings ``pghistory_ops.…``."""

    context_id: str = ""
    context_parent_id: str = ""
    context_root_id: str = ""
    context_metadata: str = ""
    paused: str = ""

    def statement(self, known: Settings | None) -> str:
        """Return the query that makes these settings.

        Args:
            known: Those that the session has; if they are not known, the server compares.
        """
        changed = {
            name: value
            for name, value, old in zip(self._fields, self, known or self, strict=True)
            if known is None or value != old
        }
        if changed.keys() - {"paused"}:
            # The context's row is written with the next event, with whatever was added to it.
            changed["context_pending"] = "1" if self.context_id else ""
        calls = (
            f"pg_catalog.set_config('pghistory_ops.{name}', {literal(value)}, true)"
            for name, value in changed.items()
        )
        # One small value is sent back, whatever the settings are.
        query = f"SELECT pg_catalog.num_nulls({', '.join(calls)}) AS {COLUMN}"
        if known is not None:
            return query
        names = (
            f"COALESCE(pg_catalog.current_setting('pghistory_ops.{name}', true), '')"
            for name in self._fields
        )
        # A context that is said again would have its row written again.
        return (
            f"{query} WHERE ROW({', '.join(names)}) "
            f"IS DISTINCT FROM ROW({', '.join(map(literal, self))})"
        )


NOTHING = Settings()


@dataclass
class Transaction:
    """What is known of the open transaction.

    Attributes:
        applied: Its settings; None if they are not known.
        block: What stands for the ``atomic`` that it belongs to; None if it belongs to none. Then
            what changes its settings need not pass through cursors: it may go back to savepoints,
            or be followed by another transaction, unseen.
        savepoints: The open savepoints that were seen, and the settings at each.
    """

    applied: Settings | None = None
    block: object | None = None
    savepoints: list[tuple[str, Settings | None]] = field(default_factory=list)

    @property
    def is_certain(self) -> bool:
        """Whether all that changes the settings is seen."""
        return self.block is not None

    def note(self, statement: Statement) -> None:
        """Follow a statement about savepoints, transactions or settings."""
        match statement.kind:
            case Kind.END:
                self.applied, self.savepoints = NOTHING, []
            case Kind.SAVEPOINT:
                self.savepoints.append((statement.savepoint, self.applied))
            case Kind.RELEASE:
                del self.savepoints[self._place(statement.savepoint) or 0 :]
            case Kind.ROLLBACK_TO:
                place = self._place(statement.savepoint)
                # A savepoint that was not seen is older than the others.
                self.applied = None if place is None else self.savepoints[place][1]
                del self.savepoints[0 if place is None else place + 1 :]
        if statement.changes_settings:
            self.applied = None

    def _place(self, name: str) -> int | None:
        """Return the place of the newest savepoint of a name, which hides older ones."""
        for place in range(len(self.savepoints) - 1, -1, -1):
            if self.savepoints[place][0] == name:
                return place
        return None


class Session:
    """The state of one of Django's database connections, whichever psycopg connection it has."""

    _numbers = itertools.count()

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self.number = next(self._numbers)
        self._wrapper = ref(wrapper)
        self.reset(None, None)

    def reset(self, database: Hashable, own_functions: frozenset[str] | None) -> None:
        """Start anew with a new psycopg connection.

        Args:
            database: What ``databases.database_of`` says of it.
            own_functions: What ``namesakes.namesakes_of`` says of it.
        """
        self.database = database
        self._own_functions = own_functions
        # None while nothing was said in the transaction that is open, if one is.
        self.transaction: Transaction | None = None
        self._last: tuple[Row | None, Settings] = (None, NOTHING)

    def may_call_own(self, functions: frozenset[str], connection: psycopg.Connection[Any]) -> bool:
        """Whether one of the names of PostgreSQL's functions may be that of another one too."""
        if not functions:
            return False
        if self._own_functions is None:
            if in_pipeline(connection) or not is_ready(connection):
                return True
            self._own_functions = namesakes.look_up(connection)
        return not self._own_functions.isdisjoint(functions)

    def ask_for_functions_again(self, connection: psycopg.Connection[Any]) -> None:
        """Ask which functions there are before a name counts as PostgreSQL's own again."""
        self._own_functions = None
        namesakes.forget(connection)

    def wanted(self) -> Settings:
        """Return the settings for what is open now."""
        opened = open_context()
        if opened is None:
            settings = NOTHING
        else:
            row, metadata = opened.told()
            if self._last[0] is not row:
                key, parent = row.identity(Writer(self.number, self.database))
                self._last = (row, Settings(str(key), str(parent or ""), str(opened.root_id)))
            settings = self._last[1]._replace(context_metadata=metadata)
        paused = _array_of_paused()
        return settings._replace(paused=paused) if paused else settings

    def synchronize(self, connection: psycopg.Connection[Any]) -> None:
        """Forget a transaction that has ended."""
        if is_idle(connection):
            self.transaction = None
        elif self.transaction is not None and self.transaction.block is not self._block():
            self.transaction = Transaction(None, self._block())

    def _block(self) -> object | None:
        """Return what stands for the transaction of the outermost ``atomic``.

        That the connection is in a transaction does not say that it is in the one that was seen
        before: psycopg's ``commit()`` and ``transaction()`` go by no cursor. But nothing else ends
        the transaction of an ``atomic`` that has begun it, and Django has a new list of what is to
        be done on commit after each (and after it went back to a savepoint).
        """
        wrapper = self._wrapper()
        # Without autocommit, ``atomic`` is a savepoint in a transaction that others end.
        if wrapper is None or not (wrapper.in_atomic_block and wrapper.commit_on_exit):
            return None
        return wrapper.run_on_commit

    def open_transaction(self, connection: psycopg.Connection[Any]) -> Transaction:
        """Return what is known of the transaction that the next statement runs in."""
        # Where a pipeline's implicit transactions end is not known here.
        piped = in_pipeline(connection)
        if self.transaction is None:
            block = self._block()
            # One that something else has begun, outside of ``atomic``, may be an older one.
            is_new = not piped and (block is not None or is_idle(connection))
            self.transaction = Transaction(NOTHING if is_new else None, block)
        elif piped:
            self.transaction.applied = None
        return self.transaction

    def change(self, connection: psycopg.Connection[Any]) -> Change | None:
        """Return what is to be said before a statement that may write, if anything is."""
        wanted = self.wanted()  # which may itself use the connection
        self.synchronize(connection)
        if self.transaction is None and wanted == NOTHING:
            return None
        transaction = self.open_transaction(connection)
        if transaction.applied == wanted:
            return None
        return Change(self, connection, transaction, wanted)

    def note(self, statement: Statement, connection: psycopg.Connection[Any]) -> None:
        """Follow a statement about transactions that was run."""
        if is_idle(connection):
            self.transaction = None
            return
        if statement.kind is Kind.BEGIN:
            return
        transaction = self.open_transaction(connection)
        transaction.note(statement)
        if not transaction.is_certain:
            transaction.applied = None


def _array_of_paused() -> str:
    labels: list[str] = []
    frame = innermost(paused_event_models)
    while frame is not None:
        if not frame.block.ended:
            labels[:0] = frame.value
        frame = frame.outer
    quoted = ",".join(f'"{label}"' for label in dict.fromkeys(labels))
    return f"{{{quoted}}}" if quoted else ""


@dataclass
class Change:
    """Settings on their way to the server: unknown until the statement has succeeded."""

    session: Session
    connection: psycopg.Connection[Any]
    transaction: Transaction
    wanted: Settings

    def __post_init__(self) -> None:
        self.statement = self.wanted.statement(self.transaction.applied)

    def __enter__(self) -> str:
        self.transaction.applied = None
        return self.statement

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if error is None and not may_be_undone(self.transaction, self.connection):
            self.transaction.applied = self.wanted
        self.session.synchronize(self.connection)


def may_be_undone(transaction: Transaction, connection: psycopg.Connection[Any]) -> bool:
    """Whether settings that are told now may be gone without a statement that is seen.

    psycopg's ``connection.transaction()`` is a savepoint within ``atomic``. What was told before it
    is there again when it goes back; so what is told in it is told again, in it and after it.
    """
    own_blocks = getattr(connection, "_num_transactions", 0)  # psycopg has no public name for it
    return own_blocks > 0 or in_pipeline(connection) or not transaction.is_certain


def draft(transaction: Transaction) -> Transaction:
    """Return a copy of what is known, to try statements on."""
    return replace(transaction, savepoints=list(transaction.savepoints))


def in_pipeline(connection: psycopg.Connection[Any]) -> bool:
    """Whether the connection is in pipeline mode, where its status lags behind."""
    return connection.pgconn.pipeline_status != PipelineStatus.OFF


def is_ready(connection: psycopg.Connection[Any]) -> bool:
    """Whether the connection takes a statement, and is in no transaction that has failed."""
    return connection.pgconn.transaction_status in _READY


def is_idle(connection: psycopg.Connection[Any]) -> bool:
    """Whether the connection has no open transaction."""
    return connection.pgconn.transaction_status == TransactionStatus.IDLE and not in_pipeline(
        connection
    )
