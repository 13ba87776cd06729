"""What Django's ``AlterField`` does to a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.migrations.state import ProjectState

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
