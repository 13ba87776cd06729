"""Each configuration of an event model: there and back, with the right event in between."""

import uuid
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection, migrations, models
from django.db.models.functions import Upper

import pghistory_ops as pgh
from catalog import Catalog, names
from chain import Chain, assert_there_and_back

CONTEXT = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Auditable(models.Model):
    """A base that gives its event models a method and no column."""

    class Meta:
        abstract = True
        app_label = "shop"

    def headline(self) -> str:
        return f"{self.pgh_label} {self.pk}"


class Mixin:
    """A base that is no model."""

    def headline(self) -> str:
        return f"{self.pgh_label}!"


@pytest.fixture
def chain(chain: Chain) -> Chain:
    return chain.forwards(
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("code", models.CharField(max_length=10, unique=True)),
                ("total", models.IntegerField(db_column="sum of it", default=0)),
                ("owner", models.ForeignKey("auth.User", models.CASCADE, null=True)),
            ],
        )
    )


def history(chain: Chain, **configuration: Any) -> Catalog:
    return assert_there_and_back(
        chain,
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", **configuration),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
    )


def columns(snapshot: Catalog, table: str = "shop_orderevent") -> list[str]:
    prefix = f"{table}."
    return [
        name.removeprefix(prefix) for name in names(snapshot, "column") if name.startswith(prefix)
    ]


def indexes(snapshot: Catalog, table: str = "shop_orderevent") -> list[str]:
    """Return what the indexes of a table are on, the primary key's left out."""
    return sorted(
        text.partition(" USING ")[2].partition(" tablespace")[0]
        for (kind, name), text in snapshot.items()
        if kind == "index" and f" ON public.{table} " in text and "_pkey" not in name
    )


def column(snapshot: Catalog, name: str) -> str:
    return snapshot["column", name]


OWN = ["pgh_context_id", "pgh_created_at", "pgh_id", "pgh_label", "pgh_obj_id"]
MIRRORED = ['"sum of it"', "code", "id", "owner_id"]


def test_the_default_has_every_column_and_two_indexes(chain: Chain) -> None:
    found = history(chain)
    assert columns(found) == sorted(OWN + MIRRORED)
    assert indexes(found) == ["btree (owner_id)", "btree (pgh_obj_id)"]
    constraints = [
        name for name in names(found, "constraint") if name.startswith("shop_orderevent.")
    ]
    assert constraints == ["shop_orderevent.shop_orderevent_pkey"]
    order = chain.model("Order").objects.create(code="a", total=3)
    order.delete()
    events = chain.events("OrderEvent")
    assert [(event["pgh_label"], event["code"], event["total"]) for event in events] == [
        ("snapshot", "a", 3),
        ("after_delete", "a", 3),
    ]


def test_fields_are_those_alone(chain: Chain) -> None:
    assert columns(history(chain, fields=["total"])) == sorted([*OWN, '"sum of it"'])
    order = chain.model("Order").objects.create(code="a")
    order.code = "b"
    order.save()
    order.total = 5
    order.save()
    assert [event["total"] for event in chain.events("OrderEvent")] == [0, 5]


@pytest.mark.parametrize("level", [pgh.Row, pgh.Statement])
def test_no_fields_give_events_that_know_their_object_alone(chain: Chain, level: Any) -> None:
    found = assert_there_and_back(
        chain,
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", fields=[]),
        pgh.AddTracker("OrderEvent", pgh.Snapshot(level=level)),
    )
    assert columns(found) == OWN
    order = chain.model("Order").objects.create(code="a")
    # Nothing that is mirrored changes.
    chain.model("Order").objects.update(code="b", total=3)
    events = chain.model("OrderEvent").objects.all()
    assert [(event.pgh_label, event.pgh_obj_id) for event in events] == [("snapshot", order.pk)]


def test_exclude_leaves_out(chain: Chain) -> None:
    found = history(chain, exclude=["owner", "code"])
    assert columns(found) == sorted([*OWN, '"sum of it"', "id"])
    assert indexes(found) == ["btree (pgh_obj_id)"]


def test_columns_are_taken_as_they_are_written(chain: Chain) -> None:
    found = history(
        chain,
        fields=["total"],
        columns=[
            ("total", models.BigIntegerField(null=True)),
            ("remark", models.TextField(null=True)),
        ],
    )
    assert columns(found) == sorted([*OWN, "remark", "total"])
    assert column(found, "shop_orderevent.total").startswith("bigint default")
    chain.model("Order").objects.create(code="a", total=8)
    assert chain.events("OrderEvent") == [{"pgh_label": "snapshot", "total": 8, "remark": None}]


