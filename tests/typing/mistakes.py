"""Wrong uses, each of which both type checkers refuse. None of them is run."""

from datetime import date

from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh


def operations() -> None:
    pgh.CreateEventModel("OrderEvent")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.CreateEventModel("OrderEvent", "shop.Order", ["total"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.CreateEventModel("OrderEvent", User)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.CreateEventModel("OrderEvent", "shop.Order", only=["total"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.CreateEventModel("OrderEvent", "shop.Order", obj_field=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.CreateEventModel("OrderEvent", "shop.Order", context_field=pgh.ContextUUIDField())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AlterEventModel("OrderEvent", fields=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AlterEventModel("OrderEvent", append_only=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AlterEventModel("OrderEvent", options={})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.AddTracker("OrderEvent")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.AddTracker("OrderEvent", "snapshot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AddTracker("OrderEvent", pgh.Snapshot)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout=2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.RemoveTracker("OrderEvent", pgh.Snapshot())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.RefreshTrackers("OrderEvent", ["note"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.DeleteEventModel()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def trackers() -> None:
    pgh.Snapshot(["total"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.AfterUpdate("paid", pgh.AnyChange("status"), pgh.Row)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]
    pgh.AfterInsert(level="row")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.DatabaseTracker("any", operation="insert")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.DatabaseTracker("any", operation=pgh.Insert, when=pgh.Row)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.DatabaseTracker("any", operation=pgh.Insert, snapshot="new")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.ManualTracker("remark", condition=pgh.AnyChange())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def conditions() -> None:
    pgh.Q(old__status="new") & "paid"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    pgh.Condition(sql=pgh.Q(new__total=1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def configured_fields() -> None:
    pgh.ObjForeignKey(on_delete=models.CASCADE)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.ContextJSONField(related_name="events")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.ContextUUIDField(db_index="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.ObjForeignKey().null = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def declarations() -> None:
    pgh.track("shop.Order")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.track(pgh.Snapshot())(User.objects.all())  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    pgh.track(context_field=pgh.ObjForeignKey())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.track(name="OrderAudit")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def contexts() -> None:
    pgh.context("user")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.add_context({"user": 1})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.resume_context()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.resume_context("a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.paused(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pgh.context(user=1) as ctx:
        ctx.metadata["user"] = 2  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
        ctx.id = ctx.root_id  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def by_hand(user: User, users: models.QuerySet[User]) -> None:
    pgh.create_event(user)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.create_event(user, "user.paid")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.create_event(users, label="user.paid")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.create_events(user, label="user.paid")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.create_event(user, label="user.paid", at=date(2030, 1, 1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.event_model(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    pgh.event_models("auth.User", label="user.paid")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def unawaited(user: User) -> None:
    str(pgh.acreate_event(user, label="user.paid").pgh_label)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]


def questions(user: User) -> None:
    found = pgh.events(user)
    pgh.events()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    pgh.events(user, label=["user.paid"])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    found.labeled(["user.paid"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    found.between("2030-01-01", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    found.between(date(2030, 1, 1), None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    found.as_of()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    found.as_of(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    found.in_context({"user": 1})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    found.changes()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    pgh.Events.objects.of(user)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    pgh.ProxyField("pgh_data__total")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.ProxyField("pgh_data__total", models.IntegerField)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.revert(found)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    pgh.revert(user, "default")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    pgh.can_revert([user])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
