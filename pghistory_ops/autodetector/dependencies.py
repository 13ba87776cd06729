"""Dependencies between the operations that one run of the autodetector proposes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations.autodetector import OperationDependency
from django.db.migrations.operations.base import Operation
from django.db.migrations.utils import resolve_relation

CREATE = OperationDependency.Type.CREATE


class OnOperation(OperationDependency):
    """A dependency on one certain operation of an app."""

    operation: Operation

    def __new__(cls, app_label: str, operation: Operation) -> OnOperation:
        self = super().__new__(cls, app_label, f"operation {id(operation)}", None, CREATE)
        self.operation = operation
        return self


def on_model(label: str) -> OperationDependency:
    """Return the dependency on the creation of a model."""
    app_label, name = resolve_relation(label)
    return OperationDependency(app_label, name, None, CREATE)


def on_fields(label: str, names: Any) -> Iterator[OperationDependency]:
    """Yield the dependencies on the creation of a model's fields."""
    app_label, name = resolve_relation(label)
    for field in names:
        yield OperationDependency(app_label, name, field, CREATE)


def on_targets(fields: Any, label: str) -> Iterator[OperationDependency]:
    """Yield the dependencies on the models that foreign keys refer to."""
    for field in fields:
        if isinstance(field, models.ForeignKey):
            swappable = getattr(field, "swappable_setting", None)
            if swappable:
                yield OperationDependency("__setting__", swappable, None, CREATE)
            else:
                target = resolve_relation(field.remote_field.model, *label.split("."))
                yield OperationDependency(*target, None, CREATE)
