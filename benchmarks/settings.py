"""Django's settings for the measurements of writes and reads.

``BENCH_DATABASE`` has the parameters of the connection as JSON, so that a second process finds it.
There are two connections to one database: ``ours`` carries contexts, ``default`` is Django's own,
so that no other contestant pays for what this library does to a connection.
"""

from __future__ import annotations

import json
import os
from typing import Any

SECRET_KEY = "benchmarks"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pgtrigger",
    "pghistory",
    "simple_history",
    "auditlog",
    "reversion",
    "pghistory_ops",
    "contenders",
    "ours",
]
DATABASE: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "postgres",
    **json.loads(os.environ.get("BENCH_DATABASE", "{}")),
}
DATABASES = {"default": DATABASE, "ours": DATABASE}
DATABASE_ROUTERS = ["connections.Router"]
