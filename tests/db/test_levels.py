"""What stands in the catalog: triggers of the right level, names that fit, comments on all."""

from __future__ import annotations

import pytest

from db.shop import execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

TRIGGERS = """
SELECT
    tgname,
    CASE WHEN tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END,
    CASE WHEN tgtype & 1 > 0 THEN 'ROW' ELSE 'STATEMENT' END
FROM pg_trigger WHERE tgrelid = 'shop_thing'::regclass AND NOT tgisinternal ORDER BY tgname
"""
COMMENT = r"django-pghistory-ops, template 1, digest [0-9a-f]{16}"


@pytest.mark.parametrize(
    ("tracker", "found"),
    [
        ("pgh.AfterInsert()", [("AFTER", "STATEMENT")]),
        ("pgh.AfterInsert(level=pgh.Row)", [("AFTER", "ROW")]),
        ("pgh.AfterUpdate()", [("AFTER", "ROW")]),
        ("pgh.AfterUpdate(level=pgh.Statement)", [("AFTER", "STATEMENT")]),
        ("pgh.BeforeUpdate()", [("AFTER", "ROW")]),
        ("pgh.AfterDelete()", [("AFTER", "STATEMENT")]),
        ("pgh.BeforeDelete(level=pgh.Row)", [("AFTER", "ROW")]),
        ("pgh.AfterTruncate()", [("BEFORE", "STATEMENT")]),
        ("pgh.Snapshot()", [("AFTER", "STATEMENT"), ("AFTER", "ROW")]),
        ("pgh.Snapshot(level=pgh.Row)", [("AFTER", "ROW")] * 2),
        ("pgh.Snapshot(level=pgh.Statement)", [("AFTER", "STATEMENT")] * 2),
        ("pgh.AfterInsertOrUpdate()", [("AFTER", "STATEMENT"), ("AFTER", "ROW")]),
        (
            "pgh.DatabaseTracker(operation=pgh.Update, when=pgh.Before, snapshot='OLD')",
            [("BEFORE", "ROW")],
        ),
        ("pgh.ManualTracker()", []),
    ],
)
def test_the_triggers_of_a_tracker(
    project: Project, tracker: str, found: list[tuple[str, str]]
) -> None:
    make_shop(project, tracker)
    assert [tuple(row[1:]) for row in query(TRIGGERS)] == found


def test_every_function_and_trigger_has_a_comment(project: Project) -> None:
    make_shop(project, "pgh.Snapshot()", "pgh.AfterTruncate()", event="append_only=True")
    comments = query(
        """
        SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname ~ '^pgh'
        """
    )
    # Four triggers, their functions, and the one that records contexts.
    assert len(comments) == 9
    wrong = query(
        "SELECT comment FROM unnest(%s::text[]) AS comment WHERE comment !~ %s OR comment IS NULL",
        [comments, f"^{COMMENT}$"],
    )
    assert wrong == []


def test_our_triggers_fire_before_those_of_others_after_a_change(project: Project) -> None:
    make_shop(project, "pgh.Snapshot('Zz')", "pgh.AfterDelete('_')")
    execute(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;"
        'CREATE TRIGGER "A" AFTER INSERT ON shop_thing EXECUTE FUNCTION nothing()'
    )
    names = [name for name, *_ in query(TRIGGERS)]
    assert names[-1] == "A"
    assert len(names) == 4
