"""Events written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections, models, router, transaction
from django.utils import timezone

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.registry.event_base import Event
from pghistory_ops.registry.event_models import event_model, event_models, history_of
from pghistory_ops.sql.quoting import identifier
from pghistory_ops.sql.v1 import RECORD_CONTEXT
from pghistory_ops.state import UnknownEventModel

# The protocol counts the parameters of a statement in 16 bits (PostgreSQL manual, 53.7 "Message
# Formats", Bind).
MAX_PARAMETERS = 2**16 - 1

_SETTING = "NULLIF(current_setting('pghistory_ops.{name}', true), '')::{type}"
_RECORDED = "pgh_recorded"

# Values of the database by the identity of an object, then by attribute.
Stored = dict[int, dict[str, Any]]

# A field with one of these is not written as a plain parameter; which it is depends on Django.
_PLACEHOLDERS = ("get_placeholder", "get_placeholder_sql")


def create_event(
    obj: models.Model, *, label: str, using: str | None = None, at: datetime | None = None
) -> Event:
    """Write an event of an object under the label of one of its trackers.

    The event holds the object's values as they are in Python: save the object first. Fields that
    are not loaded are loaded, and an expression (``F("total") + 1``) that is still to be saved
    stands for the value that the database has: it is left to the next ``save()``. The event carries
    the context that a trigger would have given it.

    Args:
        obj: The object, of a tracked model; in ``RunPython``, of a historical one.
        label: The label of a tracker of the model, most often a ``ManualTracker``.
        using: The alias of the database; by default that of the object.
        at: The moment of the event; by default the clock of the server.

    Returns:
        The event, as it was written.

    Raises:
        UnknownEventModel: The model is not tracked, or no tracker of it has the label.
        ValueError: The object is not saved, or ``at`` is not aware of its time zone.
        ProgrammingError: The role of the connection may not write events (see "Security").

    Example::

        pgh.create_event(order, label="order.paid")
    """
    (event,) = create_events([obj], label=label, using=using, at=at)
    return event


async def acreate_event(
    obj: models.Model, *, label: str, using: str | None = None, at: datetime | None = None
) -> Event:
    """Do what ``create_event`` does, from asynchronous code."""
    return await sync_to_async(create_event)(obj, label=label, using=using, at=at)


def create_events(
    objs: Iterable[models.Model],
    *,
    label: str,
    using: str | None = None,
    at: datetime | None = None,
) -> list[Event]:
    """Write an event of each object, in one statement.

    There are more statements, in one transaction, only where a statement would have more than
    65,535 parameters.

    Args:
        objs: The objects, all of one model.
        label: The label of a tracker of the model.
        using: The alias of the database; by default that of the objects.
        at: The moment of the events; by default the clock of the server.

    Returns:
        The events, in the order of the objects; none for no object.

    Raises:
        UnknownEventModel: The model is not tracked, or no tracker of it has the label.
        ValueError: An object is not saved, they are of different models or databases, or ``at`` is
            not aware of its time zone.

    Example::

        pgh.create_events(Order.objects.filter(status="new"), label="order.reminded")
    """
    if isinstance(objs, models.Model) or not isinstance(objs, Iterable):
        raise TypeError(
            f"create_events() takes objects, such as a list or a queryset of them, not {objs!r}. "
            "For one object there is create_event()."
        )
    if isinstance(objs, models.QuerySet):
        _event_model(objs.model, label)  # a wrong label is one for no objects, too
    found = list(objs)
    moment = _checked_moment(at)
    if not found:
        return []
    model = _checked_model(found)
    history = history_of(_event_model(model, label))
    alias = using or _database(found)
    stored = _load_missing(found, history)
    return _Insert(history, alias, label, moment, stored).run(found)


def _event_model(model: type[models.Model], label: str) -> type[Event]:
    """Return the event model that has the label; for a parent's label say how to use it."""
    try:
        return event_model(model, label)
    except UnknownEventModel as error:
        for parent in model._meta.all_parents:
            if any(label in history_of(item).labels for item in event_models(tracks=parent)):
                link: Any = model._meta.get_ancestor_link(parent)
                raise UnknownEventModel(
                    f"{error} The label is one of {parent._meta.label}, a parent of it: give the "
                    f"object's {link.name}."
                ) from None
        raise


