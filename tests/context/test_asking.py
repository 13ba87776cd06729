"""Events are found by whatever key a context may say."""

from __future__ import annotations

from typing import Any

import pytest

import pghistory_ops as pgh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("key", ["self", "metadata", "a b", 'q"'])
def test_any_key_can_be_asked_for(thing: Any, key: str) -> None:
    with pgh.context(**{key: 1}):
        thing.objects.create(id=1)
    thing.objects.create(id=2)
    assert [event.id for event in pgh.events(thing).in_context(**{key: 1})] == [1]
    assert pgh.Events.objects.all().in_context(**{key: 1}).count() == 1
