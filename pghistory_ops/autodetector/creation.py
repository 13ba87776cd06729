"""The operations that a new declaration proposes."""

from __future__ import annotations

from typing import Any

from pghistory_ops import fields as event_fields
from pghistory_ops.autodetector.dependencies import OnOperation, on_fields, on_model, on_targets
from pghistory_ops.autodetector.run import Run
from pghistory_ops.conf import defaults
from pghistory_ops.declarations import DEFAULT, Declaration
from pghistory_ops.operations import AUTOMATIC, AddTracker, CreateEventModel
from pghistory_ops.tracked import Tracked, find_tracked


def propose_new(run: Run, declaration: Declaration) -> None:
    """Propose the event model and the trackers of a declaration."""
    subject = find_tracked(run.new, declaration.tracks)
    columns = [
        (name, subject.copy_of(name)) for name in subject.fields if declaration.policy.selects(name)
    ]
    columns += declaration.attrs
    create = CreateEventModel(
        declaration.model_name,
        subject.label,
        fields=declaration.policy.fields,
        exclude=declaration.policy.exclude or None,
        columns=columns,
        obj_field=_obj_field(declaration, subject),
        context_field=declaration.context_field,
        context_id_field=declaration.context_id_field,
        append_only=declaration.append_only,
        bases=declaration.bases or None,
        options=_options(declaration, subject),
        declared=True,
    )
    label = declaration.app_label
    dependencies: list[Any] = [
        on_model(subject.label),
        *on_fields(subject.label, subject.fields),
        *on_targets([field for _, field in columns], subject.label),
    ]
    if isinstance(declaration.context_field, event_fields.ContextForeignKey):
        dependencies.append(on_model(event_fields.CONTEXT_MODEL))
    previous = run.add(label, create, dependencies)
    for tracker in declaration.trackers:
        previous = run.add(
            label,
            AddTracker(declaration.model_name, tracker),
            [OnOperation(label, previous), *dependencies],
        )


def _obj_field(declaration: Declaration, subject: Tracked) -> Any:
    if declaration.obj_field is not DEFAULT:
        return declaration.obj_field
    if subject.composite:
        return None
    configured = defaults().obj_field
    return AUTOMATIC if configured == event_fields.ObjForeignKey() else configured


def _options(declaration: Declaration, subject: Tracked) -> dict[str, Any]:
    options = dict(declaration.meta)
    if subject.composite and "indexes" not in options:
        options["indexes"] = [subject.key_index(declaration.app_label, declaration.model_name)]
    return options
