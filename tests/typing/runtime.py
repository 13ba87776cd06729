"""Event models at runtime. What they are is known to the migrations alone."""

from datetime import datetime
from typing import assert_type

from django.contrib.auth.models import User
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import pghistory_ops as pgh


def ask(user: User) -> list[str]:
    model = pgh.event_model("shop.OrderEvent")
    event = model.objects.get(pgh_label="snapshot")
    assert_type(event.pgh_label, str)
    assert_type(event.pgh_id, int)
    assert_type(model.objects.count(), int)
    assert issubclass(model, pgh.EventBase)
    assert event.pgh_obj.total == event.total
    assert pgh.event_model(User) is pgh.event_model(user, label="user.created")
    found = pgh.event_models(tracks=user) + pgh.event_models(references="auth.User")
    return [item._meta.label for item in found]


class Explicit(pgh.EventBase):
    total = models.IntegerField()  # pyright: ignore[reportUnknownVariableType]

    class Meta:
        abstract = True


async def write(user: User, moment: datetime) -> None:
    event = pgh.create_event(user, label="user.paid", using="default", at=moment)
    assert_type(event.pgh_created_at, datetime)
    assert_type((await pgh.acreate_event(user, label="user.paid")).pgh_label, str)
    events = pgh.create_events(User.objects.all(), label="user.paid")
    assert [item.username for item in events]
    users = [user async for user in User.objects.all()]
    for written in pgh.create_events(users, label="user.paid", using="other", at=moment):
        assert_type(written.pgh_id, int)


def explicit(event: Explicit) -> str:
    return event.pgh_label


def in_a_migration(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    order = apps.get_model("shop", "Order")
    pgh.create_event(order.objects.get(), label="order.paid", using=editor.connection.alias)
    assert_type(pgh.events(order).count(), int)
