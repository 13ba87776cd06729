"""The same migrations on several databases, and what a router says about them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from db.shop import events, make_shop, query, write_shop
from projects import Project

pytestmark = pytest.mark.django_db(databases=["default", "other"])

ALIASES = ["default", "other"]
INSTALLED = """
SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT count(*) FROM pg_proc WHERE proname ~ '^pgh_shop'
UNION ALL
SELECT count(*) FROM pg_class WHERE relname ~ '^shop_' AND relkind = 'r'
"""


class KeepsOff:
    """Keeps models off the database ``other``, by their names."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        return False if db == "other" and model_name in self.names else None


def installed(alias: str) -> list[int]:
    return list(query(INSTALLED, using=alias))


def test_each_database_has_its_history(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", "pgh.AfterDelete()")
    project.migrate(database="other")
    thing.objects.create(id=1, size=1)
    thing.objects.using("other").create(id=1, size=2)
    thing.objects.using("other").update(size=3)
    thing.objects.using("other").all().delete()
    assert events("size") == [1]
    assert events("size", using="other") == [2, 3, 3]
    project.migrate("shop", "zero", database="other")
    assert installed("other") == [0, 0, 0]
    assert installed("default") == [3, 3, 2]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["thingevent"], [0, 0, 1]),
        (["thing", "thingevent"], [0, 0, 0]),
        (["thing"], [0, 0, 1]),
        ([], [3, 3, 2]),
    ],
)
def test_a_router_keeps_history_off_a_database(
    project: Project, names: list[str], found: list[int]
) -> None:
    write_shop(project, "pgh.Snapshot()", "pgh.AfterDelete()", event="append_only=False")
    project.write_migration("shop", "0002_remove", 'pgh.RemoveTracker("ThingEvent", "snapshot"),')
    project.install()  # the apps outlast the router
    with override_settings(DATABASE_ROUTERS=[KeepsOff(*names)]):
        for alias in ALIASES:
            project.migrate("shop", "0001", database=alias)
        assert installed("other") == found
        assert installed("default") == [3, 3, 2]
        for target in ("0002", "0001", "zero"):
            project.migrate("shop", target, database="other")
        assert installed("other") == [0, 0, 0]


def test_a_guard_is_kept_off_with_its_event_model(project: Project) -> None:
    write_shop(project, "pgh.Snapshot()", event="append_only=True")
    project.write_migration(
        "shop", "0002_lift", 'pgh.AlterEventModel("ThingEvent", append_only=False),'
    )
    project.write_migration(
        "shop",
        "0003_refresh",
        """
        pgh.AlterEventModel("ThingEvent", append_only=True),
        pgh.RefreshTrackers("ThingEvent"),
        pgh.DeleteEventModel("ThingEvent"),
        """,
    )
    project.install()  # the apps outlast the router
    with override_settings(DATABASE_ROUTERS=[KeepsOff("thingevent")]):
        for target in ("0001", "0002", "0003", "zero"):
            project.migrate("shop", target, database="other")
            assert installed("other") == [0, 0, 0 if target == "zero" else 1]


def test_an_unmanaged_tracked_model_is_kept_off_by_the_router_alone(project: Project) -> None:
    create = "CREATE TABLE shop_thing (id bigint PRIMARY KEY, name text, size int)"
    write_shop(
        project,
        "pgh.Snapshot()",
        managed=False,
        then=f"migrations.RunSQL({create!r}, 'DROP TABLE shop_thing'),",
    )
    project.install()  # the apps outlast the router
    with override_settings(DATABASE_ROUTERS=[KeepsOff("thing")]):
        for alias, found in {"default": [2, 2, 2], "other": [0, 0, 2]}.items():
            project.migrate("shop", database=alias)
            assert installed(alias) == found
            project.migrate("shop", "zero", database=alias)
            assert installed(alias) == [0, 0, 0]
