"""The follow-ups of one event model."""

from __future__ import annotations

from django.db.migrations.operations import AddField, AlterField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.utils import resolve_relation

from pghistory_ops.autodetector import event_columns, event_trackers, own_fields, specification
from pghistory_ops.autodetector.change import Change
from pghistory_ops.autodetector.endings import declaration_is_gone, outlive, tracked_model_is_gone
from pghistory_ops.autodetector.fillings import arrange_fillings
from pghistory_ops.autodetector.options import follow_attributes, follow_options, move_attributes
from pghistory_ops.autodetector.questions import ask_renamed
from pghistory_ops.autodetector.run import Run
from pghistory_ops.declarations import Declaration, default_name
from pghistory_ops.operations.arguments import checked_bases
from pghistory_ops.soundness.stale import problems
from pghistory_ops.sql.templates import LATEST
from pghistory_ops.state import EventModelState, tracked_label
from pghistory_ops.tracked import UnknownTrackedModel, find_tracked, tracked


def follow_up(
    run: Run, event_model: EventModelState, declaration: Declaration | None, *, asks: bool = True
) -> None:
    """Propose what an event model of the migrations needs, to go on with what it tracks.

    Args:
        run: The run of the autodetector.
        event_model: The event model as the migrations have it.
        declaration: Its declaration, if there is one; of another name if it is renamed.
        asks: Whether to ask what becomes of it when its declaration is gone.
    """
    try:
        before = tracked(run.old, event_model)
    except UnknownTrackedModel:
        if declaration is not None:
            _refuse_another(run, event_model, declaration, tracked_label(event_model), gone=True)
        elif not event_model.spec.has_triggers:
            outlive(run, event_model)
        return  # with triggers the migrations are unsound already, which a check reports
    try:
        after = find_tracked(run.new, ".".join(run.subject_key(before)))
    except UnknownTrackedModel:
        if declaration is not None:
            _refuse_another(run, event_model, declaration, before.label, gone=True)
        else:
            tracked_model_is_gone(run, event_model, before)
        return
    if declaration is not None and _subject_of(run, declaration) != resolve_relation(after.label):
        _refuse_another(run, event_model, declaration, after.label)
        return
    run.say_unmigrated(after.label)
    change = Change(run, event_model, declaration, before, after)
    # What another app changes on disk must not run before what this event model was made for.
    found = [*change.on_tracked(), *run.on_models_of(event_model, before)]
    run.wait_for(found, event_model, added=change.read_once_added)
    if declaration is None and event_model.spec.declared and asks and declaration_is_gone(change):
        return
    if (
        not found
        and not run.alters_keys_of(event_model)
        and _is_as_wanted(change)
        and not any(problems(run.old, change.old))
    ):
        return
    if before.through is not None and change.is_renamed:
        own_fields.release_through(change)
    specification.follow_rename(change)
    arrange_fillings(change)
    _follow(change)


def _refuse_another(
    run: Run,
    event_model: EventModelState,
    declaration: Declaration,
    label: str,
    *,
    gone: bool = False,
) -> None:
    """Refuse a declaration whose event model has the events of another model."""
    subject = find_tracked(run.new, declaration.tracks)
    declared = subject.label
    if declared.lower() == label.lower():
        declared = "another of that name, whose rows are others"
    tracks, renamed = f"tracks {label}", ""
    if gone:
        tracks = f"tracked {label}, which is gone"
        renamed = " If that was renamed, run makemigrations in a terminal and answer so."
        if _table(run, label) == subject.table:
            renamed = (
                f" If the table {subject.table!r} is the same one, let a migration of your own say "
                "so: AlterField of 'pgh_obj' to a plain column, AlterEventModel"
                f"({event_model.name!r}, tracks={subject.label!r}), and AlterField back."
            )
    run.refuse(
        f"The event model {event_model.label} {tracks}, and its declaration at "
        f"{declaration.source} is of {declared}. Give the declaration another model_name: "
        f"events of two models do not go into one table.{renamed}"
    )


def _table(run: Run, label: str) -> str | None:
    try:
        return find_tracked(run.old, label).table
    except UnknownTrackedModel:
        return None


