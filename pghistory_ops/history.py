"""What an event model says about its history: whose it is, and how its events are to be read."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import models

from pghistory_ops import fields as event_fields
from pghistory_ops.spec import EventSpec
from pghistory_ops.trackers import DELETE, OLD, TRUNCATE, UPDATE, DatabaseTracker

ATTRIBUTE = "pgh_history"

_REMOVALS = frozenset({DELETE, TRUNCATE})


@dataclass(frozen=True)
class History:
    """The history that an event model holds.

    Classes that are made from migration state carry it as ``pgh_history``: those of the registry
    and the historical ones of ``RunPython``. ``history_of()`` finds it for every event model.

    Attributes:
        model: The event model's class.
        spec: The specification that the migrations give it.
        tracks: The label of the tracked model, ``"shop.Order"``, whose case may not be the class's.
    """

    model: type[models.Model] = field(repr=False)
    spec: EventSpec
    tracks: str
    # What queries have made of it, which goes when the model does.
    made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The label of the event model: ``"shop.OrderEvent"``."""
        return self.model._meta.label

    @functools.cached_property
    def obj(self) -> str | None:
        """The name of the field that refers to the tracked row; None where there is none."""
        return event_fields.OBJ if event_fields.OBJ in self._names else None

    @property
    def tracked_model(self) -> type[models.Model] | None:
        """The tracked model as the event model's app registry has it; None if it is gone."""
        if self.obj is not None:
            related = self.model._meta.get_field(self.obj).related_model
            if isinstance(related, type):
                return related._meta.concrete_model
        try:
            found: Any = self.model._meta.apps.get_model(self.tracks)
        except LookupError:
            return None
        concrete: type[models.Model] = found._meta.concrete_model
        return concrete

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the tracked model's key fields; empty if the model is gone."""
        if self.tracked_model is None:
            return ()
        return tuple(item.name for item in self.tracked_model._meta.pk_fields)

    @property
    def identity(self) -> tuple[str, ...]:
        """The event model's fields that say whose event it is.

        They are ``pgh_obj``, or else the mirrored key; empty if an event does not say it.
        """
        if self.obj is not None:
            return (self.obj,)
        return self.key if set(self.key) <= set(self.mirrored) else ()

    @property
    def mirrored(self) -> tuple[str, ...]:
        """The names of the fields that hold copies of the tracked model's, as it is now."""
        tracked = self.tracked_model
        there = None if tracked is None else {item.name for item in tracked._meta.local_fields}
        return tuple(
            name
            for name in self._names
            if name not in event_fields.OWN_FIELDS
            and self.spec.policy.selects(name)
            and (there is None or name in there)
        )

    @functools.cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the trackers."""
        return self.spec.labels

    @functools.cached_property
    def removal_labels(self) -> frozenset[str]:
        """The labels whose events say that the row is gone: all are deletes or truncations."""
        return frozenset(
            item.label for item in self._database_trackers if set(item.operations) <= _REMOVALS
        )

    @functools.cached_property
    def mixed_labels(self) -> frozenset[str]:
        """The labels of which some events say that the row is gone and some do not.

        An event does not say which operation has written it.
        """
        return frozenset(
            item.label
            for item in self._database_trackers
            if not _REMOVALS.isdisjoint(item.operations) and not set(item.operations) <= _REMOVALS
        )

    @functools.cached_property
    def old_row_labels(self) -> frozenset[str]:
        """The labels of updates whose events hold the row as it was before."""
        return frozenset(
            item.label
            for item in self._database_trackers
            if UPDATE in item.operations and item.row(UPDATE) == OLD
        )

    @functools.cached_property
    def context(self) -> Literal["foreign_key", "json"] | None:
        """How an event holds its context: as a reference, or the metadata itself."""
        if event_fields.CONTEXT not in self._names:
            return None
        related = self.model._meta.get_field(event_fields.CONTEXT).is_relation
        return "foreign_key" if related else "json"

    @functools.cached_property
    def context_id(self) -> str | None:
        """The name of the field with the context's key beside a JSON context, if there is one."""
        present = self.context == "json" and event_fields.CONTEXT_ID in self._names
        return event_fields.CONTEXT_ID if present else None

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.model._meta.local_concrete_fields)

    @functools.cached_property
    def _database_trackers(self) -> tuple[DatabaseTracker, ...]:
        found = (item.tracker for item in self.spec.trackers)
        return tuple(item for item in found if isinstance(item, DatabaseTracker))
