"""Sessions that write the same rows at the same time."""

from __future__ import annotations

import threading

import psycopg
import pytest

from db.shop import events, execute, make_shop, query, session
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

SNAPSHOTS = [
    f"pgh.Snapshot(level=pgh.{level})" if level else "pgh.Snapshot()"
    for level in ("", "Row", "Statement")
]


def wait_until_blocked() -> None:
    """Wait until a session waits for a lock."""
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while query(waits) == [0]:
        pass


@pytest.mark.parametrize("tracker", SNAPSHOTS)
def test_a_write_that_waited_has_the_later_event(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 0)")
    with session() as first, session() as second:
        # The second transaction starts first, and takes effect last.
        second.execute("SELECT 1")
        first.execute("UPDATE shop_thing SET size = size + 1")

        def write() -> None:
            second.execute("UPDATE shop_thing SET size = size + 10")
            second.commit()

        waiting = threading.Thread(target=write)
        waiting.start()
        wait_until_blocked()
        first.commit()
        waiting.join()
    assert events("size") == [0, 1, 11]
    times = events("pgh_created_at")
    assert times == sorted(times)


@pytest.mark.parametrize("tracker", SNAPSHOTS)
def test_many_sessions_make_one_history(project: Project, tracker: str) -> None:
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 0)")

    def write() -> None:
        with session() as other:
            for _ in range(25):
                other.execute("UPDATE shop_thing SET size = size + 1")
                other.commit()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert events("size") == list(range(101))
    assert query("SELECT size FROM shop_thingevent ORDER BY pgh_created_at") == list(range(101))


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_truncate_records_every_row_or_fails(project: Project, isolation: str) -> None:
    make_shop(project, "pgh.AfterTruncate()")
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    with session() as other:
        other.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        other.execute("SELECT 1 FROM pg_class")  # it sees no row that is committed later
        execute("INSERT INTO shop_thing VALUES (2, 'b', 2)")
        try:
            other.execute("TRUNCATE shop_thing")
        except psycopg.Error:
            other.rollback()
        other.commit()
    removed = {1, 2} - set(query("SELECT id FROM shop_thing"))
    assert set(events("id")) == removed
    assert removed == ({1, 2} if isolation == "READ COMMITTED" else set())
