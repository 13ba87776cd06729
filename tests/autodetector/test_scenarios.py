"""What ``makemigrations`` proposes when models or declarations change, and that it is right."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from autodetector.cases import CASES, INSERT
from autodetector.runner import Runner, leftovers
from projects import Project

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
    runner.execute(
        "INSERT INTO shop_order (total, note) VALUES (1, 'old')".replace(
            "(total, note) VALUES (1, 'old')",
            "(total, note, secret) VALUES (1, 'old', '')"
            if "secret" in case.before
            else "(total, note) VALUES (1, 'old')",
        )
    )

    runner.models(case.after.format(trackers=LEVELS[level]))
    assert runner.makemigrations(*case.replies) == proposal
    runner.migrate()
    found = runner.events(case.write, columns=case.columns)
    assert found == ([] if case.expected is None else [case.expected])
    assert runner.is_quiet() or name == "keep_when_declaration_is_gone"

    # The rows and events of now would not satisfy the columns of then.
    runner.forget_rows(case.write.split()[2])
    runner.migrate("shop", "0001")
    before = "'x', ''" if "secret" in case.before else "'x'"
    fields = "total, note, secret" if "secret" in case.before else "total, note"
    again = runner.events(
        f"INSERT INTO shop_order ({fields}) VALUES (20, {before})", columns="total"
    )
    assert (20,) in again
    runner.migrate("shop", "zero")
    assert leftovers() == []


def test_the_cases_write_what_they_say() -> None:
    assert INSERT.startswith("INSERT INTO shop_order")
