"""Events go to their table, whatever the session of a write has on its search path."""

from __future__ import annotations

import pytest
from django.db import NotSupportedError, transaction

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


# Whoever may create in a schema of the migration's search path, as all could in "public" before
# PostgreSQL 15, makes operators that fit better than PostgreSQL's own.
MALLORY = """
CREATE ROLE mallory;
GRANT CREATE ON SCHEMA public TO mallory;
"""
OPERATORS = """
CREATE TABLE public.caught (by name);
GRANT ALL ON public.caught TO PUBLIC;
CREATE FUNCTION public.catch(character varying, character varying) RETURNS boolean
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN false; END $$;
CREATE OPERATOR public.< (
    LEFTARG = character varying, RIGHTARG = character varying, FUNCTION = public.catch
);
CREATE FUNCTION public.record_image_ne(record, record) RETURNS boolean
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN false; END $$;
CREATE OPERATOR public.*<> (
    LEFTARG = record, RIGHTARG = record, FUNCTION = public.record_image_ne
);
CREATE FUNCTION public.current_setting(text, boolean) RETURNS text
    LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN NULL; END $$;
"""
CODES = {"code": "models.CharField(max_length=9)", "size": "models.IntegerField()"}
READING = [
    "pgh.Snapshot('all')",
    "pgh.Snapshot('all', level=pgh.Statement)",
    *(
        "pgh.DatabaseTracker('all', operation=pgh.Insert | pgh.Update, "
        f"level=pgh.{level}, condition=pgh.Q(new__code__lt='b'))"
        for level in ("Row", "Statement")
    ),
    *(
        "pgh.DatabaseTracker('all', operation=pgh.Update, "
        f"level=pgh.{level}, condition={condition})"
        for level in ("Row", "Statement")
        for condition in ("pgh.AnyChange('size', 'code')", "~pgh.AllDontChange()")
    ),
]


@pytest.mark.parametrize("path", ["public", "public, pg_catalog"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("tracker", READING)
def test_operators_of_somebody_else_are_not_used(
    project: Project, tracker: str, moment: str, path: str
) -> None:
    execute(MALLORY)
    if moment == "before":
        as_mallory(OPERATORS)
    execute(f"SET LOCAL search_path = {path}")
    thing = make_shop(project, tracker, fields=CODES)
    if moment == "after":
        as_mallory(OPERATORS)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    execute("UPDATE shop_thing SET size = 2")
    assert thing.objects.count() == 1
    assert query("SELECT by FROM caught") == []
    assert events("size")[-1:] == [2]


def as_mallory(statements: str) -> None:
    execute("SET LOCAL ROLE mallory")
    execute(statements)
    execute("RESET ROLE")


MOOD = """
from django.db import models


class Mood(models.TextField):
    def db_type(self, connection):
        return "mood"
"""
OF_MOOD = {"mood": "Mood()", "code": "models.CharField(max_length=9)"}
NEW_TYPE = """migrations.RunSQL("CREATE TYPE mood AS ENUM ('ok', 'bad')"),"""
OF_TYPE = [
    f"pgh.AfterInsert('glad', condition=pgh.Q(new__mood='ok', new__code='a'), level=pgh.{level})"
    for level in ("Row", "Statement")
]
REVOKE = "REVOKE CREATE ON SCHEMA public FROM {}"


@pytest.mark.parametrize("role", ["mallory", "PUBLIC"])
@pytest.mark.parametrize("tracker", OF_TYPE)
def test_the_schema_of_a_type_in_which_others_may_create(
    project: Project, tracker: str, role: str
) -> None:
    execute("CREATE ROLE mallory")
    execute(f"GRANT CREATE ON SCHEMA public TO {role}")
    with pytest.raises(NotSupportedError) as refusal, transaction.atomic():
        make_shop(project, tracker, fields=OF_MOOD, classes=MOOD, first=NEW_TYPE)
    assert str(refusal.value) == (
        "The condition of the tracker 'glad' of shop.ThingEvent reads columns whose types are of "
        f"the schema 'public', where {role} may create operators that would take the place of "
        f"theirs. REVOKE CREATE ON SCHEMA public FROM {role} first."
    )
    execute(REVOKE.format(role))
    project.migrate()
    execute("INSERT INTO shop_thing (mood, code) VALUES ('ok', 'a'), ('bad', 'a'), ('ok', 'b')")
    assert events("mood::text, code") == [("ok", "a")]


@pytest.mark.parametrize("tracker", OF_TYPE)
def test_a_refresh_looks_at_who_may_create_too(project: Project, tracker: str) -> None:
    make_shop(project, tracker, fields=OF_MOOD, classes=MOOD, first=NEW_TYPE)
    project.write_migration(
        "shop",
        "0002_pausable",
        """
        pgh.AlterEventModel("ThingEvent", pausable=True),
        pgh.RefreshTrackers("ThingEvent"),
        """,
    )
    execute(MALLORY)
    with pytest.raises(NotSupportedError, match="mallory may create"), transaction.atomic():
        project.migrate()
    execute(REVOKE.format("mallory"))
    project.migrate()


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_on_with_its_own_search_path(project: Project, atomic: bool) -> None:
    make_shop(project)
    execute("CREATE TABLE seen (path text)")
    project.write_migration(
        "shop",
        "0002_track",
        """
        pgh.AddTracker(
            "ThingEvent", pgh.AfterUpdate("big", condition=pgh.Q(new__size__gt=9))
        ),
        migrations.RunSQL("INSERT INTO seen SELECT current_setting('search_path')", ""),
        pgh.AlterEventModel("ThingEvent", pausable=True),
        pgh.RefreshTrackers("ThingEvent"),
        migrations.RunSQL("INSERT INTO seen SELECT current_setting('search_path')", ""),
        """,
        atomic=atomic,
    )
    execute("SET search_path = public, nowhere")
    project.migrate()
    project.migrate("shop", "0001")
    assert query("SELECT path FROM seen") == ["public, nowhere"] * 2
    assert query("SHOW search_path") == ["public, nowhere"]


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


LEVELS = ["level=pgh.Row", "level=pgh.Statement"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_condition_that_could_not_be_read_is_refused(project: Project, level: str) -> None:
    execute(FUNCTION)
    tracker = f"pgh.AfterInsert('big', condition=pgh.Condition('is_big(NEW.size)'), {level})"
    with pytest.raises(ValueError, match="search_path") as refusal:
        make_shop(project, tracker)
    assert str(refusal.value) == (
        "The condition of the tracker 'big' of shop.ThingEvent does not work: function "
        "is_big(integer) does not exist. It is read with the search_path pg_catalog, pg_temp: "
        "qualify what it names."
    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_condition_with_a_function_of_ones_own(project: Project, level: str) -> None:
    execute(FUNCTION)
    condition = "pgh.Condition('public.is_big(NEW.size)')"
    thing = make_shop(project, f"pgh.AfterInsert(condition={condition}, {level})")
    thing.objects.bulk_create([thing(id=1, size=1), thing(id=10, size=10)])
    assert events("size") == [10]
