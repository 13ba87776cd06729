"""What ``makemigrations`` proposes when models or declarations change, and that it is right."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from autodetector.cases import CASES
from autodetector.runner import Runner, leftovers
from projects import Project

CASE_TABLES = ("shop_order", "shop_purchase", "orders", "shop_orderevent")
LEVELS = {"default": "pgh.Snapshot()", "row": "pgh.Snapshot(level=pgh.Row)"}
LEVELS["statement"] = "pgh.Snapshot(level=pgh.Statement)"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", CASES)
def test_a_change_is_followed(
    project: Project, proposal: SnapshotAssertion, name: str, level: str
) -> None:
    case = CASES[name]
    runner = Runner(project)
    runner.models(case.before.format(trackers=LEVELS[level]))
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    runner.execute(case.first)

    runner.models(case.after.format(trackers=LEVELS[level]))
    assert runner.makemigrations(*case.replies) == proposal
    runner.migrate()
    if case.write is not None:
        found = runner.events(case.write, table=case.events, columns=case.columns)
        assert found == ([] if case.expected is None else [case.expected])
    assert runner.is_quiet()

    # The rows and events of now would not satisfy the columns of then.
    runner.forget_rows(*CASE_TABLES, case.events)
    runner.migrate("shop", "0001")
    assert len(runner.events(case.first)) == 1
    runner.migrate("shop", "zero")
    assert leftovers() == []
