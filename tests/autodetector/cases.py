"""Scenarios: the models of the app ``shop`` as they were, and as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TOTAL = "    total = models.IntegerField()\n"
NOTE = "    note = models.CharField(max_length=20)\n"
TRACK = "@pgh.track({trackers})\n"


def order(fields: str = TOTAL + NOTE, *, name: str = "Order", track: str = TRACK) -> str:
    """Return the tracked model."""
    return f"{track}class {name}(models.Model):\n{fields}"


@dataclass(frozen=True)
class Case:
    """What changes, what is asked, and what the next write then records.

    ``{trackers}`` in the models stands for a ``Snapshot`` of some level.
    """

    before: str
    after: str
    write: str
    columns: str
    expected: tuple[Any, ...] | None
    replies: tuple[str, ...] = ()


INSERT = "INSERT INTO shop_order (total, note) VALUES (5, 'n')"
SAME = ("total, note", (5, "n"))

CASES = {
    "add_field": Case(
        order(),
        order(TOTAL + NOTE + "    paid = models.BooleanField(default=False)\n"),
        "INSERT INTO shop_order (total, note, paid) VALUES (5, 'n', true)",
        "total, note, paid",
        (5, "n", True),
    ),
    "add_foreign_key": Case(
        "class Customer(models.Model):\n    pass\n\n\n" + order(),
        "class Customer(models.Model):\n    pass\n\n\n"
        + order(
            TOTAL + NOTE + "    customer = models.ForeignKey(Customer, models.CASCADE, null=True)\n"
        ),
        "INSERT INTO shop_order (total, note) VALUES (5, 'n')",
        "total, customer_id",
        (5, None),
    ),
    "widen_field": Case(
        order(),
        order("    total = models.BigIntegerField()\n" + NOTE),
        "INSERT INTO shop_order (total, note) VALUES (5000000000, 'n')",
        "total, note",
        (5000000000, "n"),
    ),
    "narrow_field": Case(
        order(),
        order(
            "    total = models.SmallIntegerField()\n    note = models.CharField(max_length=10)\n"
        ),
        INSERT,
        *SAME,
    ),
    "nullable_field": Case(
        order(),
        order(TOTAL + "    note = models.CharField(max_length=20, null=True)\n"),
        "INSERT INTO shop_order (total) VALUES (5)",
        "total, note",
        (5, None),
    ),
    "default_and_verbose_name": Case(
        order(),
        order(TOTAL + "    note = models.CharField('Note', max_length=20, default='-')\n"),
        INSERT,
        *SAME,
    ),
    "rename_field": Case(
        order(),
        order("    amount = models.IntegerField()\n" + NOTE),
        "INSERT INTO shop_order (amount, note) VALUES (5, 'n')",
        "amount, note",
        (5, "n"),
        replies=("y",),
    ),
    "remove_field": Case(
        order(),
        order(TOTAL),
        "INSERT INTO shop_order (total) VALUES (5)",
        "total, note",
        (5, None),
    ),
    "remove_field_of_some": Case(
        order(track="@pgh.track({trackers}, exclude=['secret'])\n").replace(
            TOTAL, TOTAL + "    secret = models.TextField(default='')\n"
        ),
        order(track="@pgh.track({trackers}, exclude=['secret'])\n").replace(
            TOTAL + NOTE, TOTAL + "    secret = models.TextField(default='')\n"
        ),
        "INSERT INTO shop_order (total, secret) VALUES (5, '')",
        "total, note",
        (5, None),
    ),
    "rename_model": Case(
        order(track="@pgh.track({trackers}, model_name='OrderEvent')\n"),
        order(name="Purchase", track="@pgh.track({trackers}, model_name='OrderEvent')\n"),
        "INSERT INTO shop_purchase (total, note) VALUES (5, 'n')",
        *SAME,
        replies=("y",),
    ),
    "rename_model_without_reference": Case(
        order(track="@pgh.track({trackers}, model_name='OrderEvent', obj_field=None)\n"),
        order(
            name="Purchase",
            track="@pgh.track({trackers}, model_name='OrderEvent', obj_field=None)\n",
        ),
        "INSERT INTO shop_purchase (total, note) VALUES (5, 'n')",
        *SAME,
        replies=("y",),
    ),
    "move_table": Case(
        order(),
        order(TOTAL + NOTE + "\n    class Meta:\n        db_table = 'orders'\n"),
        "INSERT INTO orders (total, note) VALUES (5, 'n')",
        *SAME,
    ),
    "change_key_to_bigint": Case(
        order("    id = models.AutoField(primary_key=True)\n" + TOTAL + NOTE),
        order("    id = models.BigAutoField(primary_key=True)\n" + TOTAL + NOTE),
        "INSERT INTO shop_order (id, total, note) VALUES (5000000000, 5, 'n')",
        "id, pgh_obj_id",
        (5000000000, 5000000000),
    ),
    "several_at_once": Case(
        order(),
        order(
            "    amount = models.IntegerField()\n    paid = models.BooleanField(default=False)\n"
        ),
        "INSERT INTO shop_order (amount, paid) VALUES (5, true)",
        "amount, paid, note",
        (5, True, None),
        replies=("y",),
    ),
    "add_tracker": Case(
        order(),
        order(track="@pgh.track({trackers}, pgh.AfterDelete())\n"),
        INSERT,
        *SAME,
    ),
    "remove_tracker": Case(
        order(track="@pgh.track({trackers}, pgh.AfterInsert())\n"),
        order(),
        INSERT,
        *SAME,
    ),
    "change_condition": Case(
        order(track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__total__gt=9)))\n"),
        order(track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__total__gt=4)))\n"),
        INSERT,
        *SAME,
    ),
    "change_type_under_condition": Case(
        order(track="@pgh.track({trackers}, pgh.AfterUpdate(condition=pgh.Q(new__total__gt=9)))\n"),
        order(
            "    total = models.BigIntegerField()\n" + NOTE,
            track="@pgh.track({trackers}, pgh.AfterUpdate(condition=pgh.Q(new__total__gt=9)))\n",
        ),
        INSERT,
        *SAME,
    ),
    "rename_field_of_condition": Case(
        order(track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__total__gt=4)))\n"),
        order(
            "    amount = models.IntegerField()\n" + NOTE,
            track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__amount__gt=4)))\n",
        ),
        "INSERT INTO shop_order (amount, note) VALUES (5, 'n')",
        "amount, note",
        (5, "n"),
        replies=("y",),
    ),
    "exclude_field": Case(
        order(),
        order(track="@pgh.track({trackers}, exclude=['note'])\n"),
        INSERT,
        "total, note",
        (5, None),
    ),
    "only_some_fields": Case(
        order(),
        order(track="@pgh.track({trackers}, fields=['total'], model_name='OrderEvent')\n"),
        INSERT,
        "total, note",
        (5, None),
    ),
    "append_only": Case(
        order(),
        order(track="@pgh.track({trackers}, append_only=True)\n"),
        INSERT,
        *SAME,
    ),
    "extra_column": Case(
        order(),
        order(track="@pgh.track({trackers}, attrs={{'why': models.TextField(null=True)}})\n"),
        INSERT,
        "total, why",
        (5, None),
    ),
    "keep_when_declaration_is_gone": Case(order(), order(track=""), INSERT, *SAME, replies=("1",)),
    "stop_when_declaration_is_gone": Case(
        order(), order(track=""), INSERT, "total", None, replies=("2",)
    ),
}
