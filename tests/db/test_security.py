"""Whoever may write the tracked table is recorded, and may do no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, transaction

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

ROW_LEVEL = (
    "pgh.DatabaseTracker('all', operation=pgh.Insert | pgh.Update | pgh.Delete, level=pgh.Row)"
)
STATEMENT_LEVEL = ROW_LEVEL.replace("Row", "Statement")
TRACKERS = [ROW_LEVEL, STATEMENT_LEVEL]
FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE proname LIKE 'pgh%' OR proname LIKE 'pghistory%' ORDER BY 1
"""


@contextmanager
def role(name: str = "clerk") -> Iterator[None]:
    execute(f"SET LOCAL ROLE {name}")
    try:
        yield
    finally:
        execute("RESET ROLE")


def make_clerk() -> None:
    """Create a role with rights on the tracked table alone."""
    execute("CREATE ROLE clerk")
    execute("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON shop_thing TO clerk")


def refused(statement: str, error: str = "permission denied") -> None:
    with pytest.raises(ProgrammingError, match=error), transaction.atomic():
        execute(statement)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_the_writes_of_a_role_without_rights_on_events_are_recorded(
    project: Project, tracker: str
) -> None:
    thing = make_shop(project, tracker, "pgh.AfterTruncate()")
    make_clerk()
    with role():
        thing.objects.create(id=1, name="a", size=1)
        thing.objects.bulk_create([thing(id=2), thing(id=3)])
        thing.objects.filter(id__lte=2).update(size=2)
        thing.objects.filter(id=2).delete()
        execute("TRUNCATE shop_thing")
    assert events("pgh_label, id, size") == [
        ("all", 1, 1),
        ("all", 2, None),
        ("all", 3, None),
        ("all", 1, 2),
        ("all", 2, 2),
        ("all", 2, 2),
        ("after_truncate", 3, None),
        ("after_truncate", 1, 2),
    ]


EVENT = "(pgh_id, pgh_created_at, pgh_label, pgh_obj_id, id) VALUES (99, now(), 'forged', 1, 1)"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM shop_thingevent",
        f"INSERT INTO shop_thingevent {EVENT}",
        "UPDATE shop_thingevent SET size = 5",
        "DELETE FROM shop_thingevent",
        "TRUNCATE shop_thingevent",
        "INSERT INTO pghistory_ops_context VALUES (gen_random_uuid(), '{}', now(), NULL)",
        "UPDATE pghistory_ops_context SET metadata = '{}'",
        "SELECT pghistory_ops_record_context()",
    ],
)
def test_such_a_role_cannot_touch_events(project: Project, statement: str) -> None:
    thing = make_shop(project, *TRACKERS[:1])
    make_clerk()
    thing.objects.create(id=1, size=1)
    with role():
        refused(statement)


def test_such_a_role_cannot_switch_the_triggers_off(project: Project) -> None:
    make_shop(project, ROW_LEVEL)
    make_clerk()
    with role():
        refused("ALTER TABLE shop_thing DISABLE TRIGGER ALL", "must be owner")
        refused("SET LOCAL session_replication_role = replica")


@pytest.mark.parametrize("kind", ["", "TEMPORARY"])
@pytest.mark.parametrize("tracker", [*TRACKERS, "pgh.AfterTruncate()"])
def test_such_a_role_cannot_forge_events_with_a_table_of_its_own(
    project: Project, tracker: str, kind: str
) -> None:
    make_shop(project, tracker, event="append_only=True")
    make_clerk()
    execute("CREATE SCHEMA own AUTHORIZATION clerk")
    functions = query(FUNCTIONS)
    assert len(functions) >= 3
    with role():
        execute("SET LOCAL search_path = own, public")
        execute(f"CREATE {kind} TABLE mine (LIKE public.shop_thing)")
        for function in functions:
            refused(
                f"CREATE TRIGGER forge BEFORE UPDATE ON mine FOR EACH ROW "
                f"EXECUTE FUNCTION {function}",
                "permission denied for function|must return type trigger",
            )
            refused(f"SELECT {function}", "permission denied for function")


def test_nobody_but_the_owner_may_execute_a_function(project: Project) -> None:
    make_shop(project, *TRACKERS[:1], "pgh.AfterTruncate()", event="append_only=True")
    functions = query(
        """
        SELECT proname FROM pg_proc
        WHERE proname LIKE 'pgh%' AND (
            proacl IS NULL
            OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee <> proowner)
        )
        """
    )
    assert functions == []


