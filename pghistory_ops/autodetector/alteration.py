"""What Django's ``AlterField`` does to a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

from pghistory_ops import fields as event_fields
from pghistory_ops.values import column_type

# A field with the state and the label of the model that it belongs to.
Typed = tuple[ProjectState, str, Any]


def retyped(old: Typed, new: Typed) -> bool:
    """Return whether a field's column is of another type now."""
    return column_type(*old) != column_type(*new)


@dataclass(frozen=True)
class Alteration:
    """An altered field.

    Attributes:
        name: The name that it has now; Django renames a field before it alters it.
        old, new: The field before and after.
    """

    name: str
    old: Typed
    new: Typed

    @property
    def renames(self) -> bool:
        """Whether the column gets another name."""
        old, new = (event_fields.column_name(item[2], self.name) for item in (self.old, self.new))
        return bool(old != new)

    @property
    def retypes(self) -> bool:
        """Whether the column gets another type."""
        return retyped(self.old, self.new)

    @property
    def fills(self) -> bool:
        """Whether rows are written: those with NULL, which the field takes no more.

        See ``BaseDatabaseSchemaEditor._alter_field``.
        """
        return bool(self.old[2].null and not self.new[2].null)

    @property
    def fills_back(self) -> bool:
        """Whether rows are written on the way back."""
        old, new = self.old[2], self.new[2]
        return bool(not old.null and new.null and (old.has_default() or old.has_db_default()))

    def interim(self, preserve_default: bool) -> Any:
        """Return the new field as one that still takes NULL, so that no row is written."""
        field = self.new[2].clone()
        field.null = True
        if not preserve_default:  # the default is for the rows that are written
            field.default = NOT_PROVIDED
        return field

    def only_fills(self, interim: Any) -> bool:
        """Return whether the interim field is the old one, but for its default."""
        old, new = (_without_default(self.name, item) for item in (self.old[2], interim))
        return bool(old == new)


def _without_default(name: str, field: Any) -> Any:
    copy = field.clone()
    copy.default = NOT_PROVIDED
    copy.set_attributes_from_name(name)
    return copy.deconstruct()[1:]
