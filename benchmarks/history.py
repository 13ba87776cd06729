"""Long histories, made in SQL: the same events for each contestant that is read.

Event number n is of object ``1 + n % objects``; an object's first event makes it, and each other
one changes its status and its total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connections import execute
from contestants import (
    AUDITLOG,
    HAND_MIXED,
    OURS_DEFAULT,
    PGHISTORY,
    REVERSION,
    SIMPLE,
    Contestant,
)
from django.db import connections

READ = (HAND_MIXED, OURS_DEFAULT, PGHISTORY, SIMPLE, AUDITLOG, REVERSION)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("new", "paid", "sent")
_STATUS = "(ARRAY['new', 'paid', 'sent'])[1 + {} %% 3]"
_NOTE = "repeat('a note ', 6)"

# The numbers of the events, with all that is told of them.
_NUMBERS = f"""
WITH numbers AS (
    SELECT n, 1 + n %% %(objects)s AS object, n / %(objects)s AS step,
        %(begin)s::timestamptz + n * interval '1 second' AS moment,
        {_STATUS.format("(n / %(objects)s)")} AS status,
        {_STATUS.format("(n / %(objects)s + 2)")} AS before
    FROM generate_series(0, %(events)s - 1) AS n
)
"""
_ROW = f"object, object %% 100, status, step + 0.5, {_NOTE}, %(begin)s"
_SERIALIZED = f"""
jsonb_build_array(jsonb_build_object(
    'model', 'contenders.reverted', 'pk', object, 'fields', jsonb_build_object(
        'customer', object %% 100, 'status', status, 'total', (step + 0.5)::numeric(10, 2)::text,
        'note', {_NOTE}, 'created', '2026-01-01T00:00:00Z'
    )
))::text
"""
_DIFFERENCE = f"""
CASE step WHEN 0 THEN jsonb_build_object(
    'id', jsonb_build_array('None', object::text),
    'customer', jsonb_build_array('None', (object %% 100)::text),
    'status', jsonb_build_array('None', status),
    'total', jsonb_build_array('None', (step + 0.5)::numeric(10, 2)::text),
    'note', jsonb_build_array('None', {_NOTE}),
    'created', jsonb_build_array('None', '2026-01-01 00:00:00')
) ELSE jsonb_build_object(
    'status', jsonb_build_array(before, status),
    'total', jsonb_build_array(
        (step - 0.5)::numeric(10, 2)::text, (step + 0.5)::numeric(10, 2)::text
    )
) END
"""
_EVENTS = "id, customer, status, total, note, created"


@dataclass(frozen=True)
class History:
    """How many events there are, of how many objects, and what they say."""

    events: int
    objects: int

    @property
    def steps(self) -> int:
        """The events of an object."""
        return self.events // self.objects

    def moment(self, key: int, step: int) -> datetime:
        return BEGIN + timedelta(seconds=step * self.objects + key - 1)

    def status(self, step: int) -> str:
        return STATUSES[step % 3]

    def changes(self, step: int) -> dict[str, tuple[Any, Any]]:
        """Return what an event that is not the first has changed."""
        return {
            "status": (self.status(step - 1), self.status(step)),
            "total": (Decimal(step) - Decimal("0.50"), Decimal(step) + Decimal("0.50")),
        }

    def fill(self) -> None:
        """Write the history of each contestant, and its objects as they are now."""
        for contestant in READ:
            contestant.empty()
            contestant.fill(self.objects)
        for table in (*HAND_MIXED.tables, *OURS_DEFAULT.tables, *PGHISTORY.tables):
            label = "CASE step WHEN 0 THEN 'insert' ELSE 'update' END"
            if table in OURS_DEFAULT.tables:
                label = "'snapshot'"
            self._run(
                f"INSERT INTO {table} (pgh_created_at, pgh_label, pgh_obj_id, {_EVENTS}) "
                f"SELECT moment, {label}, object, {_ROW} FROM numbers ORDER BY n"
            )
        self._run(
            f"INSERT INTO {SIMPLE.events_table} (history_date, history_type, {_EVENTS}) "
            f"SELECT moment, CASE step WHEN 0 THEN '+' ELSE '~' END, {_ROW} FROM numbers ORDER BY n"
        )
        self._run(
            f"INSERT INTO {AUDITLOG.events_table} (content_type_id, object_pk, object_id, "
            "object_repr, action, changes_text, changes, timestamp) "
            f"SELECT %(type)s, object::text, object, 'Audited object', least(step, 1), '', "
            f"{_DIFFERENCE}, moment FROM numbers ORDER BY n",
            {"type": _type(AUDITLOG)},
        )
        self._run(
            "INSERT INTO reversion_revision (id, date_created, comment) "
            "SELECT n + 1, moment, '' FROM numbers"
        )
        self._run(
            "INSERT INTO reversion_version (object_id, format, serialized_data, object_repr, "
            "content_type_id, revision_id, db) "
            f"SELECT object::text, 'json', {_SERIALIZED}, 'Reverted object', %(type)s, n + 1, "
            "'default' FROM numbers ORDER BY n",
            {"type": _type(REVERSION)},
        )
        execute("VACUUM ANALYZE")

    def _run(self, statement: str, more: Mapping[str, Any] | None = None) -> None:
        given = {"events": self.events, "objects": self.objects, "begin": BEGIN, **(more or {})}
        with connections["default"].cursor() as cursor:
            cursor.execute(_NUMBERS + statement, given)


def _type(contestant: Contestant) -> int:
    from django.contrib.contenttypes.models import ContentType

    return int(ContentType.objects.get_for_model(contestant.model).pk)
