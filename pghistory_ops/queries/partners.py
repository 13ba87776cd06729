"""Which other event of the same object tells what an event changed, in SQL.

An event with the new row is compared with the one before it, an event with the old row of an update
with what came after it. All events of the object count, whatever a query selects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.compared import compared, quoted
from pghistory_ops.queries.kinds import Kinds, kinds_of
from pghistory_ops.queries.scope import may_be_null, scope_of
from pghistory_ops.queries.subjects import Subjects, identity_fields

PARTNER = "pgh_partner"
PARTNER_LABEL = "pgh_partner_label"


@dataclass(frozen=True)
class Step:
    """A look-up of another event of the same object.

    Attributes:
        before: Whether it is the nearest one before; otherwise the nearest one after.
        only: The labels that count; None for all.
        without: Labels that do not count.
    """

    before: bool
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    """How the events of some labels find their partner: the first step that finds one counts."""

    labels: frozenset[str] | None
    steps: tuple[Step, ...]


def rules_of(kinds: Kinds) -> list[Rule]:
    """Return the rules of an event model; the first one with an event's label is the event's."""
    before = Step(before=True, without=kinds.old_last)
    after = Step(before=False)
    next_old = Step(before=False, only=kinds.old | kinds.removals)
    rules = [Rule(kinds.removals, ())]
    rules.append(Rule(kinds.old_last, (before, after)))
    rules.append(Rule(kinds.old, (next_old if kinds.old_every else after,)))
    rules.append(Rule(kinds.new_early, (Step(before=False, only=kinds.old_every),)))
    return [*(rule for rule in rules if rule.labels), Rule(None, (before,))]


def always_before(kinds: Kinds) -> bool:
    """Return whether the partner of each event is the event before it, whatever the labels."""
    return not (kinds.old or kinds.new_early)


def partner_column(number: int) -> str:
    """Return the name of the partner's copy of a field that is compared."""
    return f"{PARTNER}_{number}"


class Columns:
    """The quoted columns of an event table.

    Args:
        history: The event model's history.
        connection: The connection.
    """

    def __init__(self, history: History, connection: Any) -> None:
        options = history.model._meta
        self.table = quoted(connection, options.db_table)
        self.id = quoted(connection, _column(history, event_fields.ID))
        self.label = quoted(connection, _column(history, event_fields.LABEL))
        self.created_at = quoted(connection, _column(history, event_fields.CREATED_AT))
        self.identity = [quoted(connection, item.column) for item in identity_fields(history)]


def _column(history: History, name: str) -> str:
    field: Any = history.model._meta.get_field(name)
    column: str = field.column
    return column


Fragment = tuple[str, list[Any]]


def labels_in(column: str, labels: frozenset[str]) -> Fragment:
    """Return the condition that a label is one of some."""
    return f"{column} = ANY (%s)", [sorted(labels)]


def choice(column: str, branches: Sequence[tuple[frozenset[str] | None, Fragment]]) -> Fragment:
    """Return the value that goes with a label; the last branch is for every other one."""
    if len(branches) == 1:
        return branches[0][1]
    text, params = "CASE", []
    for labels, (value, values) in branches:
        if labels is None:
            text += f" ELSE {value}"
        else:
            condition, names = labels_in(column, labels)
            text += f" WHEN {condition} THEN {value}"
            params += names
        params += values
    return f"{text} END", params


@dataclass(frozen=True)
class Windows:
    """The events of some objects, each with the key of its partner.

    Where that is always the event before, its label and the values that are compared are there too,
    so that nothing has to be looked up.

    Attributes:
        history: The event model's history.
        subjects: The objects; None for those that the query's own conditions leave.
    """

    history: History
    subjects: Subjects | None

    def unrestricted(self) -> Windows:
        """Return those of any objects."""
        return Windows(self.history, None)

    def is_read_by(self, query: Any) -> bool:
        """Return whether a query reads the windows, and not the table."""
        return self._subjects(query) is not None or scope_of(query, self.history) is not None

    def _subjects(self, query: Any) -> Subjects | None:
        """Return the objects; perhaps they were told after the query was given its windows."""
        if self.subjects is not None or query.select_for_update:
            return self.subjects
        found: Subjects | None = query.subjects
        return found

    def as_sql(self, compiler: Any, connection: Any) -> Fragment | None:
        """Return the ``SELECT``: window functions over the events of each object.

        It is None where the query reads the table, and looks up what it needs.
        """
        history = self.history
        columns = _parts_of(history, connection).identity
        subjects = self._subjects(compiler.query)
        if subjects is not None:
            fields = identity_fields(history)
            return self.over(subjects.as_sql(columns, fields, compiler, connection), connection)
        scope = scope_of(compiler.query, history)
        if scope is None:
            return None
        return self.over(scope.as_sql("e", columns, compiler), connection)

    def over(self, condition: Fragment, connection: Any) -> Fragment:
        """Return the ``SELECT`` over the events ``e`` that fulfil a condition; an empty one: all.

        The condition has all events of an object fulfil it, or none.
        """
        parts = _parts_of(self.history, connection)
        where = f" WHERE {condition[0]}" if condition[0] else ""
        return f"{parts.select}{where} {parts.window}", [*parts.params, *condition[1]]


