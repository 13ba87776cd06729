"""Asking questions of history."""

from datetime import datetime
from typing import Any, assert_type

from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh


def ask(user: User, start: datetime, end: datetime) -> list[dict[str, tuple[Any, Any]] | None]:
    found = pgh.events(user, label="user.changed", using="default")
    assert_type(found.get().pgh_label, str)
    assert_type(found.get().pgh_created_at, datetime)
    assert_type(found.filter(pgh_label="user.changed").exists(), bool)
    found = pgh.events(User).for_objects([user]).between(None, end) | found
    pgh.events(User.objects.filter(is_staff=True))
    pgh.events("auth.User", using="other").for_objects(user)
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


async def ask_later(user: User) -> list[str]:
    event = await pgh.events(user).aget(pgh_label="user.changed")
    assert_type(event.pgh_id, int)
    return [event.pgh_label async for event in pgh.events(user)[:20]]


def keep(found: pgh.EventQuerySet[Any], user: User) -> pgh.EventQuerySet[Any]:
    """Return the type that it was given, as every one of the methods does."""
    return found.for_objects(user).labeled("a", "b").in_context(user=1).with_changes()


def ask_all(user: User) -> list[str]:
    event_model = pgh.event_model(user)
    found = pgh.Events.objects.tracks(user, [user], User.objects.all()).references([user])
    found = found.across("shop.OrderEvent", event_model)
    found = found.in_context(job=1).filter(pgh_label="snapshot").using("default")
    rows = Requests.objects.filter(user=user).select_related("user")
    event: pgh.Events
    for event in [*found, *rows]:
        assert_type(event.pgh_data, dict[str, Any])
        assert_type(event.pgh_diff, dict[str, list[Any]] | None)
        assert_type(event.pgh_context, dict[str, Any] | None)
        assert_type(event.pgh_obj_id, str | None)
        assert_type(event.pgh_created_at, datetime)
    return [event.pgh_slug for event in found]


def bring_back(user: User) -> Any:
    event = pgh.events(user).get()
    if not pgh.can_revert(event, using="default"):
        raise pgh.CannotRevert
    try:
        return pgh.revert(event, using="default")
    except pgh.CannotRevert as refusal:
        assert_type(str(refusal), str)
        return pgh.revert(event)


assert issubclass(pgh.CannotRevert, ValueError)
