"""Which databases an operation touches: routers, other vendors, old servers, sqlmigrate."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import NotSupportedError, connection, connections, migrations, models
from django.db.migrations.state import ProjectState
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.connection import ConnectionProxy

import pghistory_ops as pgh
from catalog import catalog, names
from chain import Chain
from projects import Project

ORDER = migrations.CreateModel(
    "Order", [("id", models.BigAutoField(primary_key=True)), ("total", models.IntegerField())]
)
ALL = [
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", append_only=True),
    pgh.AddTracker("OrderEvent", pgh.Snapshot(), lock_timeout="2s"),
    pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
    pgh.RemoveTracker("OrderEvent", "after_delete"),
    pgh.AlterEventModel("OrderEvent", append_only=False),
    pgh.RefreshTrackers("OrderEvent"),
    pgh.DeleteEventModel("OrderEvent"),
]


class Router:
    """Lets nothing of the models in ``refused`` be on any database."""

    refused: set[str] = set()
    asked: list[dict[str, Any]] = []

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        self.asked.append({"model_name": model_name, **hints})
        return False if model_name in self.refused else None


@pytest.fixture
def router(request: pytest.FixtureRequest) -> Iterator[type[Router]]:
    Router.refused, Router.asked = {"order", "orderevent"}, []
    with override_settings(DATABASE_ROUTERS=[Router()]):
        yield Router


def changes(context: CaptureQueriesContext) -> list[str]:
    queries = [query["sql"] for query in context.captured_queries]
    return [
        sql
        for sql in queries
        if re.match(r"\s*(CREATE|ALTER|DROP|COMMENT|REVOKE|GRANT|INSERT|SET LOCAL)", sql)
    ]


@pytest.mark.django_db
def test_a_refusal_means_no_statement_at_all(router: type[Router]) -> None:
    before = catalog()
    chain = Chain().forwards(ORDER)
    with CaptureQueriesContext(connection) as queries:
        for operation in ALL:
            chain.forwards(operation)
        for _ in ALL:
            chain.backwards()
    kept = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [sql for sql in kept if "CONSTRAINTS" not in sql] == []
    assert catalog() == before


@pytest.mark.django_db
@pytest.mark.parametrize("operation", range(len(ALL)))
def test_the_router_is_asked_about_the_models(router: type[Router], operation: int) -> None:
    chain = Chain().forwards(ORDER, *ALL[:operation], written_out=False)
    router.asked.clear()
    chain.forwards(ALL[operation])
    assert {"orderevent", "order"} & {item["model_name"] for item in router.asked}
    hinted = [item.get("model") for item in router.asked if item["model_name"] in router.refused]
    assert hinted
    assert all(model is not None for model in hinted)


@pytest.mark.django_db
def test_an_event_model_without_its_tracked_model_gets_no_triggers(router: type[Router]) -> None:
    # As where two databases have a part each.
    router.refused = {"order"}
    before = catalog()
    chain = Chain().forwards(ORDER, *ALL[:4])
    assert names(catalog(), "trigger") == ["shop_orderevent.pgh_append_only"]
    chain.zero()
    assert catalog() == before


@pytest.mark.django_db
def test_a_tracked_model_without_its_event_model_is_left_alone(router: type[Router]) -> None:
    router.refused = {"orderevent"}
    before = catalog()
    chain = Chain().forwards(ORDER, *ALL[:4])
    assert names(catalog(), "trigger") == []
    assert ("table", "shop_orderevent") not in catalog()
    chain.model("Order").objects.create(total=1)
    chain.zero()
    assert catalog() == before


UNMANAGED = pgh.CreateEventModel(
    "OrderEvent", tracks="shop.Order", options={"managed": False, "db_table": "history"}
)
BY_HAND = migrations.RunSQL(
    """
    CREATE TABLE history (
        pgh_id bigserial PRIMARY KEY, pgh_created_at timestamptz, pgh_label text,
        pgh_obj_id bigint, pgh_context_id uuid, id bigint, total integer
    )
    """,
    "DROP TABLE history",
)


@pytest.mark.django_db
@pytest.mark.parametrize("routers", [[], [Router()]], ids=["without routers", "with a router"])
def test_an_event_model_whose_table_is_made_by_hand_is_written(routers: list[Router]) -> None:
    Router.refused = set()
    with override_settings(DATABASE_ROUTERS=routers):
        chain = Chain().forwards(ORDER)
        before = catalog()
        chain.forwards(BY_HAND, UNMANAGED, pgh.AddTracker("OrderEvent", pgh.Snapshot()))
        chain.model("Order")._base_manager.create(total=3)
        assert [event["total"] for event in chain.events("OrderEvent")] == [3]
        chain.forwards(
            pgh.AlterEventModel("OrderEvent", pausable=True), pgh.RefreshTrackers("OrderEvent")
        )
        (name,) = [name for name in names(catalog(), "function") if "snapshot_insert" in name]
        assert "paused" in catalog()["function", name]
        chain.backwards()
        chain.forwards(pgh.DeleteEventModel("OrderEvent"))
        # The table stays with whoever made it.
        assert names(catalog(), "trigger") == []
        assert ("table", "history") in catalog()
        chain.backwards()
        chain.model("Order")._base_manager.create(total=4)
        assert [event["total"] for event in chain.events("OrderEvent")] == [3, 4]
        chain.settle()
        chain.backwards()
        assert catalog() == before


@pytest.mark.django_db
@pytest.mark.parametrize("routers", [[], [Router()]], ids=["without routers", "with a router"])
def test_an_unmanaged_event_model_that_is_append_only(routers: list[Router]) -> None:
    """It has the guard that it says it has, or is told otherwise."""
    Router.refused = set()
    alter = pgh.AlterEventModel("OrderEvent", append_only=True)
    with override_settings(DATABASE_ROUTERS=routers):
        chain = Chain().forwards(ORDER, BY_HAND, UNMANAGED)
        before = catalog()
        chain.forwards(alter)
        assert names(catalog(), "trigger") == ["history.pgh_append_only"]
        chain.backwards()
        assert catalog() == before
        chain.zero()


@pytest.mark.django_db(databases=["default", "other"])
def test_the_other_database_has_its_own_history() -> None:
    before = catalog("other")
    chain = Chain(alias="other").forwards(ORDER, *ALL[:2])
    chain.model("Order")._base_manager.using("other").create(total=3)
    events = chain.model("OrderEvent")._base_manager.using("other")
    assert [event.total for event in events.all()] == [3]
    assert ("table", "shop_orderevent") not in catalog("default")
    chain.zero()
    assert catalog("other") == before


# Databases that cannot carry history --------------------------------------------------------------


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Any]:
    connections.databases["sqlite"] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path / "database",
        "OPTIONS": {},
    }
    yield connections["sqlite"]
    connections["sqlite"].close()
    del connections["sqlite"]
    del connections.databases["sqlite"]


def states() -> tuple[ProjectState, ProjectState]:
    before = ProjectState()
    ORDER.state_forwards("shop", before)
    after = before.clone()
    create = pgh.CreateEventModel("OrderEvent", tracks="shop.Order", context_field=None)
    create.state_forwards("shop", after)
    pgh.AddTracker("OrderEvent", pgh.Snapshot()).state_forwards("shop", after)
    return before, after


def run(operation: Any, wrapper: Any) -> None:
    before, after = states()
    if isinstance(operation, pgh.RefreshTrackers):
        before = after
    with wrapper.schema_editor() as editor:
        operation.database_forwards("shop", editor, before, after)


OPERATIONS = [
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", context_field=None),
    pgh.AddTracker("OrderEvent", pgh.Snapshot()),
    pgh.RefreshTrackers("OrderEvent"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: type(item).__name__)
def test_sqlite_is_refused(sqlite: Any, operation: Any, django_db_blocker: Any) -> None:
    with (
        django_db_blocker.unblock(),
        CaptureQueriesContext(sqlite) as queries,
        pytest.raises(NotSupportedError) as refusal,
    ):
        run(operation, sqlite)
    assert str(refusal.value) == (
        "The database 'sqlite' is SQLite; history takes PostgreSQL 15 or newer. Keep the event "
        "model off it with a database router."
    )
    assert changes(queries) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda item: type(item).__name__)
def test_sqlite_is_left_alone_by_a_router(
    sqlite: Any, operation: Any, django_db_blocker: Any, router: type[Router]
) -> None:
    with django_db_blocker.unblock(), CaptureQueriesContext(sqlite) as queries:
        run(operation, sqlite)
    assert changes(queries) == []


HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
MODELS = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("total", models.IntegerField()),
]),
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop/models.py", "")
    dependencies = [("pghistory_ops", "0001_initial")]
    project.write_migration("shop", "0001_initial", MODELS, dependencies=dependencies)
    project.write_migration("shop", "0002_history", HISTORY)
    return project


def test_migrate_refuses_sqlite_before_anything_runs(
    shop: Project, sqlite: Any, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        with pytest.raises(NotSupportedError, match="The database 'sqlite' is SQLite"):
            shop.migrate("shop", database="sqlite")
        assert "shop_order" not in sqlite.introspection.table_names()


def test_migrate_goes_through_on_sqlite_where_a_router_keeps_history_off(
    router: type[Router], shop: Project, sqlite: Any, django_db_blocker: Any
) -> None:
    router.refused = {"orderevent"}
    with django_db_blocker.unblock():
        shop.migrate("shop", database="sqlite")
        assert "shop_order" in sqlite.introspection.table_names()
        assert "shop_orderevent" not in sqlite.introspection.table_names()
        shop.migrate("shop", "zero", database="sqlite")


@pytest.mark.django_db
def test_an_old_server_is_refused_before_anything_runs(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = catalog()
    assert isinstance(connection, ConnectionProxy)
    monkeypatch.setitem(vars(connections["default"]), "pg_version", 140_012)
    with pytest.raises(NotSupportedError) as refusal:
        shop.migrate("shop")
    assert str(refusal.value) == (
        "The database 'default' is PostgreSQL 14; history takes 15 or newer."
    )
    monkeypatch.undo()
    assert catalog() == before


# sqlmigrate ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_sqlmigrate_says_what_migrate_does(shop: Project) -> None:
    shop.migrate("shop", "0001")
    before = catalog()
    there, back = shop.sqlmigrate("shop", "0002"), shop.sqlmigrate("shop", "0002", backwards=True)
    assert catalog() == before
    with connection.cursor() as cursor:
        cursor.execute(re.sub(r"^(BEGIN|COMMIT);$", "", there, flags=re.MULTILINE))
        by_hand = catalog()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(re.sub(r"^(BEGIN|COMMIT);$", "", back, flags=re.MULTILINE))
    assert catalog() == before
    shop.migrate("shop")
    assert catalog() == by_hand


@pytest.mark.django_db
def test_sqlmigrate_works_before_any_table_is_there(shop: Project) -> None:
    before = catalog()
    text = shop.sqlmigrate("shop", "0002")
    assert 'CREATE FUNCTION "public"."pgh_shop_orderevent_snapshot_insert_' in text
    assert 'ON "public"."shop_order"' in text
    assert catalog() == before


@pytest.mark.django_db(transaction=True)
def test_operations_of_a_migration_that_is_not_atomic_are_atomic_each(shop: Project) -> None:
    shop.write_migration(
        "shop",
        "0003_more",
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete(), lock_timeout="2s"),',
        atomic=False,
    )
    text = shop.sqlmigrate("shop", "0003")
    assert text.index("BEGIN;") < text.index("SET LOCAL lock_timeout = '2s';")
    assert text.rstrip().endswith("COMMIT;")
    before = catalog()
    shop.migrate("shop")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    assert any("after_delete" in name for name in names(catalog(), "trigger"))
    shop.migrate("shop", "zero")
    assert catalog() == before
