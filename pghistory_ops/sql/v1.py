"""Template version 1. Released SQL is a contract: an improvement is a new module.

How an event comes to be:

- An ``AFTER`` trigger of row level copies ``NEW`` or ``OLD``; its condition stands in ``WHEN``, so
  that an update it does not select costs no function call.
- One of statement level copies the transition tables (manual, CREATE TRIGGER, ``REFERENCING``).
  Where old and new rows are compared, they are paired by their position, which is the same in both
  tables, so that an update of the primary key is an update. They are merged: PL/pgSQL keeps the
  plan that suited the session's first, perhaps short, statement (manual, 41.11.2 "Plan Caching"),
  and nested loops and hashes do not suit long ones. The pairs stay in order: foreign keys with
  ``ON DELETE SET NULL`` update a row twice in one statement, and its newest event is to be the row.
  The one row that most updates have is not paired: that takes a fifth less time.
- ``clock_timestamp()`` follows the order in which the writes of a row take effect; the start of the
  transaction or the statement does not, when one of them has waited for another.
- The context is read from settings that the client makes (``pghistory_ops.context_id``,
  ``…context_metadata``, ``…context_pending``). The context row is written with the first event.
- A function runs with its owner's rights, so that writing the tracked table takes no right to write
  events, and with a ``search_path`` of its own, so that no name depends on the caller.
"""

from __future__ import annotations

from dataclasses import dataclass

from pghistory_ops import names
from pghistory_ops.reading import reads_text, rows_read
from pghistory_ops.spec import Signature
from pghistory_ops.sql.conditions import changed, render
from pghistory_ops.sql.objects import Condition, Function, Trigger
from pghistory_ops.sql.quoting import (
    dollar_quoted,
    identifier,
    indent,
    literal,
    parenthesized,
    qualified,
    split_table,
)
from pghistory_ops.trackers import (
    DELETE,
    NEW,
    OLD,
    ROWS,
    TRUNCATE,
    UPDATE,
    DatabaseTracker,
    Snapshot,
)

VERSION = 1
RECORD_CONTEXT = "pghistory_ops_record_context"

_OLD_ROWS, _NEW_ROWS = "old_rows", "new_rows"


@dataclass(frozen=True)
class Schemas:
    """Where unqualified tables are; what the database knows and the state does not.

    Attributes:
        events: The schema of the event table.
        context: The schema of the context table.
        types: The schemas, other than PostgreSQL's own, of the types of the columns that the
            condition reads, with their operators.
        grantees: The roles that default privileges would let execute a new function.
    """

    events: str = "public"
    context: str = "public"
    types: tuple[str, ...] = ()
    grantees: tuple[str, ...] = ()


def triggers(tracker: DatabaseTracker, signature: Signature, schemas: Schemas) -> list[Trigger]:
    """Return the triggers of a tracker, one per operation."""
    return [
        _trigger(_Case(tracker, signature, schemas, operation)) for operation in tracker.operations
    ]


@dataclass(frozen=True)
class _Case:
    tracker: DatabaseTracker
    signature: Signature
    schemas: Schemas
    operation: str

    @property
    def row(self) -> str:
        return self.tracker.row(self.operation)

    @property
    def statement_level(self) -> bool:
        return self.tracker.statement_level(self.operation)

    @property
    def before(self) -> bool:
        return self.operation == TRUNCATE or self.tracker.before

    @property
    def condition(self) -> str | None:
        """The condition as SQL over ``OLD`` and ``NEW``."""
        if isinstance(self.tracker, Snapshot):
            if self.operation != UPDATE:
                return None
            tracked = [column for _, column in self.signature.columns]
            if self.signature.whole_row:
                return changed([])
            return changed(tracked) if tracked else "false"  # nothing that is mirrored can change
        if self.tracker.condition is None:
            return None
        known = {item.name: item for item in self.signature.condition_fields}
        return render(self.tracker.condition, known)

    @property
    def rows_read(self) -> set[str]:
        """The rows that the function of a statement-level trigger needs."""
        rows = {self.row}
        if isinstance(self.tracker, Snapshot):
            return rows | ({OLD, NEW} if self.operation == UPDATE else set())
        if self.operation == UPDATE and reads_text(self.tracker.condition):
            return {OLD, NEW}  # what a text reads is PostgreSQL's to say
        return rows | rows_read(self.tracker.condition)

    @property
    def paired(self) -> bool:
        return self.statement_level and self.rows_read == {OLD, NEW}


