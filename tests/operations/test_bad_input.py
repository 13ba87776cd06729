"""Bad input: an error that names the thing and the remedy, before anything is migrated."""

import re
from textwrap import dedent

import pytest
from django.core.management import CommandError

from catalog import catalog
from projects import Project

MODELS = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("total", models.IntegerField()),
    ("net", models.DecimalField(max_digits=8, decimal_places=2)),
    ("code", models.CharField(max_length=9)),
    ("day", models.DateField(null=True)),
    ("owner", models.ForeignKey("auth.User", models.CASCADE, null=True)),
]),
migrations.CreateModel("Line", [
    ("pk", models.CompositePrimaryKey("order_id", "number")),
    ("order_id", models.IntegerField()),
    ("number", models.IntegerField()),
]),
"""
HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
DEPENDENCIES = [
    ("pghistory_ops", "0001_initial"),
    ("auth", "0012_alter_user_first_name_max_length"),
]
BASES = """
from django.contrib.auth.models import User
from django.db import models


class WithColumns(models.Model):
    reason = models.TextField()

    class Meta:
        abstract = True
"""

CASES = {
    "fields with exclude": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", fields=["total"], exclude=["code"]),',
        (
            "The event model Event has both fields and exclude. Give the fields to mirror, or "
            "those not to mirror."
        ),
    ),
    "altered to fields with exclude": (
        'pgh.AlterEventModel("OrderEvent", fields=["total"], exclude=["code"]),',
        (
            "The event model OrderEvent has both fields and exclude. Give the fields to mirror, or "
            "those not to mirror."
        ),
    ),
    "fields as a text": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", fields="total"),',
        "fields='total' of the event model Event is a text. Use a list of names.",
    ),
    "an unknown field": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", fields=["totals"]),',
        (
            "The event model Event names the field 'totals', which the tracked model shop.Order "
            "does not have as a column at this point of the migrations. It has: id, total, net, "
            "code, day, owner."
        ),
    ),
    "an unknown field left out": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", exclude=["secret"]),',
        (
            "The event model Event names the field 'secret', which the tracked model shop.Order "
            "does not have as a column at this point of the migrations. It has: id, total, net, "
            "code, day, owner."
        ),
    ),
    "an unknown tracked model": (
        'pgh.CreateEventModel("Event", tracks="shop.Sale"),',
        (
            "There is no model 'shop.Sale' at this point of the migrations. The app 'shop' has: "
            "Line, Order, OrderEvent. If a migration of it creates the model, depend on that one."
        ),
    ),
    "a tracked model of no app": (
        'pgh.CreateEventModel("Event", tracks="Order"),',
        "tracks='Order' is not the label of a model: \"app_label.ModelName\".",
    ),
    "an unknown event model": (
        'pgh.AddTracker("Event", pgh.Snapshot()),',
        (
            "There is no event model shop.Event at this point of the migrations. The app 'shop' "
            "has: OrderEvent. Create it with CreateEventModel first, in this migration or in one "
            "that it depends on."
        ),
    ),
    "an unknown event model refreshed": (
        'pgh.RefreshTrackers("Event"),',
        "There is no event model shop.Event at this point of the migrations.",
    ),
    "an unknown event model altered": (
        'pgh.AlterEventModel("Event", append_only=True),',
        "There is no event model shop.Event at this point of the migrations.",
    ),
    "an unknown event model deleted": (
        'pgh.DeleteEventModel("Event"),',
        "There is no event model shop.Event at this point of the migrations.",
    ),
    "a model that is no event model": (
        'pgh.AddTracker("Order", pgh.Snapshot()),',
        "The model shop.Order is no event model: it was not created by CreateEventModel.",
    ),
    "an ordinary model deleted as an event model": (
        'pgh.DeleteEventModel("Order"),',
        "The model shop.Order is no event model: it was not created by CreateEventModel.",
    ),
    "an unknown label": (
        'pgh.RemoveTracker("OrderEvent", "snap"),',
        (
            "The event model shop.OrderEvent has no tracker 'snap' at this point of the "
            "migrations. It has: 'snapshot'."
        ),
    ),
    "a label that exists": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("snapshot")),',
        (
            "The tracked model shop.Order has a tracker 'snapshot' already, of the event model "
            "shop.OrderEvent. Labels are unique per tracked model: give this one another label, or "
            "remove that one with RemoveTracker."
        ),
    ),
    "a label that another event model has": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order"),
        pgh.AddTracker("Event", pgh.Snapshot()),
        """,
        (
            "The tracked model shop.Order has a tracker 'snapshot' already, of the event model "
            "shop.OrderEvent."
        ),
    ),
    "an event model that exists": (
        'pgh.CreateEventModel("OrderEvent", tracks="shop.Line"),',
        "There is a model shop.OrderEvent already. Give the event model another name.",
    ),
    "a model that exists": (
        'pgh.CreateEventModel("order", tracks="shop.Line"),',
        "There is a model shop.order already. Give the event model another name.",
    ),
    "OLD on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("new", snapshot="OLD")),',
        (
            "The tracker 'new' copies the OLD row on INSERT, which has none. Use "
            'snapshot="NEW", or leave INSERT out.'
        ),
    ),
    "NEW on delete": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("gone", snapshot="NEW")),',
        (
            "The tracker 'gone' copies the NEW row on DELETE, which has none. Use "
            'snapshot="OLD", or leave DELETE out.'
        ),
    ),
    "NEW on truncate": (
        'pgh.AddTracker("OrderEvent", pgh.AfterTruncate("gone", snapshot="NEW")),',
        (
            "The tracker 'gone' copies the NEW row on TRUNCATE, which has none. Use "
            'snapshot="OLD", or leave TRUNCATE out.'
        ),
    ),
    "a condition on a field that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__price=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent: there is no field 'price'; there are code, "
            "day, id, net, owner, total, in the tracked model shop.Order at this point of the "
            "migrations. Give the tracker anew with RemoveTracker and AddTracker."
        ),
    ),
    "a change of a field that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.AnyChange("price"))),',
        "The tracker 'dear' of shop.OrderEvent: there is no field 'price'",
    ),
    "SQL about a column that is not there": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.cost > 0"))
        ),
        """,
        (
            "The tracker 'x' of shop.OrderEvent: the condition 'NEW.cost > 0' names the column "
            "'cost', which is not there"
        ),
    ),
    "a condition that reads OLD on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("dear", condition=pgh.Q(old__total=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent has a condition that reads the OLD row, but "
            "INSERT has none. Use a tracker of its own for INSERT."
        ),
    ),
    "a condition that reads NEW on delete": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("dear", condition=pgh.Q(new__total=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent has a condition that reads the NEW row, but "
            "DELETE has none. Use a tracker of its own for DELETE."
        ),
    ),
    "a change on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsertOrUpdate("x", condition=pgh.AnyChange())),',
        (
            "The tracker 'x' of shop.OrderEvent has a condition that reads the OLD row, but "
            "INSERT has none. Use a tracker of its own for INSERT."
        ),
    ),
    "a composite key with a reference": (
        'pgh.CreateEventModel("Event", tracks="shop.Line", obj_field=pgh.ObjForeignKey()),',
        (
            "The event model Event cannot have an obj_field: shop.Line has the composite primary "
            "key (order_id, number), which no foreign key refers to. Use obj_field=None; the "
            "parts of the key are mirrored."
        ),
    ),
    "a composite key left out": (
        'pgh.CreateEventModel("Event", tracks="shop.Line", exclude=["number"]),',
        (
            "The event model Event leaves out 'number', a part of the composite primary key of "
            "shop.Line, by which alone its events know their row. Mirror it."
        ),
    ),
    "a column of the library's": (
        """
        pgh.CreateEventModel(
            "Event", tracks="shop.Order", attrs=[("pgh_label", models.TextField())]
        ),
        """,
        (
            "The column 'pgh_label' of the event model Event is made by the library. Configure it "
            "with obj_field, context_field or context_id_field."
        ),
    ),
    "two columns of one name": (
        """
        pgh.CreateEventModel(
            "Event",
            tracks="shop.Order",
            columns=[("a", models.TextField()), ("a", models.TextField())],
        ),
        """,
        "The event model Event has two columns 'a'.",
    ),
    "two fields of one column": (
        """
        pgh.CreateEventModel(
            "Event", tracks="shop.Order", attrs=[("a", models.TextField(db_column="code"))]
        ),
        """,
        (
            "The fields 'code' and 'a' of the event model shop.Event have the same column 'code'. "
            "Leave one out, or set db_column in obj_field, context_field or columns."
        ),
    ),
    "a context key without a document": (
        """
        pgh.CreateEventModel(
            "Event", tracks="shop.Order", context_id_field=pgh.ContextUUIDField()
        ),
        """,
        (
            "The event model Event has a context_id_field without a ContextJSONField. A "
            "ContextForeignKey holds the context's key itself."
        ),
    ),
    "a column that nothing fills": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order", attrs=[("a", models.TextField())]),
        pgh.AddTracker("Event", pgh.Snapshot("second")),
        """,
        (
            "After the migration shop.0002_history: The column 'a' of the event model shop.Event "
            "is mirrored from no field of shop.Order and does not take NULL, so no event can be "
            "written. Make it null=True or give it a db_default."
        ),
    ),
    "a condition with a lookup that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__code__foo="a"))),',
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: The term "
            "'new__code__foo' of a condition: Unsupported lookup 'foo' for CharField"
        ),
    ),
    "a condition with a value of another type": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__total="a"))),',
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: Field "
            "'total' expected a number but got 'a'."
        ),
    ),
    "a condition with a value that is no date": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__day="a"))),',
        "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: ",
    ),
    "a condition that follows a foreign key": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__owner__username="a"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: The term "
            "'new__owner__username' of a condition: "
        ),
    ),
    "a condition with a subquery at row level": (
        """
        pgh.AddTracker(
            "OrderEvent",
            pgh.AfterUpdate("x", condition=pgh.Condition("NEW.total IN (SELECT 1)")),
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent has a subquery, which a row-level "
            "trigger cannot have. Use level=Statement, or a function of your own."
        ),
    ),
    "a condition with a constant without an end": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.code = 'it''s"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent ends within a constant, a name or "
            "a comment: 'it''s"
        ),
    ),
    "a condition with a comment without an end": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.total = 1 /* /* */"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent ends within a constant, a name or "
            "a comment: /* /* */"
        ),
    ),
    "a base with columns": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order", bases=(WithColumns,)),
        """,
        (
            "The event model Event has the base WithColumns, whose fields a migration must name "
            "itself: reason. Give them in attrs=[...], and a base without fields."
        ),
    ),
    "a base with a table": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", bases=("shop.order",)),',
        (
            "The event model Event has the base 'shop.order', a model with a table of its own. "
            "Give classes, and the columns in attrs=[...]."
        ),
    ),
    "a base that is a model": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", bases=(User,)),',
        (
            "The event model Event has the base auth.User, which is not abstract. Give an abstract "
            "one, and its columns in attrs=[...]."
        ),
    ),
    "a name with an app": (
        'pgh.CreateEventModel("shop.Event", tracks="shop.Order"),',
        (
            "'shop.Event' is not the name of a model. The app is that of the migration, so give "
            'the name alone: "OrderEvent".'
        ),
    ),
    "no name": (
        'pgh.CreateEventModel("", tracks="shop.Order"),',
        "'' is not the name of a model.",
    ),
    "a class instead of a configuration": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order", obj_field=pgh.ObjForeignKey),
        """,
        (
            "obj_field=<class 'pghistory_ops.fields.ObjForeignKey'> of the event model Event is no "
            "configuration of the field. Use obj_field=ObjForeignKey() or None."
        ),
    ),
    "a field instead of a configuration": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order", context_field=models.JSONField()),
        """,
        (
            "of the event model Event is no configuration of the field. Use "
            "context_field=ContextForeignKey() or None."
        ),
    ),
    "a proxy": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", options={"proxy": True}),',
        "The event model Event",
    ),
    "an event model without a table": (
        'pgh.CreateEventModel("Event", tracks="shop.Order", options={"abstract": True}),',
        "The event model Event",
    ),
    "a label that is no text": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete(3)),',
        "A tracker's label is a text of at least one character.",
    ),
    "fields to let go of as a text": (
        'pgh.RefreshTrackers("OrderEvent", without="code"),',
        "without='code' is a text. Use a list of names.",
    ),
    "nothing altered": (
        'pgh.AlterEventModel("OrderEvent"),',
        "AlterEventModel('OrderEvent') changes nothing: give what changes.",
    ),
    "a tracker that is none": (
        'pgh.AddTracker("OrderEvent", pgh.Snapshot),',
        (
            "AddTracker takes a tracker such as Snapshot(), not <class "
            "'pghistory_ops.trackers.Snapshot'>. Write it with parentheses."
        ),
    ),
    "a timeout without a unit": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete(), lock_timeout="2"),',
        (
            "lock_timeout='2' is not a duration of at most 24 days with a unit (us, ms, s, min, h, "
            'd): "2s".'
        ),
    ),
    "a template of the future": (
        'pgh.RefreshTrackers("OrderEvent", template=99),',
        (
            "There is no SQL template 99; this version of django-pghistory-ops has 1. Install a "
            "version that has it."
        ),
    ),
    "no operation": (
        'pgh.AddTracker("OrderEvent", pgh.DatabaseTracker("x")),',
        (
            "The tracker 'x' needs an operation: Insert, Update, Delete, Truncate, or several "
            "joined with |, not None."
        ),
    ),
    "before an insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("x", when=pgh.Before)),',
        (
            "The tracker 'x' cannot copy the NEW row Before INSERT: the row is not final yet. Use "
            "After, or the OLD row of an update or delete."
        ),
    ),
    "before a statement": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("x", when=pgh.Before, level=pgh.Statement)),',
        "The tracker 'x' cannot run Before at statement level. Use After or Row.",
    ),
    "a refresh without a field that is not there": (
        'pgh.RefreshTrackers("OrderEvent", without=["price"]),',
        (
            "The tracked model shop.Order has no column for a field 'price' at this point of the "
            "migrations. It has: id, total, net, code, day, owner."
        ),
    ),
    "another tracked model under trackers": (
        'pgh.AlterEventModel("OrderEvent", tracks="shop.Line"),',
        (
            "The event model shop.OrderEvent has trackers on shop.Order, which would stay there "
            "when it tracks shop.Line. Remove them first with RemoveTracker: snapshot."
        ),
    ),
    "another tracked model under a reference": (
        """
        pgh.RemoveTracker("OrderEvent", "snapshot"),
        pgh.AlterEventModel("OrderEvent", tracks="shop.Line"),
        """,
        (
            "The field pgh_obj of shop.OrderEvent refers to shop.Order. Point it to shop.Line "
            "first: AlterField('OrderEvent', 'pgh_obj', ...)."
        ),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("operations", "expected"), CASES.values(), ids=CASES)
