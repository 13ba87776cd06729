"""What questions are given, checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone


def labels_of(name: str, given: Iterable[str]) -> list[str]:
    """Return the labels that an argument lists.

    Raises:
        TypeError: It is no list of texts.
    """
    labels = [] if isinstance(given, (str, bytes)) else list(given)
    if isinstance(given, (str, bytes)) or not all(isinstance(item, str) for item in labels):
        raise TypeError(f"{name}= takes a list of labels, not {given!r}.")
    return labels


def moment_of(value: Any) -> datetime:
    """Return a moment.

    Raises:
        TypeError: It is no datetime.
        ValueError: It has no time zone, and the project uses time zones.
    """
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no moment. Give a datetime.")
    if settings.USE_TZ and timezone.is_naive(value):
        raise ValueError(
            f"The moment {value.isoformat()} has no time zone. Give it one: "
            "timezone.make_aware(…), or timezone.now()."
        )
    return value
