"""What the tests of reading history share."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test.utils import CaptureQueriesContext

import pghistory_ops as pgh
from db.shop import execute, make_shop
from pghistory_ops.queries.scope import may_be_null
from projects import Project

TRACKERS = ("pgh.Snapshot()", "pgh.AfterDelete('gone')")


def open_context(key: int, metadata: str) -> None:
    """Say which context is open, for the rest of the transaction."""
    execute(
        "SELECT set_config('pghistory_ops.context_id', %s, true), "
        "set_config('pghistory_ops.context_metadata', %s, true), "
        "set_config('pghistory_ops.context_pending', '1', true)",
        [f"0190b0a0-0000-7000-8000-{key:012}", metadata],
    )


def changes(found: Any) -> list[tuple[Any, ...]]:
    """Return the changes as all ways of asking find them, which are the same."""
    there = [(event.pgh_label, event.pgh_changes) for event in found.with_changes()]
    asked = pgh.events(found.model)
    looked_up = asked.filter(pk__in=found.values("pk")).with_changes()
    assert not is_windowed(looked_up)
    windowed = asked.filter(pk__in=[event.pk for event in found]).with_changes()
    assert is_windowed(windowed) == (bool(there) and not may_be_null(asked.history))
    for other in (looked_up, windowed):
        order = found.query.order_by or ("pgh_id",)
        assert [(e.pgh_label, e.pgh_changes) for e in other.order_by(*order)] == there
    assert list(found.with_changes().values_list("pgh_label", "pgh_changes")) == there
    return there


def is_windowed(found: Any) -> bool:
    """Return whether a query looks nothing up, and has window functions instead."""
    try:
        return " OVER " in str(found.query)
    except EmptyResultSet:
        return False


def things(project: Project, *trackers: str, **options: Any) -> Any:
    """Make a shop with three things, each created and changed."""
    thing = make_shop(project, *(trackers or TRACKERS), **options)
    for key in (1, 2, 3):
        thing.objects.create(id=key, name="a", size=key)
    thing.objects.update(name="b")
    return thing


def rows(found: Any) -> list[tuple[Any, ...]]:
    return list(found.values_list("pgh_label", "id", "name"))


def refused(event: Any, message: str, **options: Any) -> None:
    """Try to bring the row of an event back: it is refused, and nothing is written."""
    assert not pgh.can_revert(event, **options)
    with (
        CaptureQueriesContext(connection) as queries,
        pytest.raises(pgh.CannotRevert, match=message),
    ):
        pgh.revert(event, **options)
    writes = ("INSERT", "UPDATE", "DELETE")
    assert not [item for item in queries.captured_queries if item["sql"].startswith(writes)]
