"""Composite keys in both spellings of Django's: by the field's name and by its attribute's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management.base import SystemCheckError
from django.utils import timezone

import pghistory_ops as pgh
from db.shop import query
from projects import Project

from .store import MODELS, make_store, models_of

pytestmark = pytest.mark.django_db(databases=["default", "other"])

SPELLINGS = {"name": '"order", "number"', "attribute": '"order_id", "number"'}
HISTORY = """\
pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),
pgh.AddTracker("ParcelEvent", pgh.Snapshot()),
pgh.AddTracker("ParcelEvent", pgh.AfterDelete()),
pgh.AddTracker("ParcelEvent", pgh.ManualTracker("parcel.sent")),
"""


def models(spelling: str) -> str:
    return MODELS.replace(SPELLINGS["name"], SPELLINGS[spelling])


def parcel_of(store: Any) -> Any:
    order = store.Order.objects.create(customer=store.Customer.objects.create(name="ada"))
    return store.Parcel.objects.create(order=order, number=1, weight=1)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_written_read_and_brought_back(project: Project, spelling: str) -> None:
    store = make_store(project, HISTORY, models(spelling))
    parcel = parcel_of(store)
    store.Parcel.objects.update(weight=2)
    assert [event.weight for event in pgh.events(parcel)] == [1, 2]
    assert [event.weight for event in pgh.events(store.Parcel.objects.all())] == [1, 2]
    assert pgh.create_event(parcel, label="parcel.sent").order_id == parcel.order_id
    later = timezone.now() + timedelta(hours=1)
    assert pgh.events(store.Parcel).as_of(later).as_instances().get() == parcel
    assert pgh.Events.objects.tracks(parcel).count() == 3
    assert pgh.Events.objects.tracks(parcel)[1].pgh_diff == {"weight": [1, 2]}
    first = pgh.events(parcel).first()
    assert first is not None
    store.Parcel.objects.all().delete()
    assert pgh.revert(first).weight == 1
    assert pgh.events(parcel).with_changes().last().pgh_changes is None


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_events_are_found_by_an_index_of_the_key(project: Project, spelling: str) -> None:
    make_store(project, HISTORY, models(spelling))
    found = query("SELECT indexdef FROM pg_indexes WHERE tablename = 'store_parcelevent'")
    assert [text for text in found if text.endswith("(order_id, number)")]
    assert not [text for text in found if text.endswith("(order_id)")]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_autodetector_proposes_follows_and_is_quiet(project: Project, spelling: str) -> None:
    declared = (
        "import pghistory_ops as pgh\n"
        f"{models(spelling)}\n\n"
        "pgh.track(pgh.Snapshot(), pgh.ManualTracker('parcel.sent'))(Parcel)\n"
    )
    project.write("store/models.py", declared)
    project.write("store/migrations/__init__.py", "")
    project.makemigrations("store")
    project.call("check")
    project.makemigrations("store", "--check")
    assert "order_id" in project.sqlmigrate("store", "0001")
    project.migrate("store")
    added = "weight = models.IntegerField(default=0)\n    height = models.IntegerField(null=True)"
    project.write(
        "store/models.py",
        declared.replace("    weight = models.IntegerField(default=0)", f"    {added}"),
    )
    project.makemigrations("store")
    project.migrate("store")
    project.makemigrations("store", "--check")
    store = models_of(project)
    order = store.Order.objects.create(customer=store.Customer.objects.create(name="ada"))
    parcel = store.Parcel.objects.create(order=order, number=1, height=7)
    assert pgh.events(parcel).get().height == 7


def test_a_key_of_a_field_that_is_not_there_is_named(project: Project) -> None:
    project.write("store/migrations/__init__.py", "")
    project.write("store/models.py", "")
    project.write_migration(
        "store",
        "0001_initial",
        """
        migrations.CreateModel(
            "Parcel",
            [("pk", models.CompositePrimaryKey("shop", "number")),
             ("number", models.IntegerField())],
        ),
        pgh.CreateEventModel("ParcelEvent", tracks="store.Parcel"),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    expected = (
        r"The composite primary key of store.Parcel names a field 'shop' that the model does not "
        r"have at this point of the migrations. It has: pk, number\."
    )
    with pytest.raises(SystemCheckError, match=expected):
        project.call("check")
