"""Names of every kind, of tables, columns, models and labels."""

from __future__ import annotations

import re

import pytest
from django.core.management import CommandError
from django.db import connection

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

TRACKERS = (
    "pgh.Snapshot({0!r})",
    "pgh.Snapshot({1!r}, level=pgh.Statement)",
    "pgh.BeforeDelete({2!r})",
    "pgh.AfterTruncate({3!r}, condition=pgh.Q(old__size__gt=0) & pgh.Q(old__size__lt=9))",
    "pgh.DatabaseTracker({4!r}, operation=pgh.Update, condition=pgh.AnyChange('size'))",
    (
        "pgh.DatabaseTracker({5!r}, operation=pgh.Update, level=pgh.Statement, "
        "condition=pgh.Q(new__size__gt=pgh.F('old__size')) & ~pgh.AllDontChange('size'))"
    ),
)
LABELS = {
    "plain": "changed",
    "quotes": 'it\'s "so"',
    "percent": "100% %s %(x)s %%",
    "braces": "{} {0} {x} {{",
    "backslash": "C:\\new\\'",
    "dollar": "$pgh$ $insert$ $1",
    "mixed case": "Mixed Case.Label",
    "non-ASCII": "größer 変更 🚀",
    "63 bytes": "x" * 63,
    "long": "a label of many words " * 10,
    "long and non-ASCII": "変" * 50,
    "line": "two\nlines",
    "semicolon": "; DROP TABLE shop_thing; --",
    "comment": "/* -- */",
    "space": " ",
}
NAMES = """
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT proname FROM pg_proc WHERE proname ~ '^pgh' AND proname !~ 'record_context'
"""


def labels(text: str) -> list[str]:
    return [f"{text}{number}" for number in range(len(TRACKERS))]


def trackers(text: str) -> list[str]:
    return [tracker.format(*labels(text)) for tracker in TRACKERS]


def table_name(db_table: str) -> str:
    return connection.ops.quote_name(db_table)


def work(db_table: str, event_table: str, text: str, key: str = "id", size: str = "size") -> None:
    """Write the table, and find the events."""
    table, key, size = table_name(db_table), table_name(key), table_name(size)
    execute(f"INSERT INTO {table} ({key}, {size}) VALUES (1, 1), (2, 2)")
    execute(f"UPDATE {table} SET {size} = 3 WHERE {key} = 1")
    execute(f"DELETE FROM {table} WHERE {key} = 2")
    execute(f"TRUNCATE {table}")
    row, statement, deleted, truncated, changed, grew = labels(text)
    assert sorted(events(f"pgh_label, {key}, {size}", table=table_name(event_table))) == sorted(
        [
            *((label, key, key) for label in (row, statement) for key in (1, 2)),
            *((label, 1, 3) for label in (row, statement, changed, grew, truncated)),
            (deleted, 2, 2),
        ]
    )


def gone(project: Project) -> bool:
    project.migrate("shop", "zero")
    return query(NAMES) == []


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_a_label(project: Project, text: str) -> None:
    make_shop(project, *trackers(text), event="append_only=True")
    assert len(set(query(NAMES))) == len(query(NAMES))
    work("shop_thing", "shop_thingevent", text)
    assert gone(project)


TABLES = {
    "mixed case": "MixedCase Thing",
    "quoted by the user": '"Quoted"',
    "a quote inside": '"with ""quotes"""',
    "braces": "{} {0} {{x}}",
    "dot": "a.b",
    "dollar": "$pgh$ $insert$",
    "apostrophe and backslash": "it's \\ here",
    "non-ASCII": "größe_変更",
    "63 bytes": "t" * 63,
    "63 bytes and non-ASCII": "変" * 21,
    "transition table": "new_rows",
    "row variable": "OLD",
    "keyword": "select",
    "schema": 'audit"."order',
    "quoted schema": '"audit"."My Order"',
    "quotes in the schema": '"au ""dit"""."or ""der"""',
}
SCHEMAS = ["audit", '"au ""dit"""']


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_tracked_table(project: Project, table: str) -> None:
    for schema in SCHEMAS:
        execute(f"CREATE SCHEMA {schema}")
    make_shop(project, *trackers("changed"), table=table, event="append_only=True")
    work(table, "shop_thingevent", "changed")
    assert gone(project)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_an_event_table(project: Project, table: str) -> None:
    for schema in SCHEMAS:
        execute(f"CREATE SCHEMA {schema}")
    # Django cannot name an index after a table or a column with quotes.
    options = f"options={{'db_table': {table!r}}}, append_only=True, obj_field=None"
    make_shop(project, *trackers("changed"), event=options)
    work("shop_thing", table, "changed")
    assert gone(project)


