"""The operations. Their module path, ``pghistory_ops.operations``, stands in users' migrations."""

from pghistory_ops.operations.event_models import (
    AUTOMATIC,
    AlterEventModel,
    CreateEventModel,
    DeleteEventModel,
)
from pghistory_ops.operations.trackers import AddTracker, RefreshTrackers, RemoveTracker

__all__ = [
    "AUTOMATIC",
    "AddTracker",
    "AlterEventModel",
    "CreateEventModel",
    "DeleteEventModel",
    "RefreshTrackers",
    "RemoveTracker",
]
