import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql
from pytest_django import DjangoDbBlocker

import pghistory_ops
import postgres
from projects import Project, make_no_permissions

# Schema changes take as long as they take. A build tries the same examples every time; whoever runs
# the tests at home tries new ones.
hypothesis.settings.register_profile("server", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("server")

OBJECTS = """
SELECT identified.type, identified.identity
FROM (
    SELECT 'pg_extension'::regclass, oid, 1 FROM pg_extension
    UNION ALL
    SELECT 'pg_namespace'::regclass, oid, 2 FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL
    SELECT 'pg_class'::regclass, oid, 3 FROM pg_class WHERE relkind = ANY ('{r,p,f,v,m}')
    UNION ALL
    -- After the tables, which take the sequences of their identity columns along.
    SELECT 'pg_class'::regclass, oid, 4 FROM pg_class WHERE relkind = 'S'
    UNION ALL
    SELECT 'pg_type'::regclass, oid, 5 FROM pg_type WHERE typtype = ANY ('{d,e,r}')
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, 6 FROM pg_proc
    UNION ALL
    SELECT 'pg_trigger'::regclass, oid, 7 FROM pg_trigger WHERE NOT tgisinternal
) AS object (catalog, oid, place)
CROSS JOIN LATERAL pg_identify_object(catalog, oid, 0) AS identified
WHERE oid >= 16384 -- those below were made by initdb
ORDER BY place
"""


def pytest_report_header() -> list[str]:
    return [
        f"pghistory_ops: {Path(pghistory_ops.__file__).parent}",
        f"Django: {django.get_version()}, PostgreSQL: {postgres.choice()}",
    ]


# Those that play with whole projects in processes of their own.
LONGEST = (
    "autodetector/test_application",
    "autodetector/test_companions",
    "operations/test_application",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest, so that no worker is left with one when the others are done."""
    items.sort(key=lambda item: not item.nodeid.removeprefix("tests/").startswith(LONGEST))


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Conninfo]:
    with postgres.server() as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, server: postgres.Conninfo
) -> None:
    base = server.get("dbname", "pghistory_ops")
    for alias, name in {"default": base, "other": f"{base}_other"}.items():
        settings.DATABASES[alias].update(postgres.database_settings(server), NAME=name)


@pytest.fixture(scope="session", autouse=True)
def no_permissions() -> None:
    """Spare every flush what a project spares its commands."""
    make_no_permissions()


@pytest.fixture(autouse=True)
def clean_catalog(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop what a ``django_db(transaction=True)`` test leaves; the others are rolled back."""
    marker = request.node.get_closest_marker("django_db")
    with ExitStack() as stack:
        if marker and marker.kwargs.get("transaction"):
            databases = marker.kwargs.get("databases") or ["default"]
            for alias in connections if databases == "__all__" else databases:
                stack.enter_context(new_objects_dropped(alias))
        yield


@contextmanager
def new_objects_dropped(alias: str) -> Iterator[None]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS)
        before = set(cursor.fetchall())
        cursor.execute("SELECT DISTINCT app FROM django_migrations")
        migrated = [app for (app,) in cursor.fetchall()]
    yield
    # A new session has no role, setting or temporary table of the test.
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS)
        for kind, identity in cursor.fetchall():
            if (kind, identity) not in before:
                statement = sql.SQL("DROP {} IF EXISTS {} CASCADE")
                cursor.execute(statement.format(sql.SQL(kind), sql.SQL(identity)))
        cursor.execute("DELETE FROM django_migrations WHERE app <> ALL (%s)", [migrated])


@pytest.fixture(scope="module")
def shared_project(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Project]:
    """A project for all tests of a module: what it commits is dropped after the last of them.

    The tests are to leave it as it is, as they do when they are rolled back.
    """
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(new_objects_dropped("default"))
        project = stack.enter_context(Project(tmp_path_factory.mktemp("shared")))
        yield project
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose apps the test writes; it is forgotten at the end."""
    with Project(tmp_path) as project:
        yield project
