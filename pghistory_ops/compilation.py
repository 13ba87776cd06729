"""What a tracker is compiled from, read off migration state."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable
from typing import Any

from django.apps import apps as global_apps
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import models
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.dialect import offline_connection
from pghistory_ops.reading import ConditionField, reads
from pghistory_ops.spec import Context, InstalledTracker, Signature
from pghistory_ops.sql.conditions import render
from pghistory_ops.sql.lexer import tokens
from pghistory_ops.state import EventModelState, column_of, table_of
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, tracked, with_implicit_key
from pghistory_ops.trackers import ROWS, UPDATE, DatabaseTracker, Snapshot, Tracker


def mirrored(model_state: EventModelState, subject: Tracked) -> tuple[str, ...]:
    """Return the fields that an event model mirrors now.

    They are those of the same name on both sides that the policy selects: the key, then the others
    by name. The order of the fields in state depends on the way that the migrations took.
    """
    policy = model_state.spec.policy
    found = [
        name
        for name in model_state.fields
        if name in subject.fields and policy.selects(name) and name not in event_fields.OWN_FIELDS
    ]
    return tuple(sorted(found, key=lambda name: (name not in subject.key, name)))


def signature(
    state: ProjectState,
    model_state: EventModelState,
    tracker: Tracker,
    without: Collection[str] = (),
) -> Signature | None:
    """Return the signature that the state implies for a tracker; None for a manual one.

    The tracked fields ``without`` are taken as gone.

    Raises:
        FieldDoesNotExist: The condition names a field that is not there.
        ValueError: The condition reads a row that an operation does not have.
    """
    if not isinstance(tracker, DatabaseTracker):
        return None
    subject = tracked(state, model_state).without(without)
    names = mirrored(model_state, subject)
    columns = tuple((column_of(model_state, name), subject.columns[name]) for name in names)
    obj = None
    if event_fields.OBJ in model_state.fields:
        obj = (column_of(model_state, event_fields.OBJ), subject.columns[subject.key[0]])
    read, all_columns = _read_by(state, model_state, subject, tracker)
    spec = model_state.spec
    return Signature(
        template=spec.template,
        event_model=model_state.label.lower(),
        event_table=table_of(model_state),
        columns=columns,
        whole_row=isinstance(tracker, Snapshot)
        and {column for _, column in columns} == set(subject.columns.values()),
        created_at=column_of(model_state, event_fields.CREATED_AT),
        label=column_of(model_state, event_fields.LABEL),
        obj=obj,
        context=_context(state, model_state),
        pausable=spec.pausable,
        security_definer=spec.security_definer,
        condition_fields=read,
        all_columns=all_columns,
        position=_position(subject),
        types=_types(state, subject, tracker, names, read),
        sources=tuple((subject.columns[name], name, f) for name, f in subject.fields.items()),
    )


def _position(subject: Tracked) -> str:
    name = "pgh_row"
    while name in subject.columns.values():
        name += "_"
    return name


def _read_by(
    state: ProjectState, model_state: EventModelState, subject: Tracked, tracker: DatabaseTracker
) -> tuple[tuple[ConditionField, ...], bool]:
    if tracker.condition is None:
        return (), False
    known = readable_fields(subject)
    where = f"The tracker {tracker.label!r} of {model_state.label}"
    try:
        read = reads(tracker.condition, known)
    except FieldDoesNotExist as error:
        raise FieldDoesNotExist(
            f"{where}: {error}, in the tracked model {subject.label} at this point of the "
            "migrations. Give the tracker anew with RemoveTracker and AddTracker."
        ) from None
    in_function = any(tracker.statement_level(operation) for operation in tracker.operations)
    for name in sorted(read.fields):
        if in_function and _is_virtual(subject.fields[name]):
            raise ValueError(
                f"{where} has a condition on {name!r}, a virtual generated column, which is not "
                "computed for statement-level triggers. Use level=Row."
            )
    for operation in tracker.operations:
        missing = read.rows - ROWS[operation]
        if missing:
            raise ValueError(
                f"{where} has a condition that reads the {min(missing)} row, but {operation} has "
                f"none. Use a tracker of its own for {operation}."
            )
    found = read.fields | {name for name, item in known.items() if item.column in read.columns}
    return tuple(_with_value(state, subject, known[name]) for name in sorted(found)), read.whole_row


def _is_virtual(field: Any) -> bool:
    return bool(field.generated and not field.db_persist)


def readable_fields(subject: Tracked) -> dict[str, ConditionField]:
    """Return the tracked fields as a condition can name them."""
    result = {}
    for name, field in subject.fields.items():
        aliases = [event_fields.bound(field, name).attname]
        if subject.key == (name,):
            aliases.append("pk")
        result[name] = ConditionField(
            name=name,
            column=subject.columns[name],
            auto=bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)),
            aliases=tuple(aliases),
        )
    return result


def _with_value(state: ProjectState, subject: Tracked, item: ConditionField) -> ConditionField:
    value = value_field(state, subject.label, subject.fields[item.name])
    known = column_type(state, subject.label, subject.fields[item.name])
    return dataclasses.replace(item, kind=type(value).__qualname__, type=known, field=value)


DESCRIBED = "field "
_NO_TYPE_OPTIONS = {
    "db_default",
    "db_index",
    "db_tablespace",
    "default",
    "null",
    "primary_key",
    "spatial_index",
    "unique",
}


def column_type(state: ProjectState, label: str, field: Any) -> str:
    """Return the type and collation of a field's column.

    A field that asks a certain backend for it (those of GeoDjango do) is described by its options.
    """
    try:
        return _column_type(state, label, field)
    except (AttributeError, NotImplementedError):
        _, path, args, kwargs = event_fields.bound(field, "name").deconstruct()
        options = {
            key: value
            for key, value in sorted(kwargs.items())
            if key not in _NO_TYPE_OPTIONS and key not in field.non_db_attrs
        }
        return f"{DESCRIBED}{path}{args!r}{options!r}"


def _types(
    state: ProjectState,
    subject: Tracked,
    tracker: DatabaseTracker,
    mirrored_names: Iterable[str],
    read: Iterable[ConditionField],
) -> tuple[str, ...]:
    """Return the types of the columns on which a function's plan or operators rest.

    Sessions keep the plan that was made for a row variable, and refuse to run it on another type
    until the function is replaced; the plan over a transition table is made anew by itself. A
    condition finds its operators by the types that it reads.
    """
    names = {item.name for item in read}
    if not all(tracker.statement_level(operation) for operation in tracker.operations):
        names |= {*subject.key[:1], *mirrored_names}
    return tuple(column_type(state, subject.label, subject.fields[name]) for name in sorted(names))


def _column_type(state: ProjectState, label: str, field: Any) -> str:
    related = False
    while isinstance(field, models.ForeignKey):
        label, field = _target(state, label, field)
        related = True
    return _own_type(event_fields.Identity(field), related)


@functools.lru_cache(maxsize=2**16)
def _own_type(identity: event_fields.Identity, related: bool) -> str:
    field, connection = identity.field, offline_connection()
    if related:
        return str(field.rel_db_type(connection))
    parameters = field.db_parameters(connection)
    collation = parameters.get("collation")
    return f"{parameters['type']} COLLATE {collation}" if collation else str(parameters["type"])


def _target(state: ProjectState, label: str, field: Any) -> tuple[str, Any]:
    """Return the field that a foreign key refers to, and its model's label."""
    app_label, name = resolve_relation(field.remote_field.model, *label.split("."))
    target = state.models.get((app_label, name.lower()))  # "self" gives the name as it is written
    if target is None:
        if app_label not in state.real_apps:
            raise UnknownTrackedModel(
                f"The model '{app_label}.{name}', to which a foreign key of {label} refers, is not "
                "there at this point of the migrations. Depend on the migration that creates it."
            )
        # An app without migrations has no state but its models.
        return label, global_apps.get_model(app_label, name)._meta.pk
    fields = with_implicit_key(target)
    key = field.remote_field.field_name or next(n for n, f in fields.items() if f.primary_key)
    return f"{target.app_label}.{target.name}", fields[key]


