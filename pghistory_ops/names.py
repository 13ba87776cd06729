"""Identifiers: pure, deterministic, and at most 63 bytes long.

PostgreSQL cuts a longer identifier off without an error (manual, 4.1.1 "Identifiers and Key
Words"), so two long names could become one. A name that does not fit is cut here instead, and
carries a digest of the whole.
"""

from __future__ import annotations

import hashlib
import re

MAX_BYTES = 63

GUARD_TRIGGER = "pgh_append_only"

# Triggers of one kind fire in the order of their names (manual, CREATE TRIGGER). Ours fire first
# after a row has changed, so that the event of a change precedes the events of the changes that
# other triggers make in response to it; and last before it changes, when no other trigger can call
# the change off any more.
AFTER_PREFIX = "00_pgh_"
BEFORE_PREFIX = "zz_pgh_"


def digest(*parts: str, length: int = 8) -> str:
    """Return hexadecimal digits that stand for ``parts``, told apart by their boundaries."""
    text = "\x1f".join(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def cut(text: str, size: int) -> str:
    """Return the longest start of ``text`` that takes at most ``size`` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def printable(text: str) -> str:
    """Return ``text`` with an underscore for each character that cannot be shown on a line."""
    return "".join(char if char.isprintable() else "_" for char in text)


def trigger_name(label: str, operation: str, *, before: bool = False) -> str:
    """Name the trigger of a tracker for one operation.

    It holds the label alone: labels are unique per tracked model, so the name is unique on the
    table and survives every rename of the tracked and of the event model.
    """
    prefix = BEFORE_PREFIX if before else AFTER_PREFIX
    name = f"{prefix}{label}_{operation.lower()}"
    if len(name.encode()) <= MAX_BYTES and name.isprintable():
        return name
    suffix = f"_{digest(label)}_{operation.lower()}"
    return cut(printable(prefix + label), MAX_BYTES - len(suffix)) + suffix


def function_name(event_table: str, label: str, operation: str) -> str:
    """Name the function of a tracker for one operation; unique in the event table's schema."""
    suffix = f"_{operation.lower()}_{digest(event_table, label, operation)}"
    return cut(printable(f"pgh_{event_table}_{label}"), MAX_BYTES - len(suffix)) + suffix


def guard_name(event_table: str) -> str:
    """Name the function that keeps an append-only event table from being changed."""
    suffix = f"_append_only_{digest(event_table)}"
    return cut(printable(f"pgh_{event_table}"), MAX_BYTES - len(suffix)) + suffix


def index_name(event_table: str, *columns: str) -> str:
    """Name an index of an event table: at most 30 characters, Django's limit."""
    suffix = f"_{digest(event_table, *columns, length=6)}_pgh"
    return cut(re.sub(r"[^a-z0-9_]", "", event_table.lower()).lstrip("_0123456789"), 19) + suffix


def snake_case(name: str) -> str:
    """Return a class name as a label: ``OrderPaid`` becomes ``order_paid``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.lower()
