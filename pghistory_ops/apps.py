"""The app: it registers checks and receivers of signals, and patches nothing."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate


class PghistoryOpsConfig(AppConfig):
    """The app ``pghistory_ops``."""

    name = "pghistory_ops"
    label = "pghistory_ops"
    verbose_name = "History"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, what is refused before a migration, and what carries the context."""
        from pghistory_ops.checks import (
            check_commands,
            check_declarations,
            check_event_classes,
            check_stale_trackers,
        )
        from pghistory_ops.contexts.connections import prepare_connection
        from pghistory_ops.soundness.gate import refuse_unsound_plan

        checks.register(check_stale_trackers, checks.Tags.models)
        checks.register(check_declarations, checks.Tags.models)
        checks.register(check_event_classes, checks.Tags.models)
        checks.register(check_commands, checks.Tags.commands)
        pre_migrate.connect(refuse_unsound_plan, sender=self)
        connection_created.connect(prepare_connection, dispatch_uid="pghistory_ops")