def value_field(state: ProjectState, label: str, field: Any) -> models.Field[Any, Any]:
    """Return a field for the values of ``field``'s column; its target's for a key.

    ``label`` is that of the model that has the field.
    """
    while isinstance(field, models.ForeignKey):
        label, field = _target(state, label, field)
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    return event_fields.mirror("value", field, label)


def _context(state: ProjectState, model_state: EventModelState) -> Context:
    field = model_state.fields.get(event_fields.CONTEXT)
    if field is None:
        return Context()
    column = column_of(model_state, event_fields.CONTEXT)
    if field.remote_field is not None:
        target = resolve_relation(field.remote_field.model, *model_state.key)
        context_state = state.models.get(target)
        if context_state is None:
            raise UnknownTrackedModel(
                f"The model 'pghistory_ops.Context', to which the context of {model_state.label} "
                "refers, is not there at this point of the migrations. Let the migration depend on "
                '("pghistory_ops", "0001_initial").'
            )
        return Context(foreign_key=column, table=table_of(context_state))
    uuid = None
    if event_fields.CONTEXT_ID in model_state.fields:
        uuid = column_of(model_state, event_fields.CONTEXT_ID)
    return Context(json=column, uuid=uuid)


def present_columns(installed: Signature, subject: Tracked) -> dict[str, str]:
    """Return the names that the tracked columns of a signature have now.

    State moves the field itself when it is renamed, so it is the same object; one that was altered
    has kept its name. One that was altered and then renamed is taken to be the one that is left
    over, if it is the only one.
    """
    names = {id(field): name for name, field in subject.fields.items()}
    found = {
        column: names.get(id(field), name)
        for column, name, field in installed.sources
        if id(field) in names or name in subject.fields
    }
    lost = sorted({column for _, column in installed.columns} - set(found))
    known = {*found.values(), *(name for _, name, _ in installed.sources)}
    left = sorted(name for name in subject.fields if name not in known)
    if len(lost) == len(left) == 1:
        found[lost[0]] = left[0]
    return {column: subject.columns[name] for column, name in found.items()}


