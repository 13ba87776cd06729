"""The order of all operations that one run proposes, and where they are cut into migrations.

Django's operations stay in the order in which Django has sorted them. The others come directly
before what waits for them, or behind; each after what it waits for itself. Two things bind more
than that:

- what is in one *bracket* stands next to each other, with whatever has to be between;
- what is in one *unit* is in one migration, as far as other apps allow: what they wait for comes in
  an earlier one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.migrations.operations.base import Operation

from pghistory_ops.autodetector.dependencies import OnOperation

Lists = Mapping[str, list[Any]]


class Order:
    """The operations of all apps, and what each waits for.

    Args:
        detector: The autodetector, which resolves Django's dependencies.
        django: Django's operations of each app, sorted.
        added: Those that are added, of each app, in the order of their proposal.
    """

    def __init__(self, detector: Any, django: Lists, added: Lists) -> None:
        apps = sorted({*django, *added})
        self.lists = {app: [*django.get(app, ()), *added.get(app, ())] for app in apps}
        self.app_of = {id(item): app for app, items in self.lists.items() for item in items}
        self.waits: dict[int, list[Any]] = {}
        # The dependencies by which an operation waits for those of other apps.
        self.outside: dict[int, list[Any]] = {}
        for app, items in self.lists.items():
            for item in items:
                self._resolve(detector, app, item)
        self._of_django = {id(item) for items in django.values() for item in items}
        self.previous: dict[int, Any] = {}
        for items in django.values():
            for former, item in itertools.pairwise(items):
                self.previous[id(item)] = former

    def _resolve(self, detector: Any, app: str, item: Any) -> None:
        waits: list[Any] = []
        outside = []
        for dependency in item._auto_deps:
            resolved, _ = detector._resolve_dependency(dependency)
            if isinstance(dependency, OnOperation):
                found = [dependency.operation]
            else:
                found = [
                    other
                    for other in self.lists.get(resolved.app_label, ())
                    if detector.check_dependency(other, resolved)
                ]
            waits += [other for other in found if other is not item and id(other) in self.app_of]
            if found and resolved.app_label != app:
                outside.append(dependency)
        self.waits[id(item)], self.outside[id(item)] = waits, outside

    def _before(self, item: Any) -> Iterator[Any]:
        """Yield what comes before an operation, by what it waits for or by Django's order."""
        if id(item) in self.previous:
            yield self.previous[id(item)]
        yield from self.waits[id(item)]

    # Brackets ------------------------------------------------------------------------------------

    def brackets(self, wanted: Iterable[list[Any]]) -> list[list[Any]]:
        """Return the brackets as they can be, with what has to be between.

        Those that share an operation are one. With one of another app inside, there can be none.
        """
        behind: dict[int, list[Any]] = {}
        items = [item for listed in self.lists.values() for item in listed]
        for item in items:
            for former in self._before(item):
                behind.setdefault(id(former), []).append(item)

        def reached(start: Iterable[Any], steps: Any) -> set[int]:
            found: set[int] = set()
            left = list(start)
            while left:
                for item in steps(left.pop()):
                    if id(item) not in found:
                        found.add(id(item))
                        left.append(item)
            return found

        def closed(members: list[Any]) -> set[int]:
            later = reached(members, lambda item: behind.get(id(item), ()))
            return {id(item) for item in members} | (later & reached(members, self._before))

        result: list[set[int]] = []
        for members in wanted:
            whole = closed(members)
            while shared := [other for other in result if other & whole]:
                result = [other for other in result if not other & whole]
                together = whole.union(*shared)
                whole = closed([item for item in items if id(item) in together])
            result.append(whole)
        return [
            [item for item in items if id(item) in whole]
            for whole in result
            if len({self.app_of[member] for member in whole}) == 1
        ]

    # Migrations ----------------------------------------------------------------------------------

    def batches(
        self, units: Iterable[Iterable[Any]], brackets: Iterable[list[Any]]
    ) -> list[tuple[str, list[Any]]]:
        """Return what is to come in one migration each, as (app, operations), in order.

        As Django does, an app is cut only where none could be completed.
        """
        pieces = [{id(item) for item in bracket} for bracket in brackets]
        bound = [*pieces, *({id(item) for item in unit} for unit in units)]
        result: list[tuple[str, list[Any]]] = []
        done: set[int] = set()

        def take(app: str, items: list[Any]) -> None:
            result.append((app, items))
            done.update(id(item) for item in items)

        def left(app: str) -> list[Any]:
            return [item for item in self.lists[app] if id(item) not in done]

        while open_apps := [app for app in self.lists if left(app)]:
            count = len(done)
            for app in open_apps:
                ready = self._ready(left(app), done, bound)
                if len(ready) == len(left(app)):
                    take(app, ready)
            if len(done) > count:
                continue
            app, ready, bound = self._cut(
                {app: left(app) for app in open_apps}, done, bound, pieces
            )
            take(app, ready)
        return result

    def _ready(
        self, left: list[Any], done: set[int], bound: list[set[int]], *, sorted_: bool = True
    ) -> list[Any]:
        """Return those operations of one app that may come now, without a part of a unit."""
        missing = {id(item) for item in left}
        waits = self._before if sorted_ else lambda item: iter(self.waits[id(item)])
        chosen = left
        while True:
            kept = {id(item) for item in chosen}
            for item in chosen:
                if any(id(other) not in kept and id(other) not in done for other in waits(item)):
                    kept.discard(id(item))
            for unit in bound:
                if not unit & missing <= kept:
                    kept -= unit
            if len(kept) == len(chosen):
                return chosen
            chosen = [item for item in chosen if id(item) in kept]

    def _cut(
        self, left: Lists, done: set[int], bound: list[set[int]], brackets: list[set[int]]
    ) -> tuple[str, list[Any], list[set[int]]]:
        """Return an app, what of it comes now, and what is bound from then on.

        Of all the places, the best is where no tracked model is cut off from its follow-up; then
        where another app can be completed next; then that of the first app.
        """
        for pieces in (brackets, []):
            found = [
                (app, *cut)
                for app in left
                if (cut := self._cut_of(app, left, done, bound, pieces)) is not None
            ]
            if found:
                return min(
                    found,
                    key=lambda cut: (
                        self._is_torn(left[cut[0]], cut[1], bound),
                        not self._completes(left, cut[1], done, cut[2]),
                    ),
                )
        for units in (bound, brackets, []):
            for sorted_ in (True, False):
                for app, items in left.items():
                    if ready := self._ready(items, done, units, sorted_=sorted_):
                        return app, ready, bound
        app, items = next(iter(left.items()))
        return app, items, bound  # Django says that it cannot be resolved

    def _cut_of(
        self,
        app: str,
        left: Lists,
        done: set[int],
        bound: list[set[int]],
        pieces: list[set[int]],
    ) -> tuple[list[Any], list[set[int]]] | None:
        """Return what of an app can come now, for which others wait, and what is bound then."""
        items = left[app]
        first = self._awaited_elsewhere(app, left, pieces)
        first &= {id(item) for item in self._ready(items, done, pieces)}
        if not first:
            return None
        rest = [unit - first for unit in bound]
        ready = self._ready(items, done, rest)
        if not first <= {id(item) for item in ready}:
            ready = [item for item in items if id(item) in first]
        return ready, rest

    def _is_torn(self, left: list[Any], ready: list[Any], bound: list[set[int]]) -> bool:
        """Return whether what comes now has a part of what follows a change of Django's."""
        now = {id(item) for item in ready}
        later = {id(item) for item in left} - now
        return any(unit & now and unit & later and unit & self._of_django for unit in bound)

    def _completes(
        self, left: Lists, ready: list[Any], done: set[int], bound: list[set[int]]
    ) -> bool:
        """Return whether another app is complete after what comes now."""
        then = done | {id(item) for item in ready}
        return any(
            len(self._ready(items, then, bound)) == len(items)
            for items in left.values()
            if not any(item is ready[0] for item in items)
        )

    def _awaited_elsewhere(self, app: str, left: Lists, brackets: list[set[int]]) -> set[int]:
        """Return the operations of an app for which others wait, and those that these wait for."""
        own = {id(item): item for item in left[app]}
        stack = [item for other, items in left.items() if other != app for item in items]
        seen = {id(item) for item in stack}
        while stack:
            item = stack.pop()
            beside = [own[key] for unit in brackets if id(item) in unit for key in unit & set(own)]
            for other in (*self._before(item), *beside):
                if id(other) not in seen:
                    seen.add(id(other))
                    stack.append(other)
        return seen & set(own)

    # Within an app -------------------------------------------------------------------------------

    def sorted(self, items: list[Any], brackets: Iterable[list[Any]]) -> list[Any]:
        """Return operations of one app, each behind what it waits for, brackets in one piece."""
        among = {id(item) for item in items}
        bracket_of: dict[int, list[Any]] = {}
        for bracket in brackets:
            members = [item for item in bracket if id(item) in among]
            bracket_of |= {id(item): members for item in members}
        result: list[Any] = []
        seen: set[int] = set()

        def visit(item: Any) -> None:
            if id(item) in seen or id(item) not in among:
                return
            members = bracket_of.pop(id(item), None)
            if members is None:
                seen.add(id(item))
                for other in self._before(item):
                    visit(other)
                result.append(item)
                return
            inside = {id(member) for member in members}
            for member in members:
                bracket_of.pop(id(member), None)
            for member in members:
                for other in self._before(member):
                    if id(other) not in inside:
                        visit(other)
            for member in members:
                visit(member)

        for item in items:
            visit(item)
        return result


def arrange(
    detector: Any,
    django: Lists,
    added: Lists,
    *,
    brackets: Iterable[list[Operation]],
    units: Iterable[Iterable[Operation]],
) -> None:
    """Put the operations of an autodetector into their order, and let Django cut there.

    Args:
        detector: The autodetector.
        django: Django's operations of each app, sorted.
        added: Those that are added, of each app.
        brackets: What stands next to each other.
        units: What is to be in one migration.
    """
    order = Order(detector, django, added)
    together = order.brackets(brackets)
    lists: dict[str, list[Any]] = {app: [] for app in order.lists}
    for app, items in order.batches(units, together):
        ordered = order.sorted(items, together)
        # Django cuts where an operation waits for another app: the first of these waits for all.
        ordered[0]._auto_deps = [
            *ordered[0]._auto_deps,
            *(
                found
                for item in items
                if item is not ordered[0]
                for found in order.outside[id(item)]
            ),
        ]
        lists[app] += ordered
    detector.generated_operations = {app: items for app, items in lists.items() if items}