def _is_as_wanted(change: Change) -> bool:
    """Return whether an event model is as declared; False where that takes long to say."""
    spec, declaration = change.old.spec, change.declaration
    if spec.template < LATEST:
        return False
    if declaration is None:
        return True
    return (
        declaration.model_name == change.old.name
        and declaration.policy == spec.policy
        and declaration.trackers == tuple(item.tracker for item in spec.trackers)
        and all(
            getattr(spec, key) == value
            for key, value in own_fields.wanted_configuration(change).items()
        )
        and declaration.append_only == (spec.guard is not None)
        and (declaration.pausable, declaration.security_definer, True)
        == (spec.pausable, spec.security_definer, spec.declared)
        and not (declaration.meta or declaration.attrs)
        and specification.same_classes(
            checked_bases(declaration.model_name, declaration.bases), change.old.bases
        )
    )


def follow_vanished(
    run: Run, event_model: EventModelState, wanted: dict[tuple[str, str], Declaration]
) -> None:
    """Propose what becomes of an event model whose declaration is gone, or has another name now.

    A declaration that takes its place is taken out of ``wanted``.
    """
    tracked_now = run.subject_key(tracked(run.old, event_model))
    for declaration in list(wanted.values()):
        name = declaration.model_name
        if declaration.app_label != event_model.app_label or tracked_now != _subject_of(
            run, declaration
        ):
            continue
        answer = _follows_rename(run, event_model, declaration) or ask_renamed(
            run, event_model, name
        )
        if answer is False:
            continue
        del wanted[declaration.key]
        follow_up(run, event_model, declaration if answer else None, asks=bool(answer))
        return
    follow_up(run, event_model, None)


def _subject_of(run: Run, declaration: Declaration) -> tuple[str, str]:
    return resolve_relation(find_tracked(run.new, declaration.tracks).label)


def _follows_rename(run: Run, event_model: EventModelState, declaration: Declaration) -> bool:
    """Return whether the event model's name is the default, before and after a rename.

    Of the tracked model, or of tracked fields by which the event model is called.
    """
    before, fields = tracked_label(event_model), event_model.spec.policy.fields
    after = find_tracked(run.new, declaration.tracks).label
    renames = run.renamed_fields(resolve_relation(after))
    followed = None if fields is None else tuple(renames.get(name, name) for name in fields)
    return (
        (before.lower() != after.lower() or fields != followed == declaration.policy.fields)
        and event_model.name == default_name(before.partition(".")[2], fields)
        and declaration.model_name
        == default_name(after.partition(".")[2], declaration.policy.fields)
    )


def _rename(change: Change) -> None:
    if change.declaration is None or change.declaration.model_name.lower() == change.old.name_lower:
        return
    new = change.declaration.model_name
    referring = _references_to(change.run, change.app_label, new)
    change.add(RenameModel(change.old.name, new), before=referring)
    change.new.name = new
    vars(change.new).pop("name_lower", None)  # cached, of the former name


def _references_to(run: Run, app_label: str, name: str) -> list[Operation]:
    """Return Django's operations that let fields refer to an event model by its new name."""
    return [
        item
        for items in run.detector.generated_operations.values()
        for item in items
        if isinstance(item, (AddField, AlterField)) and item.references_model(name, app_label)
    ]


def _follow(change: Change) -> None:
    policy = specification.wanted_policy(change)
    trackers = event_trackers.wanted_trackers(change)
    own = own_fields.wanted_configuration(change)
    specification.remember_subject(change, own)
    in_the_way = event_trackers.in_the_way(change, trackers)
    gone = sorted(event_trackers.read_by_triggers(change).intersection(change.removed))
    event_trackers.stop(change, trackers)
    event_trackers.clear_the_way(change, in_the_way)
    if change.key_is_replaced:
        if "pgh_obj" in change.new.fields:
            own_fields.release_key(change)
    else:
        event_trackers.let_go(change, gone, trackers)
    event_columns.detach(change)
    separated = event_columns.separate(change, policy)
    event_columns.release(change)
    let_go = [] if change.key_is_replaced else gone
    event_trackers.switch(change, separated, trackers, let_go)
    event_trackers.stand_in(change, separated, let_go)
    move_attributes(change)
    event_columns.follow_columns(change, policy)
    own_fields.follow_own_fields(change, own)
    follow_attributes(change)
    follow_options(change)
    specification.follow_specification(change, policy, own)
    # Behind it writes of the tracked table are refused until the triggers are compiled anew.
    _rename(change)
    event_trackers.install(change, trackers, let_go)
    if change.operations:
        change.run.precede(change.app_label, change.operations[-1], change.fillings)
