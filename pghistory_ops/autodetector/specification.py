"""How the specification of an event model follows its declaration and the tracked model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.migrations.operations import RenameModel

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.event_columns import alter
from pghistory_ops.operations import AlterEventModel
from pghistory_ops.operations.arguments import checked_bases
from pghistory_ops.spec import Policy


def wanted_policy(change: Change) -> Policy:
    """Return the policy as it is to be: that of the declaration, or the old one renamed."""
    if change.declaration is not None:
        return change.declaration.policy
    old, gone = change.old.spec.policy, set(change.removed)
    fields = old.fields and tuple(
        change.all_renames.get(name, name) for name in old.fields if name not in gone
    )
    exclude = tuple(change.all_renames.get(name, name) for name in old.exclude if name not in gone)
    return Policy(fields, exclude)


def same_classes(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Return whether two tuples name the same base classes."""
    names = [[(cls.__module__, cls.__qualname__) for cls in item] for item in (first, second)]
    return names[0] == names[1]


def follow_rename(change: Change) -> None:
    """Let the specification follow the tracked model's rename, where no reference does."""
    reference: Any = change.new.fields.get(event_fields.OBJ)
    if change.is_renamed and (reference is None or reference.remote_field is None):
        renaming = change.run.on_model(change.old_key, RenameModel)
        if change.before.through is not None:
            renaming = change.on_tracked()
        change.add(AlterEventModel(change.name, tracks=change.after.label), after=renaming)
        change.new.spec = change.new.spec.replace(tracks=change.after.label)
    if change.reference is not None:
        field = change.reference.clone()
        field.remote_field.model = change.after.label
        alter(change, event_fields.OBJ, field)


def remember_subject(change: Change, own_fields: dict[str, Any]) -> None:
    """Write down what is tracked, before the reference goes that has followed earlier renames."""
    behind = change.old.spec.tracks.lower() != change.before.label.lower()
    goes = own_fields["obj_field"] is None or change.key_is_replaced
    if behind and goes and event_fields.OBJ in change.new.fields:
        label = change.before.label
        renaming = change.run.on_model(change.old_key, RenameModel)
        change.add(AlterEventModel(change.name, tracks=label), before=renaming)
        change.new.spec = change.new.spec.replace(tracks=label)


def follow_specification(change: Change, policy: Policy, own_fields: dict[str, Any]) -> None:
    """Let the specification follow."""
    spec = change.old.spec
    changed: dict[str, Any] = {}
    if policy != spec.policy:
        if policy.fields is not None:
            changed["fields"] = list(policy.fields)
        else:
            changed["exclude"] = list(policy.exclude)
    changed |= {key: value for key, value in own_fields.items() if value != getattr(spec, key)}
    if change.declaration is not None:
        if change.declaration.append_only != (spec.guard is not None):
            changed["append_only"] = change.declaration.append_only
        if change.declaration.pausable != spec.pausable:
            changed["pausable"] = change.declaration.pausable
        if change.declaration.security_definer != spec.security_definer:
            changed["security_definer"] = change.declaration.security_definer
        bases = checked_bases(change.name, change.declaration.bases)
        if not same_classes(bases, change.old.bases):
            changed["bases"] = bases
        if not spec.declared:
            changed["declared"] = True
    after = change.on_tracked()
    let_go = event_fields.OBJ in change.old.fields and event_fields.OBJ not in change.new.fields
    if change.is_renamed and let_go:
        changed["tracks"] = change.after.label  # there is no reference any more that follows
        after += change.run.on_model(change.old_key, RenameModel)
    if not changed:
        return
    change.add(AlterEventModel(change.name, **changed), after=after)
    others = {"fields", "exclude", "append_only", "tracks", "bases"}
    known = {key: value for key, value in changed.items() if key not in others}
    change.new.spec = change.new.spec.replace(policy=policy, **known)