@dataclass(frozen=True)
class _Parts:
    """What the windows of an event model are made of, whatever the objects.

    Attributes:
        select, params: All ahead of ``WHERE``.
        identity: The columns that say whose event it is.
        window: The ``WINDOW`` clause.
    """

    select: str
    params: list[Any]
    identity: list[str]
    window: str


def _parts_of(history: History, connection: Any) -> _Parts:
    found: _Parts | None = history.made.get(_Parts)
    if found is None:  # it takes as long as all else that Django does for the query's FROM
        found = history.made[_Parts] = _parts(history, connection)
    return found


def _parts(history: History, connection: Any) -> _Parts:
    columns = Columns(history, connection)
    kinds = kinds_of(history)
    partner, params = choice(
        f"e.{columns.label}",
        [
            (rule.labels, _coalesced([_window(step, columns) for step in rule.steps]))
            for rule in rules_of(kinds)
        ],
    )
    if may_be_null(history):  # a partition takes nulls for equal
        keys = ", ".join(f"e.{name}" for name in columns.identity)
        partner = f"CASE WHEN num_nulls({keys}) = 0 THEN {partner} END"
    found = [f"{partner} AS {PARTNER}"]
    if always_before(kinds):
        found.append(f"lag(e.{columns.label}) OVER w AS {PARTNER_LABEL}")
        for number, item in enumerate(compared(history, connection)):
            found.append(f"lag(e.{item.column}) OVER w AS {partner_column(number)}")
    return _Parts(
        f"SELECT e.*, {', '.join(found)} FROM {columns.table} AS e",
        params,
        [f"e.{name}" for name in columns.identity],
        f"WINDOW w AS ({_order(columns)})",
    )


def _window(step: Step, columns: Columns) -> Fragment:
    """Return the key of the event that a step finds, as a window function.

    A frame that ends at the row before is extended by one row at a time, whatever its length, so
    what comes after is looked for in the other direction.
    """
    if step.only is None and not step.without:
        return f"{'lag' if step.before else 'lead'}(e.{columns.id}) OVER w", []
    if step.only is not None:
        condition, params = labels_in(f"e.{columns.label}", step.only)
    else:
        condition, params = labels_in(f"e.{columns.label}", step.without)
        condition = f"NOT ({condition})"
    function, direction = ("max", "") if step.before else ("min", " DESC")
    frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    over = f"{_order(columns)}{direction} {frame}"
    return f"{function}(e.{columns.id}) FILTER (WHERE {condition}) OVER ({over})", params


def _order(columns: Columns) -> str:
    partition = ", ".join(f"e.{name}" for name in columns.identity)
    return f"PARTITION BY {partition} ORDER BY e.{columns.id}"


def lookup(history: History, event: str, connection: Any) -> Fragment:
    """Return the key of an event's partner, as look-ups by the index of the object.

    Args:
        history: The event model's history.
        event: The alias of the event's row, with a dot.
        connection: The connection.
    """
    columns = Columns(history, connection)
    return choice(
        f"{event}{columns.label}",
        [
            (rule.labels, _coalesced([_nearest(step, columns, event) for step in rule.steps]))
            for rule in rules_of(kinds_of(history))
        ],
    )


def _nearest(step: Step, columns: Columns, event: str) -> Fragment:
    """Return the key of the event that a step finds, as a subquery.

    The subquery inside keeps the planner from walking the index of the primary key instead, past
    the events of all other objects: it takes ``OFFSET`` for a fence.
    """
    conditions = [f"e.{name} = {event}{name}" for name in columns.identity]
    conditions.append(f"e.{columns.id} {'<' if step.before else '>'} {event}{columns.id}")
    params: list[Any] = []
    if step.only is not None:
        condition, params = labels_in(f"e.{columns.label}", step.only)
        conditions.append(condition)
    elif step.without:
        condition, params = labels_in(f"e.{columns.label}", step.without)
        conditions.append(f"NOT ({condition})")
    function = "max" if step.before else "min"
    text = (
        f"(SELECT {function}(near.id) FROM (SELECT e.{columns.id} AS id FROM {columns.table} AS e "
        f"WHERE {' AND '.join(conditions)} OFFSET 0) AS near)"
    )
    return text, params


def _coalesced(found: list[Fragment]) -> Fragment:
    if not found:
        return "NULL::bigint", []
    texts = [text for text, _ in found]
    params = [value for _, values in found for value in values]
    return (texts[0] if len(texts) == 1 else f"COALESCE({', '.join(texts)})"), params
