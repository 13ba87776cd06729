"""``makemigrations`` that proposes history migrations too."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.management.base import CommandError

from pghistory_ops.autodetector import with_history
from pghistory_ops.autodetector.mixin import with_notices
from pghistory_ops.checks import check_stale_trackers, replaying
from pghistory_ops.management.base import base_command

BaseCommand: Any = base_command("makemigrations")


class Command(BaseCommand):  # type: ignore[misc]
    """The command of Django, or of the next app that has one, with the follow-ups."""

    autodetector = with_history(BaseCommand)

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Run the system checks but the one of stale trackers, for which it proposes a refresh."""
        with replaying():
            super().check(*args, **kwargs)

    def write_to_last_migration_files(self, changes: dict[str, list[Any]]) -> None:
        """Write them, as Django does, unless one would depend on another that is written too.

        Django names the others as they would have been called without ``--update``.
        """
        made = {(app, migration.name) for app, found in changes.items() for migration in found}
        for app, found in changes.items():
            needed = {tuple(name) for item in found for name in item.dependencies}
            for other, _ in sorted(made & needed):
                if other == app:
                    continue
                raise CommandError(
                    f"--update cannot write the migrations of {app!r} and {other!r} at once, for "
                    "one depends on the other. Run makemigrations without --update; or put what "
                    f"changes in {other!r} into its last migration first: makemigrations {other} "
                    f"--update, then makemigrations {app} --update."
                )
        super().write_to_last_migration_files(changes)

    def handle(self, *args: Any, **options: Any) -> str | None:
        self.autodetector = with_notices(self.autodetector, self.stderr)
        try:
            result: str | None = super().handle(*args, **options)
        except (LookupError, ValueError, TypeError, FieldDoesNotExist, FieldError) as error:
            if not options["skip_checks"]:
                super().check()  # says which migration cannot be replayed, and why
            for item in check_stale_trackers():
                if str(error) in item.msg:
                    raise CommandError(
                        f"No migration was made, for those on disk cannot be replayed. {item.msg}"
                    ) from error
            raise
        return result