def test_attrs_stand_beside_the_mirrored_columns(chain: Chain) -> None:
    found = history(
        chain,
        fields=["code"],
        attrs=[
            ("remark", models.TextField(null=True)),
            ("weight", models.IntegerField(db_default=7)),
        ],
    )
    assert columns(found) == sorted([*OWN, "code", "remark", "weight"])
    chain.model("Order").objects.create(code="a")
    assert chain.events("OrderEvent") == [
        {"pgh_label": "snapshot", "code": "a", "remark": None, "weight": 7}
    ]


def test_the_object_is_configured(chain: Chain) -> None:
    found = history(
        chain,
        obj_field=pgh.ObjForeignKey(
            db_index=False, null=True, db_column="order", db_constraint=True, related_name="events"
        ),
    )
    assert columns(found) == sorted({*OWN, *MIRRORED, '"order"'} - {"pgh_obj_id"})
    assert indexes(found) == ["btree (owner_id)"]
    assert "NOT NULL" not in column(found, 'shop_orderevent."order"')
    keys = [
        text
        for (kind, name), text in found.items()
        if kind == "constraint" and "FOREIGN" in text and name.startswith("shop_orderevent.")
    ]
    assert len(keys) == 1
    order = chain.model("Order").objects.create(code="a")
    assert [event.code for event in order.events.all()] == ["a"]


def test_there_may_be_no_object(chain: Chain) -> None:
    found = history(chain, obj_field=None)
    assert columns(found) == sorted({*OWN, *MIRRORED} - {"pgh_obj_id"})
    order = chain.model("Order").objects.create(code="a")
    assert [event["id"] for event in chain.events("OrderEvent")] == [order.pk]


CONTEXTS = {
    "reference": ({}, {"pgh_context_id": CONTEXT}),
    "configured reference": (
        {"context_field": pgh.ContextForeignKey(db_index=True, db_column="context")},
        {"context": CONTEXT},
    ),
    "document": (
        {"context_field": pgh.ContextJSONField()},
        {"pgh_context": '{"user": 1}'},
    ),
    "document and key": (
        {
            "context_field": pgh.ContextJSONField(db_column="document"),
            "context_id_field": pgh.ContextUUIDField(db_index=True),
        },
        {"document": '{"user": 1}', "pgh_context_id": CONTEXT},
    ),
    "none": ({"context_field": None}, {}),
}


