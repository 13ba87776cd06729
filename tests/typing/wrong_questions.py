"""Wrong questions, each of which both type checkers refuse. None of them is run."""

from django.contrib.auth.models import User

import pghistory_ops as pgh


def names() -> None:
    from pghistory_ops import AddTriggers, evnts  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

    assert AddTriggers
    assert evnts


def errors() -> tuple[type[LookupError], type[LookupError], type[ValueError], type[ValueError]]:
    """Name what users are to catch: these are right."""
    return pgh.UnknownEventModel, pgh.AmbiguousEventModel, pgh.NotPausable, pgh.CannotRevert


def questions(user: User, event: pgh.EventBase) -> None:
    pgh.events(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    pgh.event_model(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    pgh.event_models(tracks=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.events(user).for_objects(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.events(user).labeled(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.events(user).as_of("yesterday")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.Events.objects.across(user)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.Events.objects.tracks(user)[0].nonsense()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    pgh.revert(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    pgh.can_revert("snapshot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.ProxyField("pgh_data__total", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pgh.create_event(5, label="paid")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    event.total()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def conditions() -> None:
    pgh.AnyChange("total") & pgh.Snapshot()  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    pgh.Condition()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    pgh.DatabaseTracker("any", condition="NEW.total > 1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
