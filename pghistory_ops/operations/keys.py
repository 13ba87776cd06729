"""Keys of their own for the states of models that history reads."""

from __future__ import annotations

from typing import Any

from django.db.migrations.state import ProjectState

from pghistory_ops.state import EventModelState, tracked_key

_MARK = "pgh_own"


def own_keys(state: ProjectState, model_state: EventModelState) -> None:
    """Put copies of their keys into the states of an event model and of what it tracks.

    Django's ``RenameField`` changes a foreign key's ``to_field`` and the parts of a composite key
    in the field itself. Were that the field of a loaded operation, whoever replays the migrations
    again in the same process (``migrate`` does) would find the new name before the rename.
    """
    for key in (model_state.key, tracked_key(model_state)):
        found = state.models.get(key)
        if found is None:
            continue  # an automatic table, or what others say
        shared = {name: _own(field) for name, field in found.fields.items() if _is_shared(field)}
        if shared:
            changed = found.clone()
            changed.fields.update(shared)
            state.models[key] = changed


def _is_shared(field: Any) -> bool:
    """Return whether a key names fields, and is no copy: signatures know fields by themselves."""
    names = getattr(field.remote_field, "field_name", None) or getattr(field, "field_names", None)
    return bool(names) and not hasattr(field, _MARK)


def _own(field: Any) -> Any:
    copy = field.clone()
    setattr(copy, _MARK, True)
    return copy
