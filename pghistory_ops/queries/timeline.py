"""The history of one object as a table for the terminal; needs rich (the extra ``cli``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone
from rich.console import Group
from rich.table import Table
from rich.text import Text

from pghistory_ops.queries.exact import dumps
from pghistory_ops.registry.event_models import event_model, history_of


def table(rows: Iterable[Any], title: str) -> Table:
    """Return the events of an object, the oldest first, as a table.

    Args:
        rows: Rows of ``Events``.
        title: The title of the table.
    """
    result = Table(title=_text(title), title_justify="left", show_lines=True)
    result.add_column("When", no_wrap=True)
    result.add_column("Event")
    result.add_column("Changes", overflow="fold", ratio=3)
    result.add_column("Context", overflow="fold", ratio=2)
    for row in rows:
        result.add_row(_moment(row), _event(row), _changes(row), _context(row))
    return result


def _moment(row: Any) -> Text:
    moment = row.pgh_created_at
    if settings.USE_TZ:
        moment = timezone.localtime(moment)
    return Text(moment.isoformat(sep=" ", timespec="milliseconds"))


def _event(row: Any) -> Group:
    return Group(_text(row.pgh_label, "bold"), _text(row.pgh_model, "dim"))


def _changes(row: Any) -> Text:
    names = history_of(event_model(row.pgh_model)).mirrored  # JSON has an order of its own
    if row.pgh_diff is None:  # nothing to compare with: the row as it is
        pairs = [f"{name} = {_shown(row.pgh_data[name])}" for name in names if name in row.pgh_data]
        return _text("\n".join(pairs), "dim")
    if not row.pgh_diff:
        return Text("no change", style="dim")
    lines = []
    for name in (name for name in names if name in row.pgh_diff):
        old, new = map(_shown, row.pgh_diff[name])
        line = Text.assemble(_text(name, "bold"), ": ", _text(old, "red"), " → ")
        line.append(_text(new, "green"))
        if old == new:  # such as NULL and the null of JSON
            line.append(" (stored in another form)", "dim")
        lines.append(line)
    return Text("\n").join(lines)


def _context(row: Any) -> Text:
    metadata = (row.pgh_context or {}).get("metadata") or {}
    return _text("\n".join(f"{name}: {_shown(value)}" for name, value in metadata.items()))


def _text(text: str, style: str = "") -> Text:
    """Return text in which nothing can steer the terminal."""
    safe = (char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)
    return Text("".join(safe), style=style)


def _shown(value: Any) -> str:
    """Return a value as JSON; text without quotes where nothing else could be meant."""
    if isinstance(value, str) and value == value.strip() and not _is_json(value):
        return value
    return dumps(value)


def _is_json(text: str) -> bool:
    try:
        json.loads(text or "null")
    except ValueError:
        return False
    return True
