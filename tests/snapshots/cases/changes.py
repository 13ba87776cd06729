"""What changes an event model, and what its triggers are after a refresh."""

from collections.abc import Iterator

from django.db import models
from django.db.migrations.operations import (
    AddField,
    AlterField,
    AlterModelTable,
    RemoveField,
    RenameField,
    RenameModel,
)

import pghistory_ops as pgh
from snapshots.case import Case, Step, before_all
from snapshots.shop import HISTORY, ORDER_EVENT, SHOP, WRITES

SNAPSHOTS = {
    "row": (pgh.AddTracker("OrderEvent", pgh.Snapshot()),),
    "statement": (
        pgh.AddTracker("OrderEvent", pgh.Snapshot(level=pgh.Statement)),
        pgh.AddTracker("OrderEvent", pgh.AfterTruncate()),
    ),
}
REFRESH = pgh.RefreshTrackers("OrderEvent")
NOTHING_TO_DO: dict[str, tuple[Step, ...]] = {
    "nothing": (),
    "model_renamed": (RenameModel("Order", "Purchase"),),
    "table_renamed": (AlterModelTable("Order", "purchases"),),
}
CHANGES: dict[str, tuple[Step, ...]] = {
    "column_added": (
        AddField("Order", "gift", models.BooleanField(default=False, db_default=False)),
        AddField("OrderEvent", "gift", models.BooleanField(null=True)),
    ),
    "column_added_to_the_tracked_model_alone": (
        AddField("Order", "gift", models.BooleanField(default=False, db_default=False)),
    ),
    "column_renamed": (
        RenameField("Order", "note", "remark"),
        RenameField("OrderEvent", "note", "remark"),
    ),
    "column_of_the_event_model_renamed": (
        AlterField("OrderEvent", "note", models.TextField(null=True, db_column="Old Note")),
    ),
    "column_removed": (RemoveField("OrderEvent", "note"),),
    "column_kept_after_the_tracked_one": (RemoveField("Order", "note"),),
    "event_table_renamed": (AlterModelTable("OrderEvent", "order_history"),),
    "event_model_renamed": (RenameModel("OrderEvent", "OrderHistory"),),
    "made_pausable": (pgh.AlterEventModel("OrderEvent", pausable=True),),
    "made_security_invoker": (pgh.AlterEventModel("OrderEvent", security_definer=False),),
    "obj_removed": (
        RemoveField("OrderEvent", "pgh_obj"),
        pgh.AlterEventModel("OrderEvent", obj_field=None),
    ),
    "context_turned_into_json": (
        RemoveField("OrderEvent", "pgh_context"),
        AddField("OrderEvent", "pgh_context", models.JSONField(null=True)),
        AddField("OrderEvent", "pgh_context_id", models.UUIDField(null=True)),
        pgh.AlterEventModel(
            "OrderEvent",
            context_field=pgh.ContextJSONField(),
            context_id_field=pgh.ContextUUIDField(),
        ),
    ),
}
# Neither has the columns that the writes name.
UNWRITABLE = {
    "column_kept_after_the_tracked_one",
    "column_renamed",
    "model_renamed",
    "table_renamed",
}


def cases() -> Iterator[Case]:
    for name, steps in {**NOTHING_TO_DO, **CHANGES}.items():
        event_model = "OrderHistory" if name == "event_model_renamed" else "OrderEvent"
        for level, trackers in SNAPSHOTS.items():
            yield Case(
                f"refresh_trackers/{name}_{level}",
                pgh.RefreshTrackers(event_model),
                (*HISTORY, *trackers, *steps),
                () if name in UNWRITABLE else WRITES,
            )
    yield from of_several()
    yield from of_the_specification()
    yield from of_deletion()


def of_several() -> Iterator[Case]:
    """Yield refreshes of conditions, of the guard, and with a template."""
    add = pgh.AddTracker(
        "OrderEvent", pgh.AfterUpdate("noted", condition=pgh.AnyChange(exclude=["total"]))
    )
    yield Case(
        "refresh_trackers/condition_reads_a_new_column",
        REFRESH,
        (*HISTORY, add, *CHANGES["column_added_to_the_tracked_model_alone"]),
        WRITES,
    )
    yield Case(
        "refresh_trackers/guarded_table_renamed",
        REFRESH,
        (
            *SHOP,
            pgh.CreateEventModel("OrderEvent", tracks="shop.Order", append_only=True),
            *SNAPSHOTS["row"],
            *CHANGES["event_table_renamed"],
        ),
        WRITES,
    )
    for level in ("row", "statement"):
        # Without writes: going backwards takes events that know the field.
        yield Case(
            f"refresh_trackers/column_let_go_{level}",
            pgh.RefreshTrackers("OrderEvent", without=["status"], lock_timeout="2s"),
            (*HISTORY, *SNAPSHOTS[level]),
        )
    yield Case(
        "refresh_trackers/template",
        pgh.RefreshTrackers("OrderEvent", template=1),
        (*HISTORY, *SNAPSHOTS["row"]),
        WRITES,
    )


def of_the_specification() -> Iterator[Case]:
    on = pgh.AlterEventModel("OrderEvent", append_only=True)
    off = pgh.AlterEventModel("OrderEvent", append_only=False)
    yield Case("alter_event_model/append_only_on", on, HISTORY)
    yield Case("alter_event_model/append_only_off", off, (*HISTORY, on))
    yield Case("alter_event_model/append_only_not_atomic", on, HISTORY, atomic=False)
    for name, changed in {
        "pausable": {"pausable": True},
        "policy": {"exclude": ["note"]},
        "tracks": {"tracks": "shop.Purchase"},
    }.items():
        renamed = (RenameModel("Order", "Purchase"),) if name == "tracks" else ()
        yield Case(
            f"alter_event_model/{name}",
            pgh.AlterEventModel("OrderEvent", **changed),
            (*HISTORY, *SNAPSHOTS["row"], *renamed),
        )


def of_deletion() -> Iterator[Case]:
    guarded = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", append_only=True)
    yield Case(
        "delete_event_model/several_trackers",
        pgh.DeleteEventModel("OrderEvent"),
        (
            *SHOP,
            guarded,
            *SNAPSHOTS["row"],
            pgh.AddTracker("OrderEvent", pgh.BeforeDelete()),
            pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.audited")),
        ),
        WRITES,
    )
    yield Case("delete_event_model/no_tracker", pgh.DeleteEventModel("OrderEvent"), HISTORY)
    yield Case("create_event_model/short_form", ORDER_EVENT, SHOP)


CASES = before_all((), list(cases()))
