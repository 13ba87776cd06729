"""The operations that a declaration stands for."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations import RenameModel
from django.db.migrations.state import ProjectState

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.dependencies import OnOperation, on_fields, on_model, on_targets
from pghistory_ops.autodetector.run import Run
from pghistory_ops.declarations import Declaration
from pghistory_ops.operations import AUTOMATIC, AddTracker, CreateEventModel
from pghistory_ops.state import event_states, tracked_label
from pghistory_ops.tracked import find_tracked


def operations_of(
    declaration: Declaration, state: ProjectState
) -> tuple[CreateEventModel, list[AddTracker]]:
    """Return what creates a declared event model and puts up its trackers.

    Raises:
        UnknownTrackedModel: The state does not have the tracked model.
        ValueError: A field of it has no plain copy, or arguments contradict each other.
    """
    subject = find_tracked(state, declaration.tracks)
    columns = [
        (name, subject.copy_of(name)) for name in subject.fields if declaration.policy.selects(name)
    ]
    columns += declaration.attrs
    obj_field = declaration.resolved_obj_field(subject)
    implied = None if subject.composite else event_fields.ObjForeignKey()
    create = CreateEventModel(
        declaration.model_name,
        subject.label,
        fields=declaration.policy.fields,
        exclude=declaration.policy.exclude or None,
        columns=columns,
        obj_field=AUTOMATIC if obj_field == implied else obj_field,
        context_field=declaration.context_field,
        context_id_field=declaration.context_id_field,
        append_only=declaration.append_only,
        pausable=declaration.pausable,
        security_definer=declaration.security_definer,
        bases=declaration.bases or None,
        options=declaration.options(subject),
        declared=True,
    )
    return create, [AddTracker(declaration.model_name, item) for item in declaration.trackers]


def propose_new(run: Run, declaration: Declaration) -> None:
    """Propose the event model and the trackers of a declaration."""
    subject = find_tracked(run.new, declaration.tracks)
    run.say_unmigrated(subject.label)
    create, trackers = operations_of(declaration, run.new)
    for other in event_states(run.old):
        taken = {item.label for item in trackers}.intersection(other.spec.labels)
        same = run.renamed_key(tracked_label(other)) == run.renamed_key(subject.label)
        if taken and same and other.key not in {*run.ended, declaration.key}:
            run.refuse(
                f"The declaration of {declaration.label} at {declaration.source} has a tracker "
                f"{min(taken)!r}, as {other.label} has, which tracks {subject.label} too. Labels "
                "are unique per tracked model: give it another label, or stop the other one."
            )
            return
    label = declaration.app_label
    targets = [field for _, field in create.columns or ()]
    dependencies: list[Any] = [
        on_model(subject.label),
        *on_fields(subject.label, subject.fields),
        *on_targets(targets, subject.label),
    ]
    # Another app's migration could come before those that change the models in this run.
    key = run.renamed_key(subject.through[0] if subject.through is not None else subject.label)
    changing = [*run.on_model(key), *run.on_model(run.former_key(key))]
    for field in subject.fields:
        changing += run.key_alterations(subject.label, subject.fields[field])
        if target := run.target_of(subject, field):
            changing += run.on_model(run.former_key(target), RenameModel)
    dependencies += [OnOperation(run.app_of(item), item) for item in changing]
    if isinstance(declaration.context_field, event_fields.ContextForeignKey):
        dependencies.append(on_model(event_fields.CONTEXT_MODEL))
    previous = run.add(label, create, dependencies)
    for operation in trackers:
        after = [OnOperation(label, previous), *dependencies]
        previous = run.add(label, operation, after)
