"""The guard of an append-only event table. Version 1; like a template, it never changes."""

from __future__ import annotations

from pghistory_ops import names
from pghistory_ops.sql.objects import Function, Trigger
from pghistory_ops.sql.quoting import dollar_quoted, literal, split_table
from pghistory_ops.sql.v1 import Schemas

VERSION = 1


def guard(event_table: str, schemas: Schemas) -> Trigger:
    """Return the trigger that refuses UPDATE, DELETE and TRUNCATE of an event table."""
    _, table = split_table(event_table)
    body = "\n".join(
        [
            "BEGIN",
            "    RAISE EXCEPTION USING",
            "        ERRCODE = 'restrict_violation',",
            "        MESSAGE = format(",
            "            '%s of the append-only event table %I.%I is refused',",
            "            TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME",
            "        ),",
            f"        HINT = {literal(_HINT)};",
            "END;",
        ]
    )
    definition = (
        "\nRETURNS trigger\nLANGUAGE plpgsql\nSET search_path = pg_catalog, pg_temp\n"
        f"AS {dollar_quoted(body)}"
    )
    clauses = "    FOR EACH STATEMENT"
    return Trigger(
        name=names.GUARD_TRIGGER,
        event="BEFORE UPDATE OR DELETE OR TRUNCATE",
        clauses=clauses,
        function=Function(
            schemas.events,
            names.guard_name(table),
            definition,
            VERSION,
            grantees=schemas.grantees,
        ),
        written=clauses,
    )


_HINT = "A migration with AlterEventModel(..., append_only=False) lifts the guard."
