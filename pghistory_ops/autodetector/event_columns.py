"""How the columns of an event model follow the tracked fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.migrations.operations import AddField, AlterField, RenameField
from django.db.migrations.utils import resolve_relation

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.indexes import set_aside
from pghistory_ops.columns import candidates, nullable
from pghistory_ops.spec import Policy
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked
from pghistory_ops.values import Value, value


def follow_columns(change: Change, policy: Policy) -> None:
    """Let the event columns follow the tracked fields."""
    for old, new in change.all_renames.items():
        if old not in change.new.fields:
            continue
        if new in change.new.fields and old in change.renames:
            keep_as_old(change, new)  # it has what a field of that name was, which is removed
        if new not in change.new.fields:
            rename(change, old, new, after=change.on_tracked())
    for name in _taken(change, policy):
        keep_as_old(change, name)
    copies = {
        name: change.after.copy_of(name)
        for name in change.after.fields
        if name not in (*event_fields.OWN_FIELDS, *change.separated) and policy.selects(name)
    }
    while copies:
        name = _next(change, copies)
        _follow_column(change, name, copies.pop(name))
    _unwritten(change, policy)


def _taken(change: Change, policy: Policy) -> list[str]:
    """Return the new tracked fields whose names other columns have, which no trigger has written.

    Those were added for something else (``attrs``, or by hand), and are declared no more.
    """
    declared = {name for name, _ in change.declared_columns}
    return [
        name
        for name in change.after.fields
        if policy.selects(name)
        and name in change.new.fields
        and name not in (*event_fields.OWN_FIELDS, *declared, *change.old.spec.written)
        and change.former(name) not in change.before.fields
    ]


def _next(change: Change, copies: dict[str, Any]) -> str:
    """Return the field to follow first: none whose column another one is yet to let go of."""
    columns = {name: _column(name, copy) for name, copy in copies.items()}
    held = {
        _column(name, change.new.fields[name]): name for name in copies if name in change.new.fields
    }
    free = (name for name in copies if held.get(columns[name], name) == name)
    return next(free, next(iter(copies)))


def _follow_column(change: Change, name: str, copy: Any) -> None:
    column = change.new.fields.get(name)
    follower = None
    if column is not None and name not in change.released:
        follower = follow(change, column, name, copy)
    if column is not None and follower is None:
        keep_as_old(change, name)
    if follower is None:
        add(change, name, nullable(copy))
        return
    follower = in_free_column(change, name, follower)
    if not same(change, column, follower):
        changing = change.alterations([name])
        if change.key[0] == change.app_label or change.renames_columns:
            # One transaction: the tracked table first, as writers lock them. Or writes are refused
            # until the triggers know the other name, on either side.
            alter(change, name, follower, after=changing)
        else:  # two: the event table is to hold what comes before it comes
            alter(change, name, follower, before=changing)


def follow(change: Change, column: Any, name: str, copy: Any) -> Any:
    """Return the event column for the tracked field's copy, which was ``column`` so far.

    It holds what the earlier events have as well as what the tracked column has; None if there is
    no such type.
    """
    earlier = (change.run.old, change.new.label, column)
    tracked = (change.run.new, change.after.label, change.after.fields[name])
    for field in candidates(column, copy):
        typed = (change.run.new, change.new.label, change.run.followed(field, change.new.key))
        if change.run.holds(typed, earlier) and change.run.holds(typed, tracked):
            return field
    return None


def separate(change: Change, policy: Policy) -> list[str]:
    """Let event columns be kept beside new ones, before the tracked columns change their types.

    No type holds both what the earlier events have and what the tracked column has then. Returns
    the tracked fields.
    """
    found = []
    for name in change.retyped:
        column = change.new.fields.get(name)
        if name in event_fields.OWN_FIELDS or not policy.selects(name) or column is None:
            continue
        copy = change.after.copy_of(name)
        if follow(change, column, name, copy) is None:
            if is_rewritten(change, column):
                keep_as_plain(change, name)
            else:
                keep_as_old(change, name)
            add(change, name, nullable(copy), before=change.alterations([name]))
            found.append(name)
    change.separated = found
    return found


def release(change: Change) -> None:
    """Let the columns be plain that are beside the tracked ones and that Django would rewrite.

    Django alters the columns of all foreign keys together with the key that they refer to, those of
    events too: what the new type does not hold would be lost, or end the migration.
    """
    declared = {name for name, _ in change.declared_columns}
    field: Any
    for name, field in list(change.new.fields.items()):
        if name == event_fields.OBJ or name in change.separated or not is_rewritten(change, field):
            continue
        if name in declared:
            keep_as_plain(change, name)  # a new one is added in its place
            continue
        plain = plain_column(change, field)
        plain.db_column = _column(name, field)
        plain.db_index = field.db_index
        alter(change, name, plain, before=_rewriting(change, field))
        change.released.append(name)


def is_rewritten(change: Change, field: Any) -> bool:
    """Return whether Django alters a column to a type that does not hold what it holds."""
    return bool(_rewriting(change, field)) and not change.run.holds(
        (change.run.new, change.new.label, change.run.followed(field, change.new.key)),
        (change.run.old, change.new.label, field),
    )


def _rewriting(change: Change, field: Any) -> list[Any]:
    followed = change.run.followed(field, change.new.key)
    return change.run.key_alterations(change.new.label, followed)


def plain_column(change: Change, field: Any) -> Any:
    """Return a column without a reference for what the column of a foreign key holds.

    It takes NULL, and has no index.
    """
    held = Value(change.old.label, field)
    if field.remote_field is not None:
        label, key = _referenced(change, field)
        held = value(change.run.old, label, key)
    plain: Any = event_fields.mirror("key", held.field, held.label)
    plain.null, plain.db_index = True, False
    return plain


def _referenced(change: Change, field: Any) -> tuple[str, Any]:
    """Return the key to which a foreign key of the migrations refers, and its model's label."""
    target = find_tracked(
        change.run.old, ".".join(resolve_relation(field.remote_field.model, *change.old.key))
    )
    name = getattr(field.remote_field, "field_name", None)
    return target.label, target.fields[name if name in target.fields else target.key[0]]


