"""Asking questions of history: ``EventQuerySet``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from django.db import NotSupportedError, models

from pghistory_ops import fields as event_fields
from pghistory_ops.contexts.metadata import encode, joined
from pghistory_ops.history import History
from pghistory_ops.queries.arguments import labels_of, moment_of
from pghistory_ops.queries.changes import Changes
from pghistory_ops.queries.event_query import EventQuery
from pghistory_ops.queries.instances import Instances
from pghistory_ops.queries.kinds import kinds_of
from pghistory_ops.queries.newest import StateLabels, newest_of
from pghistory_ops.queries.partners import Windows
from pghistory_ops.queries.sliced import SliceableQuerySet
from pghistory_ops.queries.subjects import subjects_of
from pghistory_ops.registry.event_models import history_of

E = TypeVar("E", bound=models.Model)

CHANGES = "pgh_changes"


class EventQuerySet(SliceableQuerySet[E], Generic[E]):
    """Events: an ordinary queryset, with the questions that one asks of history.

    **Order.** Unless told otherwise, events are in the order of ``pgh_id``. It is total, and of the
    events of one object it is the order of their effects: the key is drawn when the effect takes
    place, while the row is locked. ``pgh_created_at`` is not: clocks are set back, two events may
    have one moment, and an event that was added by hand may be given any. As Django does with
    ``Meta.ordering``, groups and ``distinct()`` over other columns are without it.
    """

    query: EventQuery

    def __init__(
        self,
        model: type[E] | None = None,
        query: Any = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(model, query or EventQuery(model), using, hints)

    @property
    def history(self) -> History:
        """The history that the events belong to."""
        return history_of(self.model)

    # Which events ------------------------------------------------------------------------------

    def for_objects(self, objects: models.Model | Iterable[models.Model]) -> Self:
        """Return the events of some objects.

        Args:
            objects: An object of the tracked model, several, or a queryset of them, which becomes
                a subquery and may be sliced.

        Raises:
            TypeError: They are not of the tracked model.
            ValueError: An object has no primary key, or the events do not say whose they are.

        Example::

            pgh.events(Order).for_objects(customer.orders.all())
        """
        if isinstance(objects, models.QuerySet) and alias_of(objects) not in (None, self.db):
            raise ValueError(
                f"The objects are of the database {objects.db!r}, and the events of {self.db!r}. "
                "Ask for both with the same using()."
            )
        found = self._narrowable()
        history = self.history
        found.query.narrow(history, subjects_of(history, objects))
        return found

    def _narrowable(self) -> Self:
        """Return a copy to whose query a condition may be added."""
        if self.query.is_sliced:
            raise TypeError("Cannot filter a query once a slice has been taken.")
        return self.filter()

    def labeled(self, *labels: str) -> Self:
        """Return the events under some labels.

        Raises:
            ValueError: No tracker has the label. The events of a tracker that was removed are still
                there: ``filter(pgh_label=…)``.

        Example::

            pgh.events(order).labeled("order.paid")
        """
        known = self.history.labels
        for label in labels:
            if label not in known:
                raise ValueError(
                    f"No tracker of {self.history.label} has the label {label!r}. It has: "
                    f"{', '.join(map(repr, known)) or 'none'}. For the events of a tracker that "
                    "was removed, use filter(pgh_label=…)."
                )
        return self.filter(pgh_label__in=labels)

    def in_context(self, /, **metadata: Any) -> Self:
        """Return the events in whose context something was said.

        The metadata of the context contains what is asked for, in the sense of ``jsonb``'s ``@>``
        (PostgreSQL manual, 8.14.3): all of the keys, and of a dictionary or list at least that
        much. Without arguments: the events that have a context.

        Raises:
            ValueError: The events have no context.

        Example::

            pgh.events(Order).in_context(user=request.user.pk)
        """
        history = self.history
        if history.context is None:
            raise ValueError(
                f"The events of {history.label} have no context. Give the event model a "
                "context_field."
            )
        wanted = json.loads(joined(encode(metadata)))
        path = event_fields.CONTEXT
        if history.context == "foreign_key":
            path += "__metadata"
        return self.filter(**{f"{path}__contains": wanted})

    def between(self, start: datetime | None, end: datetime | None) -> Self:
        """Return the events from ``start`` on and before ``end``, by the clock; None is open.

        Raises:
            TypeError: A moment is no datetime.
            ValueError: A moment has no time zone, and the project uses time zones.

        Example::

            pgh.events(Order).between(monday, monday + timedelta(days=7))
        """
        found = self.all()
        if start is not None:
            found = found.filter(pgh_created_at__gte=moment_of(start))
        if end is not None:
            found = found.filter(pgh_created_at__lt=moment_of(end))
        return found

    # States --------------------------------------------------------------------------------------

    def as_of(
        self,
        moment: datetime,
        *,
        states: Iterable[str] | None = None,
        removals: Iterable[str] | None = None,
    ) -> Self:
        """Return the objects as they were at a moment: one event for each that was there.

        It is the newest event at that moment, unless that one says that the object was removed. The
        newest is the one with the greatest ``pgh_created_at``, and of equal ones the last effect:
        an event that was given an earlier moment when it was written takes its place in time, and
        hides nothing that came after it. Filters, before or after, choose among these events; they
        never make an earlier event the state of an object.

        Events that hold the row as it was *before* an update are no states, so they do not count.
        Where no tracker records each update's new row, the state after an update is in no event,
        and the question is refused.

        A change of the primary key looks as if another object began.

        Args:
            moment: The moment, by the clock of the database server; events of it count.
            states: The labels whose events hold the state of a row. By default all but those of
                removals and of old rows.
            removals: The labels whose events say that the row is gone. By default those of the
                trackers of deletes and truncations alone. Name those of trackers that have been
                removed since.

        Raises:
            TypeError: The moment is no datetime, or the labels are no list of texts.
            ValueError: It has no time zone, and the project uses time zones; or the events cannot
                tell: see above. The message names the labels.

        Example::

            pgh.events(Order).as_of(yesterday).filter(status="open").count()
        """
        when = moment_of(moment)
        states = None if states is None else labels_of("states", states)
        removals = None if removals is None else labels_of("removals", removals)
        labels = self._states(states, removals)
        history = self.history
        if not history.identity:
            subjects_of(history, ())  # says why not
        found = self._narrowable()
        found.query.leave_states(history, when, labels)
        return found

    def _states(self, states: Iterable[str] | None, removals: Iterable[str] | None) -> StateLabels:
        """Return which events count, and which say that the row is gone."""
        history, kinds = self.history, kinds_of(self.history)
        if removals is None and kinds.mixed:
            raise ValueError(
                f"Of the events of {history.label} under {_listed(kinds.mixed)} some say that the "
                "row is gone and some do not, and they do not say which. Give deletes a tracker of "
                "their own; or call as_of(moment, removals=[…]) with the labels that are always "
                "removals, perhaps none."
            )
        gone = tuple(sorted(kinds.removals if removals is None else set(removals)))
        if states is not None:
            return StateLabels((*states, *gone), (), gone)
        if not kinds.states_known:
            raise ValueError(
                f"The events of {history.label} under {_listed(kinds.old)} hold the row as it was "
                "before an update, and no tracker records the new row of every update, so the "
                "state of a row at a moment is in no event. Add a Snapshot; or call "
                "as_of(moment, states=[…]) with the labels whose events hold the state."
            )
        return StateLabels(None, tuple(sorted(kinds.old.difference(gone))), gone)

    def latest_per_object(self) -> Self:
        """Return the newest of these events of each object, removals too.

        Filters and slices before choose the events among which the newest are looked for; filters
        after choose among the newest.

        Raises:
            ValueError: The events do not say whose they are.

        Example::

            pgh.events(Order).labeled("order.paid").latest_per_object()
        """
        identity = self.history.identity
        if not identity:
            subjects_of(self.history, ())
        if self.query.is_sliced and self.query.annotations:
            raise ValueError(
                "latest_per_object() leaves the annotations behind that were made before a slice. "
                "Annotate after it."
            )
        among: models.QuerySet[Any, Any] = self.history.model._base_manager.using(self.db)
        if self.query.is_sliced or self.query.where:
            among = among.filter(pgh_id__in=self.values("pgh_id"))
        found = self
        if self.query.is_sliced:
            found = type(self)(self.model, using=self.db)
            if self.query.order_by or not self.query.default_ordering:
                found = found.order_by(*self.query.order_by)
        return found.filter(pgh_id__in=newest_of(among, identity))

    # What is done with them ----------------------------------------------------------------------

    def update(self, **values: Any) -> int:
        """Update the events, which the role of the connection is to be allowed to."""
        if self.query.source is None or self.query.is_sliced:
            return super().update(**values)
        return self._rows().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the events, which the role of the connection is to be allowed to."""
        if self.query.source is None or self.query.is_sliced:
            return super().delete()
        return self._rows().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _rows(self) -> models.QuerySet[E, E]:
        """Return the events as rows of their table, which alone can be written to."""
        rows: models.QuerySet[E, E] = self.model._base_manager.using(self.db)
        return rows.filter(pgh_id__in=self.order_by().values("pgh_id"))

    def select_for_update(self, *args: Any, **options: Any) -> Self:
        """Lock the events, as Django's method does; call it before ``with_changes``.

        Raises:
            NotSupportedError: The query has window functions.
        """
        if getattr(self.query.source, "subjects", None) is not None:
            raise NotSupportedError(
                "PostgreSQL locks no rows of a query with window functions, which with_changes() "
                "makes. Call select_for_update() before with_changes()."
            )
        return super().select_for_update(*args, **options)

    # What is made of them ------------------------------------------------------------------------

    def with_changes(self) -> Self:
        """Annotate each event with what it changed: ``pgh_changes``.

        It is a dictionary of ``(old, new)`` by field name, in the values that the fields have in
        Python; of a foreign key the key. An event with the new row is compared with the one before
        it of the same object, an event with the old row of an update with what came after: the next
        event, or the row as it is now. It is ``{}`` if nothing changed, and None where there is
        nothing to compare with: the first event of an object, a removal, and the first event after
        one.

        All events of the object count, whatever is filtered or sliced. Fields count that the
        tracked model has now. A difference is one of stored bytes, as for trackers: ``1.0`` and
        ``1.00`` differ. Where the tracked field takes no NULL, one in an event is from before the
        field was there, and counts as no difference.

        It is one pass over the events of the objects that the query is about: those given to
        ``events(order)`` or ``for_objects(…)``, or else those that its filters by values, or the
        page that it takes, lead to. Where filters hold subqueries or expressions, and where a page
        is chosen by what changed, each event looks up the one before by the index of the object.

        Example::

            for event in pgh.events(order).with_changes():
                print(event.pgh_label, event.pgh_changes)  # order.paid {'status': ('new', 'paid')}
        """
        if not self.history.identity:
            subjects_of(self.history, ())
        found = self.annotate(**{CHANGES: Changes(self.model)})
        if not _is_quoted(self.model) and not self.query.select_for_update:
            found.query.source = Windows(self.history, self.query.subjects)
        return found

    def as_instances(self) -> EventQuerySet[Any]:
        """Return tracked objects in the place of events: unsaved ones, with the events' values.

        They are as if they had been loaded from the table at that time: ``_state.adding`` is False,
        so ``save()`` updates the row or inserts it anew. ``revert`` does that with care. A field
        that the events do not mirror, and those of a parent in multi-table inheritance, are
        deferred: reading one asks the database for its present value. Annotations are set on the
        objects.

        Raises:
            ValueError: The tracked model is gone, or the events do not say whose they are.

        Example::

            then = pgh.events(order).as_of(yesterday).as_instances().get()
        """
        if not self.history.identity or self.history.tracked_model is None:
            subjects_of(self.history, ())
        found = self.all()
        found._iterable_class = Instances
        return found

    def _unsliced(self) -> Self:
        found = super()._unsliced()
        if self._iterable_class is Instances:
            found._iterable_class = Instances
        if CHANGES not in self.query.annotations:
            return found
        return found.annotate(**{CHANGES: Changes(self.model)})


def alias_of(queryset: Any) -> str | None:
    """Return the database that a queryset was told to use; None if it was told none."""
    alias: str | None = queryset._db
    return alias


def _is_quoted(model: type[models.Model]) -> bool:
    """Return whether the table's name is written with its schema, and so is no alias."""
    return model._meta.db_table.startswith('"')


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(labels)))