def _checked_moment(at: datetime | None) -> datetime | None:
    if at is not None and not isinstance(at, datetime):
        raise TypeError(f"The moment of an event is a datetime, not {at!r}.")
    if at is not None and settings.USE_TZ and timezone.is_naive(at):
        raise ValueError(
            f"The moment {at} of an event has no time zone. Make it aware: "
            "django.utils.timezone.make_aware(at)."
        )
    return at


def _checked_model(objs: list[models.Model]) -> type[models.Model]:
    """Return the one model of the objects, all of which are saved."""
    for obj in objs:
        if not isinstance(obj, models.Model):
            raise TypeError(f"An event is written for an instance of a model, not for {obj!r}.")
    model: Any = objs[0]._meta.concrete_model
    for obj in objs:
        if obj._meta.concrete_model is not model:
            raise ValueError(
                f"The objects are of different models: {objs[0]._meta.label} and "
                f"{obj._meta.label}. Write the events of each model by a call of its own."
            )
        key = obj.pk if isinstance(obj.pk, tuple) else (obj.pk,)
        if None in key and not obj._state.adding:
            raise ValueError(
                f"The object {obj!r} of {obj._meta.label} has no primary key any more, as after "
                "delete(), so there is no row whose history an event could be part of. Write the "
                "event before the delete, or track deletes (AfterDelete)."
            )
        if obj._state.adding or None in key:
            raise ValueError(
                f"The object {obj!r} of {obj._meta.label} is not saved, so there is no row whose "
                "history an event could be part of. Save it first."
            )
    checked: type[models.Model] = model
    return checked


def _database(objs: list[models.Model]) -> str:
    aliases = sorted({router.db_for_write(type(obj), instance=obj) for obj in objs})
    if len(aliases) > 1:
        raise ValueError(
            f"The objects are of different databases: {', '.join(aliases)}. Name one with using=, "
            "or write the events of each database by a call of its own."
        )
    return aliases[0]


def _load_missing(objs: list[Any], history: History) -> Stored:
    """Load what the objects do not have, in one query for all of them.

    Deferred fields are loaded into the objects, as asking for them would do. An expression stays
    where it is, for the next ``save()``; what the database has in its place is returned.
    """
    tracked: Any = history.tracked_model
    fields = [tracked._meta.get_field(name).attname for name in history.mirrored]
    missing = {id(obj): [name for name in fields if not _is_loaded(obj, name)] for obj in objs}
    names = sorted({name for found in missing.values() for name in found})
    stored: Stored = {}
    incomplete: dict[str, list[Any]] = {}
    for obj in objs:
        if missing[id(obj)]:
            incomplete.setdefault(obj._state.db, []).append(obj)
    for alias, found in incomplete.items():
        rows = tracked._base_manager.using(alias).values_list("pk", *names)
        values = {}
        for start in range(0, len(found), MAX_PARAMETERS):
            keys = [obj.pk for obj in found[start : start + MAX_PARAMETERS]]
            values.update({row[0]: row[1:] for row in rows.filter(pk__in=keys)})
        for obj in found:
            if obj.pk not in values:
                raise ValueError(
                    f"The object {obj!r} of {obj._meta.label} is not in the database {alias!r} any "
                    f"more, so its fields {', '.join(missing[id(obj)])} cannot be loaded."
                )
            loaded = dict(zip(names, values[obj.pk], strict=True))
            for name in missing[id(obj)]:
                if name in obj.__dict__:
                    stored.setdefault(id(obj), {})[name] = loaded[name]
                else:
                    setattr(obj, name, loaded[name])
    return stored


def _is_loaded(obj: Any, name: str) -> bool:
    return name in obj.__dict__ and not hasattr(obj.__dict__[name], "resolve_expression")


