"""The values of a change are those of the fields, whatever their types and names."""

from __future__ import annotations

import pytest

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from projects import Project

from .store import make_store
from .tools import TRACKERS, changes

pytestmark = pytest.mark.django_db


KINDS = {
    "number": ("models.IntegerField(null=True)", "1", "NULL"),
    "price": ("models.DecimalField(max_digits=8, decimal_places=2)", "1.5", "2.25"),
    "ratio": ("models.FloatField()", "'NaN'", "0.1"),
    "text": ("models.TextField()", """'"{a}%s,\\'""", """'É'"""),
    "letters": ("models.CharField(max_length=9)", "' a '", "''"),
    "flag": ("models.BooleanField()", "true", "false"),
    "day": ("models.DateField()", "'2026-05-01'", "'2026-05-02'"),
    "moment": ("models.DateTimeField()", "'2026-05-01 10:00:00.5+02'", "'1026-05-01 10:00:00+02'"),
    "hour": ("models.TimeField()", "'10:00:00.25'", "'11:00'"),
    "span": ("models.DurationField()", "'1 day 02:00'", "'-3 sec'"),
    "data": ("models.JSONField(null=True)", """'{"a": [null, {"b": null}]}'""", "'null'"),
    "bytes": ("models.BinaryField()", r"'\x00ff'", r"'\x'"),
    "key": (
        "models.UUIDField()",
        "'0190b0a0-0000-7000-8000-000000000001'",
        "'0190b0a0-0000-7000-8000-000000000002'",
    ),
    "address": ("models.GenericIPAddressField()", "'10.0.0.1'", "'::1'"),
    "list": (
        "postgres.ArrayField(models.IntegerField(null=True), null=True)",
        "'{1,NULL}'",
        "'{}'",
    ),
    "texts": ("postgres.ArrayField(models.TextField())", """'{"a,b",NULL}'""", "'{}'"),
    "range": ("postgres.DateTimeRangeField()", "'[2026-05-01 00:00+00,)'", "'empty'"),
    "code": ("CharCodeField()", "'a'", "'b'"),
    "mood": ("MoodField()", "'good'", "'bad'"),
    "positive": ("DomainField()", "1", "2"),
    "money": ("CentsField()", "150", "250"),
}


CLASSES = """
from decimal import Decimal
from django.db import models

class CharCodeField(models.CharField):
    def __init__(self, **options):
        super().__init__(**{"max_length": 3, **options})
    def db_type(self, connection):
        return "character(3)"

class MoodField(models.TextField):
    def db_type(self, connection):
        return "mood"

class DomainField(models.IntegerField):
    def db_type(self, connection):
        return "positive"

class CentsField(models.IntegerField):
    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(value) / 100
    def get_prep_value(self, value):
        return None if value is None else int(value * 100)
"""


TYPES = """
migrations.RunSQL(
    "CREATE TYPE mood AS ENUM ('good', 'bad'); "
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "DROP TYPE mood; DROP DOMAIN positive",
),
"""


@pytest.mark.parametrize("trackers", [TRACKERS, ("pgh.BeforeUpdate('snapshot')",)])
def test_values_are_those_of_the_fields(project: Project, trackers: tuple[str, ...]) -> None:
    thing = make_shop(
        project,
        *trackers,
        fields={name: kind for name, (kind, _, _) in KINDS.items()},
        classes=CLASSES,
        first=TYPES,
    )
    columns = ", ".join(f'"{name}"' for name in KINDS)
    old, new = (", ".join(item[place] for item in KINDS.values()) for place in (1, 2))
    execute(f"INSERT INTO shop_thing (id, {columns}) VALUES (1, {old})")
    before = thing.objects.values(*KINDS).get()
    execute(f"UPDATE shop_thing SET ({columns}) = ROW({new})")
    after = thing.objects.values(*KINDS).get()
    expected = {name: (before[name], after[name]) for name in KINDS}
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        values = found.with_changes().last().pgh_changes
        assert repr(values) == repr({name: expected[name] for name in values})
        assert set(values) == set(KINDS)


