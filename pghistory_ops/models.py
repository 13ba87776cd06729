"""The context of events; the only concrete model of the library."""

from __future__ import annotations

from django.db import models


class Context(models.Model):
    """Metadata that the events of one request or task share.

    Triggers write the rows (``pghistory_ops_record_context``), with the first event of a context.
    """

    id = models.UUIDField(primary_key=True)
    parent = models.ForeignKey(
        "self",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="children",
    )
    metadata = models.JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
