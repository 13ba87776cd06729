"""Whatever the optimizer leaves of a long way, it builds the same."""

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from chain import Chain
from squashing import (
    COLUMNS,
    CONDITION,
    ORDER,
    PYTHON,
    REFRESH,
    TAX,
    TEXT,
    add,
    assert_builds_the_same,
    create,
)


@pytest.fixture
def chain(chain: Chain) -> Chain:
    return chain.forwards(ORDER, TAX)


# Longer ways: whatever is left, it builds the same.
WAYS: dict[str, list[Operation]] = {
    "a renamed field under a condition": [
        create(),
        CONDITION,
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__amount=9))),
    ],
    "a removed field under a condition": [
        create(),
        add(),
        CONDITION,
        pgh.RemoveTracker("OrderEvent", "dear"),
        pgh.RefreshTrackers("OrderEvent", without=["total"]),
        migrations.RemoveField("Order", "total"),
        migrations.RemoveField("OrderEvent", "total"),
        REFRESH,
    ],
    "a renamed field": [
        create(),
        add(),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        REFRESH,
    ],
    "a renamed field under a policy": [
        create(fields=["id", "total", "note"]),
        add(),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["id", "amount", "note"]),
        REFRESH,
    ],
    "an altered field under a condition": [
        create(),
        CONDITION,
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.AlterField("Order", "total", models.BigIntegerField()),
        migrations.AlterField("OrderEvent", "total", models.BigIntegerField()),
        CONDITION,
    ],
    "renamed models": [
        create(),
        add(),
        migrations.RenameModel("Order", "Sale"),
        migrations.RenameModel("OrderEvent", "SaleEvent"),
        pgh.RefreshTrackers("SaleEvent"),
    ],
    "a renamed model without a reference": [
        create(obj_field=None),
        add(),
        migrations.RenameModel("Order", "Sale"),
        pgh.AlterEventModel("OrderEvent", tracks="shop.Sale"),
    ],
    "a table renamed below its trackers": [
        create(append_only=True),
        add(),
        migrations.AlterModelTable("OrderEvent", "history"),
        REFRESH,
    ],
    "another specification below trackers": [
        create(),
        add(),
        pgh.AlterEventModel("OrderEvent", pausable=True, append_only=True),
        REFRESH,
    ],
    "two event models of one model": [
        create(),
        add(),
        create("Other"),
        pgh.AddTracker("Other", pgh.Snapshot("other")),
        migrations.AddField("Order", "extra", TEXT),
        migrations.AddField("Other", "extra", TEXT),
        pgh.RefreshTrackers("Other"),
        pgh.AlterEventModel("OrderEvent", exclude=["extra"]),
        REFRESH,
    ],
    "an event model deleted and made anew": [
        create(),
        add(),
        pgh.DeleteEventModel("OrderEvent"),
        create(fields=["id", "total"], columns=COLUMNS[:2]),
        add("other"),
    ],
    "a column of one's own altered": [
        create(attrs=[("remark", models.CharField(max_length=9, null=True))]),
        add(),
        migrations.AlterField("OrderEvent", "remark", TEXT),
    ],
    "a column of one's own renamed": [
        create(attrs=[("remark", TEXT)]),
        add(),
        migrations.RenameField("OrderEvent", "remark", "comment"),
    ],
    "a column of one's own removed": [
        create(attrs=[("remark", TEXT)]),
        add(),
        migrations.RemoveField("OrderEvent", "remark"),
    ],
    "a column added below a tracker": [
        create(),
        add(),
        migrations.AddField("Order", "extra", TEXT),
        migrations.AddField("OrderEvent", "extra", TEXT),
        REFRESH,
    ],
    "two trackers below a new column": [
        create(),
        add(),
        CONDITION,
        migrations.AddField("Order", "extra", TEXT),
        migrations.AddField("OrderEvent", "extra", TEXT),
        REFRESH,
    ],
    "a label that moves to another event model, and that one deleted": [
        create(),
        add(),
        create("Other"),
        PYTHON,
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.AddTracker("Other", pgh.Snapshot()),
        pgh.DeleteEventModel("OrderEvent"),
    ],
    "a reference to a field that is renamed": [
        create(
            columns=[
                *COLUMNS,
                (
                    "tax",
                    models.ForeignKey(
                        "shop.Tax",
                        models.DO_NOTHING,
                        to_field="code",
                        null=True,
                        db_constraint=False,
                        related_name="+",
                    ),
                ),
            ]
        ),
        add(),
        migrations.RenameField("Tax", "code", "number"),
    ],
    "derived columns": [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        add(),
        migrations.AddField("Order", "extra", TEXT),
        migrations.AddField("OrderEvent", "extra", TEXT),
        REFRESH,
        migrations.RenameField("Order", "note", "remark"),
        migrations.RenameField("OrderEvent", "note", "remark"),
        REFRESH,
    ],
    "the reference taken off": [
        create(),
        add(),
        migrations.RemoveField("OrderEvent", "pgh_obj"),
        pgh.AlterEventModel("OrderEvent", obj_field=None),
        REFRESH,
    ],
    "a tracker removed and put back otherwise": [
        create(),
        add(),
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.AddTracker("OrderEvent", pgh.AfterInsert("snapshot")),
    ],
    "a label that moves to another event model": [
        create(),
        add(),
        create("Other"),
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.AddTracker("Other", pgh.Snapshot()),
    ],
}


