"""Operations to be written out: each with every argument, and all that an argument can be."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models.functions import Now

import pghistory_ops as pgh
from snapshots.cases import conditions, literals, trackers
from snapshots.cases.configurations import CONFIGURATIONS


class Described:
    """A base class without columns."""


COLUMNS = [
    ("id", models.BigIntegerField()),
    ("status", models.CharField(choices=[("n", "new"), ("p", "paid")], max_length=20)),
    ("total", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
    ("tags", ArrayField(models.CharField(max_length=5), size=3)),
    (
        "customer",
        models.ForeignKey(
            settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, related_name="+"
        ),
    ),
]
CREATE_EVENT_MODEL: dict[str, dict[str, Any]] = {
    **CONFIGURATIONS,
    "columns": {"columns": COLUMNS},
    "columns_none": {"columns": []},
    "every_argument": {
        "exclude": ["note"],
        "columns": COLUMNS,
        "attrs": [("written_at", models.DateTimeField(db_default=Now()))],
        "obj_field": pgh.ObjForeignKey(
            null=True,
            db_index=False,
            db_column="order_key",
            db_comment="The order",
            verbose_name="order",
            related_name="history",
            related_query_name="event",
            db_constraint=True,
        ),
        "context_field": pgh.ContextJSONField(null=False, db_column="metadata"),
        "context_id_field": pgh.ContextUUIDField(db_index=True, verbose_name="context"),
        "append_only": True,
        "pausable": True,
        "security_definer": False,
        "bases": (Described, models.Model),
        "options": {
            "db_table": "order_history",
            "db_table_comment": "What an order's row was",
            "indexes": [BrinIndex(fields=["pgh_created_at"], name="order_history_at")],
            "ordering": ["-pgh_id"],
        },
        "declared": True,
    },
    "every_default": {
        "fields": None,
        "exclude": None,
        "columns": None,
        "attrs": None,
        "context_field": pgh.ContextForeignKey(),
        "context_id_field": None,
        "append_only": False,
        "pausable": False,
        "security_definer": True,
        "bases": None,
        "options": None,
        "declared": False,
        "template": 1,
    },
}
ALTER_EVENT_MODEL: dict[str, dict[str, Any]] = {
    "fields": {"fields": ["status"]},
    "exclude": {"exclude": ["note"]},
    "tracks": {"tracks": "shop.Purchase"},
    "switches": {
        "append_only": True,
        "pausable": True,
        "security_definer": False,
        "declared": True,
        "template": 1,
    },
    "switches_off": {
        "append_only": False,
        "pausable": False,
        "security_definer": True,
        "declared": False,
    },
    "own_fields": {
        "obj_field": pgh.ObjForeignKey(db_index=False),
        "context_field": pgh.ContextJSONField(),
        "context_id_field": pgh.ContextUUIDField(),
    },
    "own_fields_none": {"obj_field": None, "context_field": None, "context_id_field": None},
}
TRACKERS: dict[str, pgh.Tracker] = {
    **dict(trackers.trackers()),
    "manual_label": pgh.ManualTracker("order.audited"),
    "snapshot_label": pgh.Snapshot("order_snapshot"),
    "label_quotes": pgh.AfterInsert("""it's "paid" \\ 100% {}"""),
    "label_not_ascii": pgh.AfterInsert("bezahlt – 支払い"),
    "label_of_another_tracker": pgh.AfterInsert("after_update"),
    "after_delete_before": pgh.AfterDelete(when=pgh.Before),
    "every_argument": pgh.DatabaseTracker(
        "paid",
        operation=pgh.Update | pgh.Delete,
        when=pgh.After,
        condition=pgh.Q(old__status="new"),
        snapshot="OLD",
        level=pgh.Statement,
    ),
}
LOCK_TIMEOUT: dict[str, Operation] = {
    "add_tracker": pgh.AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout="2s"),
    "remove_tracker": pgh.RemoveTracker("OrderEvent", "snapshot", lock_timeout="500ms"),
    "refresh_trackers": pgh.RefreshTrackers("OrderEvent", lock_timeout="1 min"),
    "delete_event_model": pgh.DeleteEventModel("OrderEvent", lock_timeout="2s"),
}


def operations() -> Iterator[tuple[str, Operation]]:
    for name, arguments in CREATE_EVENT_MODEL.items():
        create = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", **arguments)
        yield f"create_event_model_{name}", create
    for name, arguments in ALTER_EVENT_MODEL.items():
        yield f"alter_event_model_{name}", pgh.AlterEventModel("OrderEvent", **arguments)
    for name, tracker in TRACKERS.items():
        yield f"add_tracker_{name}", pgh.AddTracker("OrderEvent", tracker)
    for name, condition in conditions.UPDATES.items():
        yield f"condition_{name}", of_condition(condition)
    for name, term in literals.TERMS.items():
        yield f"literal_{name}", of_condition(pgh.Q(**term))
    for name, operation in LOCK_TIMEOUT.items():
        yield f"{name}_lock_timeout", operation
    yield "delete_event_model", pgh.DeleteEventModel("OrderEvent")
    yield "remove_tracker", pgh.RemoveTracker("OrderEvent", 'it\'s "paid"')
    yield "refresh_trackers", pgh.RefreshTrackers("OrderEvent")
    yield "refresh_trackers_template", pgh.RefreshTrackers("OrderEvent", template=1)


def of_condition(condition: Any) -> pgh.AddTracker:
    return pgh.AddTracker("ParcelEvent", pgh.AfterUpdate("selected", condition=condition))
