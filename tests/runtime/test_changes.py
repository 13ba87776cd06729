"""What each event changed."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import execute, make_shop, query
from projects import Project

from .store import make_store

pytestmark = pytest.mark.django_db

TRACKERS = ("pgh.Snapshot()", "pgh.AfterDelete('gone')")
OLD_ROWS = ("pgh.AfterInsert()", "pgh.BeforeUpdate('old')", "pgh.AfterDelete()")


def changes(found: Any) -> list[tuple[Any, ...]]:
    """Return the changes as three ways of asking find them, which are the same."""
    there = [(event.pgh_label, event.pgh_changes) for event in found.with_changes()]
    looked_up = pgh.events(found.model).filter(pk__in=found.values("pk")).with_changes()
    assert looked_up.query.source is None
    order = found.query.order_by
    assert [(e.pgh_label, e.pgh_changes) for e in looked_up.order_by(*order)] == there
    assert list(found.with_changes().values_list("pgh_label", "pgh_changes")) == there
    return there


def lived(project: Project, *trackers: str) -> Any:
    """Make a shop with a thing that was created, changed, saved, changed, removed, created."""
    thing = make_shop(project, *trackers)
    item = thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    thing.objects.update(size=2)
    thing.objects.update(name=None, size=3)
    item.delete()
    thing.objects.create(id=1, name="c", size=4)
    thing.objects.create(id=2, name="other")
    return thing


SIZE = {"size": (1, 2)}
BOTH = {"name": ("a", None), "size": (2, 3)}


def test_against_the_event_before(project: Project) -> None:
    thing = lived(project, *TRACKERS, "pgh.AfterUpdate('updated')")
    assert changes(pgh.events(thing(id=1))) == [
        ("snapshot", None),
        ("snapshot", SIZE),
        ("updated", {}),
        ("updated", {}),
        ("snapshot", BOTH),
        ("updated", {}),
        ("gone", None),
        ("snapshot", None),
    ]


@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize("label", ["aaa", "zzz"])
def test_old_rows_beside_new_ones(project: Project, label: str, level: str) -> None:
    thing = lived(project, *TRACKERS, f"pgh.BeforeUpdate({label!r}{level})")
    found = changes(pgh.events(thing(id=1)))
    assert [item for item in found if item[0] != label] == [
        ("snapshot", None),
        ("snapshot", SIZE),
        ("snapshot", BOTH),
        ("gone", None),
        ("snapshot", None),
    ]
    assert [item[1] for item in found if item[0] == label] == [SIZE, {}, BOTH]


def test_old_rows_alone(project: Project) -> None:
    thing = lived(project, "pgh.BeforeUpdate('old')")
    assert changes(pgh.events(thing(id=1))) == [
        ("old", SIZE),
        ("old", {}),
        ("old", {"name": ("a", "c"), "size": (2, 4)}),  # as it is now, for all that is known
    ]
    thing.objects.filter(id=1).delete()
    assert changes(pgh.events(thing(id=1)))[-1] == ("old", None)


def test_old_rows_and_removals(project: Project) -> None:
    thing = lived(project, *OLD_ROWS)
    assert changes(pgh.events(thing(id=1))) == [
        ("after_insert", None),
        ("old", SIZE),
        ("old", {}),
        ("old", BOTH),
        ("after_delete", None),
        ("after_insert", None),
    ]


@pytest.mark.parametrize("label", ["aaa", "zzz"])
def test_old_rows_of_every_update_and_new_rows_of_some(project: Project, label: str) -> None:
    some = f"pgh.AfterUpdate({label!r}, condition=pgh.Q(new__size=3))"
    thing = lived(project, *OLD_ROWS, some)
    found = changes(pgh.events(thing(id=1)))
    assert [item[1] for item in found if item[0] == "old"] == [SIZE, {}, BOTH]
    assert [item[1] for item in found if item[0] == label] == [BOTH]


def test_a_label_for_everything(project: Project) -> None:
    thing = lived(
        project,
        "pgh.DatabaseTracker('changed', operation=pgh.Insert | pgh.Update | pgh.Delete)",
    )
    assert [item[1] for item in changes(pgh.events(thing(id=1)))] == [
        None,
        SIZE,
        {},
        BOTH,
        {},
        {"name": (None, "c"), "size": (3, 4)},
    ]


def test_nothing_else_changes_the_answer(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    found = pgh.events(thing(id=1))
    full = dict(found.with_changes().values_list("pk", "pgh_changes"))
    assert len(full) == 5
    for some in (
        found.filter(size__gt=1).with_changes(),
        found.with_changes().filter(size__gt=1),
        found.with_changes().order_by("-size")[:2],
        found.order_by("-pk")[1:3].with_changes(),
        found.with_changes().exclude(name="a").reverse(),
        pgh.events(thing).with_changes().filter(size=3),
        pgh.events(thing.objects.filter(id=1)).with_changes().labeled("gone"),
        found.latest_per_object().with_changes(),
    ):
        rows = list(some.values_list("pk", "pgh_changes"))
        assert rows
        assert all(full[key] == value for key, value in rows)


def test_it_is_one_query(project: Project) -> None:
    thing = lived(project, *TRACKERS, "pgh.BeforeUpdate('old')")
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        with CaptureQueriesContext(connection) as queries:
            assert list(found.with_changes())
        assert len(queries) == 1


def test_changes_compose(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    for found in (pgh.events(thing(id=1)), pgh.events(thing)):
        asked = found.with_changes()
        assert asked.filter(pgh_changes__has_key="name").get().size == 3
        assert asked.filter(pgh_changes__isnull=False).count() == 2
        assert asked.count() == found.count()
        assert asked.exists()
        assert asked.aggregate(n=Count("pk")) == {"n": found.count()}
        assert asked.first().pgh_changes is None
        assert asked.values("pgh_changes")[1] == {"pgh_changes": SIZE}
        assert asked.only("pgh_label")[1].pgh_changes == SIZE
        assert pickle.loads(pickle.dumps(asked[1])).pgh_changes == SIZE
        assert list(asked.select_related("pgh_obj"))[1].pgh_changes == SIZE
        assert asked.filter(pgh_obj__name="c").count() == 5
        assert (
            asked.filter(pk__in=asked.filter(size=3, pgh_label="snapshot")).get().pgh_changes
            == BOTH
        )
        copied = pickle.loads(pickle.dumps(asked))
        assert [event.pgh_changes for event in copied] == [event.pgh_changes for event in asked]
        assert [e.pgh_changes for e in copied.all()] == [e.pgh_changes for e in asked]
        again = asked.with_changes()
        assert [event.pgh_changes for event in again] == [event.pgh_changes for event in asked]


def test_the_events_of_two_objects_together(project: Project) -> None:
    thing = lived(project, *TRACKERS)
    thing.objects.filter(id=2).update(size=9)
    one, two = (pgh.events(thing(id=key)).with_changes() for key in (1, 2))
    for both in (one | two, two | pgh.events(thing(id=1))):
        assert {event.id for event in both} == {1, 2}
        assert [event.pgh_changes for event in both.filter(size=9)] == [{"size": (None, 9)}]
    assert not (one & two)
    assert len(one.union(two)) == 7
    events = pgh.events(thing).for_objects([thing(id=1), thing(id=2)]).with_changes()
    assert [event.pgh_changes for event in events.filter(size=9)] == [{"size": (None, 9)}]


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


def test_what_an_event_does_not_know_is_no_change(project: Project) -> None:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=1, name="a", size=1)
    project.write(
        "shop/models.py",
        project.read("shop/models.py").replace(
            "    class Meta", "    added = models.IntegerField(default=0)\n\n    class Meta"
        ),
    )
    project.makemigrations("shop")
    project.migrate()
    thing = project.model("shop.Thing")
    assert query("SELECT added FROM shop_thingevent") == [None]
    thing.objects.update(size=2)
    thing.objects.update(added=5)
    assert changes(pgh.events(thing(id=1)))[1:] == [
        ("snapshot", SIZE),
        ("snapshot", {"added": (0, 5)}),
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
