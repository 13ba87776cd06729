"""The newest event of each object."""

from __future__ import annotations

from typing import Any

from django.db import models

BY_KEY = models.Max("pgh_id")

# The key of the event with the greatest moment, and of equal ones the greatest key. An aggregate
# over pairs takes one pass; a sort of all events, or a second pass, takes several times as long.
BY_MOMENT = models.Func(
    models.Max(
        models.Func(
            models.F("pgh_created_at"),
            models.F("pgh_id"),
            template="ARRAY[EXTRACT(EPOCH FROM %(expressions)s]",
            arg_joiner=")::numeric, ",
            output_field=models.TextField(),
        )
    ),
    template="(%(expressions)s)[2]::bigint",
    output_field=models.BigIntegerField(),
)


def newest_of(
    among: models.QuerySet[Any, Any], identity: tuple[str, ...], last: Any = BY_KEY
) -> models.QuerySet[Any, Any]:
    """Return the keys of the newest event of each object.

    Args:
        among: The events among which it is looked for.
        identity: The fields that say whose event it is.
        last: What finds the key of the newest: ``BY_KEY``, the last written, or ``BY_MOMENT``.
    """
    grouped = among.order_by().values(*identity).annotate(pgh_newest=last)
    newest: models.QuerySet[Any, Any] = grouped.values("pgh_newest")
    return newest
