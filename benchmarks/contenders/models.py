"""The tracked models of all but this library: one shape, a table each.

They have no migrations: ``migrate --run-syncdb`` makes their tables, and django-pgtrigger installs
django-pghistory's triggers. The hand-written ones are in ``hand.py``.
"""

from __future__ import annotations

import pghistory
import reversion
from auditlog.registry import auditlog
from simple_history.models import HistoricalRecords

from contenders.shape import Shape


class Untracked(Shape):
    pass


class HandRow(Shape):
    pass


class HandStatement(Shape):
    pass


class HandMixed(Shape):
    pass


def _trackers(level: object) -> list[pghistory.Tracker]:
    import pgtrigger

    kwargs = {} if level is None else {"level": getattr(pgtrigger, str(level))}
    return [
        pghistory.InsertEvent(**kwargs),
        pghistory.UpdateEvent(**kwargs),
        pghistory.DeleteEvent(**kwargs),
    ]


@pghistory.track(*_trackers(None))
class PghRow(Shape):
    pass


@pghistory.track(*_trackers("Statement"))
class PghStatement(Shape):
    pass


@pghistory.track(
    *_trackers(None),
    context_field=pghistory.ContextJSONField(),
    context_id_field=pghistory.ContextUUIDField(),
)
class PghJSON(Shape):
    pass


class Simple(Shape):
    history = HistoricalRecords()


class Audited(Shape):
    pass


auditlog.register(Audited)


@reversion.register()
class Reverted(Shape):
    pass
