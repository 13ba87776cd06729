"""The configuration of the fields that every event has."""

from typing import assert_type

import pghistory_ops as pgh

obj = pgh.ObjForeignKey(
    null=True,
    db_index=False,
    db_column="order",
    db_comment="the order that was written",
    db_constraint=True,
    related_name="events",
    related_query_name="event",
    verbose_name="order",
)
context = pgh.ContextForeignKey(null=False, db_index=True, db_constraint=True)
metadata = pgh.ContextJSONField(null=False, db_comment="who did it")
identifier = pgh.ContextUUIDField(db_index=True, db_column="request")

plain: list[pgh.Field] = [obj, context, metadata, identifier]
related: list[pgh.RelatedField] = [obj, context]
keys: list[pgh.ForeignKey] = [obj, context]

assert_type(obj.db_index, bool | None)
assert_type(obj.related_name, str | None)


def indexed(field: pgh.Field) -> bool:
    return field.db_index is True


assert [indexed(field) for field in plain] == [False, True, False, True]

created = pgh.CreateEventModel(
    "OrderEvent",
    tracks="shop.Order",
    obj_field=obj,
    context_field=metadata,
    context_id_field=identifier,
)
altered = pgh.AlterEventModel("OrderEvent", context_field=context, context_id_field=None)
