"""How a tracked field is mirrored in the event model, and the fields that every event has.

The classes here configure fields; they are not fields. They are inert values that a migration
holds: ``obj_field=ObjForeignKey(db_index=False)``.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.fields.related import RECURSIVE_RELATIONSHIP_CONSTANT

__all__ = [
    "ContextForeignKey",
    "ContextJSONField",
    "ContextUUIDField",
    "Field",
    "ForeignKey",
    "ObjForeignKey",
    "RelatedField",
]

CONTEXT_MODEL = "pghistory_ops.Context"
CREATED_AT = "pgh_created_at"
LABEL = "pgh_label"
OBJ = "pgh_obj"
CONTEXT = "pgh_context"
CONTEXT_ID = "pgh_context_id"
ID = "pgh_id"
OWN_FIELDS = (ID, CREATED_AT, LABEL, OBJ, CONTEXT, CONTEXT_ID)


@dataclass(frozen=True, kw_only=True)
class Field:
    """Overrides of a field's options; None leaves the option as it is.

    Args:
        null: Whether the column takes NULL.
        db_index: Whether the column has an index of its own.
        db_column: The column's name.
        db_comment: The column's comment.
        verbose_name: The field's name for people.
    """

    null: bool | None = None
    db_index: bool | None = None
    db_column: str | None = None
    db_comment: str | None = None
    verbose_name: str | None = None

    def overrides(self) -> dict[str, Any]:
        """Return the options that this configuration sets."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """Return what the migration writer needs to write the configuration out."""
        return f"pghistory_ops.fields.{type(self).__name__}", (), self.overrides()


@dataclass(frozen=True, kw_only=True)
class RelatedField(Field):
    """A ``Field`` with a reverse name. Without one there is no reverse accessor (``"+"``).

    Args:
        related_name: The name of the reverse accessor on the related model.
        related_query_name: The name of the reverse filter.
    """

    related_name: str | None = None
    related_query_name: str | None = None


class OneWay(models.ManyToOneRel):
    """The other side of a key that nothing goes by: Django finds no related model behind it.

    All event models refer to the context. Were they related by it, each change of one in a state
    would render all of them again, and all that they track.
    """

    is_relation = False


class OneWayForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key without another side; in migrations it is an ordinary one."""

    rel_class = OneWay

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs


@dataclass(frozen=True, kw_only=True)
class ForeignKey(RelatedField):
    """A ``RelatedField`` that may be enforced.

    Args:
        db_constraint: Whether PostgreSQL enforces the reference. By default it does not: an event
            outlives the rows that it names.
    """

    db_constraint: bool | None = None

    def build(
        self,
        to: str,
        cls: type[models.ForeignKey[Any, Any]] = models.ForeignKey,
        **defaults: Any,
    ) -> models.ForeignKey[Any, Any]:
        """Return the foreign key to ``to``."""
        options: dict[str, Any] = {
            "on_delete": models.DO_NOTHING,
            "db_constraint": False,
            "related_name": "+",
        }
        return cls(to, **(options | defaults | self.overrides()))


@dataclass(frozen=True, kw_only=True)
class ObjForeignKey(ForeignKey):
    """Configures ``pgh_obj``, the reference to the tracked row: indexed, unenforced."""


@dataclass(frozen=True, kw_only=True)
class ContextForeignKey(ForeignKey):
    """Configures ``pgh_context`` as a reference to a row of ``pghistory_ops.Context``.

    The context row is written once per transaction, and only if an event was.
    """

    def field(self) -> models.ForeignKey[Any, Any]:
        """Return the field of the event model."""
        cls = models.ForeignKey if self.related_name else OneWayForeignKey
        return self.build(CONTEXT_MODEL, cls, null=True, db_index=False)


@dataclass(frozen=True, kw_only=True)
class ContextJSONField(Field):
    """Configures ``pgh_context`` as the context's metadata itself, in each event."""

    def field(self) -> models.JSONField[Any, Any]:
        """Return the field of the event model."""
        return models.JSONField(**({"null": True} | self.overrides()))


