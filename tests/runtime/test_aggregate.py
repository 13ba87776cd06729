"""One queryset over the events of many models."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import NotSupportedError, connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import make_shop
from pghistory_ops.state import UnknownEventModel
from projects import Project

from .store import make_lived_store
from .tools import open_context

pytestmark = pytest.mark.django_db


def rows(found: Any) -> list[tuple[Any, ...]]:
    return list(found.values_list("pgh_model", "pgh_label", "pgh_obj_id"))


def test_the_events_of_an_object(project: Project) -> None:
    store = make_lived_store(project)
    first, second = pgh.Events.objects.tracks(store.order)
    event = pgh.events(store.order)[0]
    assert (first.pgh_model, first.pgh_id) == ("store.OrderEvent", event.pk)
    assert first.pk == first.pgh_slug == str(first) == f"store.OrderEvent:{event.pk}"
    assert first.pgh_created_at == event.pgh_created_at
    assert first.pgh_label == "snapshot"
    assert (first.pgh_obj_model, first.pgh_obj_id) == ("store.Order", str(store.order.pk))
    assert first.pgh_data == {
        "id": store.order.pk,
        "customer": store.ada.pk,
        "status": "new",
        "total": 5,
        "doubled": 10,
        "notes": None,
    }
    assert first.pgh_diff is None
    assert second.pgh_diff == {"total": [5, 7], "doubled": [10, 14]}
    assert first.pgh_context is None


def test_the_rows_of_parents_are_of_the_child(project: Project) -> None:
    store = make_lived_store(project)
    key = str(store.contract.pk)
    assert rows(pgh.Events.objects.tracks(store.contract)) == [
        ("store.OrderEvent", "snapshot", key),
        ("store.ContractEvent", "snapshot", key),
    ]
    order = store.Order.objects.get(pk=store.contract.pk)
    assert rows(pgh.Events.objects.tracks(order)) == [("store.OrderEvent", "snapshot", key)]


def test_composite_keys_and_old_rows(project: Project) -> None:
    store = make_lived_store(project)
    found = pgh.Events.objects.tracks(store.parcel)
    key = f"[{store.order.pk}, 1]"
    assert list(found.values_list("pgh_label", "pgh_obj_id", "pgh_diff")) == [
        ("snapshot", key, None),
        ("old", key, {"weight": [0, 3]}),
        ("snapshot", key, {"weight": [0, 3]}),
    ]
    everything = pgh.Events.objects.across("store.ParcelEvent")
    assert list(everything.values("pgh_diff")) == list(found.values("pgh_diff"))


def test_several_objects_in_any_shape(project: Project) -> None:
    store = make_lived_store(project)
    bea = store.Customer.objects.create(name="bea")
    events = pgh.Events.objects
    expected = [
        ("store.CustomerEvent", "snapshot", str(store.ada.pk)),
        ("store.OrderEvent", "snapshot", str(store.order.pk)),
        ("store.OrderEvent", "snapshot", str(store.order.pk)),
    ]
    for found in (
        events.tracks(store.order, store.ada),
        events.tracks([store.order], (store.ada,)),
        events.tracks(item for item in (store.order, store.ada)),
        events.tracks(store.Order.objects.filter(total=7), store.ada),
        events.tracks(store.OpenOrder.objects.get(total=7), [[store.order, store.ada]]),
        events.tracks(store.Customer.objects.order_by("-name")[1:2], store.order),
    ):
        assert rows(found) == expected
    assert len(events.tracks(store.ada, store.Customer.objects.filter(name="bea"))) == 2
    assert len(events.tracks(bea)) == 1


def test_nothing_gives_nothing(project: Project) -> None:
    store = make_lived_store(project)
    events = pgh.Events.objects
    for found in (
        events.tracks(),
        events.tracks([]),
        events.tracks(store.Order.objects.none()),
        events.tracks(store.Order.objects.none(), []),
        events.references(store.Order.objects.none(), store.Order.objects.none()),
        events.references(),
        events.references([]),
        events.across(),
        events.tracks(store.order).across("store.CustomerEvent"),
        events.across("store.OrderEvent").tracks(store.ada),
        events.none(),
    ):
        assert list(found) == []
        assert found.count() == 0
        assert not found.exists()
        assert found.filter(pgh_label="snapshot").order_by("pgh_id").first() is None


def test_what_is_no_object(project: Project) -> None:
    store = make_lived_store(project)
    with pytest.raises(TypeError, match=r"5 is no object. Give objects, lists of them"):
        pgh.Events.objects.tracks(5)
    with pytest.raises(TypeError, match=r"'store.Order' is no object"):
        pgh.Events.objects.tracks("store.Order")
    with pytest.raises(UnknownEventModel):
        pgh.Events.objects.tracks(User(pk=1))
    with pytest.raises(UnknownEventModel):
        pgh.Events.objects.across("store.NoEvent")
    with pytest.raises(ValueError, match=r"The store.Order has no primary key yet"):
        pgh.Events.objects.tracks(store.Order())


def test_what_refers_to_an_object(project: Project) -> None:
    store = make_lived_store(project)
    assert sorted(rows(pgh.Events.objects.references(store.ada))) == [
        ("store.CustomerEvent", "snapshot", str(store.ada.pk)),
        ("store.OrderEvent", "snapshot", str(store.order.pk)),
        ("store.OrderEvent", "snapshot", str(store.order.pk)),
        ("store.OrderEvent", "snapshot", str(store.contract.pk)),
    ]
    assert len(pgh.Events.objects.references(store.Customer.objects.all())) == 4
    assert len(pgh.Events.objects.references(store.Customer.objects.none())) == 0
    found = pgh.Events.objects.references(store.order)
    assert {item.pgh_model for item in found} == {"store.OrderEvent", "store.ParcelEvent"}
    found = pgh.Events.objects.references(store.contract)
    assert {item.pgh_model for item in found} == {"store.OrderEvent", "store.ContractEvent"}
    both = pgh.Events.objects.references(store.ada).tracks(store.order)
    assert rows(both) == rows(pgh.Events.objects.tracks(store.order))


def test_all_event_models(project: Project) -> None:
    store = make_lived_store(project)
    found = pgh.Events.objects.all()
    counted = found.order_by().values_list("pgh_model").annotate(n=Count("pk"))
    assert dict(counted) == {
        "store.OrderEvent": 3,
        "store.CustomerEvent": 1,
        "store.ContractEvent": 1,
        "store.ParcelEvent": 3,
    }
    assert [item.pgh_diff for item in found.filter(pgh_model="store.OrderEvent")] == [
        item.pgh_diff for item in pgh.Events.objects.across("store.OrderEvent")
    ]
    assert store.order


def test_it_is_an_ordinary_queryset(project: Project) -> None:
    store = make_lived_store(project)
    found = pgh.Events.objects.tracks(store.order, store.ada, store.parcel)
    assert found.count() == 6
    assert [item.pgh_created_at for item in found] == sorted(item.pgh_created_at for item in found)
    assert found.filter(pgh_data__total=7).get().pgh_diff["total"] == [5, 7]
    assert found.filter(pgh_diff__has_key="total").count() == 1
    assert found.exclude(pgh_model="store.OrderEvent").count() == 4
    assert found.filter(pgh_label="old").get() == found.get(pgh_label="old")
    assert found.get(pk=found[2].pk).pgh_id == found[2].pgh_id
    assert len(found[2:4]) == 2
    assert found.reverse()[0] == found.last()
    by_model = found.order_by("-pgh_model", "pgh_id").values_list("pgh_model", flat=True)
    assert by_model[0] == "store.ParcelEvent"
    assert found.values("pgh_label").distinct().order_by("pgh_label").count() == 2
    assert found.aggregate(n=Count("pk")) == {"n": 6}
    assert (found.filter(pgh_label="old") | found.filter(pgh_data__total=5)).count() == 2
    assert len(found.filter(pgh_label="old").union(found.filter(pgh_data__total=5))) == 2
    assert found.in_bulk([found[0].pk])[found[0].pk] == found[0]
    assert [item.pgh_id for item in found.iterator(chunk_size=2)] == [e.pgh_id for e in found]
    assert found.filter(pgh_id__in=pgh.events(store.order).values("pk")).count() >= 2
    assert found.only("pgh_label")[0].pgh_data == found[0].pgh_data
    assert "UNION ALL" in found.explain() or found.explain()


def test_queries_cannot_be_mixed_or_sliced_first(project: Project) -> None:
    store = make_lived_store(project)
    events = pgh.Events.objects
    with pytest.raises(TypeError, match="cannot be combined with & or"):
        events.tracks(store.order) | events.tracks(store.ada)
    for ask in (
        lambda found: found.tracks(store.order),
        lambda found: found.references(store.order),
        lambda found: found.across("store.OrderEvent"),
        lambda found: found.in_context(user=1),
        lambda found: found.filter(pgh_id=1),
    ):
        with pytest.raises(TypeError, match="once a slice has been taken"):
            ask(events.all()[:1])


def test_rows_are_read(project: Project) -> None:
    store = make_lived_store(project)
    found = pgh.Events.objects.tracks(store.order)
    row = found[0]
    for write in (
        row.save,
        row.delete,
        found.delete,
        lambda: found.update(pgh_label="x"),
        lambda: found.create(pgh_label="x"),
        lambda: found.bulk_create([row]),
    ):
        with pytest.raises(NotSupportedError, match="Events are read here"):
            write()
    assert pickle.loads(pickle.dumps(row)) == row
    assert list(pickle.loads(pickle.dumps(found)).all()) == list(found)
    assert len(pickle.loads(pickle.dumps(pgh.Events.objects.all())).all()) == 8
    row.refresh_from_db()


def test_values_travel_as_parameters(project: Project) -> None:
    store = make_lived_store(project)
    customer = store.Customer.objects.create(name="bea")
    with CaptureQueriesContext(connection) as queries:
        assert len(pgh.Events.objects.tracks(customer)) == 1
    assert len(queries) == 1
    text, params = pgh.Events.objects.tracks(customer).query.sql_with_params()
    assert customer.pk in params
    assert str(customer.pk) not in text.replace("pgh_", "")
    # once in each table, where its index serves
    assert text.count('WHERE e."pgh_obj_id" = %s') == 2


def test_events_of_a_model_that_is_hard_to_name(project: Project) -> None:
    thing = make_shop(
        project,
        "pgh.Snapshot('a%s\\'\"{}')",
        fields={"f1": "models.TextField(null=True, db_column='say {x}')"},
        table='"public"."Quoted"',
        event="""options={'db_table': '"public"."Quoted event"'}""",
    )
    item = thing.objects.create(id=1)
    item.f1 = "%s"
    item.save()
    for found in (pgh.Events.objects.tracks(item), pgh.Events.objects.all()):
        assert [row.pgh_diff for row in found] == [None, {"f1": [None, "%s"]}]
        assert found.filter(pgh_label="a%s'\"{}").count() == 2
        assert found[1].pgh_data == {"id": 1, "f1": "%s"}


def test_null_in_json_is_kept(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", fields={"data": "models.JSONField(null=True)"})
    item = thing.objects.create(id=1, data={"a": None})
    item.data = {"a": {"b": None}}
    item.save()
    assert pgh.Events.objects.tracks(item).last().pgh_diff == {
        "data": [{"a": None}, {"a": {"b": None}}]
    }


def test_events_that_do_not_say_whose_they_are(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", event="obj_field=None, exclude=['id']")
    thing.objects.create(id=1, name="a")
    row = pgh.Events.objects.get()
    assert (row.pgh_obj_id, row.pgh_diff, row.pgh_data["name"]) == (None, None, "a")
    with pytest.raises(ValueError, match="do not say whose they are"):
        pgh.Events.objects.tracks(thing(id=1))


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_of_the_objects(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()")
    project.migrate(database="other")
    here = thing.objects.create(id=1, name="here")
    there = thing.objects.using("other").create(id=1, name="there")
    assert pgh.Events.objects.tracks(there).get().pgh_data["name"] == "there"
    assert pgh.Events.objects.using("other").tracks(here).get().pgh_data["name"] == "there"
    assert pgh.Events.objects.references(there).get().pgh_data["name"] == "there"
    found = pgh.Events.objects.tracks(thing.objects.using("other"))
    assert found.get().pgh_data["name"] == "there"
    with pytest.raises(ValueError, match=r"several databases \(default, other\)"):
        pgh.Events.objects.tracks(here, there)


def test_contexts_of_every_kind(project: Project) -> None:
    store = make_lived_store(project)
    open_context(1, '{"user": 5, "url": "/a"}')
    bea = store.Customer.objects.create(name="bea")
    order = store.Order.objects.create(customer=bea)
    contract = store.Contract.objects.create(customer=bea, months=1)
    found = pgh.Events.objects.tracks(bea, order, contract)
    expected = {
        "id": "0190b0a0-0000-7000-8000-000000000001",
        "metadata": {"user": 5, "url": "/a"},
    }
    assert {item.pgh_model: item.pgh_context for item in found} == {
        "store.CustomerEvent": expected,
        "store.OrderEvent": expected,
        "store.ContractEvent": None,
    }
    assert pgh.Events.objects.in_context(user=5).count() == 3
    assert pgh.Events.objects.in_context(user=6).count() == 0
    assert pgh.Events.objects.tracks(bea).in_context(url="/a").count() == 1
    assert pgh.Events.objects.filter(pgh_context__metadata__user=5).count() == 3
    context_class = apps.get_model("pghistory_ops.Context")
    assert len(pgh.Events.objects.references(context_class.objects.get())) == 2
