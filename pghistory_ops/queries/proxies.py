"""Values out of the JSON of ``Events`` as fields of their own: ``ProxyField``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

SOURCES = ("pgh_context", "pgh_data", "pgh_diff")


class ProxyField:
    """A value out of a JSON column of ``Events``, as a field of its own.

    What does not look like a number or a UUID, where the field is one, is None: metadata may say
    anything. Any other value that is no value of the field's type is an error of the database.

    Args:
        path: The column and the keys that lead to the value, joined with ``__``:
            ``"pgh_context__metadata__user"``, ``"pgh_data__status"``.
        field: The field. A foreign key can be joined; a row that is gone is no error.

    Raises:
        ValueError: The path leads nowhere.
        TypeError: The field is none that has a column.
    """

    def __init__(self, path: str, field: models.Field[Any, Any]) -> None:
        if not _has_a_column(field):
            raise TypeError(
                f"The field of a ProxyField is {field!r}. Give one that has a column, such as "
                "models.TextField() or models.ForeignKey(…)."
            )
        source, *keys = path.split("__")
        if source not in SOURCES or not all(keys) or not keys:
            raise ValueError(
                f"The path {path!r} of a ProxyField does not lead into one of "
                f"{', '.join(SOURCES)}. Write pgh_context__metadata__user."
            )
        self.source, self.keys, self.field = source, tuple(keys), field

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: object) -> Any: ...

    def model_field(self) -> models.Field[Any, Any]:
        """Return the field of the rows: it takes None, and leaves no trace on a related model."""
        if not isinstance(self.field, models.ForeignKey):
            plain = self.field.clone()
            plain.null = True
            return plain
        _, _, args, kwargs = self.field.deconstruct()
        if isinstance(kwargs["to"], str):
            kwargs["to"] = apps.get_model(kwargs["to"])
        kwargs |= {
            "on_delete": models.DO_NOTHING,
            "db_constraint": False,
            "null": True,
            "related_name": "+",
        }
        kwargs.pop("related_query_name", None)
        key: models.Field[Any, Any] = models.ForeignKey(*args, **kwargs)
        return key


def _has_a_column(field: Any) -> bool:
    if isinstance(field, models.ForeignObject):
        return isinstance(field, models.ForeignKey)
    without = (models.ManyToManyField, models.CompositePrimaryKey)
    return isinstance(field, models.Field) and not isinstance(field, without)
