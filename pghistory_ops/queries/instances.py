"""Tracked objects as events have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.query import BaseIterable


class Instances(BaseIterable):  # type: ignore[type-arg]
    """Yields tracked objects, made of the rows of a query for events."""

    def __iter__(self) -> Iterator[Any]:
        queryset: Any = self.queryset
        history = queryset.history
        tracked: Any = history.tracked_model
        names, columns = [], []
        for field in tracked._meta.concrete_fields:
            if field.name in history.mirrored:
                copy: Any = history.model._meta.get_field(field.name)
            elif field.primary_key and history.obj is not None:
                copy = history.model._meta.get_field(history.obj)
            else:
                continue
            names.append(field.attname)
            columns.append(copy.attname)
        extra = list(queryset.query.annotation_select)
        rows = queryset.all().values_list(*columns, *extra)
        if self.chunked_fetch:
            rows = rows.iterator(chunk_size=self.chunk_size)
        for row in rows:
            item = tracked.from_db(queryset.db, names, row[: len(names)])
            for name, value in zip(extra, row[len(names) :], strict=True):
                setattr(item, name, value)
            yield item
