"""Questions that only a person can answer; without one, nothing is stopped and nothing deleted."""

from __future__ import annotations

import sys
from typing import Any

from django.db.migrations.questioner import InteractiveMigrationQuestioner

from pghistory_ops.autodetector.run import Run
from pghistory_ops.state import EventModelState

KEEP, STOP, DELETE = "keep", "stop", "delete"
_BY_HAND = "Run makemigrations in a terminal"


def ask_vanished(run: Run, event_model: EventModelState, reason: str) -> str | None:
    """Ask what becomes of an event model: ``"keep"``, ``"stop"`` or ``"delete"``.

    Returns None where there is nobody to ask.
    """
    return _ask(
        run,
        event_model,
        reason,
        f"goes on as it is. {_BY_HAND} to stop its trackers or to delete it",
        {
            KEEP: "Keep everything as it is",
            STOP: "Stop the trackers and keep the events",
            DELETE: "Delete the history",
        },
    )


def ask_deleted(run: Run, event_model: EventModelState, label: str) -> str | None:
    """Ask what becomes of the events of a deleted model: ``"keep"`` or ``"delete"``.

    Returns None where there is nobody to ask.
    """
    return _ask(
        run,
        event_model,
        f"The tracked model {label} is gone, and the trackers go with its table.",
        f"is kept. {_BY_HAND} to delete it",
        {KEEP: "Keep the events", DELETE: "Delete the history"},
    )


def _ask(
    run: Run, event_model: EventModelState, reason: str, default: str, choices: dict[str, str]
) -> str | None:
    questioner = _person(run)
    if questioner is None:
        run.say(
            f"{reason} Its history {event_model.label} {default}, or write the migration by hand."
        )
        return None
    choice: int = questioner._choice_input(
        f"{reason} What is to become of its history, {event_model.label}?", list(choices.values())
    )
    return list(choices)[choice - 1]


def _person(run: Run) -> Any:
    """Return who asks a person; None without a terminal, where an answer could not come."""
    questioner = run.detector.questioner
    if isinstance(questioner, InteractiveMigrationQuestioner) and sys.stdin and sys.stdin.isatty():
        return questioner
    return None


def ask_renamed(run: Run, event_model: EventModelState, name: str) -> bool | None:
    """Ask whether an event model was renamed; None where there is nobody to ask."""
    questioner = _person(run)
    if questioner is None:
        run.say(
            f"The history {event_model.label} is declared under the name {name} now. Run "
            "makemigrations in a terminal to rename it. Until then it goes on as it is."
        )
        return None
    renamed = event_model.clone()
    renamed.name = name
    return bool(questioner.ask_rename_model(event_model, renamed))