def _trigger(case: _Case) -> Trigger:
    event = f"{'BEFORE' if case.before else 'AFTER'} {case.operation}"
    clauses = []
    if case.statement_level:
        if case.operation != TRUNCATE:
            tables = {OLD: f"OLD TABLE AS {_OLD_ROWS}", NEW: f"NEW TABLE AS {_NEW_ROWS}"}
            used = [text for row, text in tables.items() if row in case.rows_read]
            clauses.append(f"REFERENCING {' '.join(used)}")
        clauses.append("FOR EACH STATEMENT")
    else:
        clauses.append("FOR EACH ROW")
        if case.condition is not None:
            clauses.append(f"WHEN {parenthesized(case.condition)}")
    text = indent("\n".join(clauses), "    ")
    return Trigger(
        name=names.trigger_name(case.tracker.label, case.operation, before=case.tracker.before),
        event=event,
        clauses=text,
        function=_function(case),
        written=text,
        condition=_condition(case),
    )


def _condition(case: _Case) -> Condition | None:
    if case.condition is None:
        return None
    return Condition(
        case.condition,
        tuple(sorted(case.rows_read))
        if case.statement_level
        else tuple(sorted(ROWS[case.operation])),
        _path(case.schemas.types),
        in_when=not case.statement_level,
        types=case.schemas.types,
    )


def _function(case: _Case) -> Function:
    signature = case.signature
    _, table = split_table(signature.event_table)
    options = ["LANGUAGE plpgsql"]
    if signature.security_definer:
        options.append("SECURITY DEFINER")
    options.append(f"SET search_path = {_search_path(case)}")
    if case.paired:
        options += ["SET enable_nestloop = off", "SET enable_hashjoin = off"]
    if case.operation == TRUNCATE:
        # An error is better than a policy that hides rows from the history.
        options.append("SET row_security = off")
    body = "\n".join(_body(case))
    definition = "\nRETURNS trigger\n" + "\n".join(options) + f"\nAS {dollar_quoted(body)}"
    return Function(
        schema=case.schemas.events,
        name=names.function_name(table, case.tracker.label, case.operation),
        definition=definition,
        template=VERSION,
        types="\n".join(signature.types),
        grantees=case.schemas.grantees,
    )


def _search_path(case: _Case) -> str:
    """Return the path of the function: PostgreSQL's own names, and no caller's.

    A condition inside a function must find the operators of the columns' types, such as those of
    ``citext``, which a condition in ``WHEN`` has found when the trigger was made. Any other schema
    could hold a better match for an operator, made by whoever may create there.
    """
    return _path(case.schemas.types if case.statement_level else ())


def _path(schemas: tuple[str, ...]) -> str:
    return ", ".join(["pg_catalog", *map(identifier, schemas), "pg_temp"])


def _body(case: _Case) -> list[str]:
    lines = []
    if case.statement_level and case.operation != TRUNCATE:
        lines += ["-- OLD and NEW are rows of the query here.", "#variable_conflict use_column"]
    if case.operation == TRUNCATE:
        lines += ["DECLARE", "    events bigint;"]
    lines.append("BEGIN")
    if case.signature.pausable:
        lines += [
            f"    IF {literal(case.signature.event_model)} = ANY (",
            "        NULLIF(current_setting('pghistory_ops.paused', true), '')::text[]",
            "    ) THEN",
            f"        RETURN {_returned(case)};",
            "    END IF;",
        ]
    if case.operation == TRUNCATE:
        lines += [indent(_TRUNCATE_GUARD, "    "), *_truncate_insert(case)]
    elif case.statement_level:
        insert = _paired_insert(case) if case.paired else _set_insert(case, _only_rows(case))
        lines += [indent(line, "    ") for line in insert]
    else:
        lines += [indent(line, "    ") for line in _row_insert(case)]
    if case.signature.context.foreign_key:
        found = "FOUND AND " if case.statement_level else ""
        if case.operation == TRUNCATE:  # EXECUTE does not set FOUND (manual, 41.5.5)
            found = "events > 0 AND "
        record = qualified(case.schemas.context, RECORD_CONTEXT)
        lines += [
            f"    IF {found}current_setting('pghistory_ops.context_pending', true) <> '' THEN",
            f"        PERFORM {record}();",
            "    END IF;",
        ]
    lines += [f"    RETURN {_returned(case)};", "END;"]
    return lines


# Of a million rows two are looked at.
_ONE_ROW = f"""\
IF (SELECT count(*) FROM (SELECT FROM {_OLD_ROWS} LIMIT 2) AS few) = 1
    AND (SELECT count(*) FROM (SELECT FROM {_NEW_ROWS} LIMIT 2) AS few) = 1
THEN"""


# An update of a partitioned table whose row moves is a delete and an insert; where a trigger calls
# the insert off, the rows behind it are at other positions.
_PAIRING_GUARD = f"""\
IF (SELECT count(*) FROM {_OLD_ROWS}) <> (SELECT count(*) FROM {_NEW_ROWS}) THEN
    RAISE EXCEPTION USING
        ERRCODE = 'triggered_data_change_violation',
        MESSAGE = format(
            'the old and new rows of an update of the tracked table %I.%I cannot be paired',
            TG_TABLE_SCHEMA, TG_TABLE_NAME
        ),
        HINT = 'A trigger called off the move of a row to another partition.';
END IF;"""