def test_it_is_refused_with_a_remedy(project: Project, operations: str, expected: str) -> None:
    project.write("shop/models.py", "")
    project.write("shop/bases.py", BASES)
    project.write_migration("shop", "0001_initial", MODELS, dependencies=DEPENDENCIES)
    file = project.write_migration("shop", "0002_history", HISTORY + dedent(operations))
    file.write_text("from shop.bases import *\n" + file.read_text())
    before = catalog()
    with pytest.raises(Exception, match=re.escape(expected)):
        project.migrate("shop")
    assert catalog() == before


@pytest.mark.django_db
def test_a_virtual_column_cannot_be_mirrored(project: Project) -> None:
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0001_initial",
        """
        migrations.CreateModel("Order", [
            ("id", models.BigAutoField(primary_key=True)),
            ("net", models.IntegerField()),
            ("gross", models.GeneratedField(
                expression=models.F("net") * 2,
                output_field=models.IntegerField(),
                db_persist=False,
            )),
        ]),
        pgh.CreateEventModel("Event", tracks="shop.Order"),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    before = catalog()
    with pytest.raises(CommandError, match="'gross'") as refusal:
        project.migrate("shop")
    assert str(refusal.value) == (
        "Nothing was migrated.\nAfter the migration shop.0001_initial: "
        "The field 'gross' is a virtual generated column, which PostgreSQL does not compute for "
        "triggers. Leave it out with exclude=[...], or make it db_persist=True."
    )
    assert catalog() == before


@pytest.mark.django_db
def test_a_missing_dependency_on_the_context_is_named(project: Project) -> None:
    # As on a database where the library's own migration has not come to run yet.
    project.migrate("pghistory_ops", "zero")
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", MODELS + HISTORY)
    before = catalog()
    with pytest.raises(Exception, match=r'\("pghistory_ops", "0001_initial"\)') as refusal:
        project.migrate("shop")
    assert (
        "The model 'pghistory_ops.Context', to which the context of shop.OrderEvent refers"
        in str(refusal.value)
    )
    assert catalog() == before
