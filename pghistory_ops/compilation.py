"""What a tracker is compiled from, read off migration state."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import models
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.mirroring import mirrored_of, mirrors_all
from pghistory_ops.reading import ConditionField, reads
from pghistory_ops.spec import Context, InstalledTracker, Policy, Signature
from pghistory_ops.sql import quoting
from pghistory_ops.sql.conditions import render
from pghistory_ops.sql.lexer import tokens
from pghistory_ops.state import EventModelState, column_of, table_of
from pghistory_ops.tracked import Tracked, UnknownTrackedModel, tracked
from pghistory_ops.trackers import ROWS, UPDATE, DatabaseTracker, Snapshot, Tracker
from pghistory_ops.values import Value, value


@dataclass(frozen=True)
class Basis:
    """What a signature is made of: pieces of state, which a replay meets again and again.

    Fields are compared by what they are themselves, so that two bases are equal where nothing
    happened in between, and nothing needs to be compiled to see it.

    Attributes:
        compiled: The tracker and the tracked model.
        keys: The foreign keys of the tracked model, each with the model that it refers to.
        targets: The fields to whose values they refer.
        names: The fields of the event model.
        fields: The fields themselves.
        event_model: Its label.
        table: Its table.
        context: Where the context goes.
        policy: Which tracked fields it mirrors.
        template, pausable, security_definer: Of its specification.
    """

    compiled: event_fields.Identity
    keys: tuple[tuple[str, str], ...]
    targets: event_fields.Identity
    names: tuple[str, ...]
    fields: event_fields.Identity
    event_model: str
    table: str
    context: Context
    policy: Policy
    template: int
    pausable: bool
    security_definer: bool

    def of(self, tracker: DatabaseTracker) -> Basis:
        """Return the basis of another tracker of the same event model."""
        known, subject = self.compiled.objects
        if tracker is known:
            return self
        return dataclasses.replace(self, compiled=event_fields.Identity(tracker, subject))

    @property
    def signature(self) -> Signature:
        """The signature.

        Raises:
            UnknownTrackedModel: It rests on a foreign key to a model that is not there.
            FieldDoesNotExist: The condition names a field that is not there.
            ValueError: The condition reads a row that an operation does not have.
        """
        return _signature(self)

    @property
    def mirrored(self) -> tuple[str, ...]:
        """The fields that the event model mirrors."""
        return mirrored_of(self.names, self.policy, self.compiled.objects[1])


def basis(
    state: ProjectState,
    model_state: EventModelState,
    tracker: DatabaseTracker,
    without: Collection[str] = (),
) -> Basis:
    """Return what the state has for the signature of a tracker.

    The tracked fields ``without`` are taken as gone.

    Raises:
        UnknownTrackedModel: The tracked model is not there.
        FieldDoesNotExist: One of ``without`` is not there.
    """
    subject = tracked(state, model_state).without(without)
    targets = {}
    for name, field in subject.fields.items():
        if isinstance(field, models.ForeignKey):
            try:
                found = value(state, subject.label, field)
                targets[name] = (found.label, found.field)
            except UnknownTrackedModel as error:
                targets[name] = (subject.label, error)  # no matter, unless the column is needed
    spec = model_state.spec
    return Basis(
        compiled=event_fields.Identity(tracker, subject),
        keys=tuple((name, label) for name, (label, _) in targets.items()),
        targets=event_fields.Identity(*(found for _, found in targets.values())),
        names=tuple(model_state.fields),
        fields=event_fields.Identity(*model_state.fields.values()),
        event_model=model_state.label,
        table=table_of(model_state),
        context=_context(state, model_state),
        policy=spec.policy,
        template=spec.template,
        pausable=spec.pausable,
        security_definer=spec.security_definer,
    )


def signature(
    state: ProjectState,
    model_state: EventModelState,
    tracker: Tracker,
    without: Collection[str] = (),
) -> Signature | None:
    """Return the signature that the state implies for a tracker; None for a manual one.

    It takes ``without`` and raises as ``basis`` and ``Basis.signature`` do.
    """
    if not isinstance(tracker, DatabaseTracker):
        return None
    return basis(state, model_state, tracker, without).signature


class _Values(dict[str, Value]):
    """What the tracked columns hold; to ask for a key whose target is not there is an error."""

    def __getitem__(self, name: str) -> Value:
        found = super().__getitem__(name)
        if isinstance(found.field, Exception):
            raise found.field
        return found


@functools.lru_cache(maxsize=2**14)
def _signature(made_of: Basis) -> Signature:
    tracker, subject = made_of.compiled.objects
    columns_of = dict(zip(made_of.names, made_of.fields.objects, strict=True))
    values = _Values(
        (name, Value(subject.label, field))
        for name, field in subject.fields.items()
        if not isinstance(field, models.ForeignKey)
    )
    for (name, label), field in zip(made_of.keys, made_of.targets.objects, strict=True):
        values[name] = Value(label, field, related=True)

    def column(name: str) -> str:
        return quoting.unquoted(event_fields.column_name(columns_of[name], name))

    names = made_of.mirrored
    columns = tuple((column(name), subject.columns[name]) for name in names)
    obj = None
    if event_fields.OBJ in columns_of:
        obj = (column(event_fields.OBJ), subject.columns[subject.key[0]])
    read, all_columns = _read_by(made_of.event_model, subject, tracker, values)
    return Signature(
        template=made_of.template,
        event_model=made_of.event_model.lower(),
        event_table=made_of.table,
        columns=columns,
        whole_row=isinstance(tracker, Snapshot) and mirrors_all(made_of.policy, subject),
        created_at=column(event_fields.CREATED_AT),
        label=column(event_fields.LABEL),
        obj=obj,
        context=made_of.context,
        pausable=made_of.pausable,
        security_definer=made_of.security_definer,
        condition_fields=read,
        all_columns=all_columns,
        position=_position(subject),
        types=_types(subject, tracker, names, read, values),
        sources=tuple((subject.columns[name], name, f) for name, f in subject.fields.items()),
    )


def _position(subject: Tracked) -> str:
    name = "pgh_row"
    while name in subject.columns.values():
        name += "_"
    return name


def _read_by(
    event_model: str, subject: Tracked, tracker: DatabaseTracker, values: Mapping[str, Value]
) -> tuple[tuple[ConditionField, ...], bool]:
    if tracker.condition is None:
        return (), False
    known = readable_fields(subject)
    where = f"The tracker {tracker.label!r} of {event_model}"
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
    return tuple(_with_value(known[name], values[name]) for name in sorted(found)), read.whole_row


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


def _with_value(item: ConditionField, value: Value) -> ConditionField:
    field = value.copy
    return dataclasses.replace(
        item, kind=type(field).__qualname__, type=value.column_type, field=field
    )


def _types(
    subject: Tracked,
    tracker: DatabaseTracker,
    mirrored_names: Iterable[str],
    read: Iterable[ConditionField],
    values: Mapping[str, Value],
) -> tuple[str, ...]:
    """Return the types of the columns on which a function's plan or operators rest.

    Sessions keep the plan that was made for a row variable, and refuse to run it on another type
    until the function is replaced; the plan over a transition table is made anew by itself. A
    condition finds its operators by the types that it reads.
    """
    names = {item.name for item in read}
    if not all(tracker.statement_level(operation) for operation in tracker.operations):
        names |= {*subject.key[:1], *mirrored_names}
    return tuple(values[name].column_type for name in sorted(names))


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
    in_when = [item for item in tracker.operations if not tracker.statement_level(item)]
    if isinstance(tracker, Snapshot):
        if UPDATE not in in_when or installed.whole_row:
            return set()
        return {column for _, column in installed.columns}
    return {item.column for item in installed.condition_fields} if in_when else set()


def columns_of_rows(tracker: DatabaseTracker, installed: Signature) -> set[str]:
    """Return the tracked columns that the functions of a tracker's row-level triggers name.

    PL/pgSQL keeps their types with the plans of a session, and refuses others: "type of parameter 1
    (bigint) does not match that when preparing the plan (integer)". The plan of a statement-level
    trigger reads transition tables, so it is made anew when the table is altered.
    """
    if all(map(tracker.statement_level, tracker.operations)):
        return set()
    found = {column for _, column in installed.columns}
    found |= {item.column for item in installed.condition_fields}
    return found | ({installed.obj[1]} if installed.obj else set())


def install(
    state: ProjectState,
    model_state: EventModelState,
    trackers: Iterable[Tracker],
    without: Collection[str] = (),
) -> tuple[InstalledTracker, ...]:
    """Return trackers as the state has them once they are compiled from this state."""
    made = []
    known: Basis | None = None
    for tracker in trackers:
        compiled = None
        if isinstance(tracker, DatabaseTracker):
            known = known or basis(state, model_state, tracker, without)
            compiled = known.of(tracker)
            if tracker.condition is not None:
                _check_condition(model_state, tracker, compiled.signature)
            elif any(isinstance(target, Exception) for target in compiled.targets.objects):
                _ = compiled.signature  # it may rest on what is not there
        made.append(InstalledTracker(tracker, compiled, tuple(without)))
    return tuple(made)


def _check_condition(
    model_state: EventModelState, tracker: DatabaseTracker, compiled: Signature
) -> None:
    """Raise ValueError unless a condition becomes SQL, before any of it runs."""
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
