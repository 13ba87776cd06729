"""The optimizer folds what is superseded, and leaves what is not."""

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from chain import Chain
from squashing import (
    BIG,
    COLUMNS,
    CONDITION,
    INDEX,
    ORDER,
    PYTHON,
    REFRESH,
    SQL,
    TAX,
    TEXT,
    add,
    assert_builds_the_same,
    create,
    described,
    optimized,
)


class Manager(models.Manager):  # type: ignore[type-arg]
    """A manager that a migration takes along."""

    use_in_migrations = True


# Operations on an event model whose columns are written out, and what is left of them.
FOLDS: dict[str, tuple[list[Operation], list[Operation]]] = {
    "a field added": (
        [create(), migrations.AddField("OrderEvent", "extra", TEXT)],
        [create(columns=[*COLUMNS, ("extra", TEXT)])],
    ),
    "a field altered": (
        [create(), migrations.AlterField("OrderEvent", "total", BIG)],
        [create(columns=[COLUMNS[0], ("total", BIG), COLUMNS[2]])],
    ),
    "a field renamed": (
        [create(), migrations.RenameField("OrderEvent", "note", "remark")],
        [create(columns=[*COLUMNS[:2], ("remark", models.TextField())])],
    ),
    "a field removed": (
        [create(), migrations.RemoveField("OrderEvent", "note")],
        [create(columns=COLUMNS[:2])],
    ),
    "the event model renamed": (
        [create(), migrations.RenameModel("OrderEvent", "Change")],
        [create("Change")],
    ),
    "an index": (
        [create(), migrations.AddIndex("OrderEvent", INDEX)],
        [create(options={"indexes": [INDEX]})],
    ),
    "an index that goes": (
        [
            create(),
            migrations.AddIndex("OrderEvent", INDEX),
            migrations.RemoveIndex("OrderEvent", "event_total"),
        ],
        [create(options={"indexes": []})],
    ),
    "a constraint": (
        [
            create(),
            migrations.AddConstraint(
                "OrderEvent",
                models.CheckConstraint(condition=models.Q(total__gte=0), name="event_positive"),
            ),
        ],
        [
            create(
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(total__gte=0), name="event_positive"
                        )
                    ]
                }
            )
        ],
    ),
    "a table": (
        [create(), migrations.AlterModelTable("OrderEvent", "history")],
        [create(options={"db_table": "history"})],
    ),
    "a table comment": (
        [create(), migrations.AlterModelTableComment("OrderEvent", "what happened")],
        [create(options={"db_table_comment": "what happened"})],
    ),
    "options": (
        [create(), migrations.AlterModelOptions("OrderEvent", {"ordering": ["pgh_id"]})],
        [create(options={"ordering": ["pgh_id"]})],
    ),
    "a specification": (
        [create(), pgh.AlterEventModel("OrderEvent", append_only=True, pausable=True)],
        [create(append_only=True, pausable=True)],
    ),
    "a policy": (
        [create(), pgh.AlterEventModel("OrderEvent", fields=["total"])],
        [create(fields=["total"])],
    ),
    "another policy": (
        [create(exclude=["note"]), pgh.AlterEventModel("OrderEvent", fields=["total"])],
        [create(fields=["total"])],
    ),
    "specifications": (
        [
            pgh.AlterEventModel("OrderEvent", append_only=True, exclude=["note"]),
            pgh.AlterEventModel("OrderEvent", pausable=True, fields=["total"]),
        ],
        [pgh.AlterEventModel("OrderEvent", append_only=True, pausable=True, fields=["total"])],
    ),
    "an event model deleted": ([create(), pgh.DeleteEventModel("OrderEvent")], []),
    "an event model deleted with its trackers": (
        [create(), add(), CONDITION, REFRESH, pgh.DeleteEventModel("OrderEvent")],
        [],
    ),
    "trackers of an older event model deleted": (
        [add(), CONDITION, REFRESH, pgh.DeleteEventModel("OrderEvent")],
        [pgh.DeleteEventModel("OrderEvent")],
    ),
    "a tracker added and removed": (
        [create(), add(), pgh.RemoveTracker("OrderEvent", "snapshot")],
        [create()],
    ),
    "one of two trackers removed": (
        [create(), add(), CONDITION, pgh.RemoveTracker("OrderEvent", "snapshot")],
        [create(), CONDITION],
    ),
    "a tracker refreshed": ([create(), add(), REFRESH], [create(), add()]),
    "two trackers refreshed": (
        [create(), add(), CONDITION, REFRESH],
        [create(), add(), CONDITION],
    ),
    "refreshes": ([REFRESH, REFRESH, REFRESH], [REFRESH]),
    "a refresh to a template": (
        [pgh.RefreshTrackers("OrderEvent", template=1), REFRESH],
        [pgh.RefreshTrackers("OrderEvent", template=1)],
    ),
}


@pytest.fixture
def chain(chain: Chain) -> Chain:
    return chain.forwards(ORDER, TAX)


@pytest.mark.parametrize(("operations", "left"), FOLDS.values(), ids=FOLDS)
def test_it_folds(operations: list[Operation], left: list[Operation]) -> None:
    assert described(optimized(operations)) == described(left)
    # A second round finds nothing more.
    assert described(optimized(left)) == described(left)


