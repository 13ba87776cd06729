"""The SQL of each operation, kept in snapshots/sql: it parses, runs, and stays as it is."""

import pytest
from django.contrib.postgres import fields as postgres_fields
from django.db import connection, models
from django.db.migrations.state import ProjectState
from syrupy.assertion import SnapshotAssertion

from snapshots.case import Case, Stage, parse, snapshot_text
from snapshots.cases import (
    changes,
    conditions,
    configurations,
    context,
    fields,
    literals,
    names,
    relations,
    trackers,
)
from snapshots.conftest import UnusedSnapshots
from snapshots.extension import SQLExtension

CASES: list[Case] = [
    case
    for module in (
        changes,
        conditions,
        configurations,
        context,
        fields,
        literals,
        names,
        relations,
        trackers,
    )
    for case in module.CASES
]


def params(cases: list[Case]) -> list[object]:
    return [pytest.param(case, id=case.path) for case in cases]


@pytest.mark.django_db
@pytest.mark.parametrize("case", params([case for case in CASES if case.atomic]))
def test_sql(case: Case, migrated_state: ProjectState, sql_snapshot: SnapshotAssertion) -> None:
    check(case, migrated_state, sql_snapshot)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", params([case for case in CASES if not case.atomic]))
def test_sql_without_a_transaction(
    case: Case, migrated_state: ProjectState, sql_snapshot: SnapshotAssertion
) -> None:
    check(case, migrated_state, sql_snapshot)


def check(case: Case, state: ProjectState, snapshot: SnapshotAssertion) -> None:
    stage = Stage(connection, state)
    for step in case.before:
        stage.perform(step)
    forwards = stage.forwards(case)
    parse(forwards)
    stage.execute(forwards)
    stage.execute(case.writes)
    backwards = stage.backwards(case)
    parse(backwards)
    stage.execute(backwards)
    # The same again, without a trace of the first time in the way.
    stage.execute(forwards)
    assert snapshot_text(case, forwards, backwards) == snapshot


def test_each_case_has_a_path_of_its_own() -> None:
    paths = [case.path for case in CASES]
    assert sorted(paths) == sorted(set(paths))


def test_no_snapshot_is_left_over(unused_snapshots: UnusedSnapshots) -> None:
    assert unused_snapshots(SQLExtension, {case.path for case in CASES}) == set()


@pytest.mark.parametrize("module", [models, postgres_fields], ids=lambda module: module.__name__)
def test_every_field_class_has_a_case(module: object) -> None:
    concrete = {
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, models.Field)
    }
    assert concrete - fields.CLASSES - relations.CLASSES - fields.WITHOUT_A_CASE == set()
