"""Foreign keys, and models whose rows are spread or shared: what their events are."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.db.migrations.operations import AlterOrderWithRespectTo, CreateModel
from django.db.migrations.operations.base import Operation

import pghistory_ops as pgh
from snapshots.case import Case
from snapshots.shop import CHECK_CONSTRAINTS, ROWS, SHOP

KEY = ("id", models.BigAutoField(primary_key=True))
THING = "INSERT INTO shop_thing (other_id) VALUES (1)"
ENDS = ("INSERT INTO shop_thing VALUES (1)", "INSERT INTO shop_tag VALUES (1, 'red')")
CLASSES = {models.ForeignKey, models.OneToOneField, models.CompositePrimaryKey}


def thing(*columns: Any, **arguments: Any) -> CreateModel:
    return CreateModel("Thing", list(columns), **arguments)


def foreign_key(to: Any, cls: Any = models.ForeignKey, **options: Any) -> CreateModel:
    return thing(KEY, ("other", cls(to, models.CASCADE, **options)))


ORDER_LINE = CreateModel(
    "OrderLine",
    [
        ("pk", models.CompositePrimaryKey("order", "position")),
        ("order", models.ForeignKey("shop.Order", models.CASCADE)),
        ("position", models.IntegerField()),
        ("quantity", models.IntegerField()),
    ],
)
GIFT = CreateModel(
    "Gift",
    [
        (
            "order_ptr",
            models.OneToOneField(
                "shop.Order",
                models.CASCADE,
                auto_created=True,
                parent_link=True,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("greeting", models.TextField()),
    ],
    bases=("shop.order",),
)
TAG = CreateModel("Tag", [KEY, ("name", models.CharField(max_length=20))])

THROUGH = models.ManyToManyField("shop.Tag")

# The model to track, what makes it, and what makes rows of it.
TRACKED: dict[str, tuple[str, list[Operation], list[str]]] = {
    "foreign_key": ("Thing", [foreign_key("shop.Order")], [THING]),
    "foreign_key_null": ("Thing", [foreign_key("shop.Order", null=True)], [THING]),
    "foreign_key_without_index": ("Thing", [foreign_key("shop.Order", db_index=False)], [THING]),
    "foreign_key_db_column": (
        "Thing",
        [foreign_key("shop.Order", db_column="Order Key")],
        ['INSERT INTO shop_thing ("Order Key") VALUES (1)'],
    ),
    "foreign_key_to_field": (
        "Thing",
        [foreign_key("shop.Customer", to_field="email")],
        ["INSERT INTO shop_thing (other_id) VALUES ('ada@example.com')"],
    ),
    "foreign_key_to_self": ("Thing", [foreign_key("self", null=True)], [THING]),
    "foreign_key_to_the_user": (
        "Thing",
        [foreign_key(settings.AUTH_USER_MODEL, null=True)],
        ["INSERT INTO shop_thing (other_id) VALUES (NULL)"],
    ),
    "foreign_key_related_name": (
        "Thing",
        [foreign_key("shop.Order", related_name="things", related_query_name="thing")],
        [THING],
    ),
    "foreign_key_as_primary_key": (
        "Thing",
        [thing(("other", models.ForeignKey("shop.Order", models.CASCADE, primary_key=True)))],
        [THING],
    ),
    "one_to_one": ("Thing", [foreign_key("shop.Order", models.OneToOneField)], [THING]),
    "one_to_one_as_primary_key": (
        "Thing",
        [thing(("other", models.OneToOneField("shop.Order", models.CASCADE, primary_key=True)))],
        [THING],
    ),
    "composite_primary_key": (
        "OrderLine",
        [ORDER_LINE],
        ["INSERT INTO shop_orderline VALUES (1, 1, 5)"],
    ),
    "multi_table_child": ("Gift", [GIFT], ["INSERT INTO shop_gift VALUES (1, 'Hello')"]),
    "many_to_many_through": (
        "Thing_tags",
        [TAG, thing(KEY, ("tags", THROUGH))],
        [*ENDS, "INSERT INTO shop_thing_tags (thing_id, tag_id) VALUES (1, 1)"],
    ),
    "many_to_many_through_to_self": (
        "Thing_friends",
        [thing(KEY, ("friends", models.ManyToManyField("self")))],
        [
            "INSERT INTO shop_thing VALUES (1), (2)",
            "INSERT INTO shop_thing_friends (from_thing_id, to_thing_id) VALUES (1, 2)",
        ],
    ),
    "many_to_many_with_a_table_of_its_own": (
        "Thing_tags",
        [TAG, thing(KEY, ("tags", models.ManyToManyField("shop.Tag", db_table="Thing & Tag")))],
        [*ENDS, 'INSERT INTO "Thing & Tag" (thing_id, tag_id) VALUES (1, 1)'],
    ),
    "many_to_many_is_left_out": (
        "Thing",
        [TAG, thing(KEY, ("tags", THROUGH))],
        ["INSERT INTO shop_thing VALUES (1)"],
    ),
    "proxy": (
        "Express",
        [CreateModel("Express", [], options={"proxy": True}, bases=("shop.order",))],
        ["UPDATE shop_order SET status = 'paid'"],
    ),
    "implicit_primary_key": (
        "Thing",
        [thing(("name", models.CharField(max_length=20)))],
        ["INSERT INTO shop_thing (name) VALUES ('pen')"],
    ),
    "order_with_respect_to": (
        "Thing",
        [foreign_key("shop.Order"), AlterOrderWithRespectTo("Thing", "other")],
        ["INSERT INTO shop_thing (other_id, _order) VALUES (1, 1)"],
    ),
}


def cases() -> Iterator[Case]:
    for name, (model, before, writes) in TRACKED.items():
        create = pgh.CreateEventModel("ThingEvent", tracks=f"shop.{model}")
        yield Case(f"create_event_model/{name}", create, (*SHOP, *before))
        for level in (pgh.Row, pgh.Statement):
            yield Case(
                f"add_tracker/{name}_{level.name.lower()}",
                pgh.AddTracker("ThingEvent", pgh.Snapshot(level=level)),
                (*SHOP, *before, create),
                (*ROWS, *writes, CHECK_CONSTRAINTS),
            )
    for model in ("User", "User_groups", "Group"):
        create = pgh.CreateEventModel(f"{model}Event", tracks=f"auth.{model}")
        yield Case(f"create_event_model/auth_{model.lower()}", create)
        yield Case(
            f"add_tracker/auth_{model.lower()}",
            pgh.AddTracker(f"{model}Event", pgh.Snapshot()),
            (create,),
        )


CASES = list(cases())
