"""Partitions and tables that inherit: a tracker sees every write of its table, or is refused."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, NotSupportedError, transaction

from db.shop import events, execute, make_shop, query
from db.test_tables import LEVELS, PARTITIONS, raw
from projects import Project

pytestmark = pytest.mark.django_db

# The tracked table is itself a partition.
PARTITION = """
CREATE TABLE whole (id bigint, name text, size int) PARTITION BY RANGE (size);
CREATE TABLE shop_thing PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE TABLE rest PARTITION OF whole DEFAULT;
"""
WRITES = """
INSERT INTO whole VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 30);
UPDATE whole SET name = 'd' WHERE id = 1;
UPDATE whole SET size = 20 WHERE id = 1;
DELETE FROM whole WHERE id = 2;
"""
REFUSED = [
    "pgh.Snapshot('x')",
    "pgh.AfterInsert('x')",
    "pgh.AfterDelete('x')",
    "pgh.Snapshot('x', level=pgh.Statement)",
    "pgh.AfterUpdate('x', level=pgh.Statement)",
]


@pytest.mark.parametrize("tracker", REFUSED)
def test_a_partition_is_not_tracked_at_statement_level(project: Project, tracker: str) -> None:
    with pytest.raises(NotSupportedError) as refusal:
        make_shop(project, tracker, managed=False, then=raw(PARTITION))
    assert str(refusal.value) == (
        'The tracker \'x\' of shop.ThingEvent would miss writes of "public"."shop_thing", a '
        "partition, by way of its parent: statement-level triggers do not see them. Use level=Row, "
        "or track the parent."
    )


def test_a_partition_is_tracked_at_row_level(project: Project) -> None:
    make_shop(project, LEVELS[0], managed=False, then=raw(PARTITION))
    execute(WRITES)
    # The row that moves away is deleted from this table.
    assert sorted(events("id, name, size")) == [
        (1, "a", 1),
        (1, "d", 1),
        (1, "d", 1),
        (2, "b", 2),
        (2, "b", 2),
    ]


def test_a_truncate_of_a_partition_by_way_of_its_parent(project: Project) -> None:
    make_shop(project, LEVELS[0], "pgh.AfterTruncate()", managed=False, then=raw(PARTITION))
    execute("INSERT INTO whole VALUES (1, 'a', 1), (3, 'c', 30)")
    execute("TRUNCATE whole")
    assert events("pgh_label, id") == [("all", 1), ("after_truncate", 1)]


def test_a_partition_of_a_tracked_table_comes_later(project: Project) -> None:
    make_shop(project, LEVELS[1], managed=False, then=raw(PARTITIONS))
    execute("CREATE TABLE shop_thing_huge PARTITION OF shop_thing FOR VALUES FROM (100) TO (999)")
    execute("INSERT INTO shop_thing (id, size) VALUES (1, 100)")
    execute("UPDATE shop_thing SET size = 5")
    execute("DELETE FROM shop_thing")
    assert events("size") == [100, 5, 5]


def test_a_tracked_table_that_is_attached_later_is_tracked_at_row_level(project: Project) -> None:
    # At statement level it would miss writes by way of its parent: the page on trackers says so.
    table = "CREATE TABLE shop_thing (id bigint, name text, size int)"
    make_shop(project, LEVELS[0], managed=False, then=raw(table))
    execute("CREATE TABLE whole (LIKE shop_thing) PARTITION BY RANGE (size)")
    execute("ALTER TABLE whole ATTACH PARTITION shop_thing DEFAULT")
    execute("INSERT INTO whole VALUES (1, 'a', 1)")
    execute("UPDATE whole SET size = 2")
    execute("DELETE FROM whole")
    assert events("size") == [1, 2, 2]


CALL_OFF = """
CREATE FUNCTION call_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RETURN CASE WHEN NEW.id <> 2 THEN NEW END; END $$;
CREATE TRIGGER call_off BEFORE INSERT ON shop_thing_big FOR EACH ROW EXECUTE FUNCTION call_off();
"""
MOVE_ALL = "UPDATE shop_thing SET size = CASE id WHEN 2 THEN 20 ELSE size END"


@pytest.mark.parametrize(
    "tracker",
    [
        "pgh.Snapshot(level=pgh.Statement)",
        "pgh.AfterUpdate(level=pgh.Statement, condition=pgh.AnyChange('size'))",
        "pgh.BeforeUpdate(level=pgh.Statement, condition=pgh.Q(new__size__gt=pgh.F('old__size')))",
    ],
)
def test_rows_that_cannot_be_paired_are_an_error(project: Project, tracker: str) -> None:
    make_shop(project, tracker, managed=False, then=raw(PARTITIONS))
    execute(CALL_OFF)
    execute("INSERT INTO shop_thing (id, size) VALUES (1, 1), (2, 2), (3, 3), (4, 4)")
    before = events("id, size")
    with pytest.raises(DatabaseError, match="cannot be paired") as refusal, transaction.atomic():
        execute(MOVE_ALL)
    said, _, rest = str(refusal.value).partition("\n")
    assert said == (
        "the old and new rows of an update of the tracked table public.shop_thing cannot be paired"
    )
    assert "A trigger called off the move of a row to another partition." in rest
    assert events("id, size") == before
    assert query("SELECT size FROM shop_thing ORDER BY id") == [1, 2, 3, 4]
    # Any other update is recorded.
    execute("UPDATE shop_thing SET size = size + 1")
    assert events("id, size") != before


def test_without_pairs_a_row_that_is_called_off_has_no_event(project: Project) -> None:
    make_shop(project, "pgh.AfterUpdate(level=pgh.Statement)", managed=False, then=raw(PARTITIONS))
    execute(CALL_OFF)
    execute("INSERT INTO shop_thing (id, size) VALUES (1, 1), (2, 2), (3, 3)")
    execute(MOVE_ALL)
    assert sorted(events("id, size")) == [(1, 1), (3, 3)]


@pytest.mark.parametrize("tracker", [*LEVELS, "pgh.Snapshot()", "pgh.AfterTruncate()"])
def test_a_table_from_which_others_inherit_is_refused(project: Project, tracker: str) -> None:
    child = "CREATE TABLE child (more int) INHERITS (shop_thing)"
    with pytest.raises(NotSupportedError) as refusal:
        make_shop(project, tracker, then=raw(child))
    assert str(refusal.value) == (
        'The tracked model shop.Thing of shop.ThingEvent has the table "public"."shop_thing", '
        "from which other tables inherit. Triggers see their rows in some statements and not in "
        "others. Track the other tables, or use partitions."
    )


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_table_that_inherits_from_another_is_tracked(project: Project, tracker: str) -> None:
    parent = "CREATE TABLE parent (size int)"
    make_shop(
        project, tracker, first=raw(parent), then=raw("ALTER TABLE shop_thing INHERIT parent")
    )
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    execute("UPDATE shop_thing SET size = 2")
    execute("DELETE FROM shop_thing")
    assert events("size") == [1, 2, 2]


def test_a_table_that_once_had_children_is_tracked(project: Project) -> None:
    # relhassubclass stays true when the last child is gone.
    gone = "CREATE TABLE child (more int) INHERITS (shop_thing); DROP TABLE child"
    make_shop(project, LEVELS[1], then=raw(gone))
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    assert events("size") == [1]