@pytest.mark.parametrize("operations", WAYS.values(), ids=WAYS)
def test_a_long_way_and_its_short_cut_arrive_at_the_same(
    chain: Chain, operations: list[Operation]
) -> None:
    fewer = assert_builds_the_same(chain, operations)
    assert len(fewer) <= len(operations)


# What is squashed on top of a history that is there already.
SOME = [
    create(fields=["id", "total"], columns=COLUMNS[:2]),
    pgh.AddTracker("OrderEvent", pgh.Snapshot(level=pgh.Row)),
    CONDITION,
]
LATER: dict[str, list[Operation]] = {
    "a column renamed, then its field": [
        migrations.AlterField("Order", "total", models.IntegerField(db_column="Sum")),
        REFRESH,
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["id", "amount"]),
        REFRESH,
    ],
    "a field renamed, then its column": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["id", "amount"]),
        REFRESH,
        migrations.AlterField("Order", "amount", models.IntegerField(db_column="Sum")),
        REFRESH,
    ],
    "a condition given anew": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["id", "amount"]),
        REFRESH,
        pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__amount=9))),
    ],
    "both models renamed after a tracker went": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        migrations.RenameField("Order", "total", "amount"),
        migrations.RenameField("OrderEvent", "total", "amount"),
        pgh.AlterEventModel("OrderEvent", fields=["id", "amount"]),
        REFRESH,
        migrations.RenameModel("Order", "Sale"),
        migrations.RenameModel("OrderEvent", "Change"),
        pgh.RefreshTrackers("Change"),
        pgh.AddTracker("Change", pgh.AfterUpdate("dear", condition=pgh.Q(new__amount=9))),
    ],
    "a field removed": [
        pgh.RemoveTracker("OrderEvent", "dear"),
        pgh.RefreshTrackers("OrderEvent", without=["total"]),
        migrations.RemoveField("Order", "total"),
        migrations.RemoveField("OrderEvent", "total"),
        pgh.AlterEventModel("OrderEvent", fields=["id"]),
        REFRESH,
        migrations.AddField("Order", "total", models.TextField(default="")),
        migrations.AddField("OrderEvent", "total", TEXT),
        pgh.AlterEventModel("OrderEvent", fields=["id", "total"]),
        REFRESH,
    ],
    "a tracker put between": [
        pgh.AddTracker("OrderEvent", pgh.Snapshot("second")),
        migrations.RenameModel("OrderEvent", "Change"),
        pgh.RefreshTrackers("Change"),
        pgh.RemoveTracker("Change", "dear"),
        pgh.RefreshTrackers("Change", without=["total"]),
        migrations.AlterField("Change", "total", models.IntegerField(null=True)),
        migrations.RemoveField("Order", "total"),
        pgh.AlterEventModel("Change", fields=["id"]),
        pgh.RefreshTrackers("Change"),
    ],
}


@pytest.mark.parametrize("operations", LATER.values(), ids=LATER)
def test_what_comes_after_a_finished_history_is_squashed_soundly(
    chain: Chain, operations: list[Operation]
) -> None:
    assert_builds_the_same(chain, operations, *SOME)


def test_a_composite_key_keeps_its_index(chain: Chain) -> None:
    line = migrations.CreateModel(
        "Line",
        [
            ("pk", models.CompositePrimaryKey("order", "number")),
            ("order", models.IntegerField()),
            ("number", models.IntegerField()),
        ],
    )
    columns = [("order", models.IntegerField()), ("number", models.IntegerField())]
    event = pgh.CreateEventModel("LineEvent", tracks="shop.Line", columns=columns)
    ways = [
        [
            event,
            migrations.AddIndex("LineEvent", models.Index(fields=["number"], name="by_number")),
        ],
        [event, migrations.AddField("LineEvent", "remark", TEXT)],
    ]
    chain.forwards(line)
    for operations in ways:
        assert_builds_the_same(chain, operations)
