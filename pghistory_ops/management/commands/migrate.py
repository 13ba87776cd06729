"""``migrate`` that knows event models: what is not in a migration yet, and what cannot be faked."""

from typing import Any

from pghistory_ops.autodetector import with_history
from pghistory_ops.checks import replaying
from pghistory_ops.management.base import base_command
from pghistory_ops.soundness.gate import refuse_faked_history

BaseCommand: Any = base_command("migrate")


class Command(BaseCommand):  # type: ignore[misc]
    """The command of Django, or of the next app that has one, with the follow-ups."""

    autodetector = with_history(BaseCommand)

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Run the system checks but the one of stale trackers, which the gate looks for."""
        with replaying():
            super().check(*args, **kwargs)

    def handle(self, *args: Any, **options: Any) -> str | None:
        if options["fake_initial"]:
            refuse_faked_history(options["database"], options["app_label"])
        result: str | None = super().handle(*args, **options)
        return result
