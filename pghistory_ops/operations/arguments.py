"""Arguments that the operations on event models share, and what they must satisfy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pghistory_ops.fields import ContextJSONField
from pghistory_ops.spec import Policy


def checked_label(tracks: Any) -> str:
    """Return ``tracks``, the label of a model."""
    if not isinstance(tracks, str) or tracks.count(".") != 1:
        raise ValueError(f'tracks={tracks!r} is not the label of a model: "app_label.ModelName".')
    return tracks


def checked_policy(
    name: str, fields: Iterable[str] | None, exclude: Iterable[str] | None
) -> Policy:
    """Return the policy that ``fields`` and ``exclude`` make."""
    for argument, value in (("fields", fields), ("exclude", exclude)):
        if isinstance(value, str):
            raise ValueError(
                f"{argument}={value!r} of the event model {name} is a text. Use a list of names."
            )
    if fields is not None and exclude is not None:
        raise ValueError(
            f"The event model {name} has both fields and exclude. Give the fields to mirror, or "
            "those not to mirror."
        )
    return Policy(None if fields is None else tuple(fields), tuple(exclude or ()))


def check_context(name: str, context_field: Any, context_id_field: Any) -> None:
    """Check that the fields of the context go together."""
    if context_id_field is not None and not isinstance(context_field, ContextJSONField):
        raise ValueError(
            f"The event model {name} has a context_id_field without a ContextJSONField. A "
            "ContextForeignKey holds the context's key itself."
        )
