"""Questions that only a person can answer; without one, nothing is stopped and nothing deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.migrations.questioner import InteractiveMigrationQuestioner

from pghistory_ops.state import EventModelState

KEEP, STOP, DELETE = "keep", "stop", "delete"


def ask_vanished(
    questioner: Any, event_model: EventModelState, reason: str, say: Callable[[str], None]
) -> str:
    """Ask what becomes of an event model: ``"keep"``, ``"stop"`` or ``"delete"``."""
    if not isinstance(questioner, InteractiveMigrationQuestioner):
        say(
            f"{reason} Its history {event_model.label} goes on as it is. Run makemigrations in a "
            "terminal to stop its trackers or to delete it, or write the migration by hand."
        )
        return KEEP
    ask: Any = questioner
    choice = ask._choice_input(
        f"{reason} What is to become of its history, {event_model.label}?",
        [
            "Keep everything as it is",
            "Stop the trackers and keep the events",
            "Delete the history",
        ],
    )
    return (KEEP, STOP, DELETE)[choice - 1]
