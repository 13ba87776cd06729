"""The live models, as they are once the migrations of a run have been applied."""

from __future__ import annotations

from copy import deepcopy

from django.db.migrations.state import ModelState


def as_migrated(live: ModelState, old: ModelState | None) -> tuple[ModelState, list[str]]:
    """Return a copy of a live model, and the names of the fields that no migration follows.

    Django follows no field of an unmanaged model, so its fields are what the migrations have, and
    the columns that nobody wrote a migration for are in no trigger either.

    Args:
        live: The live model.
        old: The model in the migrations, if it is there.
    """
    copy = _with_own_relations(live)
    if old is None or all(item.options.get("managed", True) for item in (old, live)):
        return copy, []
    copy.fields = dict(_with_own_relations(old).fields)
    return copy, sorted(set(old.fields) ^ set(live.fields))


def _with_own_relations(model_state: ModelState) -> ModelState:
    """Return a copy whose relations Django does not point to the former names of models."""
    copy = model_state.clone()
    for name, field in copy.fields.items():
        if field.remote_field is not None:
            # With its relation; a clone is made anew, and takes longer.
            copy.fields[name] = deepcopy(field, {})
    return copy
