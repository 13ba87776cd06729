"""A snapshot compares whole rows also where a new field has no event column yet."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_order import BIG_A, STATE, A, back_to_nothing, go, order
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

EXACT = "    a = models.DecimalField(max_digits=9, decimal_places=2, default=0)\n"


@pytest.mark.parametrize("app", ["audit", "shop", "tracks"])
@pytest.mark.parametrize(("before", "after"), [(EXACT, BIG_A), (BIG_A, A)])
def test_a_type_changes_while_a_field_is_added(
    project: Project, app: str, before: str, after: str
) -> None:
    """No trigger of the time between names the column, on the way back neither."""
    runner = Runner(project)
    declared = f"pgh.track(pgh.Snapshot(level=pgh.Row), app_label='{app}', model_name='Past')"
    declared += "('shop.Order')\n"

    def models(fields: str) -> dict[str, str]:
        if app == "shop":
            return {"shop": order(fields) + "\n\n" + declared}
        return {"shop": order(fields), app: declared}

    go(runner, **models(before))
    go(runner, **models(after + STATE))
    sql = "INSERT INTO shop_order (a, state) VALUES (3, 4)"
    assert runner.events(sql, f"{app}_past", "a::int, state") == [(3, 4)]
    changed = runner.events("UPDATE shop_order SET state = 5", f"{app}_past", "a::int, state")
    assert changed == [(3, 5)]
    back_to_nothing(runner, "shop", app)
