"""Event models at runtime. What they are is known to the migrations alone."""

from datetime import datetime
from typing import assert_type

from django.contrib.auth.models import User

import pghistory_ops as pgh


def ask(user: User) -> list[str]:
    model = pgh.event_model("shop.OrderEvent")
    event = model.objects.get(pgh_label="snapshot")
    assert_type(event.pgh_label, str)
    assert_type(event.pgh_id, int)
    assert event.pgh_obj.total == event.total
    assert pgh.event_model(User) is pgh.event_model(user, label="user.created")
    found = pgh.event_models(tracks=user) + pgh.event_models(references="auth.User")
    return [item._meta.label for item in found]


class Explicit(pgh.EventBase):
    class Meta:
        abstract = True


async def write(user: User, moment: datetime) -> None:
    event = pgh.create_event(user, label="user.paid", using="default", at=moment)
    assert_type(event.pgh_created_at, datetime)
    assert_type((await pgh.acreate_event(user, label="user.paid")).pgh_label, str)
    events = pgh.create_events(User.objects.all(), label="user.paid")
    assert [item.username for item in events]
