"""What the figures were made on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from server import SETTINGS

import pghistory_ops

PACKAGES = (
    "Django",
    "django-pghistory",
    "django-pgtrigger",
    "django-simple-history",
    "django-auditlog",
    "django-reversion",
    "psycopg",
)


def machine(parameters: dict[str, Any]) -> dict[str, str]:
    """Return the machine and the versions, by what they are called."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "commit": _commit(),
        "load before": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        "PostgreSQL": _postgres(parameters),
        "django-pghistory-ops": pghistory_ops.__version__,
        **{name: version(name) for name in PACKAGES},
        "server settings": ", ".join(f"{name}={text}" for name, text in SETTINGS.items()),
    }


def _commit() -> str:
    """Return the commit that is checked out; whether files differ from it."""
    git = ("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty")
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgres(parameters: dict[str, Any]) -> str:
    names = ("HOST", "PORT", "USER", "PASSWORD")
    known = {name.lower(): parameters[name] for name in names if name in parameters}
    with psycopg.connect(
        **known, **parameters.get("OPTIONS", {}), dbname=parameters["NAME"]
    ) as connection:
        info = connection.info.server_version
    return f"{info // 10000}.{info % 10000}"
