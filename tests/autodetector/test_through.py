"""The history of an automatic many-to-many table follows the models that it joins."""

from __future__ import annotations

import re

import pytest

from autodetector.runner import Runner, leftovers
from catalog import catalog, shape
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = """class Tag(models.Model):
    pass


class Order(models.Model):
    tags = models.ManyToManyField(Tag)
    # Django takes a rename back only where its content types come first.
    kind = models.ForeignKey("contenttypes.ContentType", models.CASCADE, null=True)


pgh.track(pgh.Snapshot(), pgh.AfterDelete(), model_name='Tagging', app_label='{app}')(
    {target}.through
)
"""
CHANGES = {
    "the model is renamed": (MODELS.replace("Order", "Sale"), "Sale.tags", "sale_id, tag_id", "y"),
    "the other model is renamed": (
        MODELS.replace("Tag(", "Label(").replace("Field(Tag)", "Field(Label)"),
        "Order.tags",
        "order_id, label_id",
        "y",
    ),
    "the field is renamed": (
        MODELS.replace("tags =", "labels ="),
        "Order.labels",
        "order_id, tag_id",
        "y",
    ),
}


@pytest.mark.parametrize("app", ["shop", "audit"])
@pytest.mark.parametrize("change", CHANGES)
def test_it_follows_a_rename(project: Project, change: str, app: str) -> None:
    models, target, columns, reply = CHANGES[change]
    runner = Runner(project)
    project.write("audit/migrations/__init__.py", "")
    runner.models(MODELS.format(app=app, target="Order.tags"))
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()

    runner.models(models.format(app=app, target=target))
    runner.makemigrations(reply)
    assert len(runner.questions) == 1
    runner.migrate()
    assert runner.is_quiet()
    source, field = target.split(".")
    model = project.model(f"shop.{source}")
    item = model.objects.create()
    manager = getattr(item, field)
    label = manager.create()
    manager.clear()
    events = runner.fetch(f"SELECT pgh_label, {columns} FROM {app}_tagging ORDER BY pgh_id")
    assert events == [
        ("snapshot", item.pk, label.pk),
        ("after_delete", item.pk, label.pk),
    ]
    runner.forget_rows(f"{app}_tagging")
    runner.migrate(app, "0001")
    runner.migrate(app, "zero")
    assert leftovers() == []


@pytest.mark.parametrize("app", ["shop", "audit"])
def test_its_events_outlive_it(project: Project, app: str) -> None:
    runner = Runner(project)
    project.write("audit/migrations/__init__.py", "")
    runner.models(MODELS.format(app=app, target="Order.tags"))
    runner.makemigrations()
    runner.migrate()
    item = project.model("shop.Order").objects.create()
    item.tags.create()
    runner.models("class Tag(models.Model):\n    pass\n\n\nclass Order(models.Model):\n    pass\n")
    runner.makemigrations("1")
    runner.migrate()
    assert runner.is_quiet()
    assert runner.fetch(f"SELECT order_id FROM {app}_tagging") == [(item.pk,)]
    runner.migrate(app, "0001")


@pytest.mark.parametrize("app", ["shop", "audit"])
@pytest.mark.parametrize(
    ("other", "columns"),
    [("Label", "order_id, label_id"), ("'self', symmetrical=False", "from_order_id, to_order_id")],
)
def test_the_field_refers_to_another_model(
    project: Project, other: str, columns: str, app: str
) -> None:
    runner = Runner(project)
    project.write("audit/migrations/__init__.py", "")
    both = MODELS.replace("class Order", "class Label(models.Model):\n    pass\n\n\nclass Order")
    runner.models(both.format(app=app, target="Order.tags"))
    runner.makemigrations()
    runner.migrate()
    item = project.model("shop.Order").objects.create()
    tag = item.tags.create()

    runner.models(
        both.replace("Field(Tag)", f"Field({other})").format(app=app, target="Order.tags")
    )
    proposed = runner.makemigrations()
    if not re.search(r"RemoveField\(\s+model_name='order'", proposed):
        pytest.skip("this Django alters the table in place, which takes no rows")
    runner.migrate()
    assert runner.is_quiet()
    # The ids of the rows begin anew, and so do the references to them.
    kept = f"SELECT order_id, tag_id, pgh_obj_old_id, pgh_obj_id FROM {app}_tagging"
    assert runner.fetch(kept) == [(item.pk, tag.pk, 1, None)]
    order = project.model("shop.Order").objects.get()
    new = order.tags.create()
    order.tags.clear()
    first = f"{columns}, tag_id, pgh_obj_old_id, pgh_obj_id"
    events = f"SELECT pgh_label, {first} FROM {app}_tagging WHERE pgh_id > 1 ORDER BY pgh_id"
    assert runner.fetch(events) == [
        ("snapshot", order.pk, new.pk, None, None, 1),
        ("after_delete", order.pk, new.pk, None, None, 1),
    ]
    reached = shape(catalog())
    runner.forget_rows(f"{app}_tagging")
    runner.migrate(app, "0001")
    runner.migrate(app, "zero")
    assert leftovers() == []
    runner.migrate()
    assert shape(catalog()) == reached
