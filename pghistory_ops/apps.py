"""The app: it registers checks and receivers of signals, and patches nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate
from django.utils.module_loading import import_string


class PghistoryOpsConfig(AppConfig):
    """The app ``pghistory_ops``."""

    name = "pghistory_ops"
    label = "pghistory_ops"
    verbose_name = "History"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, what is refused before a migration, and what carries the context."""
        from pghistory_ops.contexts.connections import prepare_connection

        for name, tag in {
            "check_stale_trackers": checks.Tags.models,
            "check_declarations": checks.Tags.models,
            "check_event_classes": checks.Tags.models,
            "check_commands": checks.Tags.commands,
        }.items():
            checks.register(_imported_later(f"pghistory_ops.checks.{name}"), tag)
        pre_migrate.connect(
            _imported_later("pghistory_ops.soundness.gate.refuse_unsound_plan"),
            sender=self,
            weak=False,
            dispatch_uid="pghistory_ops",
        )
        connection_created.connect(prepare_connection, dispatch_uid="pghistory_ops")


@cache
def _imported_later(path: str) -> Callable[..., Any]:
    """Return a function that imports another one when it is called.

    Most processes serve requests: they neither check nor migrate, and need not wait for it. It is
    one function for each path, so that what is registered again is registered once.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return import_string(path)(*args, **kwargs)

    return call
