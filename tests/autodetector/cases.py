"""Scenarios: the models of the app ``shop`` as they were, and as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

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
    write: str | None
    columns: str = ""
    expected: tuple[Any, ...] | None = None
    replies: tuple[str, ...] = ()
    events: str = "shop_orderevent"
    first: str = "INSERT INTO shop_order (total, note) VALUES (1, 'old')"


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
        first="INSERT INTO shop_order (total, note, secret) VALUES (1, 'old', '')",
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
        order(track="@pgh.track({trackers}, pgh.AfterDelete())\n"),
        order(),
        INSERT,
        *SAME,
    ),
    "change_condition": Case(
        order(track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__total__gt=9)))\n"),
        order(track="@pgh.track(pgh.AfterInsert(condition=pgh.Q(new__total__gt=4)))\n"),
        INSERT,
        *SAME,
        first="INSERT INTO shop_order (total, note) VALUES (20, 'old')",
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
        first="INSERT INTO shop_order (total, note) VALUES (20, 'old')",
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
    "delete_when_declaration_is_gone": Case(order(), order(track=""), None, replies=("3",)),
    "rename_event_model": Case(
        order(),
        order(track="@pgh.track({trackers}, model_name='History')\n"),
        INSERT,
        *SAME,
        replies=("y",),
        events="shop_history",
    ),
    "rename_model_and_event_model": Case(
        order(),
        order(name="Purchase"),
        "INSERT INTO shop_purchase (total, note) VALUES (5, 'n')",
        *SAME,
        replies=("y",),
        events="shop_purchaseevent",
    ),
    "context_from_reference_to_json": Case(
        order(),
        order(track="@pgh.track({trackers}, context_field=pgh.ContextJSONField())\n"),
        INSERT,
        "total, pgh_context, pgh_context_id",
        (5, None, None),
    ),
    "context_from_reference_to_json_and_key": Case(
        order(),
        order(
            track="@pgh.track({trackers}, context_field=pgh.ContextJSONField(), "
            "context_id_field=pgh.ContextUUIDField())\n"
        ),
        INSERT,
        "total, pgh_context, pgh_context_id",
        (5, None, None),
    ),
    "context_from_json_and_key_to_reference": Case(
        order(
            track="@pgh.track({trackers}, context_field=pgh.ContextJSONField(), "
            "context_id_field=pgh.ContextUUIDField())\n"
        ),
        order(),
        INSERT,
        "total, pgh_context, pgh_context_id",
        (5, None, None),
    ),
    "no_context": Case(
        order(),
        order(track="@pgh.track({trackers}, context_field=None)\n"),
        INSERT,
        "total, pgh_context_id",
        (5, None),
    ),
    "context_again": Case(
        order(track="@pgh.track({trackers}, context_field=None)\n"),
        order(),
        INSERT,
        "total, pgh_context_id",
        (5, None),
    ),
    "no_reference": Case(
        order(),
        order(track="@pgh.track({trackers}, obj_field=None)\n"),
        INSERT,
        "total, pgh_obj_id",
        (5, None),
    ),
    "reference_with_an_index_less": Case(
        order(),
        order(track="@pgh.track({trackers}, obj_field=pgh.ObjForeignKey(db_index=False))\n"),
        INSERT,
        *SAME,
    ),
    "pausable": Case(
        order(), order(track="@pgh.track({trackers}, pausable=True)\n"), INSERT, *SAME
    ),
    "security_of_the_invoker": Case(
        order(), order(track="@pgh.track({trackers}, security_definer=False)\n"), INSERT, *SAME
    ),
    "meta": Case(
        order(),
        order(
            track="@pgh.track({trackers}, meta={{'ordering': ['pgh_id'], "
            "'indexes': [models.Index(fields=['pgh_label'])]}})\n"
        ),
        INSERT,
        *SAME,
    ),
    "move_event_table": Case(
        order(),
        order(track="@pgh.track({trackers}, meta={{'db_table': 'history'}})\n"),
        INSERT,
        *SAME,
        events="history",
    ),
    "number_to_text": Case(
        order(),
        order("    total = models.CharField(max_length=20)\n" + NOTE),
        "INSERT INTO shop_order (total, note) VALUES ('five', 'n')",
        "total, note",
        ("five", "n"),
    ),
    "number_to_decimal": Case(
        order(),
        order("    total = models.DecimalField(max_digits=6, decimal_places=2)\n" + NOTE),
        "INSERT INTO shop_order (total, note) VALUES (5.25, 'n')",
        "total, note",
        (Decimal("5.25"), "n"),
    ),
    "number_to_float": Case(
        order(),
        order("    total = models.FloatField()\n" + NOTE),
        "INSERT INTO shop_order (total, note) VALUES (0.5, 'n')",
        "total, total_old, note",
        (0.5, None, "n"),
    ),
    "number_to_float_under_condition": Case(
        order(track="@pgh.track({trackers}, pgh.AfterUpdate(condition=pgh.Q(new__total__gt=9)))\n"),
        order(
            "    total = models.FloatField()\n" + NOTE,
            track="@pgh.track({trackers}, pgh.AfterUpdate(condition=pgh.Q(new__total__gt=9)))\n",
        ),
        "INSERT INTO shop_order (total, note) VALUES (0.5, 'n')",
        "total, total_old, note",
        (0.5, None, "n"),
    ),
    "another_key": Case(
        order(TOTAL + NOTE + "    code = models.UUIDField(default=uuid.uuid4)\n"),
        order(TOTAL + NOTE + "    code = models.UUIDField(default=uuid.uuid4, primary_key=True)\n"),
        "INSERT INTO shop_order (total, note, code) VALUES (5, 'n', "
        "'00000000-0000-0000-0000-000000000005')",
        "total, pgh_obj_id, pgh_obj_old_id, id",
        (5, UUID(int=5), None, None),
        first="INSERT INTO shop_order (total, note, code) VALUES (1, 'old', gen_random_uuid())",
    ),
    "delete_model_and_stop": Case(
        order(), "class Other(models.Model):\n    pass\n", None, replies=("1",)
    ),
    "delete_model_and_its_history": Case(
        order(),
        "class Other(models.Model):\n    pass\n",
        None,
        replies=("2",),
    ),
    "delete_target_of_foreign_key": Case(
        "class Customer(models.Model):\n    pass\n\n\n"
        + order(
            TOTAL + NOTE + "    customer = models.ForeignKey(Customer, models.CASCADE, null=True)\n"
        ),
        order(),
        INSERT,
        "total, customer_id",
        (5, None),
    ),
}
