"""``manage.py history``."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.utils.timezone import localtime

import pghistory_ops as pgh
from db.shop import make_shop, query
from projects import Project

from .store import SNAPSHOTS, make_store
from .tools import TRACKERS, open_context

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def lived(project: Project) -> Any:
    thing = make_shop(project, *TRACKERS)
    thing.objects.create(id=42, name="[red]a[/red]", size=1)
    thing.objects.create(id=7, name="other")
    open_context(1, '{"user": 5, "url": "/pay"}')
    thing.objects.filter(id=42).update(size=2)
    thing.objects.filter(id=42).delete()
    return thing


def test_the_timeline_of_an_object(project: Project) -> None:
    lived(project)
    printed = project.call("history", "shop.Thing", "42")
    assert "shop.Thing 42" in printed
    for text in ("snapshot", "gone", "shop.ThingEvent", "size: 1 → 2", "user: 5", "url: /pay"):
        assert text in printed
    assert "name = [red]a[/red]" in printed
    assert "other" not in printed
    moments = query("SELECT pgh_created_at FROM shop_thingevent WHERE id = 42 ORDER BY pgh_id")
    places = [printed.index(localtime(item).isoformat(" ", "milliseconds")) for item in moments]
    assert places == sorted(places)


def test_json_for_programs(project: Project) -> None:
    thing = lived(project)
    first, second, third = json.loads(project.call("history", "shop.Thing", "42", "--json"))
    event = pgh.events(thing(id=42))[0]
    assert datetime.fromisoformat(first.pop("pgh_created_at")) == event.pgh_created_at
    assert first == {
        "pgh_model": "shop.ThingEvent",
        "pgh_id": event.pgh_id,
        "pgh_label": "snapshot",
        "pgh_obj_model": "shop.Thing",
        "pgh_obj_id": "42",
        "pgh_data": {"id": 42, "name": "[red]a[/red]", "size": 1},
        "pgh_diff": None,
        "pgh_context": None,
    }
    assert second["pgh_diff"] == {"size": [1, 2]}
    assert second["pgh_context"]["metadata"] == {"user": 5, "url": "/pay"}
    assert (third["pgh_label"], third["pgh_diff"]) == ("gone", None)


def test_the_newest_events(project: Project) -> None:
    lived(project)
    found = json.loads(project.call("history", "shop.Thing", "42", "--json", "--limit", "2"))
    assert [item["pgh_label"] for item in found] == ["snapshot", "gone"]
    assert found[0]["pgh_diff"] == {"size": [1, 2]}
    with pytest.raises(CommandError, match="--limit takes a number of at least 1, not 0"):
        project.call("history", "shop.Thing", "42", "--limit", "0")


def test_an_object_without_events(project: Project) -> None:
    lived(project)
    assert project.call("history", "shop.Thing", "1") == "There are no events of shop.Thing 1.\n"
    assert json.loads(project.call("history", "shop.Thing", "1", "--json")) == []


def test_an_event_model_and_any_case(project: Project) -> None:
    lived(project)
    for label in ("shop.ThingEvent", "shop.thing"):
        assert len(json.loads(project.call("history", label, "42", "--json"))) == 3


def test_composite_keys_and_parents(project: Project) -> None:
    store = make_store(project, SNAPSHOTS)
    customer = store.Customer.objects.create(name="ada")
    contract = store.Contract.objects.create(customer=customer, months=1)
    store.Parcel.objects.create(order=contract, number=7)
    key = str(contract.pk)
    (parcel,) = json.loads(project.call("history", "store.Parcel", key, "7", "--json"))
    assert parcel["pgh_data"]["number"] == 7
    found = json.loads(project.call("history", "store.Contract", key, "--json"))
    assert {item["pgh_model"] for item in found} == {"store.OrderEvent", "store.ContractEvent"}
    with pytest.raises(
        CommandError,
        match=r"The primary key of store.Parcel has 2 parts \(order, number\), and 1 is given",
    ):
        project.call("history", "store.Parcel", "1")
    with pytest.raises(CommandError, match=r"has 1 part \(id\), and 2 are given"):
        project.call("history", "store.Order", "1", "2")


def test_what_is_no_key(project: Project) -> None:
    lived(project)
    with pytest.raises(CommandError, match=r"'x' is no id of shop.Thing: “x” value must be an"):
        project.call("history", "shop.Thing", "x")


@pytest.mark.parametrize("label", ["auth.Group", "shop.Nothing", "nothing", "a.b.c"])
def test_what_is_not_tracked(project: Project, label: str) -> None:
    lived(project)
    with pytest.raises(CommandError, match=r"Tracked models: shop.Thing\."):
        project.call("history", label, "1")


@pytest.mark.django_db(databases=["default", "other"])
def test_another_database(project: Project) -> None:
    thing = lived(project)
    project.migrate(database="other")
    thing.objects.using("other").create(id=42, name="there")
    found = json.loads(project.call("history", "shop.Thing", "42", "--json", "--using", "other"))
    assert [item["pgh_data"]["name"] for item in found] == ["there"]


def test_without_rich_json_is_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(project)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.delitem(sys.modules, "pghistory_ops.queries.timeline", raising=False)
    with pytest.raises(
        CommandError, match=r"Install django-pghistory-ops\[cli\], or print JSON with --json"
    ):
        project.call("history", "shop.Thing", "42")
    assert len(json.loads(project.call("history", "shop.Thing", "42", "--json"))) == 3


def test_no_control_character_reaches_the_terminal(project: Project) -> None:
    thing = lived(project)
    thing.objects.filter(id=7).update(name="\x1b[2Jé\x07")
    printed = project.call("history", "shop.Thing", "7")
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert r"name: other → \x1b[2Jé\x07" in printed
