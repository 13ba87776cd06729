"""Events of many event models in one queryset: ``Events``."""

from __future__ import annotations

import copyreg
import functools
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from django.apps import apps as live_apps
from django.apps.registry import Apps
from django.db import models
from django.db.models.base import ModelBase

from pghistory_ops.queries.combined import EventsQuerySet
from pghistory_ops.queries.exact import ExactDecoder
from pghistory_ops.queries.proxies import ProxyField

TABLE = "pgh_events"


class _RowsBase(ModelBase):
    """The metaclass of rows, whose classes are in no module: pickled by the class they are of."""


class _Rows(models.Model, metaclass=_RowsBase):
    """What every row has."""

    pgh_slug = models.TextField(primary_key=True)
    pgh_model = models.TextField()
    pgh_id = models.BigIntegerField()
    pgh_created_at = models.DateTimeField()
    pgh_label = models.TextField()
    pgh_obj_model = models.TextField()
    pgh_obj_id = models.TextField(null=True)  # noqa: DJ001
    pgh_data = models.JSONField(decoder=ExactDecoder)
    pgh_diff = models.JSONField(decoder=ExactDecoder, null=True)
    pgh_context = models.JSONField(null=True)

    objects = EventsQuerySet.as_manager()

    class Meta:
        abstract = True
        managed = False
        app_label = "pghistory_ops"
        db_table = TABLE
        ordering = ("pgh_created_at", "pgh_model", "pgh_id")
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.pgh_slug

    def __reduce__(self) -> Any:
        state: Any = super().__reduce__()[2]
        return _new_row, (type(self).pgh_class,), state  # type: ignore[attr-defined]

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: rows are read."""
        type(self).objects.all()._refuse()

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: rows are read."""
        type(self).objects.all()._refuse()


class _Registry(Apps):
    """An app registry for one class, whose look-ups fall back to the live one.

    The class is no model of an app: nothing proposes a table for it.
    """

    def get_registered_model(self, app_label: str, model_name: str) -> type[models.Model]:
        """Return the class, or else a live one."""
        try:
            return super().get_registered_model(app_label, model_name)
        except LookupError:
            return live_apps.get_registered_model(app_label, model_name)


class _Objects:
    """Gives the queryset of a class of events; its rows' class is made when it is first asked."""

    def __get__(self, instance: object, owner: type[R]) -> EventsQuerySet[R]:
        return EventsQuerySet(_rows_of(owner))


if TYPE_CHECKING:
    # What a queryset gives are models; here each is also of the class that was asked.
    R = TypeVar("R", bound="Events")
    _Typed = models.Model
else:
    _Typed = object


class Events(_Typed):
    """Events of many event models: of an object, of all that refer to it, or of all models.

    It is no model of an app: it has no table, and no migration knows it. What it reads is a
    ``UNION ALL`` over the event tables, with the objects' keys as parameters in each of them.

    Attributes:
        pgh_slug: The event model and the key: ``"shop.OrderEvent:7"``; the primary key of a row.
        pgh_model: The label of the event model.
        pgh_id: The event's key in its table.
        pgh_created_at: When the event was written.
        pgh_label: The label of the tracker.
        pgh_obj_model: The label of the tracked model.
        pgh_obj_id: The key of the tracked object as text; of a composite key a JSON array.
        pgh_data: The mirrored values by field name, as JSON. A number with a fraction is a
            ``Decimal``, whatever the field, so that it is what is stored.
        pgh_diff: What the event changed, as ``EventQuerySet.with_changes`` says it, as JSON:
            ``{"status": ["new", "paid"]}``.
        pgh_context: The context as JSON: its ``id`` and its ``metadata``, or None.

    A subclass gives values of the context fields of their own, which can be filtered and joined::

        class OrderEvents(pgh.Events):
            user = pgh.ProxyField(
                "pgh_context__metadata__user", models.ForeignKey("auth.User", models.DO_NOTHING)
            )

        OrderEvents.objects.tracks(order).filter(user__is_staff=True).select_related("user")
    """

    objects: ClassVar[_Objects] = _Objects()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in vars(cls).items():
            if isinstance(value, ProxyField) and hasattr(_Rows, name):
                raise ValueError(
                    f"The ProxyField {name!r} of {cls.__qualname__} has a name that every row of "
                    "Events has already. Give it another."
                )

    if TYPE_CHECKING:
        pgh_slug: str
        pgh_model: str
        pgh_id: int
        pgh_created_at: datetime
        pgh_label: str
        pgh_obj_model: str
        pgh_obj_id: str | None
        pgh_data: dict[str, Any]
        pgh_diff: dict[str, list[Any]] | None
        pgh_context: dict[str, Any] | None


# One thread makes the rows of a class: rows of two of them would not be equal.
_making = threading.RLock()


def _rows_of(cls: type[Events]) -> Any:
    """Return the model of the rows of a class."""
    found = cls.__dict__.get("_pgh_rows")
    if found is None:
        with _making:
            found = cls.__dict__.get("_pgh_rows")
            if found is None:
                found = _make_rows(cls)
                setattr(cls, "_pgh_rows", found)  # noqa: B010
    return found


def _make_rows(cls: type[Events]) -> Any:
    proxies: dict[str, ProxyField] = {}
    for base in reversed(cls.__mro__):
        proxies |= {
            name: value for name, value in vars(base).items() if isinstance(value, ProxyField)
        }

    class Meta(_Rows.Meta):
        abstract = False
        apps = _Registry()

    made: Any = type(
        cls.__name__,
        (cls, _Rows),
        {
            **{name: proxy.model_field() for name, proxy in proxies.items()},
            "objects": EventsQuerySet.as_manager(),
            "pgh_proxies": proxies,
            "pgh_class": cls,
            "Meta": Meta,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
        },
    )
    for field in made._meta.local_fields:
        # ``pickle`` asks the object; Django's answer is for models of apps.
        vars(field)["__reduce__"] = functools.partial(_reduce_field, field)
    return made


def _reduce_rows(model: Any) -> Any:
    """Return how a class of rows is pickled."""
    return _rows_of, (model.pgh_class,)


copyreg.pickle(_RowsBase, _reduce_rows)


def _reduce_field(field: Any) -> Any:
    """Return how a field of rows is pickled."""
    return _field_of, (field.model, field.name)


def _field_of(model: Any, name: str) -> Any:
    return model._meta.get_field(name)


def _new_row(cls: type[Events]) -> Any:
    """Return an empty row for the pickle to fill."""
    model = _rows_of(cls)
    return model.__new__(model)
