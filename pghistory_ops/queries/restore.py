"""Bringing a row back as an event has it: ``revert``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, overload

from django.db import DataError, connections, models, transaction

from pghistory_ops.history import History
from pghistory_ops.queries.compared import quoted
from pghistory_ops.queries.event_queryset import EventQuerySet
from pghistory_ops.queries.subjects import identity_fields
from pghistory_ops.registry.event_models import event_model, event_models, history_of

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


_WIDTH = re.compile(r"\(.*?\)")
# What a text can be assigned to as it is.
_TEXT = re.compile(r"(text|citext|name|bpchar|(var)?char|character( varying)?)(\(\d+\))?")


class CannotRevert(ValueError):
    """An event cannot be brought back."""


class _Key(Protocol[T]):
    """An explicit class of events, whose reference says what it tracks: as pyright sees it."""

    pgh_obj: models.ForeignKey[Any, T | None]


class _Obj(Protocol[T_co]):
    """The same, as mypy sees it, which asks the key for its value."""

    @property
    def pgh_obj(self) -> T_co | None: ...


@overload
def revert(event: _Key[T], *, using: str | None = None) -> T: ...
@overload
def revert(event: _Obj[T_co], *, using: str | None = None) -> T_co: ...
@overload
def revert(event: models.Model, *, using: str | None = None) -> Any: ...
def revert(event: Any, *, using: str | None = None) -> Any:
    """Bring a tracked row back as an event has it.

    The row is updated, or inserted again if it is gone, by a plain statement that copies the values
    from the event table: every column, also of fields with ``auto_now``, as it was. Columns that
    the database generates are its own. ``save()`` is not called, no signal is sent, and no sequence
    advances. The trackers record it as they record every write, in one event where there is a
    ``Snapshot``.

    It is one transaction, in which the row is locked first. Of the child of a model (multi-table
    inheritance), the parents' rows are brought back too, as they were at that time, where they are
    tracked. Other rows are left alone: reverting an order does not revert its lines.

    Args:
        event: An event, or a row of ``Events``, which stands for one.
        using: The database, if the event does not say it.

    Returns:
        The tracked object, as it is now.

    Raises:
        CannotRevert: A field is not in the event, a row that it refers to is gone, the tracked
            model is gone, or the event is of another database or not stored. It is a ValueError.
        UnknownEventModel: It is an object of another model.
        TypeError: It is no object at all.
        IntegrityError: A constraint of the table refuses the row, such as a unique value that
            another row has by now.

    Example::

        event = pgh.events(order).as_of(yesterday).get()
        order = pgh.revert(event)
    """
    given, alias = _event_of(event, using)
    with transaction.atomic(using=alias):
        steps = _steps(_stored(given, alias), alias)
        for step in steps:
            step.check()
        for step in steps:
            step.run()
    return steps[-1].tracked._base_manager.using(alias).get(pk=steps[-1].key)


def can_revert(event: models.Model, *, using: str | None = None) -> bool:
    """Return whether ``revert`` would bring the row back, as far as can be told beforehand.

    A constraint of the table may still refuse the row.

    Args:
        event: An event, or a row of ``Events``.
        using: The database, if the event does not say it.
    """
    try:
        given, alias = _event_of(event, using)
        for step in _steps(_stored(given, alias), alias):
            step.check()
    except CannotRevert:
        return False
    return True


@dataclass(frozen=True)
class _Step:
    """The restoring of one row of one table.

    Attributes:
        history: The history that the event belongs to.
        tracked: The tracked model.
        event: The event.
        alias: The database.
    """

    history: History
    tracked: Any
    event: Any
    alias: str

    @property
    def key(self) -> Any:
        """The primary key of the row."""
        fields = identity_fields(self.history)
        values = tuple(getattr(self.event, field.attname) for field in fields)
        return values[0] if len(values) == 1 else values

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the tracked table with those of the event table that are copied."""
        found = {}
        for field in self.tracked._meta.local_concrete_fields:
            if field.generated:
                continue
            found[field.column] = self.copy_of(field).column
        return found

    def value_of(self, field: Any) -> str:
        """Return what a column of the event ``e`` holds, as the tracked column takes it."""
        column = quoted(connections[self.alias], self.copy_of(field).column)
        return f"e.{column}{self.cast_of(field)}"

    def cast_of(self, field: Any) -> str:
        """Return the cast to the type that a column has now, where the event has a text.

        It has no width: a cast to one cuts off what is longer, which an assignment refuses (manual,
        8.3 "Character Types").
        """
        connection = connections[self.alias]
        held, wanted = (item.db_type(connection) for item in (self.copy_of(field), field))
        if not _TEXT.fullmatch(held) or _TEXT.fullmatch(wanted):
            return ""
        kind = _WIDTH.sub("", wanted)
        return f"::{'bit varying' if kind == 'bit' else kind}"

    def check_values(self) -> None:
        """Check that the tracked columns take the values, whose types may be others now.

        Raises:
            CannotRevert: One does not.
        """
        connection = connections[self.alias]
        options: Any = self.history.model._meta
        table, key = (quoted(connection, name) for name in (options.db_table, options.pk.column))
        for field in self.tracked._meta.local_concrete_fields:
            if field.generated or not self.cast_of(field):
                continue
            try:
                with transaction.atomic(using=self.alias), connection.cursor() as cursor:
                    cursor.execute(
                        f"SELECT {self.value_of(field)} FROM {table} AS e WHERE e.{key} = %s",
                        [self.event.pk],
                    )
            except DataError as error:
                held = getattr(self.event, self.copy_of(field).attname)
                raise CannotRevert(
                    f"{_shown(self.event)} has {held!r} in the field {field.name!r}, which was a "
                    f"text then. Its type is {field.db_type(connection)} now, and does not take "
                    "that. Restore the row by hand: events(…).as_instances()."
                ) from error

    @property
    def unknown(self) -> Iterator[str]:
        """The fields that take no NULL, where the event has one.

        The database is asked: it may have a value that is None in Python, such as JSON's ``null``.
        """
        fields = [
            field
            for field in self.tracked._meta.local_concrete_fields
            if not (field.generated or field.null) and self.copy_of(field).null
        ]
        if not fields:
            return
        connection = connections[self.alias]
        quote = functools.partial(quoted, connection)
        options: Any = self.history.model._meta
        missing = ", ".join(f"num_nulls({quote(self.copy_of(field).column)})" for field in fields)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {missing} FROM {quote(options.db_table)} "
                f"WHERE {quote(options.pk.column)} = %s",
                [self.event.pk],
            )
            row = cursor.fetchone() or ()
        yield from (field.name for field, nulls in zip(fields, row, strict=False) if nulls)

    def copy_of(self, field: Any) -> Any:
        """Return the event model's copy of a field.

        Raises:
            CannotRevert: There is none.
        """
        history = self.history
        if field.name in history.mirrored:
            return history.model._meta.get_field(field.name)
        if field.primary_key and history.obj is not None:
            return history.model._meta.get_field(history.obj)
        raise CannotRevert(
            f"The events of {history.label} do not have the field {field.name!r} of "
            f"{self.tracked._meta.label}, so the row cannot be brought back. Mirror it: see the "
            "fields and exclude of the event model."
        )

    def check(self) -> None:
        """Check that the event has all that the row needs.

        Raises:
            CannotRevert: It has not.
        """
        columns = self.columns
        self.check_values()
        for name in self.unknown:
            raise CannotRevert(
                f"{_shown(self.event)} does not know the field {name!r}, which was added to the "
                "tracked model later. Restore the row by hand: events(…).as_instances()."
            )
        for field in self.tracked._meta.local_concrete_fields:
            if not field.is_relation or field.column not in columns:
                continue
            if field.remote_field.parent_link:
                continue
            value = getattr(self.event, self.copy_of(field).attname)
            target: Any = field.related_model
            itself = target._meta.concrete_model is self.tracked and value == self.key
            if value is None or itself:
                continue
            rows = target._base_manager.using(self.alias)
            if not rows.filter(**{field.target_field.name: value}).exists():
                raise CannotRevert(
                    f"{_shown(self.event)} refers by {field.name!r} to the {target._meta.label} "
                    f"{value!r}, which is gone. Bring that back first."
                )

    def run(self) -> None:
        """Update the row, or insert it."""
        connection = connections[self.alias]
        quote = functools.partial(quoted, connection)
        columns = self.columns
        values = {
            field.column: self.value_of(field)
            for field in self.tracked._meta.local_concrete_fields
            if field.column in columns
        }
        options: Any = self.history.model._meta
        table, events = quote(self.tracked._meta.db_table), quote(options.db_table)
        event = f"e.{quote(options.pk.column)} = %s"
        keys = [field.column for field in self.tracked._meta.pk_fields]
        same = " AND ".join(f"t.{quote(key)} = e.{quote(columns[key])}" for key in keys)
        rest = {own: value for own, value in values.items() if own not in keys}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} AS t, {events} AS e WHERE {event} AND {same} "
                "FOR UPDATE OF t",
                [self.event.pk],
            )
            if cursor.fetchone() is None:
                names = ", ".join(map(quote, values))
                selected = ", ".join(values.values())
                statement = (
                    f"INSERT INTO {table} ({names}) SELECT {selected} FROM {events} AS e "
                    f"WHERE {event}"
                )
            elif rest:
                changes = ", ".join(f"{quote(own)} = {value}" for own, value in rest.items())
                statement = (
                    f"UPDATE {table} AS t SET {changes} FROM {events} AS e WHERE {event} AND {same}"
                )
            else:
                return  # there is nothing but the key
            cursor.execute(statement, [self.event.pk])
            if cursor.rowcount != 1:
                raise _gone(self.event, self.alias)