# TRUNCATE removes rows that a snapshot does not see (manual, 13.6 "Caveats"), so that a copy made
# from an old snapshot would be short of them.
_TRUNCATE_GUARD = """\
IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION USING
        ERRCODE = 'feature_not_supported',
        MESSAGE = format(
            'TRUNCATE of the tracked table %I.%I takes the isolation level READ COMMITTED',
            TG_TABLE_SCHEMA, TG_TABLE_NAME
        ),
        HINT = 'A stricter level hides rows that TRUNCATE removes. Use DELETE there.';
END IF;"""


def _returned(case: _Case) -> str:
    if case.operation == TRUNCATE or not case.before:
        return "NULL"
    return OLD if case.operation == DELETE else NEW


def _targets(case: _Case) -> list[str]:
    """Return the event table's columns that are written, in one order with ``_values``."""
    signature, context = case.signature, case.signature.context
    own = [signature.created_at, signature.label]
    own += [signature.obj[0]] if signature.obj else []
    own += [column for column in (context.foreign_key, context.json, context.uuid) if column]
    return [identifier(column) for column in own + [event for event, _ in signature.columns]]


def _values(case: _Case) -> list[str]:
    signature, context = case.signature, case.signature.context
    settings = []
    for column, name, cast in (
        (context.foreign_key, "context_id", "uuid"),
        (context.json, "context_metadata", "jsonb"),
        (context.uuid, "context_id", "uuid"),
    ):
        if column:
            settings.append(f"NULLIF(current_setting('pghistory_ops.{name}', true), '')::{cast}")
    if case.statement_level:
        # A subquery is evaluated once for the statement, not once for each row.
        settings = [f"(SELECT {text})" for text in settings]
    own = ["clock_timestamp()", literal(case.tracker.label)]
    own += [f"{case.row}.{identifier(signature.obj[1])}"] if signature.obj else []
    copied = [f"{case.row}.{identifier(column)}" for _, column in signature.columns]
    return own + settings + copied


def _into(case: _Case) -> list[str]:
    _, table = split_table(case.signature.event_table)
    target = qualified(case.schemas.events, table)
    return [f"INSERT INTO {target} (", _listed(_targets(case)), ")"]


def _listed(items: list[str]) -> str:
    return indent(",\n".join(items), "    ")


def _row_insert(case: _Case) -> list[str]:
    return [*_into(case), "VALUES (", _listed(_values(case)), ");"]


def _paired_insert(case: _Case) -> list[str]:
    position = case.signature.position
    pairs = [
        "-- The two rows of an update are at the same position of the transition tables.",
        f"FROM (SELECT row_number() OVER () AS {position}, * FROM {_OLD_ROWS}) AS OLD",
        f"JOIN (SELECT row_number() OVER () AS {position}, * FROM {_NEW_ROWS}) AS NEW",
        f"    USING ({position})",
    ]
    one = ["-- One row before and one after.", f"FROM {_OLD_ROWS} AS OLD, {_NEW_ROWS} AS NEW"]
    # A statement may update a row twice.
    ordered = _set_insert(case, pairs, f"ORDER BY {position}")
    return [
        _ONE_ROW,
        *(indent(line, "    ") for line in _set_insert(case, one)),
        "ELSE",
        indent(_PAIRING_GUARD, "    "),
        *(indent(line, "    ") for line in ordered),
        "END IF;",
    ]


def _only_rows(case: _Case) -> list[str]:
    (row,) = case.rows_read
    return [f"FROM {_OLD_ROWS if row == OLD else _NEW_ROWS} AS {row}"]


def _set_insert(case: _Case, source: list[str], *end: str) -> list[str]:
    lines = [*_into(case), "SELECT", _listed(_values(case)), *source, *_where(case), *end]
    # A comment at the end of a condition must not hide the semicolon.
    return [*lines, ";"] if "--" in lines[-1] else [*lines[:-1], lines[-1] + ";"]


def _where(case: _Case) -> list[str]:
    if case.condition is None:
        return []
    if "\n" in case.condition:
        return ["WHERE", indent(case.condition)]
    return [f"WHERE {case.condition}"]


def _truncate_insert(case: _Case) -> list[str]:
    """Return the copy of a table that is about to be emptied.

    The table's name is the trigger's own, so that a rename of the table needs no new function.
    """
    insert = [*_into(case), "SELECT", _listed(_values(case))]
    before, after = ([line.replace("%", "%%") for line in part] for part in (insert, _where(case)))
    query = "\n".join([*before, "FROM %I.%I AS OLD", *after])
    quoted = dollar_quoted(indent(query, "    "), "insert")
    return [
        "    EXECUTE format(",
        indent(quoted, "        ") + ",",
        "        TG_TABLE_SCHEMA,",
        "        TG_TABLE_NAME",
        "    );",
        "    GET DIAGNOSTICS events = ROW_COUNT;",
    ]
