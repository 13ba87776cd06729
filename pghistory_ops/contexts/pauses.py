"""``paused``: writing without history, where the migrations allow it."""

from __future__ import annotations

from contextvars import ContextVar

from django.db import models

from pghistory_ops.contexts.scopes import Frame, Scope
from pghistory_ops.contexts.session import paused_event_models
from pghistory_ops.registry.event_models import event_model, history_of


class NotPausable(ValueError):
    """The migrations do not let clients pause an event model."""


class paused(Scope[None, tuple[str, ...]]):  # noqa: N801
    """Let triggers write no events of some event models, in a block or a decorated function.

    Only event models with ``pausable=True`` can be paused: which history a client may leave out is
    for the migrations to say. What ``create_event`` is asked for it writes all the same. Blocks
    inside each other add up. ::

        with pgh.paused("shop.OrderEvent"):
            Order.objects.update(total=0)

    Args:
        event_models: Labels, such as ``"shop.OrderEvent"``, or classes of event models.

    Raises:
        NotPausable: The specification of one says ``pausable=False``. It is raised where the block
            or the call begins.
        UnknownEventModel: There is no such event model; raised there as well.
        TypeError: None is named.
    """

    def __init__(self, *event_models: str | type[models.Model]) -> None:
        if not event_models:
            raise TypeError('paused() takes the event models to pause: paused("shop.OrderEvent").')
        super().__init__()
        self._event_models = event_models

    @property
    def _variable(self) -> ContextVar[Frame[tuple[str, ...]] | None]:
        return paused_event_models

    def _copy(self) -> paused:
        return paused(*self._event_models)

    def _opened(self) -> tuple[tuple[str, ...], None]:
        return tuple(map(_pausable, self._event_models)), None


def _pausable(ref: str | type[models.Model]) -> str:
    history = history_of(event_model(ref))
    label = history.label
    named = ref if isinstance(ref, str) else ref._meta.label
    if named.lower() != label.lower():
        raise NotPausable(
            f"paused() takes event models, not what they track: {named} is tracked by {label}."
        )
    if not history.spec.pausable:
        raise NotPausable(
            f"The event model {label} cannot be paused: its migrations do not say so. If a client "
            f'may leave out its history, write AlterEventModel("{label.rpartition(".")[2]}", '
            "pausable=True) and RefreshTrackers in a migration."
        )
    return label.lower()
