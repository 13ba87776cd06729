"""Explicit classes: written out in ``models.py``, they take the place of those of the registry."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

import pghistory_ops as pgh
from pghistory_ops.registry.event_models import history_of
from projects import Project

from .store import MODELS, models_of, write_store

pytestmark = pytest.mark.django_db

HISTORY = """\
pgh.CreateEventModel("OrderEvent", tracks="store.Order", fields=["total", "customer"]),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
"""
CLASS = """\


class OrderEvent({base}):
    pgh_id = models.BigAutoField(primary_key=True)
    pgh_created_at = models.DateTimeField()
    pgh_label = models.TextField()
    pgh_obj = models.ForeignKey("store.Order", models.DO_NOTHING, null=True, related_name="+")
    pgh_context = models.ForeignKey(
        "pghistory_ops.Context", models.DO_NOTHING, null=True, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, related_name="order_events"
    )
    total = models.IntegerField()

    @property
    def doubled(self):
        return self.total * 2

    class Meta:
        managed = False
        db_table = "store_orderevent"
"""


def with_class(text: str = CLASS, base: str = "pgh.EventBase") -> str:
    return f"import pghistory_ops as pgh\n{MODELS}{text.replace('{base}', base)}"


def found(identifier: str = "pghistory_ops.E003") -> list[CheckMessage]:
    messages = run_checks(tags=["models"], databases=["default"])
    return [item for item in messages if item.id == identifier]


def make(project: Project, models: str, history: str = HISTORY) -> Any:
    """Write the app with plain models, migrate it, and then put other models there."""
    write_store(project, history)
    project.migrate("store")
    project.write("store/models.py", models)
    return models_of(project)


@pytest.mark.parametrize("base", ["pgh.EventBase", "models.Model"])
def test_the_explicit_class_wins(project: Project, base: str) -> None:
    store = make(project, with_class(base=base))
    assert pgh.event_model("store.OrderEvent") is store.OrderEvent
    assert pgh.event_model(store.Order) is store.OrderEvent
    assert pgh.event_model(store.OrderEvent) is store.OrderEvent
    assert pgh.event_models(tracks=store.Order) == [store.OrderEvent]
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, total=4)
    event = store.OrderEvent.objects.get(pgh_obj=order)
    assert event.doubled == 8
    assert customer.order_events.get() == event
    assert pgh.event_model(event) is store.OrderEvent
    assert type(pgh.create_event(order, label="snapshot")) is store.OrderEvent
    assert found() == []
    history = history_of(event)
    assert (history.label, history.tracks) == ("store.OrderEvent", "store.Order")
    assert history.mirrored == ("customer", "total")


@pytest.mark.parametrize("base", ["pgh.EventBase", "models.Model"])
def test_it_is_nothing_to_the_autodetector(project: Project, base: str) -> None:
    make(project, with_class(base=base))
    assert "No changes detected" in project.makemigrations("store", "--check", "--dry-run")
    changed = with_class(base=base).replace("total = models.IntegerField()", "")
    project.write("store/models.py", changed)
    project.install()
    assert len(found()) == 1
    output = project.makemigrations("store", "--check", "--dry-run", skip_checks=True)
    assert "No changes detected" in output


@pytest.mark.parametrize("base", ["pgh.EventBase", "models.Model"])
def test_it_may_be_there_before_its_event_model(project: Project, base: str) -> None:
    declared = with_class(base=base).replace(
        "class Order(",
        '@pgh.track(fields=["total", "customer"], model_name="OrderEvent")\nclass Order(',
    )
    project.write("store/migrations/__init__.py", "")
    project.write("store/models.py", declared)
    project.install()
    assert found() == []
    project.makemigrations("store")
    written = project.read(f"store/migrations/{project.migrations('store')[0]}.py")
    assert "CreateEventModel" in written
    assert written.count("OrderEvent") == 2  # created once, and given a tracker
    assert "No changes detected" in project.makemigrations("store", "--check", "--dry-run")
    project.migrate("store")
    assert found() == []
    store = models_of(project)
    customer = store.Customer.objects.create(name="ada")
    store.Order.objects.create(customer=customer, total=4)
    assert store.OrderEvent.objects.get().doubled == 8


def test_a_model_of_that_name_with_a_migration_is_no_explicit_class(project: Project) -> None:
    text = "\n\nclass OrderEvent(models.Model):\n    name = models.TextField()\n"
    declared = MODELS.replace("class Order(", "@pgh.track()\nclass Order(") + text
    project.write("store/migrations/__init__.py", "")
    project.write("store/models.py", f"{MODELS}{text}")
    project.makemigrations("store")
    project.write("store/models.py", f"import pghistory_ops as pgh\n{declared}")
    with pytest.raises(CommandError, match=r"There is a model store\.OrderEvent already\."):
        project.makemigrations("store", "--dry-run", skip_checks=True)


def test_a_class_without_an_event_model_is_reported(project: Project) -> None:
    make(project, with_class(), history="")
    (error,) = found()
    assert error.msg == (
        "The class store.OrderEvent inherits EventBase, but no migration creates an event model "
        "of that label."
    )
    assert error.hint is not None
    assert error.hint.startswith(
        "Create it with CreateEventModel in a migration of the app 'store'"
    )
    output = project.makemigrations("store", "--check", "--dry-run", skip_checks=True)
    assert "No changes detected" in output


def test_an_unmanaged_model_is_no_event_model(project: Project) -> None:
    text = "\n\nclass View(models.Model):\n    class Meta:\n        managed = False\n"
    make(project, MODELS + text)
    assert found() == []
    output = project.makemigrations("store", "--dry-run")
    assert "Create model View" in output


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "managed = False",
            "managed = True",
            (
                "The class store.OrderEvent has the label of an event model, whose table is not "
                "Django's to manage."
            ),
        ),
        (
            'db_table = "store_orderevent"',
            'db_table = "orders"',
            (
                "The table of the class store.OrderEvent is 'orders', but that of the event model "
                "is 'store_orderevent'."
            ),
        ),
        (
            "    total = models.IntegerField()\n\n    @",
            "    @",
            "The class store.OrderEvent has no field 'total', which the event model has.",
        ),
        (
            "    total = models.IntegerField()\n\n    @",
            "    total = models.IntegerField()\n    size = models.IntegerField()\n\n    @",
            "The class store.OrderEvent has a field 'size' that the event model does not have.",
        ),
        (
            "models.TextField()",
            "models.TextField(db_column='label')",
            (
                "The class store.OrderEvent has the field 'pgh_label' in the column 'label', not "
                "'pgh_label'."
            ),
        ),
        (
            "models.TextField()",
            "models.CharField(max_length=9)",
            "The class store.OrderEvent has a field 'pgh_label' of the type varchar(9), not text.",
        ),
        (
            "models.TextField()",
            "models.TextField(db_collation='C')",
            (
                "The class store.OrderEvent has a field 'pgh_label' of the type text COLLATE C, "
                "not text."
            ),
        ),
        (
            "models.TextField()",
            "models.TextField(null=True)",
            "The class store.OrderEvent has a field 'pgh_label' with null=True, not null=False.",
        ),
        (
            '"store.Order"',
            '"store.Customer"',
            (
                "The class store.OrderEvent has a field 'pgh_obj' that refers to store.Customer, "
                "not to store.Order."
            ),
        ),
        (
            (
                "models.ForeignKey(\n        Customer, models.DO_NOTHING, db_constraint=False, "
                'related_name="order_events"\n    )'
            ),
            "models.BigIntegerField(db_column='customer_id')",
            (
                "The class store.OrderEvent has a field 'customer' that refers to no model, not to "
                "store.Customer."
            ),
        ),
    ],
)
@pytest.mark.parametrize("base", ["pgh.EventBase", "models.Model"])
def test_a_difference_is_reported(
    project: Project, base: str, old: str, new: str, message: str
) -> None:
    changed = CLASS.replace(old, new, 1)
    assert changed != CLASS
    store = make(project, with_class(changed, base))
    (error,) = found()
    assert error.msg == message
    assert error.hint
    assert error.obj is store.OrderEvent


def test_two_primary_keys_differ(project: Project) -> None:
    changed = CLASS.replace("BigAutoField(primary_key=True)", "BigIntegerField()").replace(
        "total = models.IntegerField()", "total = models.IntegerField(primary_key=True)"
    )
    make(project, with_class(changed))
    assert [item.msg for item in found()] == [
        "The class store.OrderEvent has a field 'pgh_id' that is not the primary key.",
        "The class store.OrderEvent has a field 'total' that is the primary key.",
    ]


def test_null_and_related_names_of_references_are_free(project: Project) -> None:
    changed = CLASS.replace('null=True, related_name="+"', 'related_name="events"', 1)
    store = make(project, with_class(changed))
    assert found() == []
    order = store.Order.objects.create(customer=store.Customer.objects.create(name="ada"))
    assert order.events.count() == 1


def test_a_column_that_a_migration_adds_is_missed(project: Project) -> None:
    make(project, with_class())
    project.write_migration(
        "store",
        "0003_note",
        'migrations.AddField("orderevent", "note", models.TextField(null=True))',
    )
    project.call("check", skip_checks=True) if False else None
    project.uninstall()
    project.install()
    (error,) = found()
    assert error.msg == "The class store.OrderEvent has no field 'note', which the event model has."
    assert error.hint == "Print the class anew with: manage.py inspectevents store"


def test_the_check_needs_no_database(project: Project) -> None:
    make(project, with_class())
    connection.close()
    with connection.execute_wrapper(refuse):
        assert found() == []


def refuse(*args: Any) -> Any:
    raise AssertionError(args[1])


def test_a_manager_has_the_methods_of_reading(project: Project) -> None:
    text = CLASS.replace(
        "    @property", "    objects = pgh.EventQuerySet.as_manager()\n\n    @property"
    ).replace(
        'null=True, related_name="+")\n    pgh_c', 'null=True, related_name="events")\n    pgh_c'
    )
    store = make(project, with_class(text))
    assert found() == []
    customer = store.Customer.objects.create(name="ada")
    order = store.Order.objects.create(customer=customer, total=4)
    store.Order.objects.update(total=5)
    changes = [event.pgh_changes for event in order.events.with_changes().order_by("pgh_id")]
    assert changes == [None, {"total": (4, 5)}]
    assert store.OrderEvent.objects.as_of(timezone.now()).get().doubled == 10
