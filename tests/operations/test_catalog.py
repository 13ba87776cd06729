"""Each operation: forwards, backwards, forwards again gives the catalog of the first time."""

import pytest
from django.db import connection, migrations, models

import pghistory_ops as pgh
from catalog import added, catalog, names
from chain import Chain, assert_there_and_back

ORDER = [
    migrations.CreateModel(
        "Order",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("total", models.IntegerField()),
            ("note", models.TextField(default="")),
        ],
    ),
]
HISTORY = [
    pgh.CreateEventModel("OrderEvent", tracks="shop.Order", pausable=True),
    pgh.AddTracker("OrderEvent", pgh.Snapshot()),
    pgh.AddTracker(
        "OrderEvent",
        pgh.DatabaseTracker("dear", operation=pgh.Update, condition=pgh.Q(new__total=9)),
    ),
]


@pytest.fixture
def chain(chain: Chain) -> Chain:
    return chain.forwards(*ORDER)


OPERATIONS = {
    "create": [pgh.CreateEventModel("Thing", tracks="shop.Order")],
    "create append-only": [pgh.CreateEventModel("Thing", tracks="shop.Order", append_only=True)],
    "create for an installed app": [pgh.CreateEventModel("UserEvent", tracks="auth.User")],
    "create and track": [
        pgh.CreateEventModel("Thing", tracks="shop.Order"),
        pgh.AddTracker("Thing", pgh.Snapshot("second")),
    ],
    "create, track and delete": [
        pgh.CreateEventModel("Thing", tracks="shop.Order"),
        pgh.AddTracker("Thing", pgh.Snapshot("second")),
        pgh.DeleteEventModel("Thing"),
    ],
    "delete": [pgh.DeleteEventModel("OrderEvent")],
    "remove": [pgh.RemoveTracker("OrderEvent", "dear")],
    "remove all": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        pgh.RemoveTracker("OrderEvent", "snapshot"),
    ],
    "replace": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        pgh.AddTracker(
            "OrderEvent",
            pgh.DatabaseTracker("dear", operation=pgh.Update, condition=pgh.Q(new__total=99)),
        ),
    ],
    "refresh with nothing to do": [pgh.RefreshTrackers("OrderEvent")],
    "refresh after a column": [
        migrations.AddField("Order", "paid", models.BooleanField(null=True)),
        migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
        pgh.RefreshTrackers("OrderEvent"),
    ],
    "append only": [pgh.AlterEventModel("OrderEvent", append_only=True)],
    "not pausable": [
        pgh.AlterEventModel("OrderEvent", pausable=False),
        pgh.RefreshTrackers("OrderEvent"),
    ],
    "invoker": [
        pgh.AlterEventModel("OrderEvent", security_definer=False),
        pgh.RefreshTrackers("OrderEvent"),
    ],
    "policy": [
        migrations.AlterField("OrderEvent", "note", models.TextField(null=True)),
        pgh.AlterEventModel("OrderEvent", exclude=["note"]),
        pgh.RefreshTrackers("OrderEvent"),
    ],
    "append only, then not": [
        pgh.AlterEventModel("OrderEvent", append_only=True),
        pgh.AlterEventModel("OrderEvent", append_only=False),
    ],
    "manual": [pgh.AddTracker("OrderEvent", pgh.ManualTracker("order.paid"))],
    **{
        f"add {tracker!r}": [pgh.AddTracker("OrderEvent", tracker)]
        for tracker in [
            pgh.Snapshot("one"),
            pgh.Snapshot("one", level=pgh.Row),
            pgh.Snapshot("one", level=pgh.Statement),
            pgh.AfterInsert(),
            pgh.AfterInsertOrUpdate(),
            pgh.BeforeUpdate(),
            pgh.AfterUpdate(level=pgh.Statement),
            pgh.BeforeDelete(level=pgh.Row),
            pgh.AfterDelete(),
            pgh.AfterTruncate(),
            pgh.DatabaseTracker(
                "early", operation=pgh.Update | pgh.Delete, when=pgh.Before, snapshot="OLD"
            ),
            pgh.AfterUpdate("changed", condition=pgh.AnyChange("total") | pgh.Q(old__note="x")),
            pgh.AfterDelete("sql", condition=pgh.Condition("OLD.total > 9")),
        ]
    },
}


