"""History tracking for Django on PostgreSQL, configured by migrations alone.

Everything of the public face is here, and importing the package loads nothing of it: a name is
imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pgtrigger import After as After
    from pgtrigger import Before as Before
    from pgtrigger import Delete as Delete
    from pgtrigger import Insert as Insert
    from pgtrigger import Row as Row
    from pgtrigger import Statement as Statement
    from pgtrigger import Truncate as Truncate
    from pgtrigger import Update as Update

    from pghistory_ops.conditions import AllChange as AllChange
    from pghistory_ops.conditions import AllDontChange as AllDontChange
    from pghistory_ops.conditions import AnyChange as AnyChange
    from pghistory_ops.conditions import AnyDontChange as AnyDontChange
    from pghistory_ops.conditions import Condition as Condition
    from pghistory_ops.conditions import F as F
    from pghistory_ops.conditions import Q as Q
    from pghistory_ops.contexts.context import add_context as add_context
    from pghistory_ops.contexts.context import aexport_context as aexport_context
    from pghistory_ops.contexts.context import context as context
    from pghistory_ops.contexts.context import export_context as export_context
    from pghistory_ops.contexts.context import resume_context as resume_context
    from pghistory_ops.contexts.pauses import NotPausable as NotPausable
    from pghistory_ops.contexts.pauses import paused as paused
    from pghistory_ops.declarations import track as track
    from pghistory_ops.fields import ContextForeignKey as ContextForeignKey
    from pghistory_ops.fields import ContextJSONField as ContextJSONField
    from pghistory_ops.fields import ContextUUIDField as ContextUUIDField
    from pghistory_ops.fields import Field as Field
    from pghistory_ops.fields import ForeignKey as ForeignKey
    from pghistory_ops.fields import ObjForeignKey as ObjForeignKey
    from pghistory_ops.fields import RelatedField as RelatedField
    from pghistory_ops.operations import AddTracker as AddTracker
    from pghistory_ops.operations import AlterEventModel as AlterEventModel
    from pghistory_ops.operations import CreateEventModel as CreateEventModel
    from pghistory_ops.operations import DeleteEventModel as DeleteEventModel
    from pghistory_ops.operations import RefreshTrackers as RefreshTrackers
    from pghistory_ops.operations import RemoveTracker as RemoveTracker
    from pghistory_ops.queries.aggregate import Events as Events
    from pghistory_ops.queries.asking import events as events
    from pghistory_ops.queries.event_queryset import EventQuerySet as EventQuerySet
    from pghistory_ops.queries.proxies import ProxyField as ProxyField
    from pghistory_ops.queries.restore import CannotRevert as CannotRevert
    from pghistory_ops.queries.restore import can_revert as can_revert
    from pghistory_ops.queries.restore import revert as revert
    from pghistory_ops.registry.event_base import EventBase as EventBase
    from pghistory_ops.registry.event_models import AmbiguousEventModel as AmbiguousEventModel
    from pghistory_ops.registry.event_models import event_model as event_model
    from pghistory_ops.registry.event_models import event_models as event_models
    from pghistory_ops.state import UnknownEventModel as UnknownEventModel
    from pghistory_ops.trackers import AfterDelete as AfterDelete
    from pghistory_ops.trackers import AfterInsert as AfterInsert
    from pghistory_ops.trackers import AfterInsertOrUpdate as AfterInsertOrUpdate
    from pghistory_ops.trackers import AfterTruncate as AfterTruncate
    from pghistory_ops.trackers import AfterUpdate as AfterUpdate
    from pghistory_ops.trackers import BeforeDelete as BeforeDelete
    from pghistory_ops.trackers import BeforeUpdate as BeforeUpdate
    from pghistory_ops.trackers import DatabaseTracker as DatabaseTracker
    from pghistory_ops.trackers import ManualTracker as ManualTracker
    from pghistory_ops.trackers import Snapshot as Snapshot
    from pghistory_ops.trackers import Tracker as Tracker
    from pghistory_ops.writing import acreate_event as acreate_event
    from pghistory_ops.writing import create_event as create_event
    from pghistory_ops.writing import create_events as create_events

_NAMES = {
    "contexts.context": (
        "add_context",
        "aexport_context",
        "context",
        "export_context",
        "resume_context",
    ),
    "declarations": ("track",),
    "contexts.pauses": ("NotPausable", "paused"),
    "operations": (
        "AddTracker",
        "AlterEventModel",
        "CreateEventModel",
        "DeleteEventModel",
        "RefreshTrackers",
        "RemoveTracker",
    ),
    "registry.event_base": ("EventBase",),
    "queries.aggregate": ("Events",),
    "queries.proxies": ("ProxyField",),
    "queries.restore": ("CannotRevert", "can_revert", "revert"),
    "queries.asking": ("events",),
    "queries.event_queryset": ("EventQuerySet",),
    "registry.event_models": (
        "AmbiguousEventModel",
        "event_model",
        "event_models",
    ),
    "state": ("UnknownEventModel",),
    "trackers": (
        "After",
        "AfterDelete",
        "AfterInsert",
        "AfterInsertOrUpdate",
        "AfterTruncate",
        "AfterUpdate",
        "Before",
        "BeforeDelete",
        "BeforeUpdate",
        "DatabaseTracker",
        "Delete",
        "Insert",
        "ManualTracker",
        "Row",
        "Snapshot",
        "Statement",
        "Tracker",
        "Truncate",
        "Update",
    ),
    "conditions": (
        "AllChange",
        "AllDontChange",
        "AnyChange",
        "AnyDontChange",
        "Condition",
        "F",
        "Q",
    ),
    "fields": (
        "ContextForeignKey",
        "ContextJSONField",
        "ContextUUIDField",
        "Field",
        "ForeignKey",
        "ObjForeignKey",
        "RelatedField",
    ),
    "writing": (
        "acreate_event",
        "create_event",
        "create_events",
    ),
}
_MODULES = {name: f"{__name__}.{module}" for module, found in _NAMES.items() for name in found}

__all__ = ["__version__", *sorted(_MODULES)]  # noqa: PLE0604


if not TYPE_CHECKING:
    # A type checker would take it for every name, and so would find no wrong one.

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
