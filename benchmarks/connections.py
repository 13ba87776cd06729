"""The two connections to the one database; see ``settings.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import Model
from rounds import clock

OURS = frozenset({"ours", "pghistory_ops"})


class Router:
    """Send the models of this library's contestants over its connection."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return "ours" if model._meta.app_label in OURS else "default"

    db_for_write = db_for_read

    def allow_relation(self, *objects: Model, **hints: Any) -> bool:
        return True


def reconnect() -> None:
    """Open new connections, the default one without this library's receiver of the signal."""
    from pghistory_ops.contexts.connections import prepare_connection

    for alias in connections:
        connections[alias].close()
    connection_created.disconnect(dispatch_uid="pghistory_ops")
    connections["default"].ensure_connection()
    connection_created.connect(prepare_connection, dispatch_uid="pghistory_ops")
    connections["ours"].ensure_connection()
    if clock.processes:
        use_processor_time()


def use_processor_time() -> None:
    """Measure processor time from here on; see ``Clock``."""
    opened: list[Any] = [connections[alias].connection for alias in connections]
    clock.processes = [connection.info.backend_pid for connection in opened]


def execute(sql: str, params: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a statement over the default connection; return its rows."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, None if params is None else list(params))
        return cursor.fetchall() if cursor.description else []


def value(sql: str, params: Iterable[Any] | None = None) -> Any:
    """Return the first column of the first row."""
    return execute(sql, params)[0][0]


def model(label: str) -> type[Model]:
    return apps.get_model(label)


def versions() -> Mapping[str, str]:
    return {"PostgreSQL": str(value("SHOW server_version")).split()[0]}
