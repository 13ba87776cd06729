"""The objects of whose events a question is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models.expressions import F, Func, Subquery

from pghistory_ops.history import History

_BOOLEAN = models.BooleanField()


@dataclass(frozen=True)
class Subjects:
    """Objects by their keys: values, or a queryset of them.

    Attributes:
        keys: The objects' keys, each a tuple; None where a queryset says them.
        queryset: The queryset of the keys, perhaps sliced.
    """

    keys: tuple[tuple[Any, ...], ...] | None
    queryset: models.QuerySet[Any, Any] | None = None

    @property
    def is_one(self) -> bool:
        """Whether it is known that they are one object."""
        return self.keys is not None and len(self.keys) == 1

    def as_sql(
        self, columns: Sequence[str], fields: Sequence[Any], compiler: Any, connection: Any
    ) -> tuple[str, list[Any]]:
        """Return the condition that some columns are the key of one of the objects.

        Args:
            columns: The columns, quoted.
            fields: Their fields, which prepare the values.
            compiler: The compiler of the query.
            connection: The connection.

        Raises:
            EmptyResultSet: There are no objects, and the query may be left out.
        """
        try:
            return self._condition(columns, fields, compiler, connection)
        except EmptyResultSet:
            if compiler.elide_empty:
                raise
            return "false", []  # in the place of a table, too, where Django does not look for it

    def _condition(
        self, columns: Sequence[str], fields: Sequence[Any], compiler: Any, connection: Any
    ) -> tuple[str, list[Any]]:
        left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
        if self.queryset is not None:
            text, params = compiler.compile(Subquery(self.queryset))
            return f"{left} IN {text}", list(params)
        if not self.keys:
            raise EmptyResultSet
        row = "%s" if len(columns) == 1 else f"({', '.join(['%s'] * len(columns))})"
        params = [
            field.get_db_prep_save(value, connection)
            for key in self.keys
            for field, value in zip(fields, key, strict=True)
        ]
        if self.is_one:
            return f"{left} = {row}", params
        return f"{left} IN ({', '.join([row] * len(self.keys))})", params


def subjects_of(history: History, given: Any) -> Subjects:
    """Return the objects ``given``: one, several, or a queryset of them.

    Raises:
        TypeError: They are not objects of the tracked model.
        ValueError: An object has no key, or the events do not say whose they are.
    """
    tracked = history.tracked_model
    if tracked is None:
        raise ValueError(
            f"The model {history.tracks} that {history.label} tracks is gone, so it has no "
            "objects. Filter its events by their fields."
        )
    if not history.identity:
        raise ValueError(
            f"The events of {history.label} do not say whose they are: there is neither pgh_obj "
            f"nor a copy of the key ({', '.join(history.key)}). Filter them by their fields."
        )
    if isinstance(given, models.QuerySet):
        if not is_of(given.model, tracked):
            raise TypeError(_mistaken(history, given.model))
        return Subjects(None, given.values(*history.key))
    objects = [given] if isinstance(given, models.Model) else given
    if not isinstance(objects, Iterable):
        raise TypeError(_mistaken(history, given))
    return Subjects(tuple(key_of(history, tracked, item) for item in objects))


def is_of(model: Any, tracked: type[models.Model]) -> bool:
    """Return whether objects of ``model`` are rows of the table of ``tracked``.

    A historical class of a migration stands for the same table as the live one.
    """
    concrete: Any = model._meta.concrete_model
    known = (concrete, *concrete._meta.all_parents)
    return any(item._meta.label_lower == tracked._meta.label_lower for item in known)


def key_of(history: History, tracked: type[models.Model], item: Any) -> tuple[Any, ...]:
    """Return the key of an object."""
    if not isinstance(item, models.Model) or not is_of(type(item), tracked):
        raise TypeError(_mistaken(history, item))
    key = tuple(value_of(item, field) for field in tracked._meta.pk_fields)
    if None in key:
        raise without_key(item, tracked, "events", "it has no events")
    return key


def without_key(
    item: models.Model, model: type[models.Model], asked: str, consequence: str
) -> ValueError:
    """Return the error that an object has no primary key.

    Args:
        item: The object.
        model: The model whose key it is.
        asked: The name of what was asked: ``"events"``.
        consequence: What follows for an object that is not saved.
    """
    label = model._meta.label
    if item._state.adding:
        return ValueError(f"The {label} has no primary key yet, so {consequence}. Save it first.")
    return ValueError(
        f"The {label} has no primary key any more, as after delete(), which leaves its events "
        f"where they are. Keep the key, and ask {asked}({model.__name__}(pk=…))."
    )


def value_of(item: Any, field: Any) -> Any:
    """Return the value of a field of an object, or of a parent's field.

    An object that was made with nothing but its key does not know that it is its parents' key too.
    """
    value = getattr(item, field.attname)
    if value is None and field.primary_key and field.model in item._meta.all_parents:
        return item.pk
    return value


def _mistaken(history: History, given: Any) -> str:
    shown = getattr(given, "_meta").label if isinstance(given, type) else repr(given)  # noqa: B009
    return (
        f"The events of {history.label} are those of {history.tracks}, and {shown} is no such "
        "object. Give an object of it, several, or a queryset."
    )


def identity_fields(history: History) -> list[Any]:
    """Return the event model's fields that say whose event it is."""
    return [history.model._meta.get_field(name) for name in history.identity]


class IsOf(Func):
    """The condition that an event is of one of some objects.

    Args:
        history: The history that the event belongs to.
        subjects: The objects.
        columns: The columns of the event's identity, in a query; None to look for them by name.
    """

    conditional = True

    def __init__(
        self, history: History, subjects: Subjects, columns: Iterable[Any] | None = None
    ) -> None:
        self.history, self.subjects = history, subjects
        found = map(F, history.identity) if columns is None else columns
        super().__init__(*found, output_field=_BOOLEAN)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        columns = [compiler.compile(item)[0] for item in self.source_expressions]
        fields = identity_fields(self.history)
        return self.subjects.as_sql(columns, fields, compiler, connection)