@pytest.mark.parametrize(("configuration", "expected"), CONTEXTS.values(), ids=CONTEXTS)
def test_the_context_is_where_it_is_configured(
    chain: Chain, configuration: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = history(chain, fields=["code"], **configuration)
    own = {*OWN, "code"} - {"pgh_context_id"}
    assert columns(found) == sorted(own | set(expected))
    with connection.cursor() as cursor:
        for name, value in (
            ("context_id", str(CONTEXT)),
            ("context_metadata", '{"user": 1}'),
            ("context_pending", "yes"),
        ):
            cursor.execute("SELECT set_config(%s, %s, true)", [f"pghistory_ops.{name}", value])
    chain.model("Order").objects.create(code="a")
    with connection.cursor() as cursor:
        selected = ", ".join(expected) or "1"
        cursor.execute(f"SELECT {selected} FROM shop_orderevent")
        assert cursor.fetchall() == [tuple(expected.values()) or (1,)]
        cursor.execute("SELECT id, metadata FROM pghistory_ops_context")
        referred = "document" not in str(configuration) and "JSON" not in str(configuration)
        rows = [(CONTEXT, '{"user": 1}')] if expected and referred else []
        assert cursor.fetchall() == rows


def test_the_guard_refuses_every_change_of_an_event(chain: Chain) -> None:
    found = history(chain, append_only=True)
    assert "shop_orderevent.pgh_append_only" in names(found, "trigger")
    chain.model("Order").objects.create(code="a")
    statements = ["UPDATE shop_orderevent SET code = 'b'", "DELETE FROM shop_orderevent"]
    for statement in [*statements, "TRUNCATE shop_orderevent"]:
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT refused")
            with pytest.raises(
                Exception, match=r"append-only event table public\.shop_orderevent is refused"
            ) as refusal:
                cursor.execute(statement)
            assert "append_only=False" in str(refusal.value)
            cursor.execute("ROLLBACK TO SAVEPOINT refused")
    assert len(chain.events("OrderEvent")) == 1


@pytest.mark.parametrize("pausable", [True, False])
def test_only_a_pausable_event_model_can_be_paused(chain: Chain, pausable: bool) -> None:
    history(chain, pausable=pausable)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory_ops.paused', '{shop.orderevent}', true)")
    chain.model("Order").objects.create(code="a")
    assert len(chain.events("OrderEvent")) == (0 if pausable else 1)


def test_the_rights_of_the_owner_are_the_default(chain: Chain) -> None:
    for security_definer in (True, False):
        found = history(chain, security_definer=security_definer)
        functions = [
            text
            for (kind, name), text in found.items()
            if kind == "function" and "orderevent" in name
        ]
        assert len(functions) == 3
        for text in functions:
            assert ("SECURITY DEFINER" in text) is security_definer
        chain.backwards()


@pytest.mark.parametrize("base", [Mixin, Auditable])
def test_a_base_lends_its_methods(chain: Chain, base: type) -> None:
    # The writer names a class by its module, which must be one that can be imported.
    operations = [
        pgh.CreateEventModel(
            "OrderEvent",
            tracks="shop.Order",
            bases=[base, models.Model][: 1 if base is Auditable else 2],
        ),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
    ]
    name, _, kwargs = operations[0].deconstruct()
    assert name == "CreateEventModel"
    assert kwargs["bases"][0] is base
    chain.forwards(*operations, written_out=False)
    chain.model("Order").objects.create(code="a")
    assert chain.model("OrderEvent").objects.get().headline().startswith("snapshot")


def test_meta_options_are_those_of_any_model(chain: Chain) -> None:
    found = history(
        chain,
        options={
            "ordering": ["-pgh_id"],
            "db_table": "history of orders",
            "db_table_comment": "Every change's event.",
            "verbose_name": "change",
            "indexes": [
                models.Index(fields=["pgh_obj", "-pgh_id"], name="event_obj_id"),
                models.Index(Upper("code"), name="event_code"),
            ],
            "constraints": [
                models.CheckConstraint(condition=models.Q(total__gte=0), name="event_total")
            ],
        },
    )
    table = '"history of orders"'
    assert columns(found, table) == sorted(OWN + MIRRORED)
    assert indexes(found, table) == [
        "btree (owner_id)",
        "btree (pgh_obj_id)",
        "btree (pgh_obj_id, pgh_id DESC)",
        "btree (upper((code)::text))",
    ]
    assert found["table", table].endswith("comment Every change's event.")
    assert f"{table}.event_total" in names(found, "constraint")
    for code in "ab":
        chain.model("Order").objects.create(code=code)
    events = chain.model("OrderEvent").objects.all()
    assert [event.code for event in events] == ["b", "a"]
    assert events.model._meta.verbose_name == "change"


def test_a_tablespace_is_honoured(chain: Chain) -> None:
    # One that is there everywhere, and not the default of an ordinary table.
    found = history(chain, options={"db_tablespace": "pg_default"})
    assert columns(found) == sorted(OWN + MIRRORED)
    assert chain.state.models["shop", "orderevent"].options["db_tablespace"] == "pg_default"


def test_an_event_model_may_have_a_table_in_another_schema(chain: Chain) -> None:
    with connection.cursor() as cursor:
        cursor.execute('CREATE SCHEMA "Audit Trail"')
    found = history(
        chain, append_only=True, options={"db_table": '"Audit Trail"."orders"'}, fields=["code"]
    )
    assert columns(found, '"Audit Trail".orders') == sorted([*OWN, "code"])
    functions = [name for name in names(found, "function") if name.startswith('"Audit Trail".')]
    assert len(functions) == 4
    chain.model("Order").objects.create(code="a")
    assert [event["code"] for event in chain.events("OrderEvent")] == ["a"]


def test_several_event_models_track_one_model(chain: Chain) -> None:
    history(chain, fields=["total"])
    assert_there_and_back(
        chain,
        pgh.CreateEventModel("CodeEvent", tracks="shop.Order", fields=["code"]),
        pgh.AddTracker("CodeEvent", pgh.Snapshot("code")),
    )
    chain.model("Order").objects.create(code="a", total=4)
    assert chain.events("OrderEvent") == [{"pgh_label": "snapshot", "total": 4}]
    assert chain.events("CodeEvent") == [{"pgh_label": "code", "code": "a"}]


def test_an_array_is_mirrored_with_its_base(chain: Chain) -> None:
    chain.forwards(
        migrations.AddField("Order", "tags", ArrayField(models.SlugField(), default=list))
    )
    found = history(chain, fields=["tags"])
    assert column(found, "shop_orderevent.tags").startswith("character varying(50)[] NOT NULL")
    chain.model("Order").objects.create(code="a", tags=["x", "y"])
    assert chain.events("OrderEvent") == [{"pgh_label": "snapshot", "tags": ["x", "y"]}]
