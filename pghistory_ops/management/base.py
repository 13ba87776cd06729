"""The commands that ours stand in front of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import find_commands, load_command_class


def base_command(name: str) -> Any:
    """Return the class of a command as it would be without this app.

    That is the command of the first app behind ours that has one (Django documentation,
    "Overriding commands"), or Django's own.
    """
    labels = list(apps.app_configs)
    ours = labels.index("pghistory_ops") if "pghistory_ops" in labels else len(labels)
    for label in labels[ours + 1 :]:
        config = apps.app_configs[label]
        if name in find_commands(str(Path(config.path, "management"))):
            return type(load_command_class(config.name, name))
    return type(load_command_class("django.core", name))
