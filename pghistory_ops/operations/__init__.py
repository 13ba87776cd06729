"""The operations. Their module path, ``pghistory_ops.operations``, stands in users' migrations."""

from pghistory_ops.operations.alter import AlterEventModel
from pghistory_ops.operations.create import AUTOMATIC, CreateEventModel
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.operations.refresh import RefreshTrackers
from pghistory_ops.operations.trackers import AddTracker, RemoveTracker

__all__ = [
    "AUTOMATIC",
    "AddTracker",
    "AlterEventModel",
    "CreateEventModel",
    "DeleteEventModel",
    "RefreshTrackers",
    "RemoveTracker",
]