@dataclass(frozen=True, kw_only=True)
class ContextUUIDField(Field):
    """Configures ``pgh_context_id``, the context's key beside a ``ContextJSONField``."""

    def field(self) -> models.UUIDField[Any, Any]:
        """Return the field of the event model."""
        return models.UUIDField(**({"null": True} | self.overrides()))


def own_fields(
    tracks: str,
    obj_field: ObjForeignKey | None,
    context_field: ContextForeignKey | ContextJSONField | None,
    context_id_field: ContextUUIDField | None,
) -> list[tuple[str, Any]]:
    """Return the fields that an event has of its own, before the copies."""
    columns: list[tuple[str, Any]] = list(_plain_fields())
    if obj_field is not None:
        columns.append((OBJ, obj_field.build(tracks)))
    if context_field is not None:
        columns.append((CONTEXT, context_field.field()))
    if context_id_field is not None:
        columns.append((CONTEXT_ID, context_id_field.field()))
    return columns


@functools.cache
def _plain_fields() -> tuple[tuple[str, Any], ...]:
    """Return those that every event has, the same for all: state replaces fields of its own."""
    return (
        (ID, models.BigAutoField(primary_key=True)),
        (CREATED_AT, models.DateTimeField()),
        (LABEL, models.TextField()),
    )


# Mirroring ---------------------------------------------------------------------------------------

# What the tracked row must satisfy, and what fills it in, is no business of a copy of the row.
_DROPPED = (
    "auto_created",
    "auto_now",
    "auto_now_add",
    "db_default",
    "db_index",
    "db_tablespace",
    "default",
    "editable",
    "error_messages",
    "help_text",
    "limit_choices_to",
    "parent_link",
    "primary_key",
    "serialize",
    "unique",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "validators",
)
_FORBIDDEN = ("primary_key", "_unique", "auto_now", "auto_now_add")

# Automatic keys become plain integers. The positive integers lose their CHECK constraint, which
# events from before a change of the tracked field need not satisfy.
_PLAIN = {
    models.SmallAutoField: models.SmallIntegerField,
    models.BigAutoField: models.BigIntegerField,
    models.AutoField: models.IntegerField,
    models.PositiveSmallIntegerField: models.SmallIntegerField,
    models.PositiveIntegerField: models.IntegerField,
    models.PositiveBigIntegerField: models.BigIntegerField,
}


def is_mirrored(field: models.Field[Any, Any]) -> bool:
    """Return whether ``field`` has one column in its model's own table."""
    return not field.many_to_many and column_name(field, "name") is not None


