"""Asking questions of the history of many models: the queryset of ``Events``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

from django.db import NotSupportedError, models, router

from pghistory_ops.contexts.metadata import encode, joined
from pghistory_ops.queries.compared import quoted
from pghistory_ops.queries.derived import DerivedQuery
from pghistory_ops.queries.sliced import SliceableQuerySet
from pghistory_ops.queries.subjects import Subjects, is_of, subjects_of, value_of, without_key
from pghistory_ops.queries.union import AnyOf, Arm, OfSubjects, Proxied, Referring, Saying, Union
from pghistory_ops.registry.event_models import event_model, event_models, history_of

R = TypeVar("R", bound=models.Model)


class EventsQuerySet(SliceableQuerySet[R], Generic[R]):
    """Events of many event models: an ordinary queryset, for reading.

    **Order.** By default the oldest first: by ``pgh_created_at``, then ``pgh_model`` and
    ``pgh_id``. Events of different tables have nothing but the clock in common.
    """

    query: DerivedQuery

    def __init__(
        self,
        model: Any = None,
        query: Any = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(model, query or DerivedQuery(model), using, hints)
        if self.query.source is None:
            self.query.source = Union(_all, _Proxies(model))

    def tracks(self, *objects: Any) -> Self:
        """Return the events of some objects, of every event model that tracks them.

        Of the child of a model (multi-table inheritance), those of its parents' rows too.

        Args:
            objects: Tracked objects, also of different models; lists of them; querysets, which
                become subqueries. None at all gives no events.

        Raises:
            UnknownEventModel: Nothing tracks the model of an object.

        Example::

            pgh.Events.objects.tracks(order, order.customer)
        """
        flat = list(_flat(objects))
        conditions: dict[type[models.Model], list[Any]] = {}
        for given, found in _by_model(flat):
            tracking: list[Any] = []
            for parent in (given, *given._meta.all_parents):
                tracking += event_models(tracks=parent)
            if not tracking:
                event_model(given)  # says so
            for model in tracking:
                conditions.setdefault(model, []).append(found)
        return self._narrowed(
            {
                model: [OfSubjects(subjects_of(history_of(model), item)) for item in found]
                for model, found in conditions.items()
            },
            _aliases(flat),
        )

    def references(self, *objects: Any) -> Self:
        """Return the events in which a foreign key leads to one of some objects.

        ``pgh_obj`` is such a key, so the objects' own events are among them; so is
        ``pgh_context``, for a context.

        Args:
            objects: Objects, lists of them, or querysets.

        Example::

            pgh.Events.objects.references(customer)
        """
        flat = list(_flat(objects))
        conditions: dict[type[models.Model], list[Any]] = {}
        for given, found in _by_model(flat):
            kinds = (given._meta.concrete_model, *given._meta.all_parents)
            models_found = {item for kind in kinds for item in event_models(references=kind)}
            for model in sorted(models_found, key=lambda item: item._meta.label):
                references = []
                for field in model._meta.local_fields:
                    related: Any = field.related_model
                    if field.is_relation and isinstance(related, type) and is_of(given, related):
                        target = getattr(field, "target_field")  # noqa: B009
                        references.append((field.name, _values_of(found, target)))
                conditions.setdefault(model, []).append(Referring(tuple(references)))
        return self._narrowed(conditions, _aliases(flat))

    def across(self, *event_models: str | type[models.Model]) -> Self:
        """Return the events of some event models; of none, no events.

        Args:
            event_models: Event models: classes or labels.

        Example::

            pgh.Events.objects.across("shop.OrderEvent", "shop.CustomerEvent")
        """
        return self._narrowed({event_model(item): [] for item in event_models}, set())

    def in_context(self, /, **metadata: Any) -> Self:
        """Return the events in whose context something was said, as ``EventQuerySet`` does.

        Example::

            pgh.Events.objects.in_context(user=request.user.pk)
        """
        text = joined(encode(metadata))
        source: Any = self.query.source
        arms = source.arms_in(self.db)
        return self._with(arm.where(Saying(text)) for arm in arms if arm.history.context)

    def _narrowed(self, conditions: dict[Any, list[Any]], aliases: set[str]) -> Self:
        """Return the events that fulfil one of the conditions of their event model."""
        if len(aliases) > 1:
            raise ValueError(
                f"The objects are of several databases ({', '.join(sorted(aliases))}). Ask for "
                "those of each with using()."
            )
        found: Any = self
        if found._db is None and aliases:
            found = self.using(*aliases)
        source: Any = self.query.source
        if source.arms is _all:
            arms = [Arm(history_of(model)) for model in conditions]
        else:
            arms = [arm for arm in source.arms if arm.history.model in conditions]
        narrowed: Self = found._with(
            arm.where(AnyOf.of(conditions[arm.history.model]))
            if conditions[arm.history.model]
            else arm
            for arm in arms
        )
        return narrowed

    def _with(self, arms: Iterable[Arm]) -> Self:
        if self.query.is_sliced:
            raise TypeError("Cannot filter a query once a slice has been taken.")
        found = self.all()
        found.query.source = Union(tuple(arms), _Proxies(self.model))
        return found

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotSupportedError(
            "Events are read here. Write to one event model: pgh.event_model(…).objects."
        )

    if not TYPE_CHECKING:
        create = get_or_create = update_or_create = bulk_create = bulk_update = _refuse
        update = delete = _refuse


def _all(alias: str) -> Sequence[Arm]:
    """Return all event models that there are in a database."""
    found = [item for item in event_models() if router.allow_migrate_model(alias, item)]
    return [Arm(history_of(item)) for item in found]


class _Proxies:
    """The columns of the proxy fields of a model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Proxies) and self.model is other.model

    def __hash__(self) -> int:
        return hash(self.model)

    def __call__(self, connection: Any) -> Sequence[Proxied]:
        found = []
        for name, proxy in self.model.pgh_proxies.items():
            field = self.model._meta.get_field(name)
            column = quoted(connection, field.column)
            found.append(Proxied(column, proxy.source, proxy.keys, field.db_type(connection)))
        return found


def _flat(objects: Iterable[Any]) -> Iterator[Any]:
    """Yield objects and querysets out of lists of them."""
    for item in objects:
        if isinstance(item, (models.Model, models.QuerySet)):
            yield item
        elif isinstance(item, (str, bytes)) or not isinstance(item, Iterable):
            raise TypeError(f"{item!r} is no object. Give objects, lists of them, or querysets.")
        else:
            yield from _flat(item)


def _by_model(flat: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the objects of each model: a list or a queryset."""
    several: dict[Any, list[Any]] = {}
    for item in flat:
        if isinstance(item, models.QuerySet):
            yield item.model, item
        else:
            several.setdefault(type(item), []).append(item)
    yield from several.items()


def _aliases(flat: Iterable[Any]) -> set[str]:
    """Return the databases that some objects are of."""
    found = set()
    for item in flat:
        alias: Any = item
        found.add(alias._db if isinstance(item, models.QuerySet) else alias._state.db)
    return found - {None}


def _values_of(found: Any, target: Any) -> Subjects:
    """Return the values that a foreign key to some objects has."""
    if isinstance(found, models.QuerySet):
        return Subjects(None, found.values(target.name))
    for item in found:
        if item.pk is None or None in (item.pk if isinstance(item.pk, tuple) else ()):
            raise without_key(item, type(item), "references", "nothing refers to it")
    return Subjects(tuple((value_of(item, target),) for item in found))