def pinned_columns(tracker: DatabaseTracker, installed: Signature) -> set[str]:
    """Return the tracked columns that the ``WHEN`` of a tracker's triggers names.

    PostgreSQL does not let their types be changed, and drops the trigger with them.
    """
    in_when = {
        operation for operation in tracker.operations if not tracker.statement_level(operation)
    }
    if isinstance(tracker, Snapshot):
        if UPDATE not in in_when or installed.whole_row:
            return set()
        return {column for _, column in installed.columns}
    return {item.column for item in installed.condition_fields} if in_when else set()


def install(
    state: ProjectState,
    model_state: EventModelState,
    tracker: Tracker,
    without: Collection[str] = (),
) -> InstalledTracker:
    """Return ``tracker`` as the state has it once it is compiled from this state."""
    compiled = signature(state, model_state, tracker, without)
    if compiled is not None and isinstance(tracker, DatabaseTracker):
        _check_condition(model_state, tracker, compiled)
    return InstalledTracker(tracker, compiled, tuple(without))


def _check_condition(
    model_state: EventModelState, tracker: DatabaseTracker, compiled: Signature
) -> None:
    """Check that a condition becomes SQL, before any of it runs.

    Raises:
        ValueError: It does not.
    """
    if tracker.condition is None:
        return
    where = f"The condition of the tracker {tracker.label!r} of {model_state.label}"
    try:
        text = render(tracker.condition, {item.name: item for item in compiled.condition_fields})
    except (FieldError, ValidationError, ValueError, TypeError) as error:
        raise ValueError(f"{where} does not become SQL: {error}") from error
    found = list(tokens(text))
    if found and found[-1].kind == "open":
        raise ValueError(f"{where} ends within a constant, a name or a comment: {found[-1].text}")
    in_when = any(not tracker.statement_level(operation) for operation in tracker.operations)
    if in_when and any(token.text.upper() == "SELECT" for token in found):
        raise ValueError(
            f"{where} has a subquery, which a row-level trigger cannot have. Use level=Statement, "
            "or a function of your own."
        )
