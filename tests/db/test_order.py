"""The events of an object are in the order in which its changes took effect."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

ALL = "pgh.Insert | pgh.Update | pgh.Delete"
LEVELS = ["", ", level=pgh.Row", ", level=pgh.Statement"]
BY_ROW = [", level=pgh.Row"]
UPDATES_BY_ROW = ["", *BY_ROW]


def snapshots(levels: list[str]) -> list[str]:
    return [f"pgh.Snapshot('changed'{level})" for level in levels]


def everything(levels: list[str]) -> list[str]:
    return [f"pgh.DatabaseTracker('changed', operation={ALL}{level})" for level in levels]


SNAPSHOTS, EVERYTHING = snapshots(LEVELS), everything(LEVELS)


def user_trigger(moment: str, body: str, name: str = "user_trigger") -> None:
    execute(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
        CREATE TRIGGER {name} {moment} ON shop_thing FOR EACH ROW EXECUTE FUNCTION {name}();
        """
    )


@pytest.mark.parametrize("tracker", snapshots(UPDATES_BY_ROW) + everything(UPDATES_BY_ROW))
def test_a_trigger_that_updates_the_updated_row_again(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1), (2, 'b', 1)")
    user_trigger(
        "AFTER UPDATE",
        """
        IF NEW.size < 4 THEN UPDATE shop_thing SET size = size + 1 WHERE id = NEW.id; END IF;
        RETURN NULL;
        """,
        name="a",
    )
    execute("UPDATE shop_thing SET size = 2")
    for key in (1, 2):
        sizes = query("SELECT size FROM shop_thingevent WHERE id = %s ORDER BY pgh_id", [key])
        assert sizes == [1, 2, 3, 4]


