"""Every tracker, and trackers of one's own."""

from typing import assert_type

import pghistory_ops as pgh

ALL: list[pgh.Tracker] = [
    pgh.Snapshot(),
    pgh.Snapshot("order", level=pgh.Row),
    pgh.AfterInsert(),
    pgh.AfterInsert("added", condition=pgh.Q(new__total__gt=100), level=pgh.Row),
    pgh.AfterInsertOrUpdate("written", level=pgh.Statement),
    pgh.AfterUpdate("changed", condition=pgh.AnyChange()),
    pgh.BeforeUpdate("left", condition=~pgh.Q(old__status="new")),
    pgh.AfterDelete(),
    pgh.BeforeDelete("gone"),
    pgh.AfterTruncate(),
    pgh.ManualTracker("remark"),
    pgh.DatabaseTracker(
        "any",
        operation=pgh.Insert | pgh.Update | pgh.Delete,
        when=pgh.After,
        level=pgh.Statement,
    ),
    pgh.DatabaseTracker("early", operation=pgh.Update, when=pgh.Before, snapshot="OLD"),
    pgh.DatabaseTracker("emptied", operation=pgh.Truncate, condition=None),
]


class Reduced(pgh.DatabaseTracker):
    """A tracker whose arguments are attributes."""

    label = "order.reduced"
    operation = pgh.Update
    when = pgh.After
    condition = pgh.Q(new__total__lt=pgh.F("old__total"))
    snapshot = "OLD"
    level = pgh.Row


class Paid(pgh.AfterUpdate):
    """A tracker with a parameter of its own."""

    def __init__(self, status: str = "paid") -> None:
        super().__init__(f"order.{status}", condition=pgh.Q(new__status=status))


class Row(pgh.Snapshot):
    """A tracker that changes a default."""

    level = pgh.Row


OWN: list[pgh.DatabaseTracker] = [Reduced(), Reduced("order.cheaper"), Paid(), Paid("sent"), Row()]

assert_type(Reduced().label, str)
assert_type(pgh.ManualTracker("remark").label, str)


def labels(trackers: list[pgh.Tracker]) -> set[str]:
    return {tracker.label for tracker in trackers}


assert len(labels([*ALL, *OWN])) == len(ALL) + len(OWN)
