"""Every tracker at every level, through every operation that installs or drops triggers."""

from collections.abc import Iterator

from django.db import models
from django.db.migrations.operations import AddField

import pghistory_ops as pgh
from snapshots.case import Case, before_all
from snapshots.shop import HISTORY, WRITES

CLASSES = [
    pgh.Snapshot,
    pgh.AfterInsert,
    pgh.AfterInsertOrUpdate,
    pgh.BeforeUpdate,
    pgh.AfterUpdate,
    pgh.BeforeDelete,
    pgh.AfterDelete,
    pgh.AfterTruncate,
]
LEVELS = {"default": None, "row": pgh.Row, "statement": pgh.Statement}
EVERY_OPERATION = pgh.Insert | pgh.Update | pgh.Delete | pgh.Truncate

# A column on both sides: the mirrored rows have it after the refresh.
NEW_COLUMN = (
    AddField("Order", "gift", models.BooleanField(default=False, db_default=False)),
    AddField("OrderEvent", "gift", models.BooleanField(null=True)),
)


def trackers() -> Iterator[tuple[str, pgh.Tracker]]:
    for cls in CLASSES:
        for name, level in LEVELS.items():
            tracker = cls(level=level)
            yield f"{tracker.label}_{name}", tracker
    for name, level in LEVELS.items():
        yield (
            f"every_operation_{name}",
            pgh.DatabaseTracker("every_operation", operation=EVERY_OPERATION, level=level),
        )
    for name, operation in {"update": pgh.Update, "delete": pgh.Delete}.items():
        yield (
            f"when_before_{name}",
            pgh.DatabaseTracker(
                f"when_before_{name}", operation=operation, when=pgh.Before, snapshot="OLD"
            ),
        )
    yield (
        "when_before_update_or_delete",
        pgh.DatabaseTracker(
            "when_before",
            operation=pgh.Update | pgh.Delete,
            when=pgh.Before,
            snapshot="OLD",
            level=pgh.Row,
        ),
    )
    yield "manual", pgh.ManualTracker()


def cases() -> Iterator[Case]:
    for name, tracker in trackers():
        add = pgh.AddTracker("OrderEvent", tracker)
        yield Case(f"add_tracker/{name}", add, writes=WRITES)
        yield Case(
            f"remove_tracker/{name}", pgh.RemoveTracker("OrderEvent", tracker.label), (add,), WRITES
        )
        yield Case(
            f"refresh_trackers/{name}",
            pgh.RefreshTrackers("OrderEvent"),
            (add, *NEW_COLUMN),
            WRITES,
        )
        yield Case(f"delete_event_model/{name}", pgh.DeleteEventModel("OrderEvent"), (add,), WRITES)


CASES = before_all(HISTORY, list(cases()))
