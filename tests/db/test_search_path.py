"""Events go to their table, whatever the session of a write has on its search path."""

from __future__ import annotations

import pytest
from django.db import NotSupportedError

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

CHANGES = "operation=pgh.Insert | pgh.Update | pgh.Delete"
TRACKERS = [
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Row)",
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Statement)",
]
CONDITIONED = [
    "pgh.DatabaseTracker('all', operation=pgh.Insert | pgh.Update, "
    f"level=pgh.{level}, condition=pgh.Q(new__name='a') & pgh.Q(new__size__gt=0))"
    for level in ("Row", "Statement")
]


def write(number: int) -> None:
    execute("INSERT INTO public.shop_thing VALUES (%s, 'a', 1)", [number])
    execute("UPDATE public.shop_thing SET size = 2 WHERE id = %s", [number])


@pytest.mark.parametrize("tracker", TRACKERS + CONDITIONED)
def test_an_empty_search_path(project: Project, tracker: str) -> None:
    make_shop(project, tracker, "pgh.AfterTruncate()")
    execute("SET LOCAL search_path = ''")
    write(1)
    execute("TRUNCATE public.shop_thing")
    assert events("size", table="public.shop_thingevent") == [1, 2, 2]


@pytest.mark.parametrize("tracker", TRACKERS + CONDITIONED)
def test_a_shadow_schema(project: Project, tracker: str) -> None:
    make_shop(project, tracker, "pgh.AfterTruncate()")
    execute(
        """
        CREATE SCHEMA shadow;
        CREATE TABLE shadow.shop_thingevent (LIKE public.shop_thingevent);
        CREATE TABLE shadow.shop_thing (LIKE public.shop_thing);
        CREATE TABLE shadow.pghistory_ops_context (LIKE public.pghistory_ops_context);
        CREATE TABLE shadow.old_rows (LIKE public.shop_thing);
        CREATE TABLE shadow.new_rows (LIKE public.shop_thing);
        CREATE FUNCTION shadow.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql
            AS $$ BEGIN RAISE 'diverted'; END $$;
        CREATE FUNCTION shadow.current_setting(text, boolean) RETURNS text LANGUAGE plpgsql
            AS $$ BEGIN RAISE 'diverted'; END $$;
        CREATE FUNCTION shadow.pghistory_ops_record_context() RETURNS void LANGUAGE plpgsql
            AS $$ BEGIN RAISE 'diverted'; END $$;
        CREATE FUNCTION shadow.same(text, text) RETURNS boolean LANGUAGE plpgsql
            AS $$ BEGIN RAISE 'diverted'; END $$;
        CREATE OPERATOR shadow.= (LEFTARG = text, RIGHTARG = text, FUNCTION = shadow.same);
        CREATE OPERATOR shadow.*<> (
            LEFTARG = record, RIGHTARG = record, FUNCTION = pg_catalog.record_image_eq
        );
        CREATE FUNCTION shadow.less(integer, integer) RETURNS boolean LANGUAGE plpgsql
            AS $$ BEGIN RAISE 'diverted'; END $$;
        CREATE OPERATOR shadow.> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = shadow.less);
        """
    )
    context = {
        "context_id": "00000000-0000-0000-0000-000000000001",
        "context_metadata": "{}",
        "context_pending": "1",
    }
    for name, value in context.items():
        execute("SELECT set_config(%s, %s, true)", [f"pghistory_ops.{name}", value])
    execute("SET LOCAL search_path = shadow, pg_catalog, public")
    execute("INSERT INTO public.shop_thing VALUES (1, 'a', 1)")
    execute("UPDATE public.shop_thing SET size = 2")
    execute("TRUNCATE public.shop_thing")
    execute("SET LOCAL search_path = public")
    assert events("size") == [1, 2, 2]
    for table in ("shop_thingevent", "pghistory_ops_context"):
        assert query(f"SELECT count(*) FROM shadow.{table}") == [0]
    assert query("SELECT count(*) FROM pghistory_ops_context") == [1]


@pytest.mark.parametrize("tracker", TRACKERS + CONDITIONED)
def test_temporary_tables_of_the_same_names(project: Project, tracker: str) -> None:
    make_shop(project, tracker, "pgh.AfterTruncate()")
    execute(
        """
        CREATE TEMPORARY TABLE shop_thingevent (LIKE public.shop_thingevent);
        CREATE TEMPORARY TABLE shop_thing (LIKE public.shop_thing);
        CREATE TEMPORARY TABLE old_rows (LIKE public.shop_thing);
        CREATE TEMPORARY TABLE new_rows (LIKE public.shop_thing);
        """
    )
    write(1)
    execute("TRUNCATE public.shop_thing")
    assert events("size", table="public.shop_thingevent") == [1, 2, 2]
    assert events("size", table="pg_temp.shop_thingevent") == []


