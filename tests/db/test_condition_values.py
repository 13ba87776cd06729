"""A condition's values mean the same whatever the session of a write has set."""

from __future__ import annotations

import pytest

from db.shop import events, execute, make_shop, query
from db.test_changed import CLASSES
from projects import Project

pytestmark = pytest.mark.django_db

LEVELS = ["Row", "Statement"]


def tracker(condition: str, level: str) -> str:
    return (
        "pgh.DatabaseTracker('chosen', operation=pgh.Insert | pgh.Update, "
        f"level=pgh.{level}, condition={condition})"
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("public", "public"),
        ("public, extra", "extra"),
        ("extra, public", "extra"),
        ("extra, public", "public"),
    ],
)
def test_citext_is_compared_without_case(
    project: Project, level: str, path: str, schema: str
) -> None:
    execute("CREATE SCHEMA extra")
    execute(f"SET LOCAL search_path = {path}")
    thing = make_shop(
        project,
        tracker("pgh.Q(new__email='ada@example.org')", level),
        classes=CLASSES,
        fields={"email": "Typed(type='citext', null=True)"},
        first=f"migrations.RunSQL('CREATE EXTENSION citext SCHEMA {schema}'),",
    )
    (table,) = query("SELECT format('%I.shop_thing', current_schema())")
    thing.objects.create(id=1, email="Ada@Example.org")
    thing.objects.create(id=2, email="Bob@example.org")
    thing.objects.filter(id=2).update(email="ADA@EXAMPLE.ORG")
    assert events("id, email::text") == [(1, "Ada@Example.org"), (2, "ADA@EXAMPLE.ORG")]
    # The session of a write need not have the extension's schema on its path.
    execute("SET LOCAL search_path = ''")
    execute(f"INSERT INTO {table} VALUES (3, 'ADA@example.org'), (4, 'bob@example.org')")
    assert events("id", table=f"{table}event") == [1, 2, 3]


VALUES = {
    "text": ("models.TextField()", "pgh.Q(new__value='a\\\\b\\'c%%')", "a\\b'c%%", "a\\\\b'c%%"),
    "lines": ("models.TextField()", "pgh.Q(new__value='a\\n  b')", "a\n  b", "a\n    b"),
    "lines of SQL": (
        "models.TextField()",
        "pgh.Condition(\"NEW.value = 'a\\n  b' -- a comment\")",
        "a\n  b",
        "a\n      b",
    ),
    "date": (
        "models.DateField()",
        "pgh.Q(new__value__gte=datetime.date(2024, 3, 2))",
        "2024-03-02",
        "2024-02-28",
    ),
    "time": (
        "models.DateTimeField()",
        "pgh.Q(new__value=datetime.datetime(2024, 3, 2, tzinfo=datetime.timezone.utc))",
        "2024-03-02 01:00+01",
        "2024-03-02 00:00+01",
    ),
    "day": (
        "models.DateTimeField()",
        "pgh.Q(new__value__date=datetime.date(2024, 3, 2))",
        "2024-03-02 00:30+00",
        "2024-03-02 00:30+05",
    ),
    "duration": (
        "models.DurationField()",
        "pgh.Q(new__value__gt=datetime.timedelta(days=-1, hours=1))",
        "-22 hours",
        "-24 hours",
    ),
    "number": ("models.FloatField()", "pgh.Q(new__value=0.1)", "0.1", "0.10000000000000002"),
    "decimal": (
        "models.DecimalField(max_digits=9, decimal_places=2)",
        "pgh.Q(new__value__in=[1, __import__('decimal').Decimal('2.50')])",
        "2.5",
        "2.51",
    ),
    "uuid": (
        "models.UUIDField()",
        "pgh.Q(new__value=__import__('uuid').UUID(int=1))",
        "00000000000000000000000000000001",
        "00000000000000000000000000000002",
    ),
    "json": ("models.JSONField()", "pgh.Q(new__value__a=1)", '{"a": 1}', '{"a": 2}'),
    "json text": ("models.JSONField()", "pgh.Q(new__value__a='x')", '{"a": "x"}', '{"b": "x"}'),
    "json itself": ("models.JSONField()", "pgh.Q(new__value={'a': [1]})", '{"a": [1]}', "{}"),
    "array": (
        "postgres.ArrayField(models.IntegerField())",
        "pgh.Q(new__value__contains=[2])",
        "{1,2}",
        "{1}",
    ),
    "boolean": ("models.BooleanField()", "pgh.Q(new__value=True)", "yes", "no"),
    "bytes": ("models.BinaryField()", "pgh.Q(new__value=b'\\x00\\\\')", "\\x005c", "\\x005c5c"),
    "address": (
        "models.GenericIPAddressField()",
        "pgh.Q(new__value='::1')",
        "0:0:0:0:0:0:0:1",
        "::2",
    ),
}
SESSION = """
SET LOCAL search_path = '';
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SET LOCAL backslash_quote = off;
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL TimeZone = 'Pacific/Auckland';
SET LOCAL IntervalStyle = 'sql_standard';
SET LOCAL bytea_output = 'escape';
SET LOCAL extra_float_digits = -15;
SET LOCAL transform_null_equals = on;
SET LOCAL plpgsql.variable_conflict = 'error';
"""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("field", "condition", "yes", "no"), VALUES.values(), ids=VALUES)
def test_a_value_means_the_same_in_any_session(
    project: Project, level: str, field: str, condition: str, yes: str, no: str
) -> None:
    make_shop(project, tracker(condition, level), fields={"value": field})
    insert = "INSERT INTO public.shop_thing VALUES (%s, %s), (%s, %s)"
    execute(insert, [1, yes, 2, no])
    assert events("id") == [1]
    execute(SESSION)
    execute(insert, [3, yes, 4, no])
    execute("UPDATE public.shop_thing SET id = id + 10")
    assert query("SELECT id FROM public.shop_thingevent ORDER BY id") == [1, 3, 11, 13]
