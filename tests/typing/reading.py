"""Asking questions of history."""

from datetime import datetime
from typing import Any, assert_type

from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh


def ask(user: User, start: datetime, end: datetime) -> list[dict[str, tuple[Any, Any]] | None]:
    found = pgh.events(user, label="user.changed", using="default")
    assert_type(found.get().pgh_label, str)
    assert found.get().username
    asked = found.for_objects(User.objects.all()).labeled("user.changed").in_context(job=1)
    asked = asked.between(start, end).as_of(end, states=["user.changed"], removals=[])
    asked = asked.latest_per_object().filter(username="ada").with_changes()[:20]
    instances: pgh.EventQuerySet[Any] = asked.as_instances()
    assert instances.history.label
    return [event.pgh_changes for event in asked]


class Requests(pgh.Events):
    user = pgh.ProxyField(
        "pgh_context__metadata__user", models.ForeignKey("auth.User", models.CASCADE)
    )


def ask_all(user: User) -> list[str]:
    found = pgh.Events.objects.tracks(user).references([user]).across("shop.OrderEvent")
    found = found.in_context(job=1).filter(pgh_label="snapshot").using("default")
    rows = Requests.objects.filter(user=user).select_related("user")
    event: pgh.Events
    for event in [*found, *rows]:
        assert_type(event.pgh_data, dict[str, Any])
    return [event.pgh_slug for event in found]


def bring_back(user: User) -> Any:
    event = pgh.events(user).get()
    if not pgh.can_revert(event, using="default"):
        raise pgh.CannotRevert
    return pgh.revert(event)