def _unwritten(change: Change, policy: Policy) -> None:
    """Let the columns that are written no more take NULL."""
    own = {*event_fields.OWN_FIELDS, *(name for name, _ in change.declared_columns)}
    for name, field in list(change.new.fields.items()):
        is_written = name in change.after.fields and policy.selects(name)
        if name in own or is_written or field.null or field.has_default():
            continue
        if getattr(field, "db_default", models.NOT_PROVIDED) is models.NOT_PROVIDED:
            alter(change, name, nullable(field))


def detach(change: Change) -> None:
    """Turn references to models that are deleted into plain columns: history outlives them."""
    for name, found in list(change.old.fields.items()):
        field: Any = found
        if not _refers_to_deleted(change, field):
            continue
        label, key = _referenced(change, field)
        endings = change.run.endings_of(find_tracked(change.run.old, label))
        # Ahead of all that is done to the model, so that Django can fold that into its deletion:
        # it removes foreign keys first, and PostgreSQL refuses it of one that is referred to.
        endings += change.run.on_model(resolve_relation(label))
        followed = change.run.followed(key, resolve_relation(label))
        plain = plain_column(change, field)
        plain.db_column = _column(name, field)
        plain.db_index = bool(getattr(field, "db_index", False))
        rewriting = change.run.key_alterations(label, followed)
        alter(change, name, plain, before=[*endings, *rewriting])


# The operations ----------------------------------------------------------------------------------


def _refers_to_deleted(change: Change, field: Any) -> bool:
    """Return whether the model to which a field of the migrations refers is deleted."""
    if field.remote_field is None:
        return False
    target = resolve_relation(field.remote_field.model, *change.old.key)
    try:
        before = find_tracked(change.run.old, ".".join(target))
    except UnknownTrackedModel:
        return False
    try:
        find_tracked(change.run.new, ".".join(change.run.subject_key(before)))
    except UnknownTrackedModel:
        return True
    return False


def add(change: Change, name: str, field: Any, *, before: Any = ()) -> None:
    """Propose a column; under a name of its own where an old one has kept it."""
    column = _column(name, field)
    if (free := _free_column(change, column)) != column:
        field = field.clone()
        field.db_column = free
    change.new.fields[name] = field
    change.add(
        AddField(change.new.name_lower, name, field),
        after=[item for item in change.on_tracked(AddField) if item.name == name],
        before=before,
    )


