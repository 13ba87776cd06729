"""The template versions."""

from __future__ import annotations

from collections.abc import Callable

from pghistory_ops.spec import Signature
from pghistory_ops.sql import v1
from pghistory_ops.sql.objects import Trigger
from pghistory_ops.sql.v1 import Schemas
from pghistory_ops.trackers import DatabaseTracker

__all__ = ["LATEST", "TEMPLATES", "Schemas", "check_version", "triggers"]

TEMPLATES: dict[int, Callable[[DatabaseTracker, Signature, Schemas], list[Trigger]]] = {
    v1.VERSION: v1.triggers,
}
LATEST = max(TEMPLATES)


def check_version(version: int) -> int:
    """Return ``version``.

    Raises:
        ValueError: There is no such template in this version of the library.
    """
    if version not in TEMPLATES:
        raise ValueError(
            f"There is no SQL template {version!r}; this version of django-pghistory-ops has "
            f"{', '.join(map(str, TEMPLATES))}. Install a version that has it."
        )
    return version


def triggers(tracker: DatabaseTracker, signature: Signature, schemas: Schemas) -> list[Trigger]:
    """Return a tracker's triggers as the template of its signature makes them."""
    return TEMPLATES[check_version(signature.template)](tracker, signature, schemas)
