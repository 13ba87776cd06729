"""What changed, in each of the ways in which a query may ask for it without ``for_objects``."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import pghistory_ops as pgh

KEYS = st.integers(1, 3)
NAMES = st.sampled_from([None, "a", "b"])


def told(found: Any) -> list[tuple[Any, ...]]:
    return [(event.pk, event.pgh_changes) for event in found.with_changes()]


def expected(events: list[Any]) -> list[tuple[Any, ...]]:
    return [(event.pk, event.changes) for event in events]


def compare_reads(thing: Any, history: Any, data: st.DataObject) -> None:
    """Ask for some events in one way, and compare the answers with what a model tells."""
    events = history.events
    found = pgh.events(thing)
    own = found.history.identity[0]
    one, two, name = data.draw(KEYS), data.draw(KEYS), data.draw(NAMES)
    named = found.filter(name=name) | found.filter(**{own: one})
    ways = [
        (found, lambda event: True),
        (found.filter(**{own: one}), lambda event: event.key == one),
        (found.filter(**{f"{own}__in": [one, two]}), lambda event: event.key in (one, two)),
        (found.filter(**{f"{own}__gt": one}), lambda event: event.key > one),
        (found.exclude(**{own: one}), lambda event: event.key != one),
        (
            found.filter(**{own: one}, name=name),
            lambda event: event.key == one and event.row["name"] == name,
        ),
        (found.filter(size=1), lambda event: event.row["size"] == 1),
        (named, lambda event: event.key == one or event.row["name"] == name),
        (found.filter(pk__in=found.filter(size=1)), lambda event: event.row["size"] == 1),
    ]
    asked, fulfils = data.draw(st.sampled_from(ways))
    some = [event for event in events if fulfils(event)]
    later = found.with_changes()
    later.query.where = asked.query.where.clone()  # as if it had been asked after with_changes()
    compare_forms(data.draw(st.sampled_from([asked.with_changes(), later])), some, data)


def compare_forms(full: Any, some: list[Any], data: st.DataObject) -> None:
    low, high = data.draw(st.integers(0, 3)), data.draw(st.integers(3, 9))
    changing = [event for event in some if event.changes and "name" in event.changes]
    sorted_by_size = sorted(some, key=by_size)
    assert told(full) == expected(some)
    assert told(full[low:high]) == expected(some[low:high])
    assert told(full[low:]) == expected(some[low:])
    assert told(full.reverse()[low:high]) == expected(some[::-1][low:high])
    found = full.order_by("size", "-pgh_id")
    assert told(found[low:high]) == expected(sorted_by_size[low:high])
    changed = full.filter(pgh_changes__has_key="name")
    assert told(changed) == expected(changing)
    assert told(changed.reverse()[:2]) == expected(changing[::-1][:2])
    assert full.count() == len(some)
    unknown = [event for event in some if event.changes is None]
    assert full.filter(pgh_changes__isnull=True).count() == len(unknown)


def by_size(event: Any) -> tuple[bool, int, int]:
    size = event.row["size"]
    return size is None, size or 0, -event.pk