def test_an_operator_in_a_schema_of_the_path_does_not_run_with_the_owners_rights(
    project: Project,
) -> None:
    # Who may create in a schema of the migration's search path could otherwise have the function
    # of a statement-level condition, which finds operators when it runs, call theirs.
    statement = CONDITIONED[1].replace("name='a'", "code='a'")
    thing = make_shop(
        project,
        statement,
        fields={"code": "models.CharField(max_length=9)", "size": "models.IntegerField()"},
    )
    execute("CREATE ROLE mallory")
    execute("GRANT CREATE ON SCHEMA public TO mallory")
    execute("GRANT SELECT, INSERT ON shop_thing TO mallory")
    execute("SET LOCAL ROLE mallory")
    execute(
        """
        CREATE TEMPORARY TABLE caught (by name);
        GRANT ALL ON caught TO PUBLIC;
        CREATE FUNCTION public.catch(character varying, character varying) RETURNS boolean
            LANGUAGE plpgsql
            AS $$ BEGIN INSERT INTO pg_temp.caught VALUES (current_user); RETURN true; END $$;
        CREATE OPERATOR public.= (
            LEFTARG = character varying, RIGHTARG = character varying, FUNCTION = public.catch
        );
        """
    )
    thing.objects.create(id=1, code="a", size=1)
    assert query("SELECT DISTINCT by FROM caught WHERE by <> 'mallory'") == []
    execute("RESET ROLE")
    assert events("id") == [1]


def test_a_table_in_another_schema_of_the_search_path(project: Project) -> None:
    execute("CREATE SCHEMA tenant")
    execute("SET LOCAL search_path = tenant, public")
    make_shop(project, "pgh.Snapshot()", "pgh.AfterTruncate()", event="append_only=True")
    assert query("SELECT schemaname FROM pg_tables WHERE tablename LIKE 'shop%'") == ["tenant"] * 2
    execute("SET LOCAL search_path = public")
    execute("INSERT INTO tenant.shop_thing VALUES (1, 'a', 1)")
    execute("TRUNCATE tenant.shop_thing")
    assert events("id", table="tenant.shop_thingevent") == [1, 1]
    execute("SET LOCAL search_path = tenant, public")
    project.migrate("shop", "zero")
    assert query("SELECT proname FROM pg_proc WHERE proname LIKE 'pgh_shop%'") == []


def test_a_table_that_moved_to_another_schema_goes_on_being_recorded(project: Project) -> None:
    make_shop(project, "pgh.Snapshot()", "pgh.AfterTruncate()")
    execute("CREATE SCHEMA attic")
    execute("ALTER TABLE shop_thing SET SCHEMA attic")
    execute("INSERT INTO attic.shop_thing VALUES (1, 'a', 1)")
    execute("TRUNCATE attic.shop_thing")
    assert events("id") == [1, 1]


def test_a_migration_with_nowhere_to_put_the_events(project: Project) -> None:
    make_shop(project)
    project.write_migration("shop", "0002_track", 'pgh.AddTracker("ThingEvent", pgh.Snapshot()),')
    execute("SET LOCAL search_path = nowhere")
    with pytest.raises(NotSupportedError, match="search_path"):
        project.sqlmigrate("shop", "0002")


FUNCTION = "CREATE FUNCTION is_big(size integer) RETURNS boolean LANGUAGE sql RETURN size > 9"


def test_a_condition_that_its_function_could_not_read_is_refused(project: Project) -> None:
    execute(FUNCTION)
    tracker = "pgh.AfterInsert(condition=pgh.Condition('is_big(NEW.size)'))"
    with pytest.raises(ValueError, match=r"function is_big\(integer\) does not exist.*level=Row"):
        make_shop(project, tracker)


@pytest.mark.parametrize(
    "tracker",
    [
        "pgh.AfterInsert(condition=pgh.Condition('public.is_big(NEW.size)'))",
        "pgh.AfterInsert(condition=pgh.Condition('is_big(NEW.size)'), level=pgh.Row)",
    ],
)
def test_a_condition_with_a_function_of_ones_own(project: Project, tracker: str) -> None:
    execute(FUNCTION)
    thing = make_shop(project, tracker)
    thing.objects.bulk_create([thing(id=1, size=1), thing(id=10, size=10)])
    assert events("size") == [10]