class Identity:
    """A key for what is known of objects themselves: fields are equal that are not the same.

    It holds on to them, so that no other object takes the place of one in memory.
    """

    __slots__ = ("ids", "objects")

    def __init__(self, *objects: Any) -> None:
        self.objects = objects
        self.ids = tuple(map(id, objects))

    def __hash__(self) -> int:
        return hash(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.ids == other.ids


def column_name(field: models.Field[Any, Any], name: str) -> Any:
    """Return the column of ``field``, called ``name``; None if it has none.

    A replay of the migrations asks for it again and again. State replaces fields and does not
    change their columns.
    """
    if is_plain(field):
        return field.db_column or name
    return _column_name(Identity(field), name)


def is_plain(field: Any) -> bool:
    """Return whether the class of ``field`` is one of Django's for a simple value.

    Their columns follow from a few options, which makes short work of most questions.
    """
    return type(field).__module__ == models.Field.__module__


@functools.lru_cache(maxsize=2**16)
def _column_name(identity: Identity, name: str) -> Any:
    (field,) = identity.objects
    return bound(field, name).column


def bound(field: models.Field[Any, Any], name: str) -> Any:
    """Return a shallow copy of ``field`` that knows its name, attribute name and column.

    Replaying migrations asks for it many times, and Django's ``clone()`` makes a field anew.
    """
    result: Any = copy.copy(field)
    result.name = None
    result.set_attributes_from_name(name)
    return result


def mirror(name: str, field: Any, model: str) -> models.Field[Any, Any]:
    """Return the event model's copy of the field ``field``, called ``name``, of ``model``.

    It takes every value that the tracked field takes, and its class is kept where it can be.
    ``model`` is a label, ``"shop.Order"``; relations are resolved from there.

    Raises:
        ValueError: No plain copy of the field can be made.
    """
    if field.generated:
        if not field.db_persist:
            raise ValueError(
                f"The field {name!r} is a virtual generated column, which PostgreSQL does not "
                "compute for triggers. Leave it out with exclude=[...], or make it "
                "db_persist=True."
            )
        generated: models.Field[Any, Any] = field.output_field.clone()
        generated.db_column = field.db_column
        generated.null = True
        return mirror(name, generated, model)
    _, _, args, kwargs = field.deconstruct()
    kwargs = {key: value for key, value in kwargs.items() if key not in _DROPPED}
    if field.auto_created:
        kwargs.pop("verbose_name", None)  # Django's own, for a key
    if isinstance(field, models.ForeignKey):
        key: models.Field[Any, Any] = _mirror_foreign_key(field, args, kwargs, model)
        return key
    for automatic, plain in _PLAIN.items():
        if type(field) is automatic or (
            isinstance(field, automatic) and issubclass(automatic, models.AutoField)
        ):
            replaced: models.Field[Any, Any] = plain(*args, **kwargs)
            return replaced
    if field.db_index:  # some classes, such as SlugField, are indexed unless told otherwise
        kwargs["db_index"] = False
    return _rebuilt(name, field, args, kwargs)


def _mirror_foreign_key(field: Any, args: Any, kwargs: dict[str, Any], model: str) -> Any:
    kwargs |= {
        "on_delete": models.DO_NOTHING,
        "db_constraint": False,
        "related_name": "+",
    }
    kwargs.pop("related_query_name", None)
    target = kwargs["to"]
    if target == RECURSIVE_RELATIONSHIP_CONSTANT:
        kwargs["to"] = model
    elif "." not in target:
        kwargs["to"] = f"{model.partition('.')[0]}.{target}"
    if not field.db_index:
        kwargs["db_index"] = False
    cls: Any = models.ForeignKey if isinstance(field, models.OneToOneField) else type(field)
    result: Any = cls(*args, **kwargs)
    # A swappable target is written as settings.AUTH_USER_MODEL, as Django does.
    result.swappable = field.swappable
    return result


def _rebuilt(
    name: str, field: models.Field[Any, Any], args: Any, kwargs: dict[str, Any]
) -> models.Field[Any, Any]:
    cls: Any = type(field)
    result = cls(*args, **kwargs)
    if (stubborn := _stubborn(result)) and (base := _plain_base(cls)):
        # The class sets the option by itself, and there is no more to it than to its base.
        result = base(*args, **kwargs)
        stubborn = _stubborn(result)
    if stubborn:
        raise ValueError(
            f"The field {name!r} ({cls.__name__}) is always {stubborn}, which an event's copy must "
            "not be. Leave it out with exclude=[...], or give its plain column in columns=[...]."
        )
    plain: models.Field[Any, Any] = result
    return plain


def _stubborn(field: Any) -> str | None:
    """Return an option that ``field`` has although it was left out."""
    found = (item for item in _FORBIDDEN if getattr(field, item, False))
    return next(found, "").lstrip("_") or None


def _plain_base(cls: Any) -> Any:
    """Return the Django class that stores values as ``cls`` does, or None."""
    base = next(item for item in cls.__mro__ if item.__module__.startswith("django."))
    same = all(
        getattr(cls, method, None) is getattr(base, method, None)
        for method in ("db_type", "rel_db_type", "get_internal_type", "from_db_value")
    )
    return base if same else None
