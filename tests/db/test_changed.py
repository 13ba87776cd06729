"""A change is a change of the stored bytes."""

from __future__ import annotations

import pytest

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

CLASSES = """
from django.db import models


class Typed(models.Field):
    '''A column of any type.'''

    def __init__(self, *args, type, **kwargs):
        self.type = type
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {"type": self.type, **kwargs}

    def db_type(self, connection):
        return self.type
"""
CITEXT = "migrations.RunSQL('CREATE EXTENSION IF NOT EXISTS citext'),"
SNAPSHOTS = {
    "row": "pgh.Snapshot()",
    "statement": "pgh.Snapshot(level=pgh.Statement)",
    "any": "pgh.DatabaseTracker(operation=pgh.Update, condition=pgh.AnyChange('value'))",
    "any by statement": (
        "pgh.DatabaseTracker("
        "operation=pgh.Update, condition=pgh.AnyChange('value'), level=pgh.Statement)"
    ),
    "all": "pgh.DatabaseTracker(operation=pgh.Update, condition=pgh.AllChange('value'))",
    "not all unchanged": (
        "pgh.DatabaseTracker(operation=pgh.Update, condition=~pgh.AllDontChange('value'))"
    ),
    "not any unchanged by statement": (
        "pgh.DatabaseTracker("
        "operation=pgh.Update, condition=~pgh.AnyDontChange('value'), level=pgh.Statement)"
    ),
}
# Type, value, and the values that follow it with whether each is a change.
CHANGES = {
    "citext case": ("citext", "'a'", [("'A'", True), ("'A'", False)]),
    "numeric zeros": ("numeric", "1.0", [("1.00", True), ("1.00", False)]),
    "json whitespace": ("json", """'{"a":1}'""", [("""'{"a": 1}'""", True)]),
    "same json": ("json", """'{"a":1}'""", [("""'{"a":1}'""", False)]),
    "point": ("point", "'(1,2)'", [("'(1,3)'", True), ("'(1,3)'", False)]),
    "polygon": ("polygon", "'((0,0),(1,1))'", [("'((0,0),(1,2))'", True)]),
    "negative zero": ("float8", "0.0", [("'-0.0'", True), ("'-0.0'", False), ("0", True)]),
    "not a number": ("float8", "'NaN'", [("'NaN'", False), ("1", True)]),
    "equal jsonb": ("jsonb", """'{"a":1,"b":2}'""", [("""'{"b": 2, "a": 1}'""", False)]),
    "jsonb numbers": ("jsonb", "'1.0'", [("'1.00'", True)]),
    "null": ("integer", "NULL", [("NULL", False), ("0", True), ("NULL", True)]),
    "json null": ("jsonb", "NULL", [("'null'", True), ("NULL", True)]),
    "empty text": ("text", "NULL", [("''", True), ("''", False), ("' '", True)]),
    "padded": ("char(3)", "'a'", [("'a  '", False), ("'b'", True)]),
    "long text": ("text", "repeat('a', 9000)", [("repeat('a', 9000)", False), ("'a'", True)]),
    "array": ("integer[]", "'{1,2}'", [("'{2,1}'", True), ("'{2,1}'", False)]),
    "interval": ("interval", "'24:00'", [("'1 day'", True), ("'1 day'", False)]),
    "time zone": (
        "timestamptz",
        "'2024-01-01 00:00+00'",
        [("'2024-01-01 01:00+01'", False), ("'2024-01-01 01:00+00'", True)],
    ),
    "range": ("int4range", "'[1,3)'", [("'[1,2]'", False), ("'[1,3]'", True)]),
}


@pytest.mark.parametrize("tracker", SNAPSHOTS.values(), ids=SNAPSHOTS)
@pytest.mark.parametrize(("kind", "start", "steps"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_stored_bytes_is_a_change(
    project: Project, tracker: str, kind: str, start: str, steps: list[tuple[str, bool]]
) -> None:
    make_shop(
        project,
        tracker,
        classes=CLASSES,
        fields={"value": f"Typed(type={kind!r}, null=True)"},
        first=CITEXT,
    )
    execute(f"INSERT INTO shop_thing VALUES (1, {start}), (2, {start})")
    execute("DELETE FROM shop_thingevent")
    expected = []
    for value, is_change in steps:
        execute(f"UPDATE shop_thing SET value = {value}")
        stored = query("SELECT value::text FROM shop_thing WHERE id = 1")
        expected += stored * is_change
        for key in (1, 2):
            found = query(
                "SELECT value::text FROM shop_thingevent WHERE id = %s ORDER BY pgh_id", [key]
            )
            assert found == expected


LEVELS = ["pgh.Snapshot()", "pgh.Snapshot(level=pgh.Statement)"]


@pytest.mark.parametrize("tracker", LEVELS)
@pytest.mark.parametrize("policy", ["exclude=['size']", "fields=['id', 'name']"])
def test_a_snapshot_is_blind_to_what_is_not_mirrored(
    project: Project, tracker: str, policy: str
) -> None:
    thing = make_shop(project, tracker, event=policy)
    thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    assert events("id, name") == [(1, "a")]
    thing.objects.update(size=3, name="b")
    assert events("id, name") == [(1, "a"), (1, "b")]


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_snapshot_compares_what_triggers_and_generated_columns_made(
    project: Project, tracker: str
) -> None:
    thing = make_shop(
        project,
        tracker,
        fields={
            "size": "models.IntegerField()",
            "half": (
                "models.GeneratedField(expression=models.F('size') / 2, "
                "output_field=models.IntegerField(), db_persist=True)"
            ),
        },
        event="exclude=['size']",
    )
    thing.objects.create(id=1, size=2)
    thing.objects.update(size=3)
    assert events("half") == [1]
    thing.objects.update(size=4)
    assert events("half") == [1, 2]


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_column_that_was_added_and_one_that_was_dropped_make_no_change(
    project: Project, tracker: str
) -> None:
    thing = make_shop(project, tracker)
    thing.objects.create(id=1, name="a", size=1)
    execute("ALTER TABLE shop_thing ADD COLUMN later integer DEFAULT 7")
    execute("UPDATE shop_thing SET name = 'a'")
    execute("ALTER TABLE shop_thing DROP COLUMN later")
    execute("UPDATE shop_thing SET name = 'a'")
    assert events("name") == ["a"]
