"""The recipes for changes of a tracked model are run while somebody writes it."""

import threading
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from db.shop import session
from projects import Project

from .blocks import Block, blocks
from .test_pages import given, write

PAGE = "docs/changing.md"
RECIPES = [block for block in blocks(PAGE) if block.file]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"


def tables() -> tuple[str, str]:
    """Return the names of the tracked and the event table now."""
    with connection.cursor() as cursor:
        found = connection.introspection.table_names(cursor)
    (event,) = {"shop_orderevent", "shop_purchaseevent", "purchase_history"} & set(found)
    (tracked,) = {"shop_order", "purchases"} & set(found)
    return tracked, event


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(len(RECIPES)), ids=[str(item.file) for item in RECIPES])
def test_a_recipe_and_a_writer_do_not_wait_for_each_other(project: Project, number: int) -> None:
    *earlier, recipe = RECIPES[: number + 1]
    for block in [*given(RECIPES), *earlier]:
        write(project, block)
    project.migrate("shop")
    if recipe.file == RECIPES[-1].file:
        return  # there is no tracked table any more
    write(project, recipe)
    run_beside_a_writer(project, recipe)


def run_beside_a_writer(project: Project, recipe: Block) -> None:
    tracked, event = tables()
    done = threading.Event()
    with session() as writer, session() as observer:
        observer.autocommit = True
        # What an INSERT locks first,
        writer.execute(f"LOCK TABLE {tracked} IN ROW EXCLUSIVE MODE")
        failures: list[psycopg.Error] = []

        def go_on() -> None:
            blocked = (0,)
            while blocked == (0,) and not done.is_set():
                found = observer.execute(BLOCKED, [writer.info.backend_pid]).fetchone()
                assert found is not None
                blocked = found
            try:
                # and what its trigger locks then.
                writer.execute(f"LOCK TABLE {event} IN ROW EXCLUSIVE MODE")
                writer.commit()
            except psycopg.errors.UndefinedTable:
                writer.rollback()  # it has another name now
            except psycopg.Error as error:
                failures.append(error)
                writer.rollback()

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            project.migrate("shop", Path(str(recipe.file)).stem)
        finally:
            done.set()
            thread.join()
    assert failures == []
