"""``makemigrations`` that proposes history migrations too."""

from typing import Any

from pghistory_ops.autodetector import with_history
from pghistory_ops.management.base import base_command

BaseCommand: Any = base_command("makemigrations")


class Command(BaseCommand):  # type: ignore[misc]
    """The command of Django, or of the next app that has one, with the follow-ups."""

    autodetector = with_history(BaseCommand)
