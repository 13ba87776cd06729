"""Reading history."""

from collections import Counter
from typing import Any

from django.db import connection, models

import pghistory_ops as pgh

# Everything in the database that is not PostgreSQL's or Django's own.
CATALOG = """
WITH ours AS (
    SELECT pg_namespace.oid FROM pg_namespace WHERE nspname = current_schema()
), found (kind, name) AS (
    SELECT CASE relkind WHEN 'r' THEN 'tables' ELSE 'indexes' END, relname
    FROM pg_class
    WHERE relnamespace IN (SELECT oid FROM ours)
        AND relkind IN ('r', 'i') AND relname ~ '^(shop|pghistory_ops)_'
    UNION ALL
    SELECT 'functions', proname FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT 'triggers', tgname FROM pg_trigger WHERE NOT tgisinternal
)
SELECT kind, count(found.name)
FROM (VALUES ('tables'), ('indexes'), ('functions'), ('triggers')) AS kinds (kind)
LEFT JOIN found USING (kind)
GROUP BY kind
"""


class History:
    """All event models of the shop."""

    def __init__(self) -> None:
        self.models: list[type[models.Model]] = [
            model for model in pgh.event_models() if model._meta.app_label == "shop"
        ]

    def count(self) -> int:
        """Count all events."""
        return sum(model._default_manager.count() for model in self.models)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the events of each event model by label, in alphabetical order."""
        return {
            model.__name__: dict(
                model._default_manager.values_list("pgh_label")
                .annotate(events=models.Count("pgh_id"))
                .order_by("pgh_label")
            )
            for model in sorted(self.models, key=lambda model: model.__name__)
        }

    def by_context(self) -> Counter[str]:
        """Count the events of everyone who said who they are, and of those who did not."""
        found: Counter[str] = Counter()
        for model in self.models:
            rows = (
                model._default_manager.values_list(
                    "pgh_context__metadata__user", "pgh_context__metadata__job"
                )
                .annotate(events=models.Count("pgh_id"))
                .order_by()
            )
            for user, job, events in rows:
                who = f"user {user}" if user else f"job {job}" if job else "(said nothing)"
                found[who] += events
        return found


def who(event: Any) -> str:
    """Return who made a change, as far as the database was told."""
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    said = [f"{key} {metadata[key]}" for key in ("user", "job") if key in metadata]
    return " at ".join([*said, metadata["url"]] if "url" in metadata else said) or "–"


def catalog() -> dict[str, int]:
    """Count what the shop's migrations have made, by kind."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOG)
        return dict(cursor.fetchall())
