"""Bad input: an error that names the thing and the remedy, before anything is migrated."""

import pytest
from django.core.management import CommandError

from catalog import catalog
from operations.mistakes import HISTORY, MODELS, assert_refused_with_a_remedy
from projects import Project

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
    "an event model that exists": (
        'pgh.CreateEventModel("OrderEvent", tracks="shop.Line"),',
        "There is a model shop.OrderEvent already. Give the event model another name.",
    ),
    "a model that exists": (
        'pgh.CreateEventModel("order", tracks="shop.Line"),',
        "There is a model shop.order already. Give the event model another name.",
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
    "nothing altered": (
        'pgh.AlterEventModel("OrderEvent"),',
        "AlterEventModel('OrderEvent') changes nothing: give what changes.",
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
    assert_refused_with_a_remedy(project, operations, expected)


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
