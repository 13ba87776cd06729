"""Routers that keep an event model and its tracked model on different databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage, Error
from django.test import override_settings

from pghistory_ops.checks import check_stale_trackers
from projects import Project
from staleness import CONTEXT, ORDER

EVENT = 'pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),\n'
SNAPSHOT = 'pgh.AddTracker("OrderEvent", pgh.Snapshot()),\n'
MANUAL = 'pgh.AddTracker("OrderEvent", pgh.ManualTracker("by_hand")),\n'
TOGETHER = [
    {"shop": {"default"}, "audit": {"default"}},
    {"shop": {"other"}, "audit": {"other"}},
    {"shop": {"default", "other"}, "audit": {"other"}},  # the history of one of them
    {"shop": {"default"}, "audit": set()},  # without history for a while
    {"shop": set(), "audit": {"other"}},
    {},
]


class Router:
    """Says on which databases the models of an app may be, for some apps."""

    def __init__(self, places: dict[str, Any]) -> None:
        self.places = places

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return db in self.places[app_label] if app_label in self.places else None


@pytest.fixture
def audit(project: Project) -> Project:
    for app in ("shop", "audit"):
        project.write(f"{app}/models.py", "from django.db import models\n")
    project.write_migration("shop", "0001_initial", ORDER)
    text = "class Order(models.Model):\n    total = models.IntegerField(default=0)\n"
    project.write("shop/models.py", f"from django.db import models\n\n\n{text}")
    write(project, EVENT + SNAPSHOT)
    return project


def write(project: Project, operations: str) -> None:
    dependencies = [*CONTEXT, ("shop", "0001_initial")]
    project.write_migration("audit", "0001_initial", operations, dependencies=dependencies)


def found(project: Project, places: dict[str, Any] | None) -> list[CheckMessage]:
    routers = [] if places is None else [Router(places)]
    project.call("check", tags=["urls"])  # reads the migrations anew
    with override_settings(DATABASE_ROUTERS=routers):
        return check_stale_trackers()


def test_nothing_would_be_recorded(audit: Project) -> None:
    assert found(audit, {"shop": {"default"}, "audit": {"other"}}) == [
        Error(
            "The routers let the event model audit.OrderEvent be on 'other', and shop.Order, which "
            "it tracks, on 'default': triggers write into their own database, so nothing is "
            "recorded.",
            hint="Let allow_migrate() give the same answer for both, or declare the history in the "
            "app of the tracked model.",
            id="pghistory_ops.E005",
        )
    ]


@pytest.mark.parametrize("places", [*TOGETHER, None])
def test_it_is_quiet(audit: Project, places: dict[str, Any] | None) -> None:
    assert found(audit, places) == []


@pytest.mark.parametrize("trackers", ["", MANUAL], ids=["without trackers", "by hand"])
def test_events_that_no_trigger_writes_may_be_elsewhere(audit: Project, trackers: str) -> None:
    write(audit, EVENT + trackers)
    assert found(audit, {"shop": {"default"}, "audit": {"other"}}) == []
