"""Event models are used as models are: in queries, serialized, pickled, by threads and tasks."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import serializers
from django.db import connection, connections
from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Subquery, Value
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from pghistory_ops.registry import event_models as registry
from projects import Project

from .store import make_store, write_store

pytestmark = pytest.mark.django_db


def history_of_two(project: Project) -> tuple[Any, Any]:
    """Return the models and the event model; one of the two orders is deleted."""
    store = make_store(project)
    ada, bob = (store.Customer.objects.create(name=name) for name in ("ada", "bob"))
    kept = store.Order.objects.create(customer=ada, total=1)
    store.Order.objects.filter(pk=kept.pk).update(total=2)
    store.Order.objects.create(customer=bob, total=5).delete()
    bob.delete()
    return store, pgh.event_model(store.Order)


def test_joins_do_not_lose_the_events_of_deleted_rows(project: Project) -> None:
    _, event = history_of_two(project)
    found = event.objects.order_by("pgh_id")
    expected = ["ada", "ada", None, None]
    names = found.values_list("pgh_obj__customer__name", flat=True)
    assert list(names) == expected
    assert list(found.values_list("customer__name", flat=True)) == expected
    assert len(found.select_related("pgh_obj__customer", "customer", "pgh_context")) == 4
    assert found.annotate(name=F("pgh_obj__status")).count() == 4
    assert list(found.order_by("pgh_obj__total", "pgh_id").values_list("total", flat=True)) == [
        1,
        2,
        5,
        5,
    ]
    assert found.exclude(customer__name="ada").count() == 2
    assert found.filter(customer__name="ada").count() == 2
    with CaptureQueriesContext(connection) as queries:
        assert [item.pgh_obj is None for item in found.select_related("pgh_obj")] == [
            False,
            False,
            True,
            True,
        ]
    assert len(queries) == 1


def test_related_rows_are_prefetched(project: Project) -> None:
    store, event = history_of_two(project)
    kept = store.Order.objects.get()
    with CaptureQueriesContext(connection) as queries:
        found = list(
            event.objects.filter(pgh_obj=kept).prefetch_related(
                Prefetch("pgh_obj", store.Order.objects.select_related("customer"))
            )
        )
        assert [item.pgh_obj for item in found] == [kept, kept]
        assert found[0].pgh_obj.customer.name == "ada"
    assert len(queries) == 2
    assert len(event.objects.prefetch_related("pgh_obj", "customer")) == 4


def test_it_is_part_of_other_queries(project: Project) -> None:
    store, event = history_of_two(project)
    of_order = event.objects.filter(pgh_obj=OuterRef("pk")).order_by("-pgh_id")
    orders = store.Order.objects.annotate(
        seen=Exists(of_order.filter(pgh_label="snapshot")),
        last=Subquery(of_order.values("total")[:1]),
    )
    assert list(orders.values_list("seen", "last")) == [(True, 2)]
    assert store.Order.objects.filter(pk__in=event.objects.values("pgh_obj")).count() == 1
    counted = event.objects.values("pgh_label").annotate(count=Count("*"), most=Max("total"))
    assert list(counted.order_by("pgh_label")) == [
        {"pgh_label": "after_delete", "count": 1, "most": 5},
        {"pgh_label": "snapshot", "count": 3, "most": 5},
    ]
    assert event.objects.aggregate(Max("total")) == {"total__max": 5}
    first = event.objects.earliest("pgh_id")
    assert event.objects.in_bulk([first.pk]) == {first.pk: first}
    assert len(list(event.objects.iterator(chunk_size=2))) == 4
    assert event.objects.union(event.objects.filter(total=5)).count() == 4
    others = pgh.event_model(store.Customer).objects.values_list("pgh_label", flat=True)
    assert list(others.union(event.objects.values_list("pgh_label", flat=True))) != []
    assert event.objects.only("total").defer("total").exists()
    assert event.objects.filter(customer__in=store.Customer.objects.all()).count() == 2


def test_it_is_serialized(project: Project) -> None:
    _, event = history_of_two(project)
    found = json.loads(serializers.serialize("json", event.objects.order_by("pgh_id")))
    assert [item["model"] for item in found] == ["store.orderevent"] * 4
    assert [item["fields"]["total"] for item in found] == [1, 2, 5, 5]


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_reads_it(project: Project) -> None:
    store = make_store(project)
    store.Order.objects.create(customer=store.Customer.objects.create(name="ada"))
    event = pgh.event_model(store.Order)

    async def read() -> list[Any]:
        try:
            found = [item async for item in event.objects.select_related("pgh_obj")]
            return [*found, await event.objects.aget(), await event.objects.acount()]
        finally:
            await sync_to_async(connections.close_all)()  # that of the thread that read

    one, other, count = asyncio.run(read())
    assert (one, count) == (other, 1)
    assert one.pgh_obj.status == "new"


# Copies -------------------------------------------------------------------------------------------


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize(
    "again",
    [pickled, copy.deepcopy, copy.copy, lambda value: pickle.loads(ForkingPickler.dumps(value))],
    ids=["pickle", "deepcopy", "copy", "multiprocessing"],
)
def test_an_event_is_copied(project: Project, again: Callable[[Any], Any]) -> None:
    _, event = history_of_two(project)
    for given in (
        event.objects.select_related("pgh_obj__customer").earliest("pgh_id"),
        event.objects.only("total").earliest("pgh_id"),
        event.objects.annotate(one=Value(1)).earliest("pgh_id"),
        event(total=3),
    ):
        given.pgh_id = given.pgh_id or -1
        found = again(given)
        assert found == given
        assert type(found) is event
        assert found._state is not given._state
        assert found._state.db == given._state.db
        assert found.get_deferred_fields() == given.get_deferred_fields()
        values = {name: value for name, value in vars(given).items() if name != "_state"}
        assert vars(found).items() >= values.items()
        assert found._state.fields_cache == given._state.fields_cache


@pytest.mark.parametrize("again", [pickled, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_queryset_is_copied(project: Project, again: Callable[[Any], Any]) -> None:
    store, event = history_of_two(project)
    every = event.objects.order_by("pgh_id")
    querysets = [
        every,
        every.filter(pgh_obj__customer__name="ada", total__gt=F("id") - 100),
        every.select_related("pgh_obj").annotate(name=F("customer__name"))[1:3],
        every.exclude(pk__in=event.objects.filter(pgh_label="after_delete")),
        every.prefetch_related("customer"),
        every.values("pgh_label").annotate(Count("total")).order_by(),
        store.Order.objects.filter(Exists(event.objects.filter(pgh_obj=OuterRef("pk")))),
    ]
    for queryset in querysets:
        evaluated = list(queryset)
        assert list(again(queryset)) == evaluated
        query = again(queryset.query)
        assert str(query) == str(queryset.query)


def test_classes_and_exceptions_are_pickled(project: Project) -> None:
    store, event = history_of_two(project)
    assert pickled(event) is event
    assert copy.deepcopy(event) is event
    assert pickled(event._meta.get_field("total")) is event._meta.get_field("total")
    assert pickled([pgh.EventBase, store.Order]) == [pgh.EventBase, store.Order]
    error = pickled(event.DoesNotExist("gone", 1))
    assert type(error) is event.DoesNotExist
    assert error.args == ("gone", 1)
    assert repr(event.DoesNotExist) == "<class 'store.migrations.OrderEvent.DoesNotExist'>"
    assert type(pickled(event.MultipleObjectsReturned())) is event.MultipleObjectsReturned


SCRIPT = """\
import pickle
import sys

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth", "pghistory_ops", "store",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}},
    USE_TZ=True,
)
django.setup()
event, query, model = pickle.load(sys.stdin.buffer)
assert type(event) is model is query.model
assert type(event.pgh_obj).__module__ == "store.models"
print(event.total, event.pgh_obj.customer.name, query)
"""


def test_another_process_reads_a_pickle(project: Project) -> None:
    _, event = history_of_two(project)
    queryset = event.objects.filter(pgh_obj__total=2, pgh_label="snapshot")
    given = event.objects.select_related("pgh_obj__customer").earliest("pgh_id")
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=pickle.dumps((given, queryset.query, event)),
        capture_output=True,
        check=False,
        cwd=project.root,
        env={"PYTHONPATH": f"{project.root}:{Path(pgh.__file__).parents[1]}"},
    )
    assert result.stderr == b""
    assert result.stdout.decode() == f"1 ada {queryset.query}\n"


# Threads ------------------------------------------------------------------------------------------


def test_threads_get_one_class(project: Project) -> None:
    write_store(project)
    project.install()
    store = sys.modules["store.models"]
    refs: list[Any] = ["store.OrderEvent", store.Order, "store.Parcel", "store.Customer"]
    for _ in range(5):
        registry.clear()
        barrier = threading.Barrier(12)
        answers: dict[int, list[Any]] = {}

        def ask(place: int, barrier: Any = barrier, answers: Any = answers) -> None:
            barrier.wait()
            turned = refs[place % 4 :] + refs[: place % 4]
            found = {str(ref): pgh.event_model(ref) for ref in turned}
            answers[place] = [*(found[str(ref)] for ref in refs), *pgh.event_models()]

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(answers) == 12
        assert all(answer == answers[0] for answer in answers.values())
        assert answers[0][0] is answers[0][1]


def test_an_event_loop_may_ask(project: Project) -> None:
    write_store(project)
    project.install()

    async def ask() -> Any:
        inside = pgh.event_model("store.OrderEvent")
        registry.clear()
        other = await sync_to_async(pgh.event_model)("store.OrderEvent")
        return inside._meta.label, other._meta.label

    assert asyncio.run(ask()) == ("store.OrderEvent", "store.OrderEvent")
