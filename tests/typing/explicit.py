"""Explicit classes keep their types through every question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, assert_type

from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh

if TYPE_CHECKING:  # a model would stay in the registry of the apps

    class UserEvent(pgh.EventBase):
        username: models.TextField[str, str] = models.TextField()
        pgh_obj: models.ForeignKey[User | None, User | None] = models.ForeignKey(
            "auth.User", models.DO_NOTHING, null=True, related_name="+"
        )

        class Meta:
            managed = False
            app_label = "auth"

    class Managed(pgh.EventBase):
        objects: ClassVar[models.Manager[Managed]] = pgh.EventQuerySet["Managed"].as_manager()

        class Meta:
            managed = False
            app_label = "auth"


class Rows(pgh.Events):
    user = pgh.ProxyField(
        "pgh_context__metadata__user", models.ForeignKey("auth.User", models.CASCADE)
    )

    def who(self) -> str:
        return str(self.user.username)


def ask(user: User) -> None:
    assert_type(pgh.event_model(UserEvent), type[UserEvent])
    assert_type(pgh.events(UserEvent), pgh.EventQuerySet[UserEvent])
    found = pgh.events(UserEvent).for_objects(user).labeled("saved").with_changes()[:3]
    assert_type(found[0], UserEvent)
    assert_type(found[0].username, str)
    assert_type(pgh.events(user).as_instances().first(), Any | None)
    for row in Rows.objects.tracks(user).filter(user=user).order_by("pgh_id"):
        assert_type(row, Rows)
        assert row.who()
    assert_type(pgh.Events.objects.across("auth.UserEvent").first(), pgh.Events | None)
    assert_type(pgh.revert(found[0]), User)
    pgh.revert(pgh.Events.objects.tracks(user)[0]).anything()