def test_functions_run_as_their_owner(project: Project) -> None:
    make_shop(project, ROW_LEVEL, "pgh.AfterTruncate()")
    assert set(query("SELECT prosecdef FROM pg_proc WHERE proname LIKE 'pgh_shop%'")) == {True}


@pytest.mark.parametrize("tracker", TRACKERS)
def test_functions_that_run_as_the_writer_need_the_rights_of_the_writer(
    project: Project, tracker: str
) -> None:
    thing = make_shop(project, tracker, event="security_definer=False")
    make_clerk()
    with (
        role(),
        pytest.raises(ProgrammingError, match="shop_thingevent"),
        transaction.atomic(),
    ):
        thing.objects.create(id=1)
    assert thing.objects.count() == 0
    execute("GRANT INSERT ON shop_thingevent TO clerk")
    with role():
        thing.objects.create(id=1)
    assert events("id") == [1]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_context_of_such_a_writer_is_recorded_or_refused(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker, event="security_definer=False")
    make_clerk()
    execute("GRANT INSERT ON shop_thingevent TO clerk")
    execute("SET LOCAL pghistory_ops.context_id = '00000000-0000-0000-0000-000000000001'")
    execute("SET LOCAL pghistory_ops.context_metadata = '{}'")
    execute("SET LOCAL pghistory_ops.context_pending = '1'")
    with (
        role(),
        pytest.raises(ProgrammingError, match="record_context"),
        transaction.atomic(),
    ):
        thing.objects.create(id=1)
    execute("GRANT EXECUTE ON FUNCTION pghistory_ops_record_context() TO clerk")
    with role():
        thing.objects.create(id=1)
    assert query("SELECT count(*) FROM pghistory_ops_context") == [1]


ROW_SECURITY = """
ALTER TABLE shop_thing ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_thing {force} ROW LEVEL SECURITY;
CREATE POLICY mine ON shop_thing USING (name = current_user::text)
"""


@pytest.mark.parametrize("tracker", TRACKERS)
def test_row_security_of_the_tracked_table_hides_nothing_from_its_history(
    project: Project, tracker: str
) -> None:
    make_shop(project, tracker, "pgh.AfterTruncate()")
    make_clerk()
    execute(ROW_SECURITY.format(force="NO FORCE"))
    execute("INSERT INTO shop_thing VALUES (1, 'clerk', 1), (2, 'boss', 2)")
    with role():
        execute("UPDATE shop_thing SET size = 3")
        execute("TRUNCATE shop_thing")
    assert sorted(events("pgh_label, id, size")) == [
        ("after_truncate", 1, 3),
        ("after_truncate", 2, 2),
        ("all", 1, 1),
        ("all", 1, 3),
        ("all", 2, 2),
    ]


def test_truncate_fails_where_row_security_would_hide_rows_from_the_history(
    project: Project,
) -> None:
    execute("CREATE ROLE keeper")
    execute("GRANT CREATE ON SCHEMA public TO keeper")
    make_shop(project, "pgh.AfterTruncate()")
    for table in ("shop_thing", "shop_thingevent"):
        execute(f"ALTER TABLE {table} OWNER TO keeper")
    for function in query(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname ~ '^pgh_shop'"
    ):
        execute(f"ALTER FUNCTION {function} OWNER TO keeper")
    execute("INSERT INTO shop_thing VALUES (1, 'boss', 1)")
    execute(ROW_SECURITY.format(force="FORCE"))
    refused("TRUNCATE shop_thing", "row-level security")
    assert query("SELECT count(*) FROM shop_thing") == [1]
    execute("ALTER TABLE shop_thing NO FORCE ROW LEVEL SECURITY")
    execute("TRUNCATE shop_thing")
    assert events("id") == [1]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_lost_privilege_of_the_owner_makes_the_write_fail(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    execute("CREATE ROLE keeper")
    for function in query(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname ~ '^pgh_shop'"
    ):
        execute("GRANT CREATE ON SCHEMA public TO keeper")
        execute(f"ALTER FUNCTION {function} OWNER TO keeper")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        thing.objects.create(id=1)
    assert thing.objects.count() == 0
