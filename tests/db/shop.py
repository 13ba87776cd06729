"""An app with one tracked table, and the reading of its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from textwrap import dedent, indent
from typing import Any

import psycopg
from django.db import connection, connections

from projects import Project

MODELS = """\
from django.db import models
from django.contrib.postgres import fields as postgres
from shop.fields import *


{extra}
class Thing(models.Model):
{fields}
    class Meta:
        db_table = {table!r}
        managed = {managed!r}
"""

MIGRATION = """\
import datetime

from django.contrib.postgres import fields as postgres
from django.contrib.postgres import operations as postgres_operations
from django.db import migrations, models
import pghistory_ops as pgh
from shop.fields import *


class Migration(migrations.Migration):
    dependencies = [("pghistory_ops", "0001_initial")]
    atomic = {atomic!r}
    operations = [
{first}
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.BigAutoField(primary_key=True)),
{columns}
            ],
            options={{"db_table": {table!r}, "managed": {managed!r}}},
        ),
{then}
        pgh.CreateEventModel("ThingEvent", tracks="shop.Thing", {event}),
{trackers}
    ]
"""

FIELDS = {"name": "models.TextField(null=True)", "size": "models.IntegerField(null=True)"}


def write_shop(
    project: Project,
    *trackers: str,
    fields: Mapping[str, str] = FIELDS,
    event: str = "",
    table: str = "shop_thing",
    managed: bool = True,
    atomic: bool = True,
    first: str = "",
    then: str = "",
    classes: str = "",
    extra: str = "",
) -> None:
    """Write an app ``shop``, all of whose arguments are source text.

    ``event`` has arguments of ``CreateEventModel``; ``first`` and ``then`` have operations for
    before and after the table is made; ``classes`` goes to a module of field classes, and
    ``extra`` are models above the tracked one.
    """
    project.write("shop/fields.py", dedent(classes))
    project.write(
        "shop/models.py",
        MODELS.format(
            extra=dedent(extra),
            fields=_lines((f"{name} = {field}" for name, field in fields.items()), 4) or "    pass",
            table=table,
            managed=managed,
        ),
    )
    project.write(
        "shop/migrations/0001_initial.py",
        MIGRATION.format(
            atomic=atomic,
            first=indent(dedent(first), " " * 8),
            columns=_lines((f"({name!r}, {field})," for name, field in fields.items()), 16),
            table=table,
            managed=managed,
            then=indent(dedent(then), " " * 8),
            event=event,
            trackers=_lines((f'pgh.AddTracker("ThingEvent", {item}),' for item in trackers), 8),
        ),
    )


def _lines(lines: Any, width: int) -> str:
    return indent("\n".join(lines), " " * width)


def make_shop(project: Project, *trackers: str, **options: Any) -> Any:
    """Write the app, migrate, and return the class of the tracked model."""
    write_shop(project, *trackers, **options)
    project.migrate()
    return project.model("shop.Thing")


def execute(statement: str, parameters: Any = None, *, using: str = "default") -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters)


def query(statement: str, parameters: Any = None, *, using: str = "default") -> list[Any]:
    """Return the rows of a query; those with one column as plain values."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def events(
    columns: str = "pgh_label, id, name, size",
    *,
    table: str = "shop_thingevent",
    using: str = "default",
) -> list[Any]:
    """Return what the events have in ``columns``, oldest first."""
    return query(f"SELECT {columns} FROM {table} ORDER BY pgh_id", using=using)


def forget_events(table: str = "shop_thingevent") -> None:
    execute(f"DELETE FROM {table}")


@contextmanager
def session() -> Iterator[psycopg.Connection]:
    """Open another session of the test's database."""
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    other = psycopg.connect(**parameters)
    try:
        yield other
    finally:
        other.close()


def server_version() -> int:
    connection.ensure_connection()
    return int(connection.pg_version // 10_000)