COLUMNS = {
    "mixed case": "Mixed Case",
    "quoted by the user": '"Quoted"',
    "braces": "{} {0}",
    "apostrophe and backslash": "it's \\ here",
    "dollar": "$pgh$ $insert$",
    "non-ASCII": "größe 変更",
    "63 bytes": "c" * 63,
    "63 bytes and non-ASCII": "変" * 21,
    "of the pairs": "pgh_row",
    "row variables": "new",
    "old row": "OLD",
    "transition table": "new_rows",
    "variable": "events",
    "special variable": "tg_op",
    "keyword": "select",
    "label": "label",
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_column(project: Project, column: str) -> None:
    fields = {"size": f"models.IntegerField(db_column={column!r})"}
    make_shop(project, *trackers("changed"), fields=fields)
    work("shop_thing", "shop_thingevent", "changed", size=column)
    assert gone(project)


@pytest.mark.parametrize("column", ["Mixed Case", '"Quoted"', "c" * 63, "größe 変更"])
def test_the_columns_of_an_event(project: Project, column: str) -> None:
    event = (
        f"obj_field=pgh.ObjForeignKey(db_column={column!r}, db_index=False), "
        'context_field=pgh.ContextForeignKey(db_column="The Context")'
    )
    make_shop(project, *trackers("changed"), event=event)
    work("shop_thing", "shop_thingevent", "changed")
    assert set(events(f'{table_name(column)}, "The Context"')) == {(1, None), (2, None)}


@pytest.mark.parametrize("name", ["Größe", "T" * 63, "X" * 85])
def test_a_name_of_models(project: Project, name: str) -> None:
    label = f"shop_{name[-20:].lower()}"
    project.write(
        f"{label}/models.py",
        f"""
        from django.db import models

        class {name}(models.Model):
            size = models.IntegerField()
        """,
    )
    project.write_migration(
        label,
        "0001_initial",
        f"""
        migrations.CreateModel({name!r}, [
            ("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField()),
        ]),
        pgh.CreateEventModel({name + "Event"!r}, tracks="{label}.{name}"),
        """
        + "".join(
            f"pgh.AddTracker({name + 'Event'!r}, {item}),\n        " for item in trackers("changed")
        ),
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    project.migrate()
    model = project.model(f"{label}.{name}")
    model.objects.create(id=1, size=1)
    model.objects.update(size=2)
    tables = query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^shop_'")
    (event_table,) = (table for table in tables if table != _truncated(model._meta.db_table))
    assert events("size", table=f'"{event_table}"') == [1, 1, 2, 2, 2, 2]
    project.migrate(label, "zero")
    assert query(NAMES) == []


def _truncated(name: str) -> str:
    return name.encode()[:63].decode(errors="ignore")


def test_an_app_label_of_63_bytes(project: Project) -> None:
    label = "s" * 63
    project.write(
        f"{label}/models.py",
        """
        from django.db import models

        class Thing(models.Model):
            size = models.IntegerField()
        """,
    )
    project.write_migration(
        label,
        "0001_initial",
        f"""
        migrations.CreateModel("Thing", [
            ("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField()),
        ]),
        pgh.CreateEventModel("ThingEvent", tracks="{label}.Thing", append_only=True),
        pgh.AddTracker("ThingEvent", pgh.Snapshot()),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    project.migrate()
    project.model(f"{label}.Thing").objects.create(id=1, size=1)
    (event_table,) = query(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
        "WHERE attname = 'pgh_label'"
    )
    assert events("size", table=event_table) == [1]
    project.migrate(label, "zero")
    assert query(NAMES) == []


@pytest.mark.parametrize("text", ["x" * 63, "a label of many words " * 10, "変" * 50])
def test_no_identifier_is_left_for_postgresql_to_cut(project: Project, text: str) -> None:
    table = "T" * 63
    make_shop(project, table=table)
    project.write_migration(
        "shop",
        "0002_track",
        "".join(f'pgh.AddTracker("ThingEvent", {item}),\n' for item in trackers(text)),
    )
    statements = project.sqlmigrate("shop", "0002")
    code = re.sub(r"E?'(?:[^']|'')*'", "", statements)
    identifiers = re.findall(r'"((?:[^"]|"")+)"', code)
    assert max(len(name.encode()) for name in identifiers) <= 63
    # And the cut ones differ: each is created once.
    created = re.findall(r'CREATE (?:FUNCTION|TRIGGER) ("[^(\n]+")', code)
    assert len(created) == len(set(created)) == 16


def test_two_long_labels_with_a_common_beginning(project: Project) -> None:
    first, second = ("l" * 60 + end for end in ("ong one", "ong two"))
    thing = make_shop(project, f"pgh.Snapshot({first!r})", f"pgh.AfterInsert({second!r})")
    thing.objects.create(id=1)
    assert sorted(events("pgh_label")) == [first, second]
    project.write_migration("shop", "0002_one", f'pgh.RemoveTracker("ThingEvent", {first!r}),')
    project.migrate()
    thing.objects.create(id=2)
    assert events("pgh_label")[2:] == [second]


def test_labels_that_differ_in_case_alone(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot('paid')", "pgh.AfterInsert('Paid')")
    thing.objects.create(id=1)
    assert sorted(events("pgh_label")) == ["Paid", "paid"]


OTHER = 'pgh.CreateEventModel("{name}", tracks="shop.Thing"),'


def test_two_event_models_of_one_table(project: Project) -> None:
    name = "Other" + "Event" * 12
    thing = make_shop(project, "pgh.Snapshot('one')")
    project.write_migration(
        "shop",
        "0002_other",
        f"""
        {OTHER.format(name=name)}
        pgh.AddTracker("{name}", pgh.Snapshot("two")),
        """,
    )
    project.migrate()
    thing.objects.create(id=1)
    (other,) = query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^shop_other'")
    assert events("pgh_label") == ["one"]
    assert events("pgh_label", table=other) == ["two"]


def test_one_label_for_two_event_models_of_a_table_is_refused(project: Project) -> None:
    make_shop(project, "pgh.Snapshot('one')")
    project.write_migration(
        "shop",
        "0002_other",
        f"""
        {OTHER.format(name="Other")}
        pgh.AddTracker("Other", pgh.AfterDelete("one")),
        """,
    )
    with pytest.raises(CommandError, match=r"shop\.Thing has a tracker 'one' already"):
        project.migrate()
