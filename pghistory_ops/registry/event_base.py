"""The base classes of event models at runtime."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models.base import ModelBase


class EventModelBase(ModelBase):
    """The metaclass of event models: pickled by label where no module has the class."""


class EventBase(models.Model, metaclass=EventModelBase):
    """The base class of event models.

    A class in ``models.py`` that inherits it is the explicit form of an event model; see
    ``manage.py inspectevents``.

    Example::

        class OrderEvent(pgh.EventBase):
            pgh_id = models.BigAutoField(primary_key=True)
            ...

            class Meta:
                managed = False
    """

    if TYPE_CHECKING:
        pgh_id: models.Field[Any, int]
        pgh_created_at: models.Field[Any, datetime]
        pgh_label: models.Field[Any, str]
        Meta: ClassVar[Any]
    else:

        class Meta:
            abstract = True

    def __reduce__(self) -> Any:
        state: Any = super().__reduce__()[2]
        return _new_event, (type(self),), state


class Event(EventBase):
    """An event of a model that is made from the migrations: its columns are known to them alone."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        objects: ClassVar[models.Manager[Self]]

        def __getattr__(self, name: str) -> Any: ...


def _new_event(model: type[EventBase]) -> EventBase:
    """Return an empty event for the pickle to fill."""
    return model.__new__(model)
