"""Names that are hard to quote or too long, in every place that a name can stand."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations.operations import CreateModel, RunSQL

import pghistory_ops as pgh
from snapshots.case import Case, before_all

KEY = ("id", models.BigAutoField(primary_key=True))
TRACKERS: dict[str, Any] = {
    "row": lambda *label: pgh.Snapshot(*label, level=pgh.Row),
    "statement": lambda *label: pgh.Snapshot(*label, level=pgh.Statement),
    "truncate": pgh.AfterTruncate,
}
TABLES = {
    "mixed_case": "Mixed Case Thing",
    "percent": "100% %s %(thing)s",
    "braces": "{thing} {0} {}",
    "apostrophe": "thing's $pgh$ \\",
    "not_ascii": "Überprüfung 支払い",
    "of_63_bytes": "t" * 63,
    "of_63_bytes_not_ascii": "ß" * 31 + "x",
    "reserved": "select",
    "in_a_schema": '"Audit"."thing"',
    "in_a_schema_without_outer_quotes": 'Audit"."thing',
}
# Django can make a table of such a name, but not drop it, or not make an index on it.
NOT_OF_AN_EVENT_TABLE = {"percent", "of_63_bytes_not_ascii"}
COLUMNS = {
    "mixed_case": "Mixed Case",
    "percent": "100% %s",
    "braces": "{} {0}",
    "apostrophe": "it's",
    "not_ascii": "Größe",
    "of_63_bytes": "c" * 63,
    "reserved": "new",
    "of_the_position": "pgh_row",
}
LABELS = {
    "quotes": """it's "paid" \\ $pgh$""",
    "percent": "100% %s {}",
    "not_ascii": "bezahlt – 支払い",
    "dotted": "order.Paid",
    "of_63_bytes": "l" * 63,
    "of_200_bytes": "ß" * 100,
    "newline": "one\ntwo",
}
MODELS = {"of_63_characters": "Thing" + "X" * 58, "of_100_characters": "Thing" + "X" * 95}


def cases() -> Iterator[Case]:
    for name, table in TABLES.items():
        yield from of(f"table_{name}", {"db_table": table}, KEY)
        if name not in NOT_OF_AN_EVENT_TABLE:
            yield from of_the_event_table(name, table)
    for name, column in COLUMNS.items():
        yield from of(f"column_{name}", {}, KEY, ("name", models.TextField(db_column=column)))
    for name, label in LABELS.items():
        yield from of(f"label_{name}", {}, KEY, label=(label,))
    for name, model in MODELS.items():
        yield from of(f"model_{name}", {}, KEY, event_model=model)


def of(
    name: str,
    options: dict[str, Any],
    *columns: Any,
    label: tuple[str, ...] = (),
    event_model: str = "ThingEvent",
) -> Iterator[Case]:
    model = CreateModel("Thing", columns, options)
    create = pgh.CreateEventModel(event_model, tracks="shop.Thing")
    yield Case(f"create_event_model/{name}", create, (model,))
    for kind, tracker in TRACKERS.items():
        yield Case(
            f"add_tracker/{name}_{kind}",
            pgh.AddTracker(event_model, tracker(*label)),
            (model, create),
            writes(model),
        )
    yield Case(
        f"delete_event_model/{name}",
        pgh.DeleteEventModel(event_model),
        (model, create, pgh.AddTracker(event_model, pgh.Snapshot(*label))),
    )


def of_the_event_table(name: str, table: str) -> Iterator[Case]:
    model = CreateModel("Thing", [KEY])
    create = pgh.CreateEventModel(
        "ThingEvent", tracks="shop.Thing", append_only=True, options={"db_table": table}
    )
    yield Case(f"create_event_model/event_table_{name}", create, (model,))
    for kind, tracker in TRACKERS.items():
        yield Case(
            f"add_tracker/event_table_{name}_{kind}",
            pgh.AddTracker("ThingEvent", tracker()),
            (model, create),
            writes(model),
        )


def writes(model: CreateModel) -> tuple[str, ...]:
    """Return writes that reach every trigger on the model's table."""
    table = model.options.get("db_table", "shop_thing").strip('"')
    quoted = f'"{table}"'
    column = next((field.db_column for name, field in model.fields if name == "name"), None)
    insert = (
        f"INSERT INTO {quoted} DEFAULT VALUES"
        if column is None
        else f"INSERT INTO {quoted} (\"{column}\") VALUES ('x')"
    )
    return (insert, f"UPDATE {quoted} SET id = id + 1", f"TRUNCATE {quoted}")


CASES = before_all((RunSQL('CREATE SCHEMA "Audit"'),), list(cases()))
