"""Writes a row into every table, and tells which events that ought to leave."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import connection

from autodetector.walk.world import KINDS, Column, Condition, History, Model, Tracker, World

Row = dict[str, Any]
# A date in a column that has held moments before is the beginning of a day.
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00\+00:00")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def documents(sql: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [json.loads(text, parse_float=Decimal) for (text,) in cursor.fetchall()]


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def comparable(value: Any) -> Any:
    """Return a value as every column that holds it gives it."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return format(Decimal(value).normalize(), "f")
    if isinstance(value, str) and (found := MIDNIGHT.fullmatch(value)):
        return found[1]
    return json.dumps(value, default=str) if isinstance(value, (dict, list)) else value


class Play:
    """One round of writes to the tables of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        # Of each table: the rows before and after a write, None where there is no row.
        self.inserts: dict[str, list[Row]] = {}
        self.updates: dict[str, list[tuple[Row, Row]]] = {}
        self.deletes: dict[str, list[Row]] = {}

    def perform(self) -> None:
        self._remember()
        self._empty()
        last = {history: self._last_event(history) for history in self.world.histories}
        for model in self.world.models:
            self._write(model)
        for model in self.world.models:
            for column in model.columns:
                if column.kind == "m2m":
                    self._link(model, column)
        for history in self.world.histories:
            expected = self.expected(history)
            found = self._found(history, last[history])
            assert found == expected, (history.label, history.text())
        self._record()

    def _remember(self) -> None:
        """Check that earlier events have what they had, whatever their columns are called now."""
        for history, columns in self.world.recorded.items():
            if history not in self.world.histories:
                continue
            for column, (kind, values) in columns.items():
                mirrored = column in history.model.columns and column in self._selected(history)
                if mirrored and column.kind == kind and column.by is None:
                    # The columns of a history that was stopped follow no rename.
                    name = column.column if history.trackers else column.former
                    now = self._values(history, name)  # with what the migrations wrote
                    assert {key: now.get(key) for key in values} == values, (history.label, name)

    def _record(self) -> None:
        self.world.recorded = {
            history: {
                item: (item.kind, self._values(history, item.column))
                for item in self._selected(history)
            }
            for history in self.world.histories
            if history.link is None and history.trackers
        }

    @staticmethod
    def _values(history: History, column: str) -> dict[int, str]:
        rows = documents(f"SELECT to_jsonb(t)::text FROM {quoted(history.db_table)} t")
        return {row["pgh_id"]: comparable(row[column]) for row in rows}

    @staticmethod
    def _selected(history: History) -> list[Column]:
        if history.fields is not None:
            return history.fields
        return [item for item in history.model.concrete() if item not in history.exclude]

    def _empty(self) -> None:
        for model in self.world.models:
            for column in model.columns:
                if column.kind == "m2m":
                    execute(f"DELETE FROM {self.table(model, column)}")
                elif column.to is not None:
                    execute(f"UPDATE {self.table(model)} SET {quoted(column.column)} = NULL")
        for model in self.world.models:
            execute(f"DELETE FROM {self.table(model)}")

    @staticmethod
    def table(model: Model, link: Column | None = None) -> str:
        return quoted(f"{model.db_table}_{link.name}" if link else model.db_table)

    # The writes ------------------------------------------------------------------------------

    def _write(self, model: Model) -> None:
        table = self.table(model)
        columns = [item for item in model.concrete() if item.of is None]

        def values(place: int) -> dict[str, str]:
            given = {
                quoted(item.column): KINDS[item.kind].values[place]
                for item in columns
                if item.kind in KINDS
            }
            ordered = any(item.kind == "order" for item in model.columns)
            return {**given, "_order": str(place)} if ordered else given

        key = self._insert(table, values(0))
        (before,) = documents(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = {key}")
        changes = values(1)
        for item in columns:
            if item.kind == "code":
                changes.pop(quoted(item.column))  # rows may refer to it
        for item in columns:
            if item.to is not None:
                found = quoted(item.by.name if item.by else "id")
                changes[quoted(item.column)] = f"(SELECT max({found}) FROM {self.table(item.to)})"
        if changes:
            assignments = ", ".join(f"{name} = {value}" for name, value in changes.items())
            execute(f"UPDATE {table} SET {assignments} WHERE id = {key}")
            (after,) = documents(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = {key}")
            self.updates.setdefault(table, []).append((before, after))
        other = self._insert(table, values(1))
        (gone,) = documents(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = {other}")
        execute(f"DELETE FROM {table} WHERE id = {other}")
        # It stays, so that Django fills it where a field takes NULL no more.
        blank = {quoted(item.column): "NULL" for item in columns if item.takes_null}
        empty = self._insert(table, values(1) | blank)
        left = documents(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = {empty}")
        self.inserts.setdefault(table, []).extend([before, gone, *left])
        self.deletes.setdefault(table, []).append(gone)

    def _insert(self, table: str, values: dict[str, str]) -> int:
        given = f"({', '.join(values)}) VALUES ({', '.join(values.values())})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} {given if values else 'DEFAULT VALUES'} RETURNING id"
            )
            (key,) = cursor.fetchone()
        return int(key)

    def _link(self, model: Model, column: Column) -> None:
        assert column.to is not None
        table, target = self.table(model, column), column.to
        if target is model:
            ends = (f"from_{model.name.lower()}_id", f"to_{model.name.lower()}_id")
        else:
            ends = (f"{model.name.lower()}_id", f"{target.name.lower()}_id")
        values = [f"(SELECT max(id) FROM {self.table(item)})" for item in (model, target)]
        given = dict(zip(map(quoted, ends), values, strict=True))
        rows = []
        for _ in range(2):
            execute(f"DELETE FROM {table}")
            key = self._insert(table, given)
            rows += documents(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = {key}")
        self.inserts.setdefault(table, []).extend(rows)
        self.deletes.setdefault(table, []).append(rows[0])

    # The events ------------------------------------------------------------------------------

    @staticmethod
    def _last_event(history: History) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT coalesce(max(pgh_id), 0) FROM {quoted(history.db_table)}")
            (last,) = cursor.fetchone()
        return int(last)

    @staticmethod
    def _found(history: History, last: int) -> Counter[Any]:
        """Return the new events: the label, the row's key and the columns that have a value."""
        rows = documents(
            f"SELECT to_jsonb(t)::text FROM {quoted(history.db_table)} t WHERE pgh_id > {last}"
        )
        return Counter(seen(row.pop("pgh_label"), row.pop("pgh_obj_id", None), row) for row in rows)

    def expected(self, history: History) -> Counter[Any]:
        table = self.table(history.model, history.link)
        names = self._mirrored(history)
        found: Counter[Any] = Counter()
        for tracker in history.trackers:
            for row in self._rows(tracker, history, table, names):
                copied = {name: value for name, value in row.items() if name in names}
                found[seen(tracker.label, row["id"] if history.reference else None, copied)] += 1
        return found

    def _mirrored(self, history: History) -> set[str]:
        if history.link is not None:
            table = self.table(history.model, history.link)
            return {name for row in self.inserts.get(table, []) for name in row}
        if history.fields is not None:
            return {item.column for item in history.fields}
        return {"id", *(item.column for item in self._selected(history))}

    def _rows(self, tracker: Tracker, history: History, table: str, names: set[str]) -> list[Row]:
        inserts = self.inserts.get(table, [])
        updates = self.updates.get(table, [])
        deletes = self.deletes.get(table, [])
        if tracker.kind == "Snapshot":
            changed = [
                after
                for before, after in updates
                if any(before[name] != after[name] for name in names)
            ]
            return inserts + changed
        truth = tracker.condition
        excluded = history.model
        if tracker.kind == "AfterInsert":
            return [row for row in inserts if holds(truth, excluded, {}, row)]
        if tracker.kind in ("AfterDelete", "BeforeDelete"):
            return [row for row in deletes if holds(truth, excluded, row, {})]
        kept = [(old, new) for old, new in updates if holds(truth, excluded, old, new)]
        if tracker.kind == "BeforeUpdate":
            return [old for old, _ in kept]
        after = [new for _, new in kept]
        return inserts + after if tracker.kind == "AfterInsertOrUpdate" else after


def holds(condition: Condition | None, model: Model, old: Row, new: Row) -> bool:
    """Return whether a condition is true for a change."""
    if condition is None:
        return True
    name = condition.column.column if condition.column else ""
    if condition.form.endswith("gt"):
        row = old if condition.form == "old_gt" else new
        return row[name] is not None and row[name] > 9
    if condition.form == "none":
        return bool(old[name] == new[name])
    if condition.form in ("any", "differs"):
        return bool(old[name] != new[name])
    return any(old[other] != new[other] for other in new if other != name)


def seen(label: str, key: Any, row: Row) -> Any:
    """Return what counts of an event; what is not mirrored is NULL."""
    own = {"pgh_id", "pgh_created_at", "pgh_context", "pgh_context_id"}
    values = sorted(
        (name, comparable(value))
        for name, value in row.items()
        if name not in own and value is not None
    )
    return label, key, tuple(values)
