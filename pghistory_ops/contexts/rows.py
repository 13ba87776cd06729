"""The rows that one context has: of each database, session, and person.

Two open transactions of one database that insert the same key would wait for each other, perhaps
for ever, when one program has both. So in each database the first session that writes has the
context's own key, and each other one a key of its own.
"""

from __future__ import annotations

import os
from collections.abc import Container, Hashable, Mapping
from typing import NamedTuple
from uuid import UUID

from pghistory_ops.contexts.uuid7 import uuid7

_REMEMBERED = 8


class Writer(NamedTuple):
    """A database session.

    Attributes:
        session: Its number in the process.
        database: Equal for sessions of one database, and None where that is not known.
    """

    session: int
    database: Hashable


class Row:
    """A row of a context, which has a key for each session that writes it.

    Attributes:
        key: Its own key.
        outer: The row of the context around it.
        said: The JSON pairs that were asked for late, as they were last said.
    """

    def __init__(self, key: UUID, outer: Row | None = None) -> None:
        self.key = key
        self.outer = outer
        self.said: Mapping[str, str] = {}
        self._first: dict[Hashable, tuple[int, int]] = {}
        self._others: dict[tuple[int, int], UUID] = {}

    def identity(self, writer: Writer) -> tuple[UUID, UUID | None]:
        """Return the key and the parent of the row that a session's events name."""
        holder, database = _holder(writer), writer.database
        if (other := self._others.get(holder)) is not None:
            return other, self.key
        # dict.setdefault is atomic, and unlike a lock is never left held by a fork.
        if database is not None and self._first.setdefault(database, holder) == holder:
            return self.key, None if self.outer is None else self.outer._known_key(writer)
        return self._others.setdefault(holder, uuid7()), self.key

    def _known_key(self, writer: Writer) -> UUID:
        """Return the key for a session that has written it, or else its own."""
        return self._others.get(_holder(writer), self.key)


class Rows:
    """The rows of a block, of which one says what the block says now.

    Attributes:
        own: The row with the block's key.
        last: The row that was asked for last.

    What a row has been told late is never replaced: only what was unknown is filled in. For
    anything else there is another row, below the block's own.
    """

    def __init__(self, own: Row) -> None:
        self.own = self.last = own
        self._rows = [own]
        # The keys that have had a value: for them, null says something.
        self._known: frozenset[str] = frozenset()

    def saying(self, late: Mapping[str, str], replaced: Container[str]) -> Row:
        """Return the row that says ``late``.

        Args:
            late: The JSON pair of each key.
            replaced: Keys that the block itself says.
        """
        if self.last.said is late:
            return self.last
        # Not all of them, since what is asked for may be another thing each time.
        for row in (self.last, *self._rows[: -_REMEMBERED - 1 : -1]):
            if self._takes(row, late, replaced):
                break
        else:
            row = Row(uuid7(), self.own)
            self._rows.append(row)
        row.said = late
        self.last = row
        self._known |= {key for key, pair in late.items() if _value(pair) is not None}
        return row

    def _takes(self, row: Row, late: Mapping[str, str], replaced: Container[str]) -> bool:
        for key in row.said.keys() | late.keys():
            old, new = _value(row.said.get(key)), _value(late.get(key))
            if old != new and key not in replaced and (old is not None or key in self._known):
                return False
        return True


def _holder(writer: Writer) -> tuple[int, int]:
    return os.getpid(), writer.session  # a forked process has the same blocks open


def _value(pair: str | None) -> str | None:
    return None if pair is None or pair.endswith(": null") else pair
