"""Event models at runtime. What they are is known to the migrations alone."""

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
