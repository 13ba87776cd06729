"""The text of a migration with each operation, kept in snapshots/migrations: it says the same."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from syrupy.assertion import SnapshotAssertion

import pghistory_ops as pgh
from snapshots.cases import written
from snapshots.conftest import UnusedSnapshots
from snapshots.extension import MigrationExtension

OPERATIONS = dict(written.operations())
OF_A_PROJECT = "of_a_project"

PROJECT_MODULE = """
import pghistory_ops as pgh
import pgtrigger


class IsPaid(pgh.Condition):
    sql = "NEW.status = 'paid'"


class NoteChange(pgh.AnyChange):
    fields = ["note"]


class Paid(pgh.DatabaseTracker):
    operation = pgh.Insert | pgh.Update
    condition = IsPaid()
    level = pgh.Row


class PaidLate(Paid):
    label = "paid.late"
    operation = pgh.Update
    condition = pgh.Q(new__status="paid", old__status="late")
    snapshot = "OLD"
    level = pgh.Statement


class Noted(pgh.AfterUpdate):
    condition = NoteChange()


class NotNoted(pgh.AfterUpdate):
    condition = ~pgtrigger.AnyChange("note")


class Gone(pgh.DatabaseTracker):
    operation = pgh.Delete
    when = pgh.Before


class Kept(pgh.Snapshot):
    label = "kept"


class Audited(pgh.ManualTracker):
    pass


TRACKERS = [
    Paid(), Paid("paid.now"), PaidLate(), PaidLate(level=pgh.Row), Noted(), NotNoted(), Gone(),
    Kept(), Kept(level=pgh.Statement), Audited(), Audited("audited.twice"),
]
"""


def written_text(*operations: Operation) -> str:
    migration = type(
        "Migration",
        (Migration,),
        {"dependencies": [("shop", "0001_initial")], "operations": list(operations)},
    )
    return MigrationWriter(migration("0002_history", "shop"), include_header=False).as_string()


def loaded_operations(text: str) -> list[Any]:
    namespace: dict[str, Any] = {"__name__": "shop.migrations.0002_history"}
    exec(compile(text, "0002_history.py", "exec"), namespace)
    return namespace["Migration"].operations


def deconstructed(operation: Operation) -> Any:
    """Return what the autodetector compares: fields and values down to the last argument."""
    return MigrationAutodetector(ProjectState(), ProjectState()).deep_deconstruct(operation)


@pytest.mark.parametrize(
    "operation", [pytest.param(item, id=name) for name, item in OPERATIONS.items()]
)
def test_written_operation(operation: Any, migration_snapshot: SnapshotAssertion) -> None:
    text = written_text(operation)
    (loaded,) = loaded_operations(text)
    assert deconstructed(loaded) == deconstructed(operation)
    assert written_text(loaded) == text
    if isinstance(operation, pgh.AddTracker):
        assert loaded.tracker == operation.tracker
        assert hash(loaded.tracker) == hash(operation.tracker)
    assert text == migration_snapshot


@pytest.fixture
def project_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "shop_trackers.py").write_text(PROJECT_MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import shop_trackers

    yield shop_trackers
    sys.modules.pop("shop_trackers", None)


@pytest.mark.parametrize("of", [pytest.param(None, id=OF_A_PROJECT)])
def test_a_migration_does_not_import_a_project_to_know_its_trackers(
    of: None, project_module: Any, migration_snapshot: SnapshotAssertion
) -> None:
    operations = [pgh.AddTracker("OrderEvent", item) for item in project_module.TRACKERS]
    text = written_text(*operations)
    del sys.modules["shop_trackers"]

    loaded = loaded_operations(text)

    assert "shop_trackers" not in sys.modules
    assert [item.tracker for item in loaded] == [item.tracker for item in operations]
    assert list(map(deconstructed, loaded)) == list(map(deconstructed, operations))
    assert text == migration_snapshot


def test_no_migration_snapshot_is_left_over(unused_snapshots: UnusedSnapshots) -> None:
    assert unused_snapshots(MigrationExtension, {*OPERATIONS, OF_A_PROJECT}) == set()
