"""Default privileges, with which some databases grant every new function to a role."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, transaction

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

EXECUTORS = """
SELECT DISTINCT grantee::regrole::text
FROM pg_proc, aclexplode(proacl)
WHERE proname LIKE 'pgh%' AND proname <> 'pghistory_ops_record_context'
"""


@pytest.fixture
def granted(project: Project) -> Project:
    execute('CREATE ROLE clerk; CREATE ROLE "Big ""Boss"""')
    execute('ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO clerk, "Big ""Boss"""')
    return project


def test_nobody_but_the_owner_may_execute_a_function(granted: Project) -> None:
    make_shop(granted, "pgh.Snapshot()", event="append_only=True")
    owner = query("SELECT current_user::text")
    assert query(EXECUTORS) == owner


def test_a_role_cannot_put_a_function_on_a_table_of_its_own(granted: Project) -> None:
    make_shop(granted, "pgh.AfterInsert()")
    (function,) = query("SELECT oid::regproc::text FROM pg_proc WHERE proname LIKE 'pgh_shop%'")
    execute("GRANT CREATE ON SCHEMA public TO clerk; GRANT SELECT ON shop_thing TO clerk")
    execute("SET LOCAL ROLE clerk")
    execute("CREATE TABLE forged (LIKE shop_thing)")
    refused = pytest.raises(ProgrammingError, match="permission denied for function")
    with refused, transaction.atomic():
        execute(
            "CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS new_rows "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    execute("RESET ROLE")
    assert events("size") == []


def test_the_migration_says_from_whom_it_revokes(granted: Project) -> None:
    make_shop(granted)
    granted.write_migration("shop", "0002_more", 'pgh.AddTracker("ThingEvent", pgh.Snapshot()),')
    assert '() FROM PUBLIC, "Big ""Boss""", clerk;' in granted.sqlmigrate("shop", "0002")
