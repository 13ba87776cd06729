"""Questions that only a person can answer; without one, nothing is stopped and nothing deleted."""

from __future__ import annotations

from typing import Any

from django.db.migrations.questioner import InteractiveMigrationQuestioner

from pghistory_ops.autodetector.run import Run
from pghistory_ops.state import EventModelState

KEEP, STOP, DELETE = "keep", "stop", "delete"


def ask_vanished(run: Run, event_model: EventModelState, reason: str) -> str | None:
    """Ask what becomes of an event model: ``"keep"``, ``"stop"`` or ``"delete"``.

    Returns None where there is nobody to ask.
    """
    questioner: Any = run.detector.questioner
    if not isinstance(questioner, InteractiveMigrationQuestioner):
        run.say(
            f"{reason} Its history {event_model.label} goes on as it is. Run makemigrations in a "
            "terminal to stop its trackers or to delete it, or write the migration by hand."
        )
        return None
    asking: Any = questioner
    choice = asking._choice_input(
        f"{reason} What is to become of its history, {event_model.label}?",
        [
            "Keep everything as it is",
            "Stop the trackers and keep the events",
            "Delete the history",
        ],
    )
    return (KEEP, STOP, DELETE)[choice - 1]


def ask_renamed(run: Run, event_model: EventModelState, name: str) -> bool | None:
    """Ask whether an event model was renamed; None where there is nobody to ask."""
    questioner: Any = run.detector.questioner
    if not isinstance(questioner, InteractiveMigrationQuestioner):
        run.say(
            f"The history {event_model.label} is declared under the name {name} now. Run "
            "makemigrations in a terminal to rename it. Until then it goes on as it is."
        )
        return None
    renamed = event_model.clone()
    renamed.name = name
    return bool(questioner.ask_rename_model(event_model, renamed))
