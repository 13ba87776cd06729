"""Asking questions of history."""

from datetime import datetime
from typing import Any, assert_type

from django.contrib.auth.models import User

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