@pytest.mark.parametrize("operations", OPERATIONS.values(), ids=OPERATIONS)
def test_forwards_again_gives_the_catalog_of_the_first_time(chain: Chain, operations) -> None:
    chain.forwards(*HISTORY)
    assert_there_and_back(chain, *operations)


def test_a_lock_timeout_leaves_no_trace(chain: Chain) -> None:
    chain.forwards(*HISTORY)
    operations = [
        pgh.AddTracker("OrderEvent", pgh.AfterDelete(), lock_timeout="2s"),
        pgh.RefreshTrackers("OrderEvent", lock_timeout="2s"),
        pgh.RemoveTracker("OrderEvent", "snapshot", lock_timeout="2s"),
        pgh.DeleteEventModel("OrderEvent", lock_timeout="2s"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '7s'")
        for operation in operations:
            assert_there_and_back(chain, operation)
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("7s",)


def test_the_operations_do_something(chain: Chain) -> None:
    before = catalog()
    chain.forwards(*HISTORY)
    new = added(before, catalog())
    assert names(new, "table") == ["shop_orderevent", "shop_orderevent_pgh_id_seq"]
    assert [name.rpartition(".")[2] for name in names(new, "trigger")] == [
        '"00_pgh_dear_update"',
        '"00_pgh_snapshot_insert"',
        '"00_pgh_snapshot_update"',
    ]
    functions = names(new, "function")
    assert [name.rpartition("_")[0] for name in functions] == [
        "pgh_shop_orderevent_dear_update",
        "pgh_shop_orderevent_snapshot_insert",
        "pgh_shop_orderevent_snapshot_update",
    ]
    comments = [
        text.rpartition(" comment ")[2]
        for (kind, _), text in new.items()
        if kind in ("function", "trigger")
    ]
    assert len(comments) == 6
    assert all(text.startswith("django-pghistory-ops, template 1, digest ") for text in comments)


def test_several_refreshes_are_taken_back_one_by_one(chain: Chain) -> None:
    chain.forwards(*HISTORY)
    seen = [catalog()]
    for number in range(1, 4):
        name = f"extra_{number}"
        chain.forwards(
            migrations.AddField("Order", name, models.IntegerField(null=True)),
            migrations.AddField("OrderEvent", name, models.IntegerField(null=True)),
            pgh.RefreshTrackers("OrderEvent"),
            pgh.RefreshTrackers("OrderEvent"),
        )
        seen.append(catalog())
    chain.forwards(
        pgh.AlterEventModel("OrderEvent", pausable=False, security_definer=False),
        pgh.RefreshTrackers("OrderEvent"),
    )
    functions = [
        text
        for (kind, name), text in catalog().items()
        if kind == "function" and "snapshot_update" in name
    ]
    assert len(functions) == 1
    assert "extra_3" in functions[0]
    assert "pghistory_ops.paused" not in functions[0]
    while seen:
        chain.backwards()
        assert catalog() == seen.pop()


def test_a_function_keeps_its_identity_and_its_grants_through_a_refresh(chain: Chain) -> None:
    chain.forwards(*HISTORY)
    query = """
        SELECT oid, proacl::text FROM pg_proc WHERE proname LIKE 'pgh_shop_orderevent%' ORDER BY oid
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        before = cursor.fetchall()
        assert len(before) == 3
        assert not any(acl is None or acl.startswith("{=") for _, acl in before)
        chain.forwards(
            migrations.AddField("Order", "paid", models.BooleanField(null=True)),
            migrations.AddField("OrderEvent", "paid", models.BooleanField(null=True)),
            pgh.RefreshTrackers("OrderEvent"),
        )
        cursor.execute(query)
        assert cursor.fetchall() == before
        chain.backwards()
        cursor.execute(query)
        assert cursor.fetchall() == before


def test_taking_back_a_delete_brings_back_trackers_that_record(chain: Chain) -> None:
    chain.forwards(*HISTORY).forwards(pgh.DeleteEventModel("OrderEvent"))
    chain.model("Order").objects.create(total=1)
    chain.backwards()
    chain.model("Order").objects.create(total=2)
    assert [event["total"] for event in chain.events("OrderEvent")] == [2]
