"""Moments in conditions: taken apart in UTC, whatever the settings say."""

from __future__ import annotations

import pytest
from django.db import models
from django.test import override_settings

import pghistory_ops as pgh
from pghistory_ops.reading import ConditionField
from pghistory_ops.sql.conditions import render

FIELDS = {"seen": ConditionField("seen", "seen", field=models.DateTimeField())}
SETTINGS = [
    {"USE_TZ": True, "TIME_ZONE": "UTC"},
    {"USE_TZ": True, "TIME_ZONE": "Asia/Tokyo"},
    {"USE_TZ": False, "TIME_ZONE": "Asia/Tokyo"},
]
TERMS = {
    "new__seen__date": ("2026-01-02", """(NEW."seen" AT TIME ZONE 'UTC')::date"""),
    "new__seen__time": ("03:04", """(NEW."seen" AT TIME ZONE 'UTC')::time"""),
    "new__seen__hour": (3, """EXTRACT(HOUR FROM NEW."seen" AT TIME ZONE 'UTC')"""),
    "new__seen__year": (2026, "'2026-01-01 00:00:00+00:00'::timestamptz"),
}


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("term", TERMS)
def test_a_part_of_a_moment_is_that_of_utc(term: str, settings: dict[str, object]) -> None:
    value, part = TERMS[term]
    with override_settings(**settings):
        text = render(pgh.Q(**{term: value}), FIELDS)
    assert part in text
