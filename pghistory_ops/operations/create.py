"""Creating an event model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar, Final

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations.operations import CreateModel, DeleteModel, RenameModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import ModelOperation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import field_references, resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.fields import (
    ContextForeignKey,
    ContextJSONField,
    ContextUUIDField,
    ObjForeignKey,
)
from pghistory_ops.operations.alter import AlterEventModel
from pghistory_ops.operations.arguments import (
    check_configuration,
    check_context,
    checked_bases,
    checked_label,
    checked_name,
    checked_options,
    checked_policy,
)
from pghistory_ops.operations.base import HistoryOperation, copy_with
from pghistory_ops.operations.delete import DeleteEventModel
from pghistory_ops.operations.keys import own_keys
from pghistory_ops.operations.refresh import RefreshTrackers
from pghistory_ops.operations.tables import create_table, delete_table
from pghistory_ops.spec import EventSpec
from pghistory_ops.sql.templates import check_version
from pghistory_ops.state import EventModelState, add_event_model, table_of
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, find_tracked


class Automatic(Enum):
    """The type of ``AUTOMATIC``."""

    AUTOMATIC = "automatic"

    def __repr__(self) -> str:
        return self.name


AUTOMATIC: Final = Automatic.AUTOMATIC
Columns = Sequence[tuple[str, "models.Field[Any, Any]"]]


class CreateEventModel(HistoryOperation):
    """Create an event model: the table that holds the events of a tracked model.

    Args:
        name: The name of the event model, in this app.
        tracks: The label of the tracked model: ``"shop.Order"``, ``"auth.User"``, or that of an
            automatic many-to-many table: ``"auth.User_groups"``. A proxy stands for its concrete
            model.
        fields: The tracked fields to mirror. With neither ``fields`` nor ``exclude``: all that have
            a column.
        exclude: The tracked fields not to mirror.
        columns: The copies of the tracked fields, and columns of your own, as (name, field) pairs.
            The autodetector writes them out. Left out, they are derived from the tracked model as
            it is at this point of the migrations.
        attrs: Columns of your own beside derived ones, as (name, field) pairs. Triggers do not
            write them: they take NULL or have a ``db_default``.
        obj_field: The configuration of ``pgh_obj``, or None for no reference to the tracked row.
            By default there is one, except for a composite primary key.
        context_field: The configuration of ``pgh_context``: a ``ContextForeignKey`` (the default),
            a ``ContextJSONField``, or None.
        context_id_field: The configuration of ``pgh_context_id`` beside a ``ContextJSONField``.
        append_only: Whether the event table refuses UPDATE, DELETE and TRUNCATE.
        pausable: Whether ``paused()`` may switch the trackers off for a block of code.
        security_definer: Whether the triggers write events with the rights of the role that
            migrates, rather than with those of whoever writes the tracked table.
        bases: The base classes of the model that bring behaviour and no columns of their own.
        options: The ``Meta`` options of the model, as in ``CreateModel``.
        declared: Whether a declaration proposed the event model; the autodetector's mark.
        template: The version of the SQL template for its trackers.

    Raises:
        ValueError: The arguments contradict each other or the tracked model.
        UnknownTrackedModel: The tracked model is not there at this point of the migrations.
        FieldDoesNotExist: ``fields`` or ``exclude`` names a field that is not there.

    Example::

        CreateEventModel("OrderEvent", tracks="shop.Order", exclude=["secret"])
    """

    __module__ = "pghistory_ops.operations"
    category = OperationCategory.ADDITION
    serialization_expand_args: ClassVar = ["columns", "attrs", "options"]

    def __init__(
        self,
        name: str,
        tracks: str,
        *,
        fields: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        columns: Columns | None = None,
        attrs: Columns | None = None,
        obj_field: ObjForeignKey | Automatic | None = AUTOMATIC,
        context_field: ContextForeignKey | ContextJSONField | None = ContextForeignKey(),
        context_id_field: ContextUUIDField | None = None,
        append_only: bool = False,
        pausable: bool = False,
        security_definer: bool = True,
        bases: Sequence[Any] | None = None,
        options: dict[str, Any] | None = None,
        declared: bool = False,
        template: int = 1,
    ) -> None:
        self.name = self.event_model = checked_name(name)
        self.tracks = checked_label(tracks)
        self.policy = checked_policy(name, fields, exclude)
        self.columns = None if columns is None else list(columns)
        self.attrs = list(attrs or [])
        self.obj_field = obj_field
        self.context_field = context_field
        self.context_id_field = context_id_field
        self.append_only = append_only
        self.pausable = pausable
        self.security_definer = security_definer
        self.bases = checked_bases(name, bases)
        self.options = checked_options(name, options or {})
        self.declared = declared
        self.template = check_version(template)
        check_context(name, context_field, context_id_field)
        check_configuration(name, "obj_field", obj_field, (ObjForeignKey, Automatic))
        check_configuration(
            name, "context_field", context_field, (ContextForeignKey, ContextJSONField)
        )
        check_configuration(name, "context_id_field", context_id_field, (ContextUUIDField,))
        given = [key for key, _ in [*(self.columns or []), *self.attrs]]
        for column in given:
            if column in event_fields.OWN_FIELDS:
                raise ValueError(
                    f"The column {column!r} of the event model {name} is made by the library. "
                    "Configure it with obj_field, context_field or context_id_field."
                )
            if given.count(column) > 1:
                raise ValueError(f"The event model {name} has two columns {column!r}.")

    def kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = {"name": self.name, "tracks": self.tracks}
        if self.policy.fields is not None:
            kwargs["fields"] = list(self.policy.fields)
        if self.policy.exclude:
            kwargs["exclude"] = list(self.policy.exclude)
        if self.columns is not None:
            kwargs["columns"] = self.columns
        for key, default in (
            ("attrs", []),
            ("obj_field", AUTOMATIC),
            ("context_field", ContextForeignKey()),
            ("context_id_field", None),
            ("append_only", False),
            ("pausable", False),
            ("security_definer", True),
            ("bases", (models.Model,)),
            ("options", {}),
            ("declared", False),
            ("template", 1),
        ):
            if getattr(self, key) != default:
                kwargs[key] = getattr(self, key)
        return kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if (app_label, self.name.lower()) in state.models:
            raise ValueError(
                f"There is a model {app_label}.{self.name} already. Give the event model another "
                "name."
            )
        subject = find_tracked(state, self.tracks)
        self._check_context_model(app_label, state)
        obj_field = self._obj_field(subject)
        columns, options = self.columns, dict(self.options)
        if columns is None:
            columns = self._derived(app_label, subject)
            if subject.composite and "indexes" not in options:
                options["indexes"] = [subject.key_index(app_label, self.name)]
        own = event_fields.own_fields(
            subject.label, obj_field, self.context_field, self.context_id_field
        )
        model_state = EventModelState(
            app_label,
            self.name,
            [*own, *columns, *self.attrs],
            options,
            self.bases,
            spec=EventSpec(
                tracks=subject.label,
                policy=self.policy,
                obj_field=obj_field,
                context_field=self.context_field,
                context_id_field=self.context_id_field,
                pausable=self.pausable,
                security_definer=self.security_definer,
                declared=self.declared,
                derived=self.columns is None,
                template=self.template,
            ),
        )
        _check_columns(model_state)
        if self.append_only:
            model_state.spec = model_state.spec.replace(guard=table_of(model_state))
        add_event_model(state, model_state)
        own_keys(state, model_state)

    def _check_context_model(self, app_label: str, state: ProjectState) -> None:
        if not isinstance(self.context_field, ContextForeignKey):
            return
        if ("pghistory_ops", "context") not in state.models:
            raise UnknownTrackedModel(
                "The model 'pghistory_ops.Context', to which the context of "
                f"{app_label}.{self.name} refers, is not there at this point of the migrations. "
                'Let the migration depend on ("pghistory_ops", "0001_initial").'
            )

    def _obj_field(self, subject: Tracked) -> ObjForeignKey | None:
        if self.obj_field is AUTOMATIC:
            return None if subject.composite else ObjForeignKey()
        if subject.composite and self.obj_field is not None:
            raise ValueError(
                f"The event model {self.name} cannot have an obj_field: {subject.label} has the "
                f"composite primary key ({', '.join(subject.key)}), which no foreign key refers "
                "to. Use obj_field=None; the parts of the key are mirrored."
            )
        return self.obj_field

    def _derived(self, app_label: str, subject: Tracked) -> list[tuple[str, Any]]:
        """Return the copies of the tracked fields that the policy selects."""
        for name in (*(self.policy.fields or ()), *self.policy.exclude):
            if name not in subject.fields:
                raise FieldDoesNotExist(
                    f"The event model {self.name} names the field {name!r}, which the tracked "
                    f"model {subject.label} does not have as a column at this point of the "
                    f"migrations. It has: {', '.join(subject.fields)}."
                )
        columns = []
        for name in subject.fields:
            if not self.policy.selects(name):
                if subject.composite and name in subject.key:
                    raise ValueError(
                        f"The event model {self.name} leaves out {name!r}, a part of the "
                        f"composite primary key of {subject.label}, by which alone its events "
                        "know their row. Mirror it."
                    )
                continue
            if name in event_fields.OWN_FIELDS:
                raise ValueError(
                    f"The field {name!r} of {subject.label} has the name of a field that every "
                    f"event has. Leave it out: exclude=[{name!r}]."
                )
            columns.append((name, subject.copy_of(name)))
        return columns

    def forwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        create_table(editor, new, app_label, self.name)

    def backwards(self, app_label: str, editor: Any, old: ProjectState, new: ProjectState) -> None:
        delete_table(editor, old, app_label, self.name)

    def references_model(self, name: str, app_label: str) -> bool:
        key = (app_label, name.lower())
        if name.lower() == self.event_model_lower or resolve_relation(self.tracks) == key:
            return True
        if self.columns is None:
            return True  # what is derived may refer to any model
        return any(
            field_references((app_label, self.event_model_lower), field, key)
            for _, field in [*self.columns, *self.attrs]
        )

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.about(operation):
            if isinstance(operation, DeleteEventModel):
                return []
            if isinstance(operation, AlterEventModel):
                return self._reduce_alter(operation)
            if isinstance(operation, RefreshTrackers):
                names = {name for name, _ in self.columns or ()}
                if self.columns is None or operation.template or names & set(operation.without):
                    return False
                return [self]  # there is no tracker yet
            return False
        if self.columns is None:
            return super().reduce(operation, app_label)
        if isinstance(operation, RenameModel):
            return self._reduce_rename(operation, app_label)
        if isinstance(operation, FieldOperation):
            if operation.model_name_lower != self.event_model_lower:
                # The columns are written out: they do not follow the tracked field.
                return not operation.references_model(self.name, app_label)
            touched = {operation.name, getattr(operation, "new_name", operation.name)}
            if touched.intersection(event_fields.OWN_FIELDS):
                return False
        if isinstance(operation, HistoryOperation):
            return False
        return self._reduce_as_model(operation, app_label)

    def _reduce_alter(self, operation: AlterEventModel) -> bool | list[Operation]:
        if {"obj_field", "context_field", "context_id_field"} & set(operation.changed):
            return False  # it goes with operations on the fields, which are not folded
        changes = dict(operation.changed)
        if {"fields", "exclude"} & set(changes):
            changes = {"fields": None, "exclude": None, **changes}
        return [copy_with(self, **changes)]

    def _reduce_rename(self, operation: RenameModel, app_label: str) -> bool | list[Operation]:
        old = (app_label, operation.old_name_lower)
        if operation.old_name_lower == self.event_model_lower:
            return [copy_with(self, name=operation.new_name)]
        changes: dict[str, Any] = {}
        new = f"{app_label}.{operation.new_name}"
        if resolve_relation(self.tracks) == old:
            changes["tracks"] = new
        for key in ("columns", "attrs"):
            pairs = [(n, _repointed(f, app_label, old, new)) for n, f in getattr(self, key) or []]
            if any(a is not b for (_, a), (_, b) in zip(pairs, getattr(self, key), strict=True)):
                changes[key] = pairs
        return [operation, copy_with(self, **changes)] if changes else True

    def _reduce_as_model(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        """Fold ``operation`` as Django folds it into the ``CreateModel`` of a model like this."""
        columns = [*(self.columns or []), *self.attrs]
        create = CreateModel(self.name, columns, self.options, self.bases)
        if not isinstance(operation, (FieldOperation, ModelOperation)) and not hasattr(
            operation, "model_name_lower"
        ):
            return super().reduce(operation, app_label)
        if isinstance(operation, DeleteModel):
            return False  # only DeleteEventModel knows the triggers
        result = create.reduce(operation, app_label)
        if isinstance(result, list) and len(result) == 1 and isinstance(result[0], CreateModel):
            folded = result[0]
            if folded.managers:
                return False  # an event model has none of its own to fold them into
            changes = {"columns": list(folded.fields), "attrs": None, "options": folded.options}
            return [copy_with(self, **changes)]
        return result if isinstance(result, bool) else False

    def describe(self) -> str:
        return f"Create event model {self.name} for {self.tracks}"

    @property
    def migration_name_fragment(self) -> str:
        return self.event_model_lower


def _check_columns(model_state: EventModelState) -> None:
    """Check that no two fields have one column."""
    seen: dict[str, str] = {}
    for name, field in model_state.fields.items():
        column = event_fields.column_name(field, name)
        if column in seen:
            raise ValueError(
                f"The fields {seen[column]!r} and {name!r} of the event model {model_state.label} "
                f"have the same column {column!r}. Leave one out, or set db_column in obj_field, "
                "context_field or columns."
            )
        seen[column] = name


def _repointed(field: Any, app_label: str, old: tuple[str, str], new: str) -> Any:
    """Return ``field``, or a copy that refers to the model's new name."""
    remote = getattr(field, "remote_field", None)
    if remote is None or resolve_relation(remote.model, app_label) != old:
        return field
    copy = field.clone()
    copy.remote_field.model = new
    return copy
