"""What a question of history begins with: ``events``."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from django.db import models

from pghistory_ops.queries.event_queryset import EventQuerySet, alias_of
from pghistory_ops.queries.subjects import subjects_of
from pghistory_ops.registry.event_base import Event, EventBase
from pghistory_ops.registry.event_models import event_model

E = TypeVar("E", bound=EventBase)


# A class that is only known to be a model may be an event model; then the hint is less than it is.
@overload
def events(  # type: ignore[overload-overlap]
    ref: type[E], label: str | None = None, using: str | None = None
) -> EventQuerySet[E]: ...
@overload
def events(
    ref: str | type[models.Model] | models.Model | models.QuerySet[Any, Any],
    label: str | None = None,
    using: str | None = None,
) -> EventQuerySet[Event]: ...
def events(ref: Any, label: str | None = None, using: str | None = None) -> EventQuerySet[Any]:
    """Return events, the oldest first.

    Args:
        ref: An object (its events), a tracked model (those of all its objects), a queryset of
            objects (theirs; it becomes a subquery, and may be sliced), or an event model: its class
            or label, ``"shop.OrderEvent"``. A proxy stands for its concrete model. Historical
            models of ``RunPython`` and their instances are taken, too.
        label: The label of a tracker: its events alone. It also says which event model is meant,
            where several track the model.
        using: The database; by default that of the object or queryset, or else the router's choice.

    Raises:
        UnknownEventModel: Nothing tracks the model, or no tracker has the label.
        AmbiguousEventModel: Several event models track the model, and no label says which one.
        TypeError: ``ref`` is none of these.

    Example::

        pgh.events(order).values("pgh_label", "total")
        pgh.events(Order).as_of(yesterday)
        pgh.events("shop.OrderEvent").with_changes()
    """
    if not isinstance(ref, (str, type, models.Model, models.QuerySet)):
        raise TypeError(
            "Events are asked for by an object, a queryset of objects, a model, or an event model "
            f"or its label, not by {ref!r}. For several objects: events(Model).for_objects(…)."
        )
    found: EventQuerySet[Event]
    if isinstance(ref, models.Model):
        found = EventQuerySet(event_model(ref, label), using=using or ref._state.db)
        found.query.narrow(found.history, subjects_of(found.history, ref))
    elif isinstance(ref, models.QuerySet):
        found = EventQuerySet(event_model(ref.model, label), using=using or alias_of(ref))
        found = found.for_objects(ref)
    else:
        found = EventQuerySet(event_model(ref, label), using=using)
    return found if label is None else found.labeled(label)
