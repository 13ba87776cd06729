"""What ``revert`` takes for an event, and what it reads of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.models import JSONField, Value

import pghistory_ops as pgh
from db.shop import execute, make_shop
from projects import Project

pytestmark = pytest.mark.django_db

TRACKERS = ("pgh.Snapshot()", "pgh.AfterDelete('gone')")
FIELDS = {"name": "models.TextField()", "notes": "models.JSONField(default=dict)"}


def lived(project: Project) -> Any:
    thing = make_shop(project, *TRACKERS, fields=FIELDS)
    thing.objects.create(id=1, name="a")
    thing.objects.update(name="b")
    return thing


def refused(event: Any, match: str, **options: Any) -> None:
    assert not pgh.can_revert(event, **options)
    with pytest.raises(pgh.CannotRevert, match=match):
        pgh.revert(event, **options)


def test_a_value_that_is_none_in_python_alone(project: Project) -> None:
    thing = lived(project)
    thing.objects.update(notes=Value(None, JSONField()))
    event = pgh.events(thing).last()
    assert event is not None
    thing.objects.update(notes={})
    assert event.notes is None
    assert pgh.can_revert(event)
    assert pgh.revert(event).notes is None
    assert thing.objects.filter(notes=Value(None, JSONField())).exists()


def test_what_the_event_does_not_know(project: Project) -> None:
    thing = lived(project)
    project.write_migration(
        "shop",
        "0002_nullable",
        """migrations.AlterField("ThingEvent", "notes", models.JSONField(null=True)),""",
    )
    project.migrate()
    execute("UPDATE shop_thingevent SET notes = NULL")
    refused(pgh.events(thing)[0], r"1 does not know the field 'notes', which was added to the")


def test_an_event_that_is_not_stored(project: Project) -> None:
    thing = lived(project)
    event = pgh.events(thing)[0]
    event.pk = 99
    refused(event, r"The event shop.ThingEvent 99 is not in the database 'default', so there is")
    model = pgh.event_model(thing)
    refused(model(pgh_id=98), r"98 is not in the database 'default'", using="default")
    refused(model(pgh_obj_id=1), r"is of no database. Say which with using=….")
    refused(model(pgh_obj_id=1), r"None is not in the database 'default'", using="default")


def test_an_event_is_what_is_stored_of_it(project: Project) -> None:
    thing = lived(project)
    event = pgh.events(thing)[0]
    event.name, event.pgh_obj_id = "forged", 7
    assert pgh.revert(event).name == "a"
    assert pgh.revert(pgh.event_model(thing)(pk=event.pk), using="default").name == "a"


def test_a_row_of_many_models_stands_for_its_event(project: Project) -> None:
    thing = lived(project)
    row = pgh.Events.objects.tracks(thing(id=1))[0]
    assert pgh.can_revert(row)
    assert pgh.revert(row).name == "a"
    row.pgh_id = 99
    refused(row, r"The event shop.ThingEvent 99 is not in the database 'default'")


@pytest.mark.parametrize("given", [None, "snapshot", 5])
def test_what_is_no_object(given: Any) -> None:
    message = f"What is brought back is an event, not {given!r}"
    for function in (pgh.revert, pgh.can_revert):
        with pytest.raises(TypeError, match=message):
            function(given)


def test_what_is_no_event(project: Project) -> None:
    thing = lived(project)
    item: models.Model = thing.objects.get()
    with pytest.raises(LookupError, match=r"The model shop.Thing is no event model"):
        pgh.revert(item)