class _Insert:
    """The statement that writes events of one label."""

    def __init__(
        self, history: History, alias: str, label: str, moment: datetime | None, stored: Stored
    ) -> None:
        self.model = history.model
        self.alias = alias
        self.connection: Any = connections[alias]
        self.history = history
        self.stored = stored
        options: Any = self.model._meta
        tracked: Any = history.tracked_model
        self.fixed: list[tuple[Any, Any]] = [(options.get_field(event_fields.LABEL), label)]
        self.expressions: list[tuple[Any, str]] = []
        created_at = options.get_field(event_fields.CREATED_AT)
        if moment is None:
            self.expressions.append((created_at, "clock_timestamp()"))
        else:
            self.fixed.append((created_at, moment))
        self.expressions += self._context()
        self.copied: list[tuple[Any, str]] = [
            (options.get_field(name), tracked._meta.get_field(name).attname)
            for name in history.mirrored
        ]
        if history.obj is not None:
            self.copied.append((options.get_field(history.obj), "pk"))

    def run(self, objs: list[Any]) -> list[Any]:
        """Write the events of the objects, and return them."""
        size = MAX_PARAMETERS // (len(self.fixed) + len(self.copied))
        if len(objs) <= size:
            return self._write(objs)
        with transaction.atomic(using=self.alias):
            return [
                event
                for start in range(0, len(objs), size)
                for event in self._write(objs[start : start + size])
            ]

    def _write(self, objs: list[Any]) -> list[Any]:
        rows = [list(self._row(obj)) for obj in objs]
        values = ",\n".join(f"({', '.join(cell for cell, _ in row)})" for row in rows)
        parameters = [item for row in rows for _, found in row for item in found]
        fields = [field for field, _ in [*self.fixed, *self.copied, *self.expressions]]
        statement = (
            f"INSERT INTO {self._quoted(self.model._meta.db_table)} "
            f"({', '.join(self._quoted(field.column) for field in fields)})\n"
            f"VALUES {values}\nRETURNING {', '.join(self._returned())}"
        )
        manager = self.model._base_manager.db_manager(self.alias)
        events = list(manager.raw(statement, parameters))
        for event in events:
            vars(event).pop(_RECORDED, None)
        return events

    def _row(self, obj: Any) -> Iterator[tuple[str, list[Any]]]:
        """Yield the cells of an event: SQL and its parameters."""
        for field, value in self.fixed:
            yield self._cell(field, value)
        stored = self.stored.get(id(obj), {})
        for field, name in self.copied:
            yield self._cell(field, stored[name] if name in stored else getattr(obj, name))
        for _, text in self.expressions:
            yield text, []

    def _cell(self, field: Any, value: Any) -> tuple[str, list[Any]]:
        if not any(hasattr(field, name) for name in _PLACEHOLDERS):
            prepared = field.get_db_prep_save(value, self.connection)
            if not hasattr(prepared, "as_sql"):
                return "%s", [prepared]
        query = models.sql.Query(self.model)
        expression = models.Value(value, output_field=field)
        compiler = query.get_compiler(connection=self.connection)
        text, parameters = compiler.compile(expression.resolve_expression(query, for_save=True))
        return text, list(parameters)

    def _context(self) -> Iterator[tuple[Any, str]]:
        field = self.model._meta.get_field
        if self.history.context == "foreign_key":
            yield field(event_fields.CONTEXT), _SETTING.format(name="context_id", type="uuid")
        elif self.history.context == "json":
            text = _SETTING.format(name="context_metadata", type="jsonb")
            yield field(event_fields.CONTEXT), text
            if self.history.context_id is not None:
                text = _SETTING.format(name="context_id", type="uuid")
                yield field(self.history.context_id), text

    def _returned(self) -> Iterator[str]:
        options: Any = self.model._meta
        for field in options.local_concrete_fields:
            # Under the name by which Django finds the field, quotes and all.
            name = identifier(field.column).replace("%", "%%")
            yield f"{self._quoted(field.column)} AS {name}"
        if self.history.context == "foreign_key":
            yield (
                "CASE WHEN current_setting('pghistory_ops.context_pending', true) <> '' "
                f"THEN {RECORD_CONTEXT}() END AS {_RECORDED}"
            )

    def _quoted(self, name: str) -> str:
        return str(self.connection.ops.quote_name(name)).replace("%", "%%")
