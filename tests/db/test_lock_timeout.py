"""A migration that waits for a lock no longer than it is told to."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from db.shop import execute, make_shop, query, session
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TIMEOUT = 'lock_timeout="200ms"'
OPERATIONS = {
    "add": f'pgh.AddTracker("ThingEvent", pgh.AfterDelete(), {TIMEOUT}),',
    "remove": f'pgh.RemoveTracker("ThingEvent", "snapshot", {TIMEOUT}),',
    "delete": f'pgh.DeleteEventModel("ThingEvent", {TIMEOUT}),',
    "refresh": (
        'pgh.AlterEventModel("ThingEvent", pausable=True),\n'
        f'pgh.RefreshTrackers("ThingEvent", {TIMEOUT}),'
    ),
}
INSTALLED = """
SELECT tgname, pg_get_triggerdef(oid), NULL FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT proname, pg_get_functiondef(oid), obj_description(oid) FROM pg_proc WHERE proname ~ '^pgh'
ORDER BY 1
"""
HOLD = "LOCK TABLE shop_thing IN ROW EXCLUSIVE MODE"


def lock_timeout() -> str:
    return str(query("SHOW lock_timeout")[0])


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("name", ["add", "remove", "delete"])
def test_a_migration_fails_fast_and_leaves_nothing_half_done(
    project: Project, name: str, atomic: bool
) -> None:
    make_shop(project, "pgh.Snapshot()")
    project.write_migration("shop", "0002_busy", OPERATIONS[name], atomic=atomic)
    before = query(INSTALLED)
    with session() as other:
        other.execute(HOLD)
        start = time.monotonic()
        with pytest.raises(OperationalError) as raised:
            project.migrate()
        assert 0.2 <= time.monotonic() - start < 10
        assert isinstance(raised.value.__cause__, LockNotAvailable)
    assert query(INSTALLED) == before
    assert query("SELECT name FROM django_migrations WHERE app = 'shop'") == ["0001_initial"]
    assert lock_timeout() == "0"
    project.migrate()
    after = query(INSTALLED)
    assert after != before
    # Backwards it waits no longer either.
    with session() as other:
        other.execute(HOLD)
        with pytest.raises(OperationalError, match="lock timeout"):
            project.migrate("shop", "0001")
    assert query(INSTALLED) == after
    project.migrate("shop", "0001")
    assert query(INSTALLED) == before


@pytest.mark.parametrize("atomic", [True, False])
def test_a_refresh_of_functions_alone_waits_for_nobody(project: Project, atomic: bool) -> None:
    thing = make_shop(project, "pgh.Snapshot()")
    project.write_migration("shop", "0002_pausable", OPERATIONS["refresh"], atomic=atomic)
    with session() as other:
        other.execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
        project.migrate()
        assert "paused" in query("SELECT prosrc FROM pg_proc WHERE proname ~ '^pgh_shop'")[0]
        project.migrate("shop", "0001")
        other.commit()
    assert thing.objects.count() == 1


def test_a_refresh_that_changes_a_trigger_fails_fast(project: Project) -> None:
    make_shop(project, "pgh.Snapshot()")
    project.write_migration(
        "shop",
        "0002_less",
        """
        pgh.AlterEventModel("ThingEvent", exclude=["size"]),
        pgh.RemoveTracker("ThingEvent", "snapshot"),
        migrations.RemoveField("ThingEvent", "size"),
        pgh.AddTracker("ThingEvent", pgh.Snapshot()),
        """,
    )
    project.write_migration(
        "shop",
        "0003_more",
        f"""
        pgh.AlterEventModel("ThingEvent", exclude=[]),
        migrations.AddField("ThingEvent", "size", models.IntegerField(null=True)),
        pgh.RefreshTrackers("ThingEvent", {TIMEOUT}),
        """,
    )
    project.migrate("shop", "0002")
    before = query(INSTALLED)
    with session() as other:
        other.execute(HOLD)
        with pytest.raises(OperationalError, match="lock timeout"):
            project.migrate()
    assert query(INSTALLED) == before
    project.migrate()
    assert query(INSTALLED) != before


BIG = "condition=pgh.Q(new__size__gt=9)"
TRIED = {
    "add": f'pgh.AddTracker("ThingEvent", pgh.AfterInsert("more", {BIG}), {TIMEOUT}),',
    "add for rows": f'pgh.AddTracker("ThingEvent", pgh.AfterUpdate("more", {BIG}), {TIMEOUT}),',
    "refresh": OPERATIONS["refresh"],
}


@pytest.mark.parametrize("name", TRIED)
def test_the_trial_of_a_condition_waits_no_longer_either(project: Project, name: str) -> None:
    make_shop(project, f"pgh.AfterInsert({BIG})")
    project.write_migration("shop", "0002_busy", TRIED[name])
    before = query(INSTALLED)
    with session() as other:
        # As a rewrite of the table does.
        other.execute("LOCK TABLE shop_thing IN ACCESS EXCLUSIVE MODE")
        execute("SET statement_timeout = '10s'")
        with pytest.raises(OperationalError, match="lock timeout"):
            project.migrate()
        execute("RESET statement_timeout")
    assert query(INSTALLED) == before
    project.migrate()


@pytest.mark.parametrize("before", ["0", "5s", "1234ms"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_rest_of_the_transaction_has_the_earlier_setting(
    project: Project, name: str, before: str
) -> None:
    make_shop(project, "pgh.Snapshot()")
    project.write_migration(
        "shop",
        "0002_busy",
        f"""
        migrations.RunSQL("CREATE TABLE shop_seen AS SELECT 'before' AS moment, "
                          "current_setting('lock_timeout') AS setting"),
        {OPERATIONS[name]}
        migrations.RunSQL("INSERT INTO shop_seen VALUES ('after', "
                          "current_setting('lock_timeout'))"),
        """.replace("\n", "\n        "),
    )
    execute(f"SET lock_timeout = '{before}'")
    project.migrate()
    assert query("SELECT DISTINCT setting FROM shop_seen") == [lock_timeout()]
    assert lock_timeout() == before
    execute("RESET lock_timeout")


def test_the_setting_of_a_transaction_is_kept_in_it(project: Project) -> None:
    make_shop(project, "pgh.Snapshot()")
    project.write_migration("shop", "0002_busy", OPERATIONS["add"])
    with transaction.atomic():
        execute("SET LOCAL lock_timeout = '7s'")
        project.migrate()
        assert lock_timeout() == "7s"
    assert lock_timeout() == "0"


def test_the_timeout_holds_while_the_operation_runs(project: Project) -> None:
    make_shop(project)
    execute(
        """
        CREATE TABLE shop_seen (setting text);
        CREATE FUNCTION shop_see() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO shop_seen VALUES (current_setting('lock_timeout')); END
        $$;
        CREATE EVENT TRIGGER shop_see ON ddl_command_start
            WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION shop_see()
        """
    )
    project.write_migration("shop", "0002_busy", OPERATIONS["add"], atomic=False)
    try:
        project.migrate()
    finally:
        execute("DROP EVENT TRIGGER shop_see")
    assert query("SELECT setting FROM shop_seen") == ["200ms"]


def test_the_text_of_the_migration_says_so(project: Project) -> None:
    make_shop(project)
    project.write_migration("shop", "0002_busy", OPERATIONS["add"])
    text = project.sqlmigrate("shop", "0002")
    assert text.index("SET LOCAL lock_timeout = '200ms';") < text.index("CREATE TRIGGER")
    with connection.cursor() as cursor:
        cursor.execute(text)
    assert lock_timeout() == "0"


@pytest.mark.parametrize("value", ["2", "2 seconds", "-1s", "", "1s; DROP TABLE x", "٢s", "25d"])
def test_a_timeout_without_a_unit_is_refused(project: Project, value: str) -> None:
    make_shop(project)
    project.write_migration(
        "shop",
        "0002_busy",
        f'pgh.AddTracker("ThingEvent", pgh.Snapshot(), lock_timeout={value!r}),',
    )
    with pytest.raises(ValueError, match="is not a duration of at most 24 days with a unit"):
        project.migrate()