@pytest.mark.parametrize("tracker", snapshots(BY_ROW) + everything(BY_ROW))
def test_a_trigger_that_updates_the_inserted_row(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    user_trigger(
        "AFTER INSERT",
        "UPDATE shop_thing SET size = 2 WHERE id = NEW.id; RETURN NULL;",
    )
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    assert events("size") == [1, 2]


@pytest.mark.parametrize("tracker", everything(BY_ROW))
def test_a_trigger_that_brings_a_deleted_row_back(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    user_trigger(
        "AFTER DELETE",
        "INSERT INTO shop_thing VALUES (OLD.id, OLD.name, OLD.size + 1); RETURN NULL;",
    )
    execute("DELETE FROM shop_thing")
    assert events("size") == [1, 1, 2]


@pytest.mark.parametrize("tracker", everything(BY_ROW))
def test_a_key_that_is_given_on_in_one_statement(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1), (2, 'b', 2)")
    execute(
        "WITH gone AS (DELETE FROM shop_thing WHERE id = 1 RETURNING id) "
        "UPDATE shop_thing SET id = gone.id FROM gone WHERE shop_thing.id = 2"
    )
    assert query("SELECT name FROM shop_thingevent WHERE id = 1 ORDER BY pgh_id") == ["a", "a", "b"]


# PostgreSQL fires statement-level triggers after those of row level: what a trigger of row level
# does in response is a statement that ends first. Where that matters, level=pgh.Row is for it.
@pytest.mark.parametrize("tracker", snapshots(["", ", level=pgh.Statement"]))
def test_at_statement_level_a_response_precedes_its_cause(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    user_trigger("AFTER INSERT", "UPDATE shop_thing SET size = 2; RETURN NULL;")
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    assert events("size") == [2, 1]


@pytest.mark.parametrize("tracker", SNAPSHOTS + EVERYTHING)
def test_the_values_that_a_trigger_alters_are_recorded(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    user_trigger("BEFORE INSERT OR UPDATE", "NEW.name := upper(NEW.name); RETURN NEW;", "zzzz")
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    execute("UPDATE shop_thing SET name = 'b'")
    assert events("name") == ["A", "B"]


@pytest.mark.parametrize("tracker", SNAPSHOTS)
def test_a_change_that_a_trigger_takes_back_is_no_change(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    user_trigger("BEFORE UPDATE", "NEW.name := OLD.name; RETURN NEW;", "zzzz")
    execute("UPDATE shop_thing SET name = 'b'")
    assert events("name") == ["a"]


BEFORE = (
    "pgh.DatabaseTracker('changed', operation=pgh.Update | pgh.Delete, when=pgh.Before, "
    "snapshot='OLD')"
)


@pytest.mark.parametrize("tracker", [*SNAPSHOTS, *EVERYTHING, BEFORE])
def test_a_change_that_a_trigger_calls_off_makes_no_event(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1), (2, 'b', 2)")
    before = events()
    user_trigger(
        "BEFORE INSERT OR UPDATE OR DELETE",
        """
        IF TG_OP <> 'INSERT' AND OLD.id = 2 THEN RETURN coalesce(NEW, OLD); END IF;
        RETURN NULL;
        """,
    )
    execute("INSERT INTO shop_thing VALUES (3, 'c', 3)")
    execute("UPDATE shop_thing SET size = 5 WHERE id <> 2")
    execute("DELETE FROM shop_thing WHERE id <> 2")
    assert events() == before
    # The same statement records the rows that do change.
    execute("UPDATE shop_thing SET size = 5")
    old = 2 if tracker is BEFORE else 5
    assert events() == [*before, ("changed", 2, "b", old)]


@pytest.mark.parametrize("tracker", SNAPSHOTS + EVERYTHING)
def test_a_write_that_a_trigger_refuses_leaves_no_event(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    user_trigger("AFTER INSERT", "RAISE 'not today';")
    with pytest.raises(DatabaseError, match="not today"), transaction.atomic():
        execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    assert events() == []


@pytest.mark.parametrize("tracker", [*SNAPSHOTS, *EVERYTHING])
def test_a_row_that_one_statement_updates_twice(project: Project, tracker: str) -> None:
    """Foreign keys of PostgreSQL do; no plan of the session's first statement mixes the pairs."""
    number = "models.BigIntegerField(null=True)"
    make_shop(project, tracker, fields={"name": "models.TextField()", "a": number, "b": number})
    execute(
        """
        CREATE TABLE parent (id bigint PRIMARY KEY);
        ALTER TABLE shop_thing
            ADD FOREIGN KEY (a) REFERENCES parent ON DELETE SET NULL,
            ADD FOREIGN KEY (b) REFERENCES parent ON DELETE SET NULL;
        CREATE INDEX ON shop_thing (a);
        CREATE INDEX ON shop_thing (b);
        INSERT INTO parent SELECT generate_series(1, 2000);
        INSERT INTO shop_thing SELECT n, repeat('x', 200), n, 2001 - n
            FROM generate_series(1, 2000) AS n;
        SET LOCAL work_mem = '64kB';
        UPDATE shop_thing SET name = 'y' WHERE id <= 2;
        DELETE FROM parent;
        """
    )
    newest = "SELECT DISTINCT ON (id) id, a, b FROM shop_thingevent ORDER BY id, pgh_id DESC"
    assert query(f"SELECT count(*) FROM ({newest}) AS e WHERE a IS NULL AND b IS NULL") == [2000]


@pytest.mark.parametrize("tracker", SNAPSHOTS + EVERYTHING)
def test_a_rollback_to_a_savepoint_takes_the_events_along(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker)
    thing.objects.create(id=1, size=1)
    execute("SAVEPOINT here")
    thing.objects.update(size=2)
    execute("ROLLBACK TO SAVEPOINT here")
    thing.objects.update(size=3)
    assert events("size") == [1, 3]


@pytest.mark.parametrize("tracker", SNAPSHOTS + EVERYTHING)
def test_times_and_keys_of_events_agree(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing SELECT n, 'a', n FROM generate_series(1, 50) AS n")
    execute("UPDATE shop_thing SET size = -size")
    times: list[Any] = events("pgh_created_at")
    assert len(times) == 100
    assert times == sorted(times)
    # They are times of the clock, not of the transaction's start.
    assert times[0] < times[50] < times[-1]
