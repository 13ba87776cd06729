"""What an event takes up, with its indexes."""

from __future__ import annotations

from connections import value
from contestants import ALL, UNTRACKED
from rounds import Group
from writes import instances

NAME = "bytes per event"


def sizes(events: int) -> Group:
    """Measure the tables of the history after so many inserts."""
    group = Group("sizes", unit="B")
    for contestant in ALL:
        if contestant is UNTRACKED:
            continue
        contestant.empty()
        with contestant.writing(atomic=True, context=False):
            contestant.create(instances(contestant, events))
        contestant.check("bulk_create", events, events, "new")
        taken = sum(
            int(value("SELECT pg_total_relation_size(%s::regclass)", [table]))
            for table in contestant.tables
        )
        group.add(NAME, contestant.name, taken / events)
    return group
