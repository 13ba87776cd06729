"""Random sequences of operations, forwards and back; after each step a row finds its events."""

import copy
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.db.migrations.operations.base import Operation
from django.db.migrations.optimizer import MigrationOptimizer
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from catalog import catalog, shape
from chain import Chain
from world import STEPS, VALUES, World

# A migration is one to three steps; each takes its choices from a list of numbers.
steps = st.tuples(
    st.sampled_from(sorted(STEPS)), st.lists(st.integers(0, 11), min_size=6, max_size=6)
)
moves = st.lists(
    st.one_of(st.lists(steps, min_size=1, max_size=3), st.sampled_from(["back", "again"])),
    min_size=3,
    max_size=9,
)


def assert_recorded(chain: Chain, world: World) -> None:
    """Insert, update and delete a row; each tracker has written the events that it promises."""
    with transaction.atomic():
        model = chain.model(world.tracked)
        rows = [
            {name: VALUES[kind][moment] for name, kind in world.kinds.items()}
            for moment in range(3)
        ]
        key = model._base_manager.create(**rows[0]).pk
        for row in rows[1:]:
            model._base_manager.filter(pk=key).update(**row)
        model._base_manager.filter(pk=key).delete()
        for item in world.events:
            mirrored = world.mirrored(item)
            expected: Counter[Any] = Counter()
            for tracker in item.trackers:
                for row in tracker.rows(rows, mirrored):
                    values = {"id": key, **row}
                    copied = {name: values.get(name) for name in item.columns if name in mirrored}
                    blank = {name: None for name in item.columns if name not in mirrored}
                    reference = {"pgh_obj_id": key} if item.reference else {}
                    expected[seen(tracker.label, copied | blank | reference)] += 1
            names = [*item.columns, *(["pgh_obj_id"] if item.reference else [])]
            found = chain.model(item.name)._base_manager.values("pgh_label", *names)
            assert Counter(seen(row.pop("pgh_label"), row) for row in found) == expected
        transaction.set_rollback(True)


def seen(label: str, values: dict[str, Any]) -> tuple[Any, ...]:
    return label, tuple(sorted(values.items()))


def take(world: World, name: str, numbers: list[int]) -> list[Operation]:
    """Take a step, with choices by number."""
    choices = iter(numbers)
    operations = STEPS[name](world, lambda options: options[next(choices) % len(options)])
    event(f"{name}{'' if operations else ', not possible'}")
    return operations


def walk(chain: Chain, way: list[Any]) -> None:
    start = catalog()
    world = World()
    first = [*world.create(), *STEPS["create_event"](world, lambda options: options[0])]
    chain.forwards(*first)
    worlds, catalogs = [world], [shape(catalog())]
    for move in way:
        if move == "back" and len(worlds) > 1:
            chain.backwards()
            worlds.pop()
            catalogs.pop()
            assert shape(catalog()) == catalogs[-1]
        elif move == "again":
            chain.again()
            assert shape(catalog()) == catalogs[-1]
        elif move != "back":
            world, batch = copy.deepcopy(worlds[-1]), []
            for step in move:
                batch += take(world, *step)
            chain.forwards(*batch)
            worlds.append(world)
            catalogs.append(shape(catalog()))
        assert_recorded(chain, worlds[-1])
    while len(catalogs) > 1:
        chain.backwards()
        worlds.pop()
        catalogs.pop()
        assert shape(catalog()) == catalogs[-1]
        assert_recorded(chain, worlds[-1])
    chain.zero()
    assert catalog() == start


@pytest.mark.django_db
@settings(max_examples=160, phases=[__import__("hypothesis").Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=moves)
def test_every_way_there_is_a_way_back(way: list[Any]) -> None:
    with transaction.atomic():
        walk(Chain(), way)
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=160, phases=[__import__("hypothesis").Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(earlier=st.lists(steps, max_size=3), later=st.lists(steps, min_size=2, max_size=12))
def test_a_squashed_way_arrives_at_the_same(earlier: list[Any], later: list[Any]) -> None:
    world = World()
    create = [*world.create(), *STEPS["create_event"](world, lambda options: options[0])]
    before = [operation for step in earlier for operation in take(world, *step)]
    after = [operation for step in later for operation in take(world, *step)]
    # What came earlier is long done; where nothing did, all is squashed.
    done = [*create, *before] if earlier else []
    operations = after if earlier else [*create, *after]
    fewer = MigrationOptimizer().optimize(operations, "shop")
    with transaction.atomic():
        chain = Chain().forwards(*done)
        start = shape(catalog())
        chain.forwards(*operations)
        expected = shape(catalog())
        assert_recorded(chain, world)
        chain.backwards()
        assert shape(catalog()) == start
        chain.forwards(*fewer)
        assert shape(catalog()) == expected
        assert_recorded(chain, world)
        chain.backwards()
        assert shape(catalog()) == start
        transaction.set_rollback(True)