def alter(change: Change, name: str, field: Any, *, after: Any = (), before: Any = ()) -> None:
    """Propose another definition of a column, behind a rename of what it refers to."""
    renames = change.run.renames_behind(field, change.new.key)
    if renames:
        field = change.run.followed(field, change.new.key)
    change.new.fields[name] = field
    change.add(
        AlterField(change.new.name_lower, name, field), after=[*after, *renames], before=before
    )


def rename(change: Change, old: str, new: str, *, after: Any = (), before: Any = ()) -> None:
    """Propose another name of a column."""
    field, column = change.new.fields[old], _column(old, change.new.fields[old])
    if in_free_column(change, old, field, name=new) is not field:
        pinned: Any = field.clone()
        pinned.db_column = column
        alter(change, old, pinned)
    set_aside(change, old, new)
    change.released = [new if name == old else name for name in change.released]
    change.new.fields = {
        (new if name == old else name): field for name, field in change.new.fields.items()
    }
    change.add(RenameField(change.new.name_lower, old, new), after=after, before=before)


def keep_as_old(change: Change, name: str, *, in_place: bool = False) -> str:
    """Propose to keep a column under another name; return that.

    ``in_place`` leaves the name in the database, so that triggers go on writing it until they are
    compiled anew.
    """
    kept = f"{name}_old"
    while kept in change.new.fields:
        kept += "_"
    field: Any = change.new.fields[name]
    copy: Any
    column = _column(name, field)
    if in_place and field.db_column != column:
        copy = nullable(field).clone()
        copy.db_column = column
        alter(change, name, copy)
    elif name in change.released:
        pass  # it would be folded with what is to come before the change of the key
    elif not field.null or (field.db_index and not in_place):
        copy = nullable(field).clone()
        copy.db_index = in_place and copy.db_index  # an index keeps its name, which another needs
        alter(change, name, copy)
    rename(change, name, kept)
    if kept in change.released:
        copy = change.new.fields[kept].clone()
        copy.db_column, copy.db_index = _free_column(change, f"{kept}_id"), False
        alter(change, kept, copy)
    return kept


def keep_as_plain(change: Change, name: str, *, before: Iterable[Any] = ()) -> None:
    """Propose to keep what a reference holds in a plain column, before its key is altered."""
    field = change.new.fields[name]
    kept = f"{name}_old"
    while kept in change.new.fields:
        kept += "_"
    plain = plain_column(change, field)  # without an index, whose name the new reference needs
    plain.db_column = _free_column(change, f"{kept}_id", beside=name)
    # Ahead of the rename: on the way back it makes the indexes, whose names have the column's.
    later = [*before, *_rewriting(change, field)]
    alter(change, name, plain, before=later)
    rename(change, name, kept, before=later)


def in_free_column(change: Change, known: str, field: Any, *, name: str | None = None) -> Any:
    """Return ``field`` with a column that no other field has: its own, or the one it has so far.

    Args:
        change: What changes.
        known: The name of the field so far.
        field: What the field is to be.
        name: The name that it is to have, where that is another one.
    """
    column = _column(name or known, field)
    if _free_column(change, column, beside=known) == column:
        return field
    result = field.clone()
    result.db_column = _column(known, change.new.fields[known])
    return result


def _column(name: str, field: Any) -> str:
    return str(event_fields.bound(field, name).column)


def _free_column(change: Change, column: str, *, beside: str | None = None) -> str:
    """Return a column that no field has but ``beside``."""
    columns = {_column(name, item) for name, item in change.new.fields.items() if name != beside}
    while column in columns:
        column += "_"
    return column


def same(change: Change, old: Any, new: Any) -> bool:
    """Return whether two fields are the same in the database, but for renames of their targets."""
    before, after = (
        _described(change, change.run.followed(field, change.new.key)) for field in (old, new)
    )
    return bool(before == after)


def _described(change: Change, field: Any) -> Any:
    path, args, kwargs = change.run.detector.deep_deconstruct(field)
    for name in set(field.non_db_attrs) - {"db_column"}:
        kwargs.pop(name, None)
    if isinstance(kwargs.get("to"), str):
        kwargs["to"] = kwargs["to"].lower()
    return path, args, kwargs
