"""The query of a queryset of events."""

from __future__ import annotations

from django.db.models.sql.where import AND

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.derived import DerivedQuery
from pghistory_ops.queries.subjects import IsOf, Subjects, identity_fields


class EventQuery(DerivedQuery):
    """A query for events, the oldest first."""

    default_order = (event_fields.ID,)

    def narrow(self, history: History, subjects: Subjects) -> None:
        """Leave the events of some objects.

        What says whose an event is are columns of its table: there is no name to resolve and no
        join to make, so the condition is put where ``filter`` would put it.
        """
        table = self.get_initial_alias()
        columns = [field.get_col(table) for field in identity_fields(history)]
        self.where.add(IsOf(history, subjects, columns), AND)
        self.subjects = subjects
