"""Every configuration of an event model: its table, and the triggers that write to it."""

from collections.abc import Iterator
from typing import Any

from django.db import models

import pghistory_ops as pgh
from snapshots.case import Case, before_all
from snapshots.shop import SHOP, WRITES

# What is called otherwise than its field, and a column of the user's own.
OTHER_COLUMNS = {
    "obj_field": pgh.ObjForeignKey(db_column="Order Key"),
    "context_field": pgh.ContextForeignKey(db_column="request"),
    "columns": [
        ("status", models.CharField(max_length=20, db_column="Order Status")),
        ("total", models.DecimalField(max_digits=10, decimal_places=2)),
        ("imported", models.BooleanField(db_default=False)),
    ],
}

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "fields": {"fields": ["status", "total"]},
    "fields_none": {"fields": []},
    "exclude": {"exclude": ["note", "updated_at"]},
    "columns": OTHER_COLUMNS,
    "attrs": {
        "attrs": [
            ("reason", models.TextField(null=True)),
            ("imported", models.BooleanField(db_default=False)),
        ]
    },
    "obj_none": {"obj_field": None},
    "obj_configured": {
        "obj_field": pgh.ObjForeignKey(
            null=True,
            db_index=False,
            db_column="order_key",
            db_comment="The order; it's kept when the order goes.",
            related_name="history",
            related_query_name="event",
        )
    },
    "obj_constrained": {"obj_field": pgh.ObjForeignKey(db_constraint=True)},
    "context_none": {"context_field": None},
    "context_configured": {"context_field": pgh.ContextForeignKey(null=False, db_index=True)},
    "context_constrained": {"context_field": pgh.ContextForeignKey(db_constraint=True)},
    "context_json": {"context_field": pgh.ContextJSONField()},
    "context_json_configured": {
        "context_field": pgh.ContextJSONField(null=False, db_column="why", db_comment="Who and why")
    },
    "context_json_and_id": {
        "context_field": pgh.ContextJSONField(),
        "context_id_field": pgh.ContextUUIDField(db_index=True),
    },
    "append_only": {"append_only": True},
    "pausable": {"pausable": True},
    "security_invoker": {"security_definer": False},
    "db_table": {"options": {"db_table": "order_history"}},
    "db_table_comment": {"options": {"db_table_comment": "What an order's row was"}},
    "indexes": {
        "options": {
            "indexes": [
                models.Index(fields=["pgh_obj", "-pgh_created_at"], name="orderevent_by_order"),
                models.Index(
                    fields=["status"],
                    condition=models.Q(status="it's paid"),
                    name="orderevent_paid",
                ),
            ]
        }
    },
    "ordering": {"options": {"ordering": ["pgh_id"]}},
    "tablespace": {"options": {"db_tablespace": "pg_default"}},
    "bare": {
        "fields": [],
        "obj_field": None,
        "context_field": None,
    },
    "everything": {
        "exclude": ["note"],
        "attrs": [("reason", models.TextField(null=True))],
        "obj_field": pgh.ObjForeignKey(db_column="order_key"),
        "context_field": pgh.ContextJSONField(db_column="metadata"),
        "context_id_field": pgh.ContextUUIDField(db_column="request"),
        "append_only": True,
        "pausable": True,
        "security_definer": False,
        "options": {"db_table": "order_history", "ordering": ["-pgh_id"]},
    },
}

# What differs in the table alone leaves the triggers as they are.
TABLE_ONLY = {
    "append_only",
    "attrs",
    "context_configured",
    "context_constrained",
    "db_table_comment",
    "default",
    "indexes",
    "obj_configured",
    "obj_constrained",
    "ordering",
    "tablespace",
}

TRACKERS = {
    "row": pgh.Snapshot(level=pgh.Row),
    "statement": pgh.Snapshot(level=pgh.Statement),
    "truncate": pgh.AfterTruncate(),
    "when_before": pgh.DatabaseTracker(
        "gone", operation=pgh.Delete, when=pgh.Before, snapshot="OLD"
    ),
}
# Writes of a client that has no context leave such a column empty.
STRICT = {"context_configured", "context_json_configured"}


def cases() -> Iterator[Case]:
    for name, arguments in CONFIGURATIONS.items():
        create = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", **arguments)
        yield Case(f"create_event_model/{name}", create)
        yield Case(f"delete_event_model/{name}", pgh.DeleteEventModel("OrderEvent"), (create,))
        if name in TABLE_ONLY:
            continue
        for kind, tracker in TRACKERS.items():
            yield Case(
                f"add_tracker/{name}_{kind}",
                pgh.AddTracker("OrderEvent", tracker),
                (create,),
                () if name in STRICT else WRITES,
            )
    yield Case(
        "create_event_model/in_another_app",
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        app_label="audit",
    )
    yield from of_the_lock_timeout()


def of_the_lock_timeout() -> Iterator[Case]:
    create = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", append_only=True)
    add = pgh.AddTracker("OrderEvent", pgh.AfterUpdate())
    operations: dict[str, Any] = {
        "add_tracker": (
            pgh.AddTracker("OrderEvent", pgh.AfterUpdate(), lock_timeout="2s"),
            (create,),
        ),
        "remove_tracker": (
            pgh.RemoveTracker("OrderEvent", "after_update", lock_timeout="500ms"),
            (create, add),
        ),
        "refresh_trackers": (
            pgh.RefreshTrackers("OrderEvent", lock_timeout="2s"),
            (create, add, pgh.AlterEventModel("OrderEvent", pausable=True)),
        ),
        "delete_event_model": (
            pgh.DeleteEventModel("OrderEvent", lock_timeout="2s"),
            (create, add),
        ),
    }
    for name, (operation, before) in operations.items():
        yield Case(f"{name}/lock_timeout", operation, before)
        yield Case(f"{name}/lock_timeout_not_atomic", operation, before, atomic=False)
    yield Case("create_event_model/append_only_not_atomic", create, atomic=False)
    yield Case("add_tracker/not_atomic", add, (create,), atomic=False)


CASES = before_all(SHOP, list(cases()))
