"""Columns of tracked models: what of them is mirrored, and how."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, migrations, models
from django.utils import timezone

import pghistory_ops as pgh
from catalog import names
from chain import Chain
from tracking import column, recorded, track

ID = ("id", models.BigAutoField(primary_key=True))


class Touched(models.DateTimeField):
    """Sets an option of its own accord, as django-extensions' ModificationDateTimeField does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_now", True)
        super().__init__(*args, **kwargs)


class Ticket(models.CharField):
    """Is unique whatever it is told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["unique"] = True
        kwargs.setdefault("max_length", 12)
        super().__init__(*args, **kwargs)


class Handle(models.CharField):
    """Is unique unless told otherwise, and leaves that out of its deconstruction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("unique", True)
        kwargs.setdefault("max_length", 12)
        super().__init__(*args, **kwargs)


class Stamp(models.Field):
    """Is unique whatever it is told, and has a type of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["unique"] = True
        super().__init__(*args, **kwargs)

    def db_type(self, connection: object) -> str:
        return "inet"


class Point(models.Field):
    """Has a type that has no equality operator."""

    def db_type(self, connection: object) -> str:
        return "point"


def test_references_keep_their_target_and_lose_their_constraints(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel("Tax", [ID, ("code", models.CharField(max_length=3, unique=True))]),
        migrations.CreateModel(
            "Order",
            [
                ID,
                ("tax", models.ForeignKey("shop.Tax", models.PROTECT, to_field="code")),
                ("parent", models.ForeignKey("self", models.CASCADE, null=True)),
                ("owner", models.OneToOneField("auth.User", models.CASCADE, related_name="order")),
                (
                    "editor",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        models.SET_NULL,
                        null=True,
                        db_index=False,
                        db_column="Edited By",
                        related_name="edited",
                        related_query_name="edit",
                        limit_choices_to={"is_staff": True},
                    ),
                ),
            ],
        ),
    )
    found = track(chain, "shop.Order")
    assert column(found, "tax_id").startswith("character varying(3) NOT NULL")
    assert column(found, "parent_id").startswith("bigint default")
    assert column(found, "owner_id").startswith("integer NOT NULL")
    assert column(found, '"Edited By"').startswith("integer default")
    assert [name for name in names(found, "constraint") if name.startswith("shop_event.")] == [
        "shop_event.shop_event_pkey"
    ]
    indexed = {
        text.rpartition("(")[2].partition(")")[0]
        for (kind, _), text in found.items()
        if kind == "index" and "shop_event " in text
    }
    assert {"owner_id", "parent_id", "pgh_obj_id"} < indexed
    assert '"Edited By"' not in indexed
    user = User.objects.create(username="ada")
    manager = chain.model("Order").objects
    chain.model("Tax").objects.create(code="VAT")
    order = manager.create(tax_id="VAT", owner_id=user.pk, editor_id=user.pk)
    order.parent_id = order.pk
    order.save()
    assert recorded(chain, "tax_id", "parent_id", "owner_id", "editor_id") == [
        ("snapshot", "VAT", None, user.pk, user.pk),
        ("snapshot", "VAT", order.pk, user.pk, user.pk),
    ]
    event = chain.model("Event")._base_manager.latest("pgh_id")
    assert (event.tax.code, event.parent.pk, event.editor.username) == ("VAT", order.pk, "ada")
    assert not event._meta.get_field("owner").one_to_one
    assert event._meta.get_field("editor").swappable


def test_a_generated_column_becomes_a_plain_one(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Order",
            [
                ID,
                ("net", models.IntegerField()),
                (
                    "gross",
                    models.GeneratedField(
                        expression=models.F("net") * 2,
                        output_field=models.PositiveIntegerField(),
                        db_persist=True,
                        db_column="Gross",
                    ),
                ),
            ],
        )
    )
    found = track(chain, "shop.Order")
    assert column(found, '"Gross"').startswith("integer default")
    order = chain.model("Order").objects.create(net=2)
    chain.model("Order").objects.filter(pk=order.pk).update(net=5)
    assert recorded(chain, "net", "gross") == [("snapshot", 2, 4), ("snapshot", 5, 10)]


def test_custom_fields_lose_what_makes_a_value_and_what_is_unique(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Order",
            [
                ID,
                ("touched", Touched()),
                ("handle", Handle()),
                ("ticket", Ticket(null=True)),
                ("at", Point(null=True)),
            ],
        )
    )
    found = track(chain, "shop.Order")
    assert column(found, "at").startswith("point default")
    fields = chain.model("Event")._meta
    assert isinstance(fields.get_field("touched"), models.DateTimeField)
    assert not fields.get_field("touched").auto_now
    assert isinstance(fields.get_field("handle"), models.CharField)
    assert not fields.get_field("handle").unique
    assert not fields.get_field("ticket").unique
    order = chain.model("Order").objects.create(handle="a")
    order.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET at = '(1,2)'")
        cursor.execute("UPDATE shop_order SET at = '(1,2)'")
    assert [event[1:] for event in recorded(chain, "handle", "at")] == [
        ("a", None),
        ("a", None),
        ("a", "(1,2)"),
    ]
    touched = [event[1] for event in recorded(chain, "touched")]
    assert touched[0] < touched[1] == touched[2] == order.touched
    event = chain.model("Event")._base_manager.latest("pgh_id")
    event.save()
    event.refresh_from_db()
    assert event.touched == order.touched < timezone.now()


def test_a_field_of_a_type_of_its_own_that_insists_is_refused_with_the_way_out(
    chain: Chain,
) -> None:
    chain.forwards(migrations.CreateModel("Order", [ID, ("stamp", Stamp(null=True))]))
    with pytest.raises(ValueError, match="'stamp'") as refusal:
        chain.forwards(pgh.CreateEventModel("Event", tracks="shop.Order"))
    assert str(refusal.value) == (
        "The field 'stamp' (Stamp) is always unique, which an event's copy must not be. Leave it "
        "out with exclude=[...], or give its plain column in columns=[...]."
    )
    column = models.GenericIPAddressField(null=True)
    track(chain, "shop.Order", fields=["stamp"], columns=[("stamp", column)])
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_order (stamp) VALUES ('10.0.0.1')")
    assert recorded(chain, "stamp") == [("snapshot", "10.0.0.1")]


def test_options_of_a_column_that_are_kept_and_that_are_not(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Order",
            [
                ID,
                ("slug", models.SlugField(default="x", unique=True)),
                ("name", models.CharField(max_length=9, db_collation="C", db_comment="called")),
                ("stock", models.PositiveIntegerField(db_default=3, db_index=True)),
                ("made", models.DateTimeField(auto_now_add=True, unique_for_date="made")),
                ("kind", models.TextField(choices=[("a", "A")], null=True, db_column="Its kind")),
            ],
        )
    )
    found = track(chain, "shop.Order")
    assert column(found, "slug").startswith("character varying(50) NOT NULL default")
    assert 'collation "C"' in column(found, "name")
    assert column(found, "name").endswith("comment called")
    assert column(found, "stock").startswith("integer NOT NULL default")
    assert "3" not in column(found, "stock")
    assert column(found, '"Its kind"').startswith("text default")
    assert [
        text.rpartition(" USING ")[2].partition(" tablespace")[0]
        for (kind, name), text in found.items()
        if kind == "index" and "shop_event " in text and "pkey" not in name
    ] == ["btree (pgh_obj_id)"]
    assert [name for name in names(found, "constraint") if name.startswith("shop_event.")] == [
        "shop_event.shop_event_pkey"
    ]
    chain.model("Order").objects.create(name="a", kind="a")
    assert recorded(chain, "slug", "name", "stock", "kind") == [("snapshot", "x", "a", 3, "a")]
