"""The query of a queryset of events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models.sql.where import AND

from pghistory_ops import fields as event_fields
from pghistory_ops.history import History
from pghistory_ops.queries.derived import DerivedQuery
from pghistory_ops.queries.newest import IsStateAt, StateLabels
from pghistory_ops.queries.subjects import IsOf, Subjects, identity_fields


class EventQuery(DerivedQuery):
    """A query for events, the oldest first."""

    default_order = (event_fields.ID,)

    def narrow(self, history: History, subjects: Subjects) -> None:
        """Leave the events of some objects.

        What says whose an event is are columns of its table: there is no name to resolve and no
        join to make, so the condition is put where ``filter`` would put it.
        """
        self.where.add(IsOf(history, subjects, self._columns(identity_fields(history))), AND)
        self.subjects = subjects

    def leave_states(self, history: History, moment: datetime, labels: StateLabels) -> None:
        """Leave the events that hold the objects as they were at a moment, in the same way."""
        fields = map(history.model._meta.get_field, (event_fields.ID, event_fields.LABEL))
        columns = self._columns(fields)
        self.where.add(IsStateAt(history, moment, labels, self.subjects, columns), AND)

    def _columns(self, fields: Iterable[Any]) -> list[Any]:
        table = self.get_initial_alias()
        return [field.get_col(table) for field in fields]
