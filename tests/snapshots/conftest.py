from collections.abc import Collection

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from pytest_django import DjangoDbBlocker
from syrupy.assertion import SnapshotAssertion

from snapshots.extension import CaseExtension, MigrationExtension, SQLExtension


@pytest.fixture
def sql_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SQLExtension)


@pytest.fixture
def migration_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(MigrationExtension)


@pytest.fixture(scope="session")
def migrated_state(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> ProjectState:
    """The state of the test database: the installed apps, migrated."""
    with django_db_blocker.unblock():
        return MigrationLoader(connection).project_state()


@pytest.fixture
def unused_snapshots(request: pytest.FixtureRequest) -> "UnusedSnapshots":
    return UnusedSnapshots(update=request.config.option.update_snapshots)


class UnusedSnapshots:
    """The files that no case writes any more; ``--snapshot-update`` removes them."""

    def __init__(self, *, update: bool) -> None:
        self._update = update

    def __call__(self, extension: type[CaseExtension], used: Collection[str]) -> set[str]:
        unused = extension.paths() - set(used)
        if self._update:
            for path in unused:
                extension.unlink(path)
            return set()
        return unused
