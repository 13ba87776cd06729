"""What writes do to the tracked table, in plain Python, and which events that should make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Row(NamedTuple):
    id: int
    name: str | None
    size: int | None
    box: int | None = None


Operation = Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"]


@dataclass(frozen=True)
class Change:
    """What happened to one row."""

    operation: Operation
    old: Row | None
    new: Row | None

    @property
    def rows(self) -> dict[str, Row | None]:
        return {"OLD": self.old, "NEW": self.new}


class Table:
    """The rows of the table, and what has happened to them, in order."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows = {row.id: row for row in rows}
        self.changes: list[Change] = []

    def insert(self, *values: object) -> None:
        row = Row(*values)  # type: ignore[arg-type]
        assert row.id not in self.rows
        self.rows[row.id] = row
        self.changes.append(Change("INSERT", None, row))

    def update(self, key: int, **values: object) -> None:
        old = self.rows.pop(key)
        new = old._replace(**values)  # type: ignore[arg-type]
        self.rows[new.id] = new
        self.changes.append(Change("UPDATE", old, new))

    def delete(self, *keys: int) -> None:
        for key in keys:
            self.changes.append(Change("DELETE", self.rows.pop(key), None))

    def truncate(self) -> None:
        self.changes += [Change("TRUNCATE", row, None) for row in self.rows.values()]
        self.rows = {}


@dataclass(frozen=True)
class Rule:
    """A tracker as a person understands it."""

    operations: tuple[Operation, ...]
    row: Literal["OLD", "NEW"] | None = None
    when: Callable[[Change], bool] = lambda change: True

    def event(self, change: Change) -> Row | None:
        """Return the row that the event of a change holds, None where there is no event."""
        if change.operation not in self.operations or not self.when(change):
            return None
        return change.rows[self.row] if self.row else change.new or change.old


def expected(rule: Rule, changes: Iterable[Change]) -> dict[int, list[Row]]:
    """Return the events that a rule makes of changes: for each object, in order."""
    found: dict[int, list[Row]] = defaultdict(list)
    for change in changes:
        if (row := rule.event(change)) is not None:
            found[row.id].append(row)
    return dict(found)