def test_a_change_is_one_of_stored_bytes(project: Project) -> None:
    thing = make_shop(
        project,
        "pgh.Snapshot()",
        fields={
            "price": "models.DecimalField(max_digits=9, decimal_places=3)",
            "place": "PointField(null=True)",
        },
        classes="""
        from django.db import models

        class PointField(models.TextField):
            def db_type(self, connection):
                return "point"  # a type without equality
        """,
    )
    execute("ALTER TABLE shop_thing ALTER price TYPE numeric")
    execute("ALTER TABLE shop_thingevent ALTER price TYPE numeric")
    execute("INSERT INTO shop_thing VALUES (1, 1.0, '(1,2)')")
    execute("UPDATE shop_thing SET price = 1.00, place = '(1,3)'")
    (change,) = (event.pgh_changes for event in pgh.events(thing(id=1)).with_changes()[1:])
    assert repr(change) == (
        "{'price': (Decimal('1.0'), Decimal('1.00')), 'place': ('(1,2)', '(1,3)')}"
    )


def test_more_fields_than_a_function_takes_arguments(project: Project) -> None:
    fields = {f"f{n}": "models.IntegerField(null=True)" for n in range(130)}
    thing = make_shop(project, "pgh.Snapshot()", fields=fields)
    item = thing.objects.create(id=1)
    item.f0, item.f64, item.f129 = 1, 2, 3
    item.save()
    expected = {"f0": (None, 1), "f64": (None, 2), "f129": (None, 3)}
    assert changes(pgh.events(item))[-1] == ("snapshot", expected)


def test_foreign_keys_and_generated_fields(project: Project) -> None:
    store = make_store(project)
    ada, bea = (store.Customer.objects.create(name=name) for name in ("ada", "bea"))
    order = store.Order.objects.create(customer=ada, total=5)
    order.customer, order.total, order.secret = bea, 7, "x"
    order.save()
    assert changes(pgh.events(order))[1] == (
        "snapshot",
        {"customer": (ada.pk, bea.pk), "total": (5, 7), "doubled": (10, 14)},
    )


def test_composite_keys(project: Project) -> None:
    history = (
        'pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),\n'
        'pgh.AddTracker("ParcelEvent", pgh.Snapshot()),\n'
        'pgh.AddTracker("ParcelEvent", pgh.BeforeUpdate("old")),\n'
    )
    store = make_store(project, history)
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer)
    for number in (1, 2):
        store.Parcel.objects.create(order=order, number=number)
    store.Parcel.objects.update(weight=5)
    for number in (1, 2):
        assert changes(pgh.events(store.Parcel(order=order, number=number))) == [
            ("snapshot", None),
            ("old", {"weight": (0, 5)}),
            ("snapshot", {"weight": (0, 5)}),
        ]


HOSTILE = ["say {x}", "Über", "select", "a.b", "x" * 63]


@pytest.mark.parametrize("table", ["Thing 1", "thing {x}", '"public"."Quoted"', "E"])
def test_hostile_names(project: Project, table: str) -> None:
    fields = {
        f"f{n}": f"models.TextField(null=True, db_column={name!r})"
        for n, name in enumerate(HOSTILE)
    }
    own = "E event"
    if table.startswith('"'):
        own = '"public"."Quoted event"'
    event = f"options={{'db_table': {own!r}}}"
    label = "a%s'\"{}"
    thing = make_shop(
        project,
        *TRACKERS,
        f"pgh.BeforeUpdate({label!r})",
        fields=fields,
        table=table,
        event=event,
    )
    item = thing.objects.create(id=1)
    item.f1 = item.f4 = "x"
    item.save()
    change = {"f1": (None, "x"), "f4": (None, "x")}
    assert [event.pgh_changes for event in pgh.events(item).with_changes()] == [
        None,
        change,
        change,
    ]
    assert [event.pgh_changes for event in pgh.events(thing).with_changes()] == [
        None,
        change,
        change,
    ]
    assert pgh.events(item).labeled(label).get().f1 is None
    assert pgh.events(thing).as_of(pgh.events(thing).last().pgh_created_at).get().f1 == "x"


def test_letters_that_a_collation_takes_for_the_same_are_a_change(project: Project) -> None:
    if not query("SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')")[0]:
        pytest.skip("PostgreSQL is built without ICU, whose collations alone do so")
    collation = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
    thing = make_shop(
        project,
        "pgh.Snapshot()",
        fields={"name": "models.TextField(db_collation='careless')"},
        first=f"migrations.RunSQL({f'CREATE COLLATION careless ({collation})'!r}, ''),",
    )
    execute("INSERT INTO shop_thing VALUES (1, 'a')")
    execute("UPDATE shop_thing SET name = 'A'")
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        assert found.with_changes().last().pgh_changes == {"name": ("a", "A")}
