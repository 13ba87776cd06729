"""Declarations. They are in functions: what is declared here is not to be proposed."""

from typing import Any, assert_type

from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh


def declare_a_class() -> None:
    @pgh.track()
    @pgh.track(
        pgh.Snapshot(),
        pgh.AfterDelete("order.deleted"),
        exclude=["secret"],
        obj_field=pgh.ObjForeignKey(db_index=False),
        context_field=pgh.ContextJSONField(),
        context_id_field=pgh.ContextUUIDField(),
        append_only=True,
        model_name="OrderAudit",
        app_label="shop",
        base_model=object,
        attrs={"reviewed": models.BooleanField(db_default=False)},
        meta={"db_table": "order_audit"},
        level=pgh.Row,
    )
    class Order(models.Model):
        total = models.IntegerField()  # pyright: ignore[reportUnknownVariableType]

        class Meta:
            app_label = "shop"

    # The class is what it was.
    assert_type(Order(total=1), Order)


def declare_models_of_others() -> None:
    assert_type(pgh.track(fields=("email",), app_label="shop")(User), type[User])
    assert_type(pgh.track(obj_field=None, context_field=None)("auth.Group"), str)


def declare_each(targets: list[type[models.Model]], **options: Any) -> None:
    for target in targets:
        pgh.track(pgh.Snapshot(), **options)(target)


assert_type(pgh.__version__, str)
