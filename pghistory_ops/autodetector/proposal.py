"""Whether the migrations that are proposed are ones that ``migrate`` would run."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.management.base import CommandError
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from pghistory_ops.soundness.plan import Touched, has_history
from pghistory_ops.soundness.stale import problems, replay
from pghistory_ops.state import event_states

Proposal = Mapping[str, list[Migration]]


class UnsoundProposal(CommandError):
    """What was about to be proposed would be refused: a defect of this library."""


def check_proposal(state: ProjectState, proposal: Proposal) -> None:
    """Check the migrations that are proposed, before they are written.

    They run in memory behind those on disk. What was wrong with an event model before is not held
    against them.

    Args:
        state: The state of the migrations on disk.
        proposal: The migrations of each app.

    Raises:
        UnsoundProposal: ``migrate`` would refuse them.
    """
    plan = list(_in_order(proposal))
    if not has_history(plan) and not any(Touched(item).event_models(state) for item in plan):
        return
    copies = [_copied(migration) for migration in plan]
    known = {item.label for item in event_states(state) if any(problems(state, item))}
    with _unchanged_fields(state):
        try:
            facts = [
                str(item) for item in replay(state.clone(), copies) if item.event_model not in known
            ]
        except (LookupError, ValueError, TypeError, FieldDoesNotExist, FieldError) as error:
            facts = [f"{type(error).__name__}: {error}"]
    if facts:
        raise UnsoundProposal("\n".join([_DEFECT, *facts]))


_DEFECT = (
    "No migration was made. migrate would refuse what was about to be proposed, which is a defect "
    "of pghistory_ops: please report it, with the models before and after. To go on, change less "
    "at once, or write the migration by hand (makemigrations --empty)."
)


def _copied(migration: Migration) -> Any:
    """Return a copy with fields of its own, which renames may change."""
    result: Any = Migration(migration.name, migration.app_label)
    for operation in migration.operations:
        _, args, kwargs = operation.deconstruct()
        result.operations.append(type(operation)(*copy.deepcopy(args), **copy.deepcopy(kwargs)))
    return result


def _in_order(proposal: Proposal) -> Iterator[Migration]:
    """Yield the migrations, each behind those that it depends on."""
    known = {(item.app_label, item.name): item for items in proposal.values() for item in items}
    seen: set[tuple[str, str]] = set()

    def visit(key: tuple[str, str]) -> Iterator[Migration]:
        if key in seen or key not in known:
            return
        seen.add(key)
        migration = known[key]
        for app_label, name in sorted(migration.dependencies):
            yield from visit((app_label, name))
        yield migration

    for key in sorted(known):
        yield from visit(key)


@contextmanager
def _unchanged_fields(state: ProjectState) -> Iterator[None]:
    """Take back what a rename does to the fields of a state, which those on disk share."""
    fields: Iterable[Any] = [
        field for item in state.models.values() for field in item.fields.values()
    ]
    objects = [
        item
        for field in fields
        if field.remote_field is not None or hasattr(field, "field_names")
        for item in (field, field.remote_field)
        if item is not None
    ]
    known = [(item, dict(vars(item))) for item in objects]
    try:
        yield
    finally:
        for item, attributes in known:
            vars(item).clear()
            vars(item).update(attributes)