@pytest.mark.parametrize(
    "case",
    [
        key
        for key, (operations, _) in FOLDS.items()
        if isinstance(operations[0], pgh.CreateEventModel)
    ],
)
def test_what_is_left_builds_the_same(chain: Chain, case: str) -> None:
    operations, left = FOLDS[case]
    stale = {"a table", "the event model renamed"} & {case}
    assert not stale or len(left) == 1
    assert_builds_the_same(chain, operations)


KEPT: dict[str, list[Operation]] = {
    "code between": [create(), PYTHON, migrations.AddField("OrderEvent", "extra", TEXT)],
    "SQL between": [create(), SQL, migrations.RenameField("OrderEvent", "note", "remark")],
    "code between a tracker and its removal": [
        create(),
        add(),
        PYTHON,
        pgh.RemoveTracker("OrderEvent", "snapshot"),
    ],
    "SQL between refreshes": [create(), add(), SQL, REFRESH],
    "code before a delete": [create(), PYTHON, pgh.DeleteEventModel("OrderEvent")],
    "derived columns and a field of the tracked model": [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        migrations.AddField("Order", "extra", TEXT),
    ],
    "derived columns and a field of their own": [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        migrations.AddField("OrderEvent", "extra", TEXT),
    ],
    "derived columns and a renamed field": [
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
        migrations.RenameField("Order", "note", "remark"),
    ],
    "a field of the library's": [
        create(),
        migrations.AlterField("OrderEvent", "pgh_label", models.CharField(max_length=99)),
    ],
    "a tracker put back": [
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        add(),
    ],
    "a refresh of trackers that are older": [
        migrations.AddField("Order", "extra", TEXT),
        add("second"),
        REFRESH,
    ],
    "managers": [
        create(),
        migrations.AlterModelManagers("OrderEvent", [("objects", Manager())]),
    ],
    "a guard lifted while events are rewritten": [
        pgh.AlterEventModel("OrderEvent", append_only=False),
        migrations.AlterField("OrderEvent", "note", models.TextField(default="")),
        pgh.AlterEventModel("OrderEvent", append_only=True),
    ],
    "a guard lifted while a column is added": [
        pgh.AlterEventModel("OrderEvent", append_only=False),
        migrations.AddField("OrderEvent", "extra", models.TextField(default="")),
        pgh.AlterEventModel("OrderEvent", append_only=True, pausable=True),
    ],
    "a refresh before the order goes": [
        pgh.RefreshTrackers("OrderEvent", without=["_order"]),
        migrations.AlterOrderWithRespectTo("Order", None),
        REFRESH,
    ],
    "a delete that does not know the triggers": [create(), migrations.DeleteModel("OrderEvent")],
}


@pytest.mark.parametrize("operations", KEPT.values(), ids=KEPT)
def test_it_is_left_alone(operations: list[Operation]) -> None:
    assert described(optimized(operations)) == described(operations)


def test_a_lifted_guard_is_still_lifted_where_events_are_rewritten(chain: Chain) -> None:
    columns = [*COLUMNS[:2], ("note", models.TextField(null=True))]
    history = [create(columns=columns, append_only=True), add()]
    operations = KEPT["a guard lifted while events are rewritten"]
    chain.forwards(*history)
    chain.model("Order").objects.create(total=3)
    chain.settle()
    chain.forwards(*optimized(operations))
    assert chain.events("OrderEvent")[0]["total"] == 3
    chain.backwards()


def test_a_table_that_moves_while_its_guard_is_lifted(chain: Chain) -> None:
    chain.forwards(create(append_only=True))
    assert_builds_the_same(
        chain,
        [
            pgh.AlterEventModel("OrderEvent", append_only=False),
            migrations.AlterModelTable("OrderEvent", "history"),
            pgh.AlterEventModel("OrderEvent", append_only=True),
        ],
    )


WITHOUT = pgh.RefreshTrackers("OrderEvent", without=["note"])
GONE = migrations.RemoveField("Order", "note")
LET_GO: dict[str, list[Operation]] = {
    "and refreshed": [WITHOUT, REFRESH],
    "and gone": [WITHOUT, GONE, REFRESH],
    "and back": [
        WITHOUT,
        GONE,
        REFRESH,
        migrations.AddField("Order", "note", models.TextField(null=True)),
        REFRESH,
    ],
    "and altered": [
        WITHOUT,
        GONE,
        migrations.AlterField("OrderEvent", "note", models.CharField(max_length=900, null=True)),
        REFRESH,
    ],
    "and renamed": [WITHOUT, migrations.RenameField("OrderEvent", "note", "old"), GONE, REFRESH],
    "and gone on both sides": [
        WITHOUT,
        migrations.RemoveField("OrderEvent", "note"),
        GONE,
        REFRESH,
    ],
}


@pytest.mark.parametrize("new", [True, False], ids=["new", "old"])
@pytest.mark.parametrize("operations", LET_GO.values(), ids=LET_GO)
def test_a_column_that_is_let_go_takes_null(
    chain: Chain, operations: list[Operation], new: bool
) -> None:
    history = [create(), add()]
    if new:
        assert_builds_the_same(chain, [*history, *operations])
    else:
        assert_builds_the_same(chain, operations, *history)


def test_nothing_is_changed_by_being_reduced() -> None:
    for operations in [*KEPT.values(), *(operations for operations, _ in FOLDS.values())]:
        before = described(operations)
        optimized(operations)
        assert described(operations) == before
