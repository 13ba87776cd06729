"""Many events in one statement, and their context."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.utils import IntegrityError, ProgrammingError
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import execute, query
from pghistory_ops import writing
from projects import Project

from .store import make_store

pytestmark = pytest.mark.django_db

ONE = UUID(int=1)


def set_context(key: str = str(ONE), metadata: str = '{"user": 1}', pending: str = "1") -> None:
    for name, value in {"id": key, "metadata": metadata, "pending": pending}.items():
        execute("SELECT set_config(%s, %s, true)", [f"pghistory_ops.context_{name}", value])


def tracked(columns: str = "", **options: str) -> str:
    given = "".join(f", {name}={value}" for name, value in options.items())
    return (
        f'pgh.CreateEventModel("OrderEvent", tracks="store.Order"{given}),\n'
        'pgh.AddTracker("OrderEvent", pgh.ManualTracker("seen")),'
    )


def orders_of(store: Any, count: int = 3) -> list[Any]:
    customer = store.Customer.objects.create(name="ada")
    return store.Order.objects.bulk_create(
        [store.Order(customer=customer, total=number) for number in range(count)]
    )


def test_many_events_are_one_statement(project: Project) -> None:
    orders = orders_of(make_store(project, tracked()))
    with CaptureQueriesContext(connection) as queries:
        events = pgh.create_events((order for order in reversed(orders)), label="seen")
    assert len(queries) == 1
    assert [event.pgh_obj_id for event in events] == [order.pk for order in reversed(orders)]
    assert [event.total for event in events] == [2, 1, 0]
    assert [event.pgh_id for event in events] == sorted(event.pgh_id for event in events)
    assert set(pgh.event_model("store.OrderEvent").objects.all()) == set(events)


def test_no_object_is_no_query(project: Project) -> None:
    make_store(project, tracked())
    with CaptureQueriesContext(connection) as queries:
        assert pgh.create_events([], label="seen") == []
    assert not queries


def test_an_object_may_come_twice(project: Project) -> None:
    (order,) = orders_of(make_store(project, tracked()), 1)
    assert len(pgh.create_events([order, order], label="seen")) == 2


def test_objects_of_different_models_are_refused(project: Project) -> None:
    store = make_store(project)
    orders = orders_of(store)
    with pytest.raises(ValueError, match=r"different models: store\.Order and store\.Customer"):
        pgh.create_events([*orders, orders[0].customer], label="snapshot")
    contract = store.Contract.objects.create(customer=orders[0].customer, months=1)
    with pytest.raises(ValueError, match=r"different models: store\.Order and store\.Contract"):
        pgh.create_events([*orders, contract], label="snapshot")
    proxies = [orders[0], store.OpenOrder.objects.get(pk=orders[1].pk)]
    assert len(pgh.create_events(proxies, label="order.paid")) == 2


def test_one_that_is_not_saved_spoils_all(project: Project) -> None:
    store = make_store(project, tracked())
    with pytest.raises(ValueError, match="is not saved"):
        pgh.create_events([*orders_of(store), store.Order()], label="seen")
    assert pgh.event_model("store.OrderEvent").objects.count() == 0


def test_the_protocol_limits_a_statement(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = orders_of(make_store(project, tracked()), 5)
    monkeypatch.setattr(writing, "MAX_PARAMETERS", 20)
    with CaptureQueriesContext(connection) as queries:
        events = pgh.create_events(orders, label="seen")
    assert [event.total for event in events] == [0, 1, 2, 3, 4]
    inserts = [item["sql"] for item in queries if item["sql"].startswith("INSERT")]
    assert len(inserts) == 3


@pytest.mark.django_db(transaction=True)
def test_the_statements_are_all_or_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(project, tracked())
    orders = orders_of(store, 4)
    execute("ALTER TABLE store_orderevent ADD CHECK (total < 3)")
    monkeypatch.setattr(writing, "MAX_PARAMETERS", 10)
    with pytest.raises(IntegrityError):
        pgh.create_events(orders, label="seen")
    assert query("SELECT count(*) FROM store_orderevent") == [0]


def test_ten_thousand_events(project: Project) -> None:
    store = make_store(project, tracked())
    orders = orders_of(store, 10_000)
    events = pgh.create_events(orders, label="seen")
    assert [event.total for event in events] == list(range(10_000))


def test_parameters_may_be_bound_by_the_server(project: Project) -> None:
    store = make_store(project, tracked())
    orders = orders_of(store)
    cursor_factory = connection.connection.cursor_factory
    connection.connection.cursor_factory = ServerBindingCursor
    try:
        orders[0].notes = {"a": [1]}
        events = pgh.create_events(orders, label="seen")
    finally:
        connection.connection.cursor_factory = cursor_factory
    assert events[0].notes == {"a": [1]}


# The context --------------------------------------------------------------------------------------


def test_the_context_row_is_written_with_the_first_event(project: Project) -> None:
    orders = orders_of(make_store(project, tracked()))
    set_context()
    events = pgh.create_events(orders, label="seen")
    assert [event.pgh_context_id for event in events] == [ONE] * 3
    assert events[0].pgh_context.metadata == {"user": 1}
    assert query("SELECT current_setting('pghistory_ops.context_pending', true)") == [""]
    again = pgh.create_event(orders[0], label="seen")
    assert again.pgh_context_id == ONE
    assert query("SELECT count(*) FROM pghistory_ops_context") == [1]


def test_the_context_row_is_undone_with_the_event(project: Project) -> None:
    (order,) = orders_of(make_store(project, tracked()), 1)
    set_context()
    with transaction.atomic():
        pgh.create_event(order, label="seen")
        assert query("SELECT id FROM pghistory_ops_context") == [ONE]
        transaction.set_rollback(True)
    assert query("SELECT count(*) FROM pghistory_ops_context") == [0]
    pgh.create_event(order, label="seen")
    assert query("SELECT id FROM pghistory_ops_context") == [ONE]


def test_without_a_context_there_is_none(project: Project) -> None:
    (order,) = orders_of(make_store(project, tracked()), 1)
    set_context("", "", "")
    assert pgh.create_event(order, label="seen").pgh_context is None


def test_a_json_context_is_in_the_event(project: Project) -> None:
    history = tracked(
        context_field="pgh.ContextJSONField()", context_id_field="pgh.ContextUUIDField()"
    )
    (order,) = orders_of(make_store(project, history), 1)
    assert pgh.create_event(order, label="seen").pgh_context is None
    set_context()
    event = pgh.create_event(order, label="seen")
    assert (event.pgh_context, event.pgh_context_id) == ({"user": 1}, ONE)
    assert query("SELECT count(*) FROM pghistory_ops_context") == [0]


def test_an_event_model_may_have_no_context(project: Project) -> None:
    (order,) = orders_of(make_store(project, tracked(context_field="None")), 1)
    set_context()
    event = pgh.create_event(order, label="seen")
    assert not hasattr(event, "pgh_context")


def create_event_as_writer(order: Any) -> Any:
    with transaction.atomic():
        execute("SET LOCAL ROLE writer")
        event = pgh.create_event(order, label="seen")
        execute("RESET ROLE")
    return event


def test_a_role_needs_the_right_to_write_events(project: Project) -> None:
    (order,) = orders_of(make_store(project, tracked()), 1)
    execute("CREATE ROLE writer")
    execute("GRANT SELECT ON store_orderevent TO writer")
    with pytest.raises(ProgrammingError, match="permission denied"):
        create_event_as_writer(order)
    execute("GRANT INSERT ON store_orderevent TO writer")
    execute("GRANT EXECUTE ON FUNCTION pghistory_ops_record_context() TO writer")
    set_context()
    assert create_event_as_writer(order).pgh_context_id == ONE


# Names and types ----------------------------------------------------------------------------------


def test_hostile_names_are_ordinary(project: Project) -> None:
    store = make_store(
        project,
        'pgh.CreateEventModel("ThingEvent", tracks="store.Thing", '
        """options={"db_table": 'Ev t 100%s {é}'}),"""
        """pgh.AddTracker("ThingEvent", pgh.ManualTracker('100% "sure\\' {}\\\\')),""",
        "from django.db import models\n\n"
        "class Thing(models.Model):\n"
        "    name = models.TextField(db_column='na me {}')\n"
        "    Größe = models.IntegerField(db_column='\"Größe 1\"')\n",
    )
    thing = store.Thing.objects.create(name="50% %s {}", Größe=3)
    event = pgh.create_event(thing, label="100% \"sure' {}\\")
    assert (event.name, event.Größe, event.pgh_label) == ("50% %s {}", 3, "100% \"sure' {}\\")


def test_values_of_every_kind(project: Project) -> None:
    store = make_store(
        project,
        'pgh.CreateEventModel("ThingEvent", tracks="store.Thing"),\n'
        'pgh.AddTracker("ThingEvent", pgh.ManualTracker("seen")),',
        "import datetime, decimal, uuid\n"
        "from django.db import models\n"
        "from django.contrib.postgres import fields as postgres\n\n\n"
        "class Upper(models.TextField):\n"
        "    def get_placeholder_sql(self, value, compiler, connection):\n"
        "        return 'upper(%s)', [value]\n"
        "    if __import__('django').VERSION < (6, 1):\n"
        "        def get_placeholder(self, value, compiler, connection):\n"
        "            return 'upper(%s)'\n\n\n"
        "class Thing(models.Model):\n"
        "    key = models.UUIDField(default=uuid.uuid4, unique=True)\n"
        "    parent = models.ForeignKey('self', models.CASCADE, to_field='key', null=True)\n"
        "    numbers = postgres.ArrayField(models.IntegerField(), default=list)\n"
        "    span = postgres.DateRangeField(null=True)\n"
        "    pause = models.DurationField(default=datetime.timedelta(days=1, seconds=2))\n"
        "    price = models.DecimalField(max_digits=9, decimal_places=2, null=True)\n"
        "    blob = models.BinaryField(default=b'a\\0%s')\n"
        "    file = models.FileField(default='a.txt')\n"
        "    ip = models.GenericIPAddressField(default='::1')\n"
        "    data = models.JSONField(default=dict, null=True)\n"
        "    loud = Upper(default='abc')\n",
    )
    first = store.Thing.objects.create()
    thing = store.Thing.objects.create(
        parent=first, numbers=[1, 2], span=("2026-01-01", None), price="1.50", data=None
    )
    thing = store.Thing.objects.get(pk=thing.pk)
    events = pgh.create_events([store.Thing.objects.get(pk=first.pk), thing], label="seen")
    for event, source in zip(events, [first, thing], strict=True):
        expected = store.Thing.objects.get(pk=source.pk)
        for field in store.Thing._meta.concrete_fields:
            value = getattr(expected, field.attname)
            assert getattr(event, field.attname) == value, field.name
    assert events[1].parent == first