def _steps(event: Any, alias: str) -> list[_Step]:
    """Return the restoring of the rows, those of parents first."""
    history = history_of(event)
    tracked: Any = history.tracked_model
    if tracked is None:
        raise CannotRevert(
            f"The model {history.tracks} that {history.label} tracks is gone, and its table too."
        )
    if not history.identity:
        raise CannotRevert(
            f"The events of {history.label} do not say whose they are: they have neither pgh_obj "
            "nor a copy of the key."
        )
    step = _Step(history, tracked, event, alias)
    return [*_parents(step), step]


def _parents(step: _Step) -> list[_Step]:
    """Return the restoring of the parents' rows, as far as they are tracked."""
    event, alias = step.event, step.alias
    found = []
    for parent, link in step.tracked._meta.parents.items():
        if link not in step.tracked._meta.local_fields:
            continue  # a parent of the parent
        key = getattr(event, step.copy_of(link).attname)
        then = _then(parent, key, event, alias)
        if then is not None:
            found += _steps(then, alias)
        elif not parent._base_manager.using(alias).filter(pk=key).exists():
            raise CannotRevert(
                f"The {parent._meta.label} {key!r}, of which {_shown(event)} is a part, is gone, "
                "and no event says how it was then. Bring that row back first."
            )
    return found


