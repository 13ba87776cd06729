"""Conditions, and what they are combined to."""

from datetime import UTC, datetime
from typing import assert_type

import pghistory_ops as pgh

paid = pgh.Q(old__status="new", new__status="paid")
larger = pgh.Q(new__total__gt=pgh.F("old__total"))
recent = pgh.Q(new__paid_at__gte=datetime(2030, 1, 1, tzinfo=UTC))
any_change = pgh.AnyChange("status", "total")
any_but = pgh.AnyChange(exclude=["total"], exclude_auto=True)
any_same = pgh.AnyDontChange("status", exclude=["total"])
all_change = pgh.AllChange("status", "total")
all_same = pgh.AllDontChange(exclude_auto=True)
text = pgh.Condition('NEW."total" > OLD."total"')

assert_type(paid & larger, pgh.Q)
assert_type(paid | larger, pgh.Q)
assert_type(~paid, pgh.Q)
assert_type(any_change & paid, pgh.Q)
assert_type(any_change | any_but, pgh.Q)
assert_type(paid & any_change, pgh.Q)
assert_type(~any_same, pgh.Q)
assert_type(~text & (all_change | all_same), pgh.Q)
assert_type(text | recent, pgh.Q)

assert_type(pgh.Q(paid, larger, _connector=pgh.Q.OR, _negated=True), pgh.Q)

conditions: list[pgh.Q | pgh.Condition | pgh.AnyChange] = [paid, text, any_change]
tracker = pgh.AfterUpdate("combined", condition=(paid | ~larger) & any_change & ~text)
