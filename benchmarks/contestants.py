"""Who is measured: each knows how its users write, and how to look at what it recorded."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import hand
from connections import OURS, execute, model, value
from django.db import connections, transaction

USER = 5
URL = "/orders/"
Row = Any


class Wrong(AssertionError):
    """A contestant did not record what it should."""


@dataclass(frozen=True)
class Contestant:
    """One way to record history, of a table of its own.

    Attributes:
        name: What the tables and plots call it.
        label: The tracked model.
        kind: ``untracked``, ``hand``, ``peer`` or ``ours``.
        unchanged: The events that saving an unchanged object leaves.
        deletes: Whether a delete leaves an event.
        tables: Those that hold the history; the events are in the first.
    """

    name: str
    label: str
    kind: str
    unchanged: int = 0
    deletes: bool = True
    tables: tuple[str, ...] = ()

    @cached_property
    def model(self) -> Any:
        return model(self.label)

    @property
    def alias(self) -> str:
        return "ours" if self.label.partition(".")[0] in OURS else "default"

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def events_table(self) -> str:
        return self.tables[0]

    def atomic(self) -> AbstractContextManager[Any]:
        return transaction.atomic(using=self.alias)

    @contextmanager
    def writing(self, *, atomic: bool, context: bool) -> Iterator[None]:
        """Open what a program opens around a write: a context, then a transaction."""
        with ExitStack() as stack:
            if context:
                stack.enter_context(self.context())
            if atomic:
                stack.enter_context(self.atomic())
            yield

    def context(self) -> AbstractContextManager[Any]:
        return nullcontext()

    # How its users write many rows.

    def create(self, rows: Sequence[Row]) -> None:
        self.model.objects.bulk_create(rows)

    def update(self, status: str) -> None:
        self.model.objects.update(status=status)

    def delete(self) -> None:
        self.model.objects.all().delete()

    # What it recorded.

    def empty(self) -> None:
        tables = ", ".join(f'"{table}"' for table in (self.table, *self.tables))
        execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")

    def fill(self, rows: int) -> None:
        """Make rows without events."""
        with transaction.atomic():
            execute("SET LOCAL session_replication_role = replica")
            execute(
                f'INSERT INTO "{self.table}" (customer, status, total, note, created) '
                "SELECT n % 100, 'new', n % 1000 + 0.5, repeat('a note ', 6), now() "
                f"FROM generate_series(1, {int(rows)}) AS n"
            )

    def analyze(self) -> None:
        for table in (self.table, *self.tables):
            execute(f'ANALYZE "{table}"')

    def count(self) -> int:
        return int(value(f'SELECT count(*) FROM "{self.events_table}"')) if self.tables else 0

    def newest(self, key: int) -> tuple[str, int | None] | None:
        """Return the status in the newest event of an object, and the user of its context."""
        return None

    def check(self, what: str, events: int, key: int, status: str, user: int | None = None) -> None:
        """Raise an error unless there are so many events, the newest of an object as given."""
        if not self.tables:
            return
        if (found := self.count()) != events:
            raise Wrong(f"{self.name}, {what}: {found} events instead of {events}.")
        if events and (newest := self.newest(key)) != (status, user):
            raise Wrong(f"{self.name}, {what}: the newest event says {newest}, not {status, user}.")


@dataclass(frozen=True)
class InTables(Contestant):
    """One whose events are rows of a table with the columns of the tracked one."""

    context_table: str = "pghistory_context"

    def empty(self) -> None:
        super().empty()
        if self.context_table:
            execute(f"TRUNCATE {self.context_table} CASCADE")

    def newest(self, key: int) -> tuple[str, int | None] | None:
        said, joined = "e.pgh_context", ""
        if self.context_table:
            said = "c.metadata"
            joined = f"LEFT JOIN {self.context_table} AS c ON c.id = e.pgh_context_id"
        found = execute(
            f"SELECT e.status, ({said} ->> 'user')::int FROM {self.events_table} AS e {joined} "
            "WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id DESC LIMIT 1",
            [key],
        )
        return found[0] if found else None


@dataclass(frozen=True)
class ByHand(InTables):
    context_table: str = hand.CONTEXT

    @contextmanager
    def writing(self, *, atomic: bool, context: bool) -> Iterator[None]:
        # The context is a setting of the transaction, so with one there is always the other.
        with self.atomic() if atomic or context else nullcontext():
            if context:
                with connections["default"].cursor() as cursor:
                    said = json.dumps({"user": USER, "url": URL})
                    cursor.execute(hand.OPEN_CONTEXT, [uuid.uuid4(), said])
            yield


@dataclass(frozen=True)
class Pghistory(InTables):
    def context(self) -> AbstractContextManager[Any]:
        import pghistory

        return pghistory.context(user=USER, url=URL)


@dataclass(frozen=True)
class Ours(InTables):
    context_table: str = "pghistory_ops_context"

    def context(self) -> AbstractContextManager[Any]:
        from pghistory_ops import context

        return context(user=USER, url=URL)


@dataclass(frozen=True)
class SimpleHistory(Contestant):
    def context(self) -> AbstractContextManager[Any]:
        return self._request()

    @contextmanager
    def _request(self) -> Iterator[None]:
        # As its middleware does.
        from simple_history.models import HistoricalRecords

        HistoricalRecords.context.request = SimpleNamespace(user=user())
        try:
            yield
        finally:
            del HistoricalRecords.context.request

    def create(self, rows: Sequence[Row]) -> None:
        from simple_history.utils import bulk_create_with_history

        bulk_create_with_history(rows, self.model)

    def update(self, status: str) -> None:
        from simple_history.utils import bulk_update_with_history

        rows = list(self.model.objects.all())
        for row in rows:
            row.status = status
        bulk_update_with_history(rows, self.model, ["status"])

    def newest(self, key: int) -> tuple[str, int | None] | None:
        event = self.model.history.filter(id=key).first()
        return (event.status, event.history_user_id) if event else None


@dataclass(frozen=True)
class Auditlog(Contestant):
    """It listens to signals, so that many rows are written one by one."""

    def context(self) -> AbstractContextManager[Any]:
        from auditlog.context import set_actor

        found: AbstractContextManager[Any] = set_actor(user())
        return found

    def create(self, rows: Sequence[Row]) -> None:
        with self.atomic():
            for row in rows:
                row.save()

    def update(self, status: str) -> None:
        with self.atomic():
            for row in self.model.objects.all():
                row.status = status
                row.save()

    def newest(self, key: int) -> tuple[str, int | None] | None:
        from auditlog.models import LogEntry

        event = LogEntry.objects.get_for_object(self.model(pk=key)).order_by("-id").first()
        if event is None:
            return None
        old, new = event.changes["status"]
        return (old if new == "None" else new, event.actor_id)


@dataclass(frozen=True)
class Reversion(Contestant):
    """It records what was saved in a revision, when that ends; a delete leaves nothing."""

    @contextmanager
    def writing(self, *, atomic: bool, context: bool) -> Iterator[None]:
        import reversion

        with reversion.create_revision():
            if context:
                reversion.set_user(user())
                reversion.set_comment(URL)
            yield

    def create(self, rows: Sequence[Row]) -> None:
        self.model.objects.bulk_create(rows)
        self._add(rows)

    def update(self, status: str) -> None:
        self.model.objects.update(status=status)
        self._add(self.model.objects.all())

    def _add(self, rows: Iterable[Row]) -> None:
        import reversion

        for row in rows:
            reversion.add_to_revision(row)

    def newest(self, key: int) -> tuple[str, int | None] | None:
        from reversion.models import Version

        found = Version.objects.get_for_object_reference(self.model, key).first()
        return (found.field_dict["status"], found.revision.user_id) if found else None


def user() -> Any:
    from django.contrib.auth.models import User

    return User(pk=USER, username="ada")


UNTRACKED = Contestant("untracked", "contenders.Untracked", "untracked")


def _hand(name: str, label: str) -> ByHand:
    table = f"contenders_{label.lower()}_event"
    return ByHand(f"hand-written, {name}", f"contenders.{label}", "hand", tables=(table,))


HAND_MIXED = _hand("our default levels", "HandMixed")
HAND_ROW = _hand("row", "HandRow")
HAND_STATEMENT = _hand("statement", "HandStatement")


def _ours(name: str, label: str) -> Ours:
    return Ours(name, f"ours.{label}", "ours", tables=(f"ours_{label.lower()}event",))


OURS_DEFAULT = _ours("pghistory-ops", "Tracked")
OURS_ROW = _ours("pghistory-ops, row", "TrackedRow")
OURS_STATEMENT = _ours("pghistory-ops, statement", "TrackedStatement")


def _pghistory(name: str, label: str, context_table: str = "pghistory_context") -> Pghistory:
    return Pghistory(
        f"django-pghistory{name}",
        f"contenders.{label}",
        "peer",
        tables=(f"contenders_{label.lower()}event",),
        context_table=context_table,
    )


PGHISTORY = _pghistory("", "PghRow")
PGHISTORY_STATEMENT = _pghistory(", statement", "PghStatement")
PGHISTORY_JSON = _pghistory(", JSON context", "PghJSON", "")
SIMPLE = SimpleHistory(
    "simple-history",
    "contenders.Simple",
    "peer",
    unchanged=1,
    tables=("contenders_historicalsimple",),
)
AUDITLOG = Auditlog("auditlog", "contenders.Audited", "peer", tables=("auditlog_logentry",))
REVERSION = Reversion(
    "reversion",
    "contenders.Reverted",
    "peer",
    unchanged=1,
    deletes=False,
    tables=("reversion_version", "reversion_revision"),
)
ALL: tuple[Contestant, ...] = (
    UNTRACKED,
    HAND_MIXED,
    HAND_ROW,
    HAND_STATEMENT,
    OURS_DEFAULT,
    OURS_ROW,
    OURS_STATEMENT,
    PGHISTORY,
    PGHISTORY_STATEMENT,
    PGHISTORY_JSON,
    SIMPLE,
    AUDITLOG,
    REVERSION,
)
# The hand-written trigger of the same level.
PAIRS = {OURS_DEFAULT: HAND_MIXED, OURS_ROW: HAND_ROW, OURS_STATEMENT: HAND_STATEMENT}
