"""A migration with every operation, as a user writes it."""

from django.db import migrations, models

import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0001_initial"),
        ("pghistory_ops", "0001_initial"),
    ]

    operations = [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete("order.deleted"), lock_timeout="2s"),
        migrations.AddField("order", "note", models.TextField(default="")),
        migrations.AddField("orderevent", "note", models.TextField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
        pgh.AlterEventModel("OrderEvent", exclude=["note"], append_only=True),
        pgh.RefreshTrackers("OrderEvent", without=("note",), template=1, lock_timeout="500ms"),
        migrations.RemoveField("order", "note"),
        pgh.RemoveTracker("OrderEvent", "order.deleted", lock_timeout="2s"),
        pgh.DeleteEventModel("OrderEvent", lock_timeout="2s"),
    ]


class WrittenOut(migrations.Migration):
    operations = [
        pgh.CreateEventModel(
            "OrderEvent",
            tracks="shop.Order",
            fields=["customer", "total"],
            columns=[
                (
                    "customer",
                    models.ForeignKey(
                        "auth.User", models.DO_NOTHING, db_constraint=False, related_name="+"
                    ),
                ),
                ("total", models.DecimalField(max_digits=10, decimal_places=2)),
            ],
            attrs=[("reviewed", models.BooleanField(db_default=False))],
            obj_field=pgh.ObjForeignKey(null=True),
            context_field=pgh.ContextJSONField(),
            context_id_field=pgh.ContextUUIDField(db_index=True),
            append_only=True,
            pausable=True,
            security_definer=False,
            bases=(models.Model,),
            options={"db_table": "order_audit", "ordering": ["pgh_id"]},
            declared=True,
            template=1,
        ),
        pgh.AlterEventModel(
            "OrderEvent",
            tracks="shop.Purchase",
            fields=None,
            exclude=("secret",),
            append_only=False,
            pausable=False,
            security_definer=True,
            obj_field=None,
            context_field=None,
            context_id_field=None,
            declared=False,
            template=1,
        ),
    ]


def operations_for(names: list[str]) -> list[migrations.operations.base.Operation]:
    """Return operations made by a loop: they are Django's."""
    made: list[migrations.operations.base.Operation] = []
    for name in names:
        made.append(
            pgh.CreateEventModel(f"{name}Event", f"shop.{name}", obj_field=None, context_field=None)
        )
        made += [pgh.AddTracker(f"{name}Event", tracker) for tracker in (pgh.Snapshot(),)]
    return made


assert [operation.describe() for operation in operations_for(["Order"])]
