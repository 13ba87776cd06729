"""The context of events; the only concrete model of the library."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models.functions import Coalesce

from pghistory_ops.contexts.context import OpenContext


class ContextQuerySet(models.QuerySet["Context"]):
    """Contexts."""

    def group(self, ctx: Context | OpenContext | UUID | str) -> ContextQuerySet:
        """Return all contexts of one request or task: the outermost one and those inside it.

        It is one query by an index, and finds the others too where the row of a context between
        them was never written, since no event was.

        Args:
            ctx: A context, an open one, or the key of one.

        Raises:
            ValueError: It is none of these.
        """
        if isinstance(ctx, Context | OpenContext):
            return self.filter(root_id=ctx.root_id)
        try:
            key = ctx if isinstance(ctx, UUID) else UUID(ctx)
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"group() takes a context or the key of one, not {ctx!r}. Give what "
                "with context(…) as ctx gave, a row of Context, or a UUID."
            ) from error
        known = Context.objects.using(self.db).filter(pk=key).values("root_id")
        # A key without a row may still be the outermost one's.
        root = Coalesce(models.Subquery(known), models.Value(key, output_field=models.UUIDField()))
        return self.filter(root_id=root)


class Context(models.Model):
    """Metadata that the events of one request or task share.

    Triggers write the rows (``pghistory_ops_record_context``), with the first event of a context.
    A row without an event is never written, so the references to other contexts may lead nowhere.
    """

    id: models.UUIDField[UUID | str, UUID] = models.UUIDField(primary_key=True)
    parent = models.ForeignKey(
        "self",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="children",
    )
    root = models.ForeignKey("self", models.DO_NOTHING, db_constraint=False, related_name="+")
    metadata: models.JSONField[Any, dict[str, Any]] = models.JSONField()
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    if TYPE_CHECKING:
        # What a manager takes over from its queryset, not every type checker knows.
        objects: ClassVar[ContextQuerySet]
    else:
        objects = ContextQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.id)
