"""The kinds of write that there are; each says in Python what it does to the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from db.changes import Row, Table
from db.shop import execute, server_version

START = [Row(1, "a", 1, 1), Row(2, "b", 2, 1), Row(3, "c", None, 2)]

Write = Callable[[Any, Table], None]
WRITES: dict[str, Write] = {}


def kind(write: Write) -> Write:
    WRITES[write.__name__.replace("_", " ")] = write
    return write


@kind
def save_of_a_new_object(thing: Any, table: Table) -> None:
    thing(id=4, name="d", size=4).save()
    table.insert(4, "d", 4)


@kind
def save_of_a_changed_object(thing: Any, table: Table) -> None:
    found = thing.objects.get(id=1)
    found.size = 7
    found.save()
    table.update(1, size=7)


@kind
def save_of_an_unchanged_object(thing: Any, table: Table) -> None:
    thing.objects.get(id=1).save()
    table.update(1)


@kind
def save_of_one_field(thing: Any, table: Table) -> None:
    found = thing.objects.get(id=1)
    found.name = found.size = None
    found.save(update_fields=["size"])
    table.update(1, size=None)


@kind
def bulk_create(thing: Any, table: Table) -> None:
    thing.objects.bulk_create([thing(id=n, name=str(n), size=n) for n in (4, 5)])
    table.insert(4, "4", 4)
    table.insert(5, "5", 5)


@kind
def bulk_create_in_batches(thing: Any, table: Table) -> None:
    thing.objects.bulk_create([thing(id=n, name=str(n), size=n) for n in (4, 5)], batch_size=1)
    table.insert(4, "4", 4)
    table.insert(5, "5", 5)


@kind
def bulk_create_that_ignores_conflicts(thing: Any, table: Table) -> None:
    rows = [thing(id=4, name="d", size=4), thing(id=5, name="b", size=5)]
    thing.objects.bulk_create(rows, ignore_conflicts=True)
    table.insert(4, "d", 4)


@kind
def bulk_create_that_updates_conflicts(thing: Any, table: Table) -> None:
    rows = [
        thing(id=4, name="d", size=4),
        thing(id=5, name="b", size=5),
        thing(id=6, name="a", size=1),
    ]
    thing.objects.bulk_create(
        rows, update_conflicts=True, update_fields=["size"], unique_fields=["name"]
    )
    table.insert(4, "d", 4)
    table.update(2, size=5)
    table.update(1, size=1)


@kind
def queryset_update(thing: Any, table: Table) -> None:
    thing.objects.filter(id__lte=2).update(size=2)
    table.update(1, size=2)
    table.update(2, size=2)


@kind
def bulk_update(thing: Any, table: Table) -> None:
    rows = [thing(id=1, name="x", size=9), thing(id=3, name="c", size=3)]
    thing.objects.bulk_update(rows, ["name", "size"])
    table.update(1, name="x", size=9)
    table.update(3, size=3)


@kind
def delete(thing: Any, table: Table) -> None:
    thing.objects.get(id=2).delete()
    table.delete(2)


@kind
def queryset_delete(thing: Any, table: Table) -> None:
    thing.objects.filter(id__gte=2).delete()
    table.delete(2, 3)


@kind
def cascade_by_django(thing: Any, table: Table) -> None:
    thing.box.field.related_model.objects.get(id=1).delete()
    table.delete(1, 2)


@kind
def cascade_by_the_database(thing: Any, table: Table) -> None:
    execute("DELETE FROM shop_box")
    table.delete(1, 2, 3)


@kind
def raw_insert(thing: Any, table: Table) -> None:
    execute("INSERT INTO shop_thing (id, name, size) VALUES (4, 'd', 4), (5, NULL, NULL)")
    table.insert(4, "d", 4)
    table.insert(5, None, None)


@kind
def insert_of_a_query(thing: Any, table: Table) -> None:
    execute("INSERT INTO shop_thing SELECT id + 10, name || '!', size FROM shop_thing")
    for row in START:
        table.insert(row.id + 10, f"{row.name}!", row.size)


@kind
def raw_update(thing: Any, table: Table) -> None:
    execute("UPDATE shop_thing SET size = size + 1")
    table.update(1, size=2)
    table.update(2, size=3)
    table.update(3)


@kind
def update_from_a_join(thing: Any, table: Table) -> None:
    execute(
        "UPDATE shop_thing SET name = label FROM shop_box WHERE box_id = shop_box.id AND size=1"
    )
    table.update(1, name="left")


@kind
def raw_delete(thing: Any, table: Table) -> None:
    execute("DELETE FROM shop_thing WHERE size IS NOT NULL")
    table.delete(1, 2)


@kind
def upsert(thing: Any, table: Table) -> None:
    execute(
        "INSERT INTO shop_thing (id, name, size) VALUES (4, 'd', 4), (5, 'a', 5), (6, 'b', 6) "
        "ON CONFLICT (name) DO UPDATE SET size = EXCLUDED.size, id = EXCLUDED.id "
        "WHERE shop_thing.size = 2"
    )
    table.insert(4, "d", 4)
    table.update(2, id=6, size=6)


@kind
def copy(thing: Any, table: Table) -> None:
    assert connection.connection is not None
    with (
        connection.connection.cursor() as cursor,
        cursor.copy("COPY shop_thing (id, name, size) FROM STDIN") as rows,
    ):
        for number in (4, 5):
            rows.write_row((number, str(number), number))
            table.insert(number, str(number), number)


@kind
def merge(thing: Any, table: Table) -> None:
    execute(
        """
        MERGE INTO shop_thing AS target
        USING (VALUES (1, 'x'), (2, NULL), (3, 'c'), (4, 'd')) AS source (id, name)
        ON target.id = source.id
        WHEN MATCHED AND source.name IS NULL THEN DELETE
        WHEN MATCHED AND source.name = target.name THEN DO NOTHING
        WHEN MATCHED THEN UPDATE SET name = source.name
        WHEN NOT MATCHED THEN INSERT (id, name, size) VALUES (source.id, source.name, 4)
        """
    )
    table.update(1, name="x")
    table.delete(2)
    table.insert(4, "d", 4)


@kind
def merge_with_rows_that_the_source_lacks(thing: Any, table: Table) -> None:
    if server_version() < 17:
        pytest.skip("The clause is new in PostgreSQL 17.")
    execute(
        """
        MERGE INTO shop_thing AS target
        USING (VALUES (2, 5), (7, 7)) AS source (id, size)
        ON target.id = source.id
        WHEN MATCHED THEN UPDATE SET size = source.size
        WHEN NOT MATCHED THEN INSERT (id, size) VALUES (source.id, source.size)
        WHEN NOT MATCHED BY SOURCE AND size IS NULL THEN DELETE
        WHEN NOT MATCHED BY SOURCE THEN UPDATE SET size = 0
        """
    )
    table.update(1, size=0)
    table.update(2, size=5)
    table.delete(3)
    table.insert(7, None, 7)


@kind
def truncate(thing: Any, table: Table) -> None:
    execute("TRUNCATE shop_thing")
    table.truncate()


@kind
def truncate_of_a_table_that_is_referred_to(thing: Any, table: Table) -> None:
    execute("TRUNCATE shop_box CASCADE")
    table.truncate()


@kind
def truncate_of_an_empty_table(thing: Any, table: Table) -> None:
    execute("DELETE FROM shop_thing")
    execute("TRUNCATE shop_thing")
    table.delete(1, 2, 3)
    table.truncate()


@kind
def writable_cte(thing: Any, table: Table) -> None:
    execute(
        """
        WITH moved AS (DELETE FROM shop_thing WHERE id < 3 RETURNING *)
        INSERT INTO shop_thing SELECT id, name, size + 10, box_id FROM moved
        """
    )
    table.delete(1, 2)
    table.insert(1, "a", 11, 1)
    table.insert(2, "b", 12, 1)


@kind
def two_ctes_that_update_the_table(thing: Any, table: Table) -> None:
    execute(
        """
        WITH first AS (UPDATE shop_thing SET size = 10 WHERE id = 1 RETURNING id),
             second AS (UPDATE shop_thing SET name = 'y' WHERE id = 2 RETURNING id)
        UPDATE shop_thing SET id = 30 WHERE id = 3
        """
    )
    table.update(1, size=10)
    table.update(2, name="y")
    table.update(3, id=30)


@kind
def two_ctes_that_insert_and_delete(thing: Any, table: Table) -> None:
    execute(
        """
        WITH added AS (INSERT INTO shop_thing (id, size) VALUES (4, 4) RETURNING id),
             more AS (INSERT INTO shop_thing (id, size) VALUES (5, 5), (6, 1) RETURNING id),
             gone AS (DELETE FROM shop_thing WHERE id = 1 RETURNING id)
        DELETE FROM shop_thing WHERE id = 2
        """
    )
    table.insert(4, None, 4)
    table.insert(5, None, 5)
    table.insert(6, None, 1)
    table.delete(1, 2)


@kind
def executemany(thing: Any, table: Table) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE shop_thing SET size = %s WHERE id = %s", [(4, 1), (5, 2), (6, 99), (7, 1)]
        )
        cursor.executemany("INSERT INTO shop_thing (id, size) VALUES (%s, %s)", [(4, 4), (5, 5)])
    table.update(1, size=4)
    table.update(2, size=5)
    table.update(1, size=7)
    table.insert(4, None, 4)
    table.insert(5, None, 5)


@kind
def statements_that_touch_no_row(thing: Any, table: Table) -> None:
    execute("UPDATE shop_thing SET size = 1 WHERE id = 99")
    execute("DELETE FROM shop_thing WHERE id = 99")
    execute("INSERT INTO shop_thing SELECT * FROM shop_thing WHERE id = 99")
    execute("INSERT INTO shop_thing (id, name) VALUES (9, 'a') ON CONFLICT DO NOTHING")


@kind
def update_that_changes_nothing(thing: Any, table: Table) -> None:
    execute("UPDATE shop_thing SET id = id, name = name, size = size")
    for row in START:
        table.update(row.id)


@kind
def update_of_a_primary_key(thing: Any, table: Table) -> None:
    thing.objects.filter(id=2).update(id=20)
    table.update(2, id=20)


@kind
def shift_of_all_primary_keys(thing: Any, table: Table) -> None:
    execute("UPDATE shop_thing SET id = id + 10, size = size + 1 WHERE id IN (3, 1, 2)")
    for row in START:
        table.update(row.id, id=row.id + 10, size=row.size and row.size + 1)


@kind
def many_changes_of_one_object(thing: Any, table: Table) -> None:
    execute("UPDATE shop_thing SET size = 2 WHERE id = 1")
    execute("DELETE FROM shop_thing WHERE id = 1")
    execute("INSERT INTO shop_thing (id, size) VALUES (1, 3)")
    execute("UPDATE shop_thing SET size = 4 WHERE id = 1")
    execute("UPDATE shop_thing SET size = 4 WHERE id = 1")
    execute("UPDATE shop_thing SET size = 2 WHERE id = 1")
    table.update(1, size=2)
    table.delete(1)
    table.insert(1, None, 3)
    for size in (4, 4, 2):
        table.update(1, size=size)


@kind
def block_of_procedural_code(thing: Any, table: Table) -> None:
    execute(
        """
        DO $$ BEGIN
            FOR number IN 4..9 LOOP
                INSERT INTO shop_thing (id, size) VALUES (number, 0);
                UPDATE shop_thing SET size = number WHERE id = number;
            END LOOP;
        END $$
        """
    )
    for number in range(4, 10):
        table.insert(number, None, 0)
        table.update(number, size=number)


@kind
def writes_of_a_session_that_replicates(thing: Any, table: Table) -> None:
    # Triggers rest then: the origin has recorded the change (manual, session_replication_role).
    execute("SET LOCAL session_replication_role = replica")
    execute("INSERT INTO shop_thing (id) VALUES (4)")
    execute("UPDATE shop_thing SET size = 5")
    execute("DELETE FROM shop_thing WHERE id < 4")
    table.rows = {4: Row(4, None, 5)}