def _then(parent: Any, key: Any, event: Any, alias: str) -> Any:
    """Return the event with the state of a parent's row when ``event`` was written."""
    for model in event_models(tracks=parent):
        events = EventQuerySet(model, using=alias).for_objects(parent(pk=key))
        try:
            then = events.as_of(event.pgh_created_at).first()
        except ValueError as error:
            raise CannotRevert(f"{_shown(event)} has a parent: {error}") from error
        if then is not None:
            return then
    return None


def _event_of(given: Any, using: str | None) -> tuple[Any, str]:
    """Return an event, perhaps with nothing but its key, and its database."""
    if not isinstance(given, models.Model):
        raise TypeError(f"What is brought back is an event, not {given!r}.")
    own: str | None = given._state.db
    row: Any = given
    if hasattr(given, "pgh_slug"):
        event: Any = event_model(row.pgh_model)(pk=row.pgh_id)
    else:
        history_of(given)
        event = given
    if own is None and using is None:
        raise CannotRevert(f"{_shown(event)} is of no database. Say which with using=….")
    if own is not None and using is not None and own != using:
        raise CannotRevert(
            f"{_shown(event)} is of the database {own!r}, and its row of that one too, not of "
            f"{using!r}."
        )
    return event, using or own or ""


def _stored(event: Any, alias: str) -> Any:
    """Return an event as it is stored, whatever was done to the object since."""
    stored = type(event)._base_manager.using(alias).filter(pk=event.pk).first()
    if stored is None:
        raise _gone(event, alias)
    return stored


def _gone(event: Any, alias: str) -> CannotRevert:
    return CannotRevert(
        f"{_shown(event)} is not in the database {alias!r}, so there is nothing to copy the row "
        "from."
    )


def _shown(event: Any) -> str:
    return f"The event {event._meta.label} {event.pk}"
