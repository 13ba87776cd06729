"""Slices that are combined with ``&``, ``|`` and ``^``."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from django.db import models

from pghistory_ops.queries.derived import DerivedQuery

E = TypeVar("E", bound=models.Model)


class SliceableQuerySet(models.QuerySet[E, E], Generic[E]):
    """A queryset whose slices stay what they are when they are combined.

    Django takes the rows of a slice from the model's base manager, which knows neither the methods
    of this queryset nor what its query reads; with ``&`` it refuses a slice, or forgets its limits.
    """

    query: DerivedQuery

    def __and__(self, other: models.QuerySet[E, E]) -> Self:
        return self._combined("__and__", other)

    def __or__(self, other: models.QuerySet[E, E]) -> Self:
        return self._combined("__or__", other)

    def __xor__(self, other: models.QuerySet[E, E]) -> Self:
        return self._combined("__xor__", other)

    def _combined(self, operator: str, other: models.QuerySet[E, E]) -> Self:
        combine = getattr(super(SliceableQuerySet, _filterable(self)), operator)
        found: Self = combine(_filterable(other))
        return found

    def _unsliced(self) -> Self:
        """Return the rows of a slice as what they fulfil."""
        given: Any = self
        found = type(self)(self.model, using=given._db)
        found.query.source, found.query.subjects = self.query.source, self.query.subjects
        return found.filter(pk__in=self.values("pk"))


def _filterable(queryset: Any) -> Any:
    if isinstance(queryset, SliceableQuerySet) and not queryset.query.can_filter():
        return queryset._unsliced()
    return queryset
