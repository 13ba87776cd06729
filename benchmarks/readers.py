"""How each contestant's users read: the same questions, with answers that can be compared.

An answer is brought into a common form by ``normal``, which is not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from contestants import AUDITLOG, HAND_MIXED, OURS_DEFAULT, PGHISTORY, REVERSION, SIMPLE
from django.db import connections

FIELDS = ("id", "customer", "status", "total", "note", "created")
_LAGS = ", ".join(f"lag({name}) OVER w AS old_{name}" for name in FIELDS)
WINDOW = (
    "SELECT *, lag(pgh_id) OVER w AS old_pgh_id, " + _LAGS + " FROM {table} "
    "WHERE pgh_obj_id = %s WINDOW w AS (ORDER BY pgh_id) ORDER BY pgh_id"
)
NAMES = (
    "hand-written",
    "hand-written, as objects",
    OURS_DEFAULT.name,
    PGHISTORY.name,
    SIMPLE.name,
    AUDITLOG.name,
    REVERSION.name,
)
Changes = list[dict[str, tuple[Any, Any]] | None]


@dataclass(frozen=True)
class Reader:
    """The questions that a contestant answers; None where it has no answer.

    Attributes:
        last: The last 20 events of an object, newest first.
        changes: All events of an object, oldest first, with what each one changed.
        as_of: An object as it was at a moment.
        table_as_of: All objects as they were at a moment.
    """

    name: str
    last: Callable[[int], Any] | None = None
    changes: Callable[[int], Any] | None = None
    as_of: Callable[[int, datetime], Any] | None = None
    table_as_of: Callable[[datetime], Any] | None = None
    normal_last: Callable[[Any], list[str]] = lambda found: [event.status for event in found]
    normal_changes: Callable[[Any], Changes] = lambda found: found
    normal_as_of: Callable[[Any], str] = lambda found: str(found.status)


def rows(sql: str, *params: Any) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]


def _difference(values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (values[f"old_{name}"], values[name])
        for name in FIELDS
        if values[f"old_{name}"] != values[name]
    }


def by_hand() -> Reader:
    table = HAND_MIXED.events_table

    def changes(key: int) -> list[dict[str, Any]]:
        found = rows(WINDOW.format(table=table), key)
        for row in found:
            row["changes"] = None if row["old_pgh_id"] is None else _difference(row)
        return found

    return Reader(
        NAMES[0],
        lambda key: rows(
            f"SELECT * FROM {table} WHERE pgh_obj_id = %s ORDER BY pgh_id DESC LIMIT 20", key
        ),
        changes,
        lambda key, moment: rows(
            f"SELECT * FROM {table} WHERE pgh_obj_id = %s AND pgh_created_at <= %s "
            "ORDER BY pgh_id DESC LIMIT 1",
            key,
            moment,
        ),
        lambda moment: rows(
            f"SELECT DISTINCT ON (pgh_obj_id) * FROM {table} WHERE pgh_created_at <= %s "
            "ORDER BY pgh_obj_id, pgh_id DESC",
            moment,
        ),
        lambda found: [row["status"] for row in found],
        lambda found: [row["changes"] for row in found],
        lambda found: str(found[0]["status"]),
    )


def by_hand_as_objects() -> Reader:
    """The hand-written queries, whose rows become objects of the event model, as ours are."""
    from pghistory_ops import event_model

    model: Any = event_model(OURS_DEFAULT.model)
    table = OURS_DEFAULT.events_table

    def changes(key: int) -> list[Any]:
        found = list(model.objects.raw(WINDOW.format(table=table), [key]))
        for event in found:
            event.changes = None if event.old_pgh_id is None else _difference(event.__dict__)
        return found

    def ask(sql: str, *params: Any) -> list[Any]:
        return list(model.objects.raw(sql, params))

    return Reader(
        NAMES[1],
        lambda key: ask(
            f"SELECT * FROM {table} WHERE pgh_obj_id = %s ORDER BY pgh_id DESC LIMIT 20", key
        ),
        changes,
        lambda key, moment: ask(
            f"SELECT * FROM {table} WHERE pgh_obj_id = %s AND pgh_created_at <= %s "
            "ORDER BY pgh_id DESC LIMIT 1",
            key,
            moment,
        )[0],
        lambda moment: ask(
            f"SELECT DISTINCT ON (pgh_obj_id) * FROM {table} WHERE pgh_created_at <= %s "
            "ORDER BY pgh_obj_id, pgh_id DESC",
            moment,
        ),
        normal_changes=lambda found: [event.changes for event in found],
    )


def ours() -> Reader:
    import pghistory_ops as pgh

    model = OURS_DEFAULT.model
    return Reader(
        OURS_DEFAULT.name,
        lambda key: list(pgh.events(model(pk=key)).order_by("-pgh_id")[:20]),
        lambda key: list(pgh.events(model(pk=key)).with_changes()),
        lambda key, moment: pgh.events(model(pk=key)).as_of(moment).get(),
        lambda moment: list(pgh.events(model).as_of(moment)),
        normal_changes=lambda found: [event.pgh_changes for event in found],
    )


def pghistory() -> Reader:
    from pghistory.models import Events

    model = PGHISTORY.model
    events = model._meta.get_field("events").related_model.objects

    def normal(found: Any) -> Changes:
        # It compares events of one label, and gives JSON values.
        return [
            None if event.pgh_diff is None else _typed(event.pgh_diff.items()) for event in found
        ]

    return Reader(
        PGHISTORY.name,
        lambda key: list(events.filter(pgh_obj=key).order_by("-pgh_id")[:20]),
        lambda key: list(Events.objects.tracks(model(pk=key)).order_by("pgh_id")),
        lambda key, moment: (
            events.filter(pgh_obj=key, pgh_created_at__lte=moment).order_by("-pgh_id").first()
        ),
        lambda moment: list(
            events.filter(pgh_created_at__lte=moment)
            .order_by("pgh_obj", "-pgh_id")
            .distinct("pgh_obj")
        ),
        normal_changes=normal,
    )


def simple_history() -> Reader:
    model = SIMPLE.model

    def changes(key: int) -> list[Any]:
        found = list(model(pk=key).history.order_by("history_id"))
        return [None, *(new.diff_against(old) for old, new in pairwise(found))]

    def normal(found: Any) -> Changes:
        return [
            None if delta is None else {item.field: (item.old, item.new) for item in delta.changes}
            for delta in found
        ]

    return Reader(
        SIMPLE.name,
        lambda key: list(model(pk=key).history.all()[:20]),
        changes,
        lambda key, moment: model(pk=key).history.as_of(moment),
        lambda moment: list(model.history.as_of(moment)),
        normal_changes=normal,
    )


def auditlog() -> Reader:
    from auditlog.models import LogEntry

    model = AUDITLOG.model

    def changes(key: int) -> list[Any]:
        found = list(LogEntry.objects.get_for_object(model(pk=key)).order_by("id"))
        return [event.changes_dict for event in found]

    return Reader(
        AUDITLOG.name,
        lambda key: list(LogEntry.objects.get_for_object(model(pk=key))[:20]),
        changes,
        normal_last=lambda found: [event.changes["status"][1] for event in found],
        normal_changes=lambda found: [None, *(_typed(item.items()) for item in found[1:])],
    )


def reversion() -> Reader:
    from reversion.models import Version

    model = REVERSION.model

    def changes(key: int) -> list[Any]:
        found = list(Version.objects.get_for_object(model(pk=key)).order_by("pk"))
        states = [version.field_dict for version in found]
        return [
            None,
            *(
                {name: (old[name], new[name]) for name in FIELDS if old[name] != new[name]}
                for old, new in pairwise(states)
            ),
        ]

    return Reader(
        REVERSION.name,
        lambda key: list(
            Version.objects.get_for_object(model(pk=key)).select_related("revision")[:20]
        ),
        changes,
        lambda key, moment: (
            Version.objects.get_for_object(model(pk=key))
            .filter(revision__date_created__lte=moment)
            .first()
            .field_dict
        ),
        normal_last=lambda found: [version.field_dict["status"] for version in found],
        normal_as_of=lambda found: str(found["status"]),
    )


def _typed(items: Any) -> dict[str, tuple[Any, Any]]:
    return {
        name: tuple(Decimal(str(value)) if name == "total" else value for value in pair)
        for name, pair in items
    }


@cache
def readers() -> tuple[Reader, ...]:
    return (
        by_hand(),
        by_hand_as_objects(),
        ours(),
        pghistory(),
        simple_history(),
        auditlog(),
        reversion(),
    )
