"""Labels and values in conditions come out of the SQL as they were; identifiers fit."""

from collections.abc import Iterator

import pglast
import pytest
from django.db import connection
from django.db.migrations.state import ProjectState
from django.test import override_settings

import pghistory_ops as pgh
from snapshots.case import Case, Stage
from snapshots.cases import literals, names

TEXTS = [
    case
    for case in literals.CASES
    if case.path.startswith(("add_tracker/literal_text_with_", "add_tracker/literal_text_not_"))
]
LABELS = [case for case in names.CASES if case.path.startswith("add_tracker/label_")]


def staged(case: Case, state: ProjectState) -> Stage:
    stage = Stage(connection, state)
    for step in case.before:
        stage.perform(step)
    return stage


@pytest.mark.django_db
@pytest.mark.parametrize("level", [pgh.Row, pgh.Statement], ids=str)
@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.path)
def test_a_condition_selects_the_rows_that_have_the_text(
    case: Case, level: object, migrated_state: ProjectState
) -> None:
    condition = case.operation.tracker.condition
    ((_, text),) = condition.children
    stage = staged(case, migrated_state)
    stage.perform(
        pgh.AddTracker("ParcelEvent", pgh.AfterInsert("has_text", condition=condition, level=level))
    )
    with connection.cursor() as cursor:
        for status in (text, f"{text}."[:20]):
            cursor.execute(
                "INSERT INTO shop_parcel"
                ' (status, weight, price, is_express, "Zip Code", created_at, updated_at)'
                " VALUES (%s, 1, 1, false, '', now(), now())",
                [status],
            )
        cursor.execute("SELECT status FROM shop_parcelevent")
        assert cursor.fetchall() == [(text,)]


@pytest.mark.django_db
@pytest.mark.parametrize("case", LABELS, ids=lambda case: case.path)
def test_an_event_has_the_label_as_it_is(case: Case, migrated_state: ProjectState) -> None:
    stage = staged(case, migrated_state)
    stage.perform(case.operation)
    stage.execute(case.writes)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT pgh_label FROM shop_thingevent")
        assert cursor.fetchall() == [(case.operation.tracker.label,)]


@pytest.mark.django_db
@pytest.mark.parametrize("case", literals.CASES, ids=lambda case: case.path)
def test_the_sql_of_a_value_does_not_depend_on_settings(
    case: Case, migrated_state: ProjectState
) -> None:
    stage = staged(case, migrated_state)
    statements = stage.forwards(case)
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Tokyo", LANGUAGE_CODE="de"):
        assert stage.forwards(case) == statements


@pytest.mark.django_db
@pytest.mark.parametrize("case", names.CASES, ids=lambda case: case.path)
def test_an_identifier_has_at_most_63_bytes(case: Case, migrated_state: ProjectState) -> None:
    stage = staged(case, migrated_state)
    identifiers = [
        token
        for statement in [*stage.forwards(case), *stage.backwards(case)]
        for token in quoted_identifiers(statement.encode())
    ]
    assert identifiers
    assert [token for token in identifiers if len(token) > 63] == []


def quoted_identifiers(statement: bytes) -> Iterator[bytes]:
    for token in pglast.parser.scan(statement.decode()):
        text = statement[token.start : token.end + 1]
        if token.name == "IDENT" and text.startswith(b'"'):
            yield text[1:-1].replace(b'""', b'"')
