from collections.abc import Iterator
from typing import Any

import pytest

import pghistory_ops as pgh
from catalog import catalog
from chain import Chain
from operations.recording import POLICIES, TRACKED, TRACKERS, forget
from projects import Project
from staleness import CONTEXT, HISTORY, ORDER


@pytest.fixture
def chain(db: None) -> Iterator[Chain]:
    """Migrations of the app ``shop``; at the end they are taken back, and nothing may be left."""
    before = catalog()
    chain = Chain()
    yield chain
    chain.zero()
    assert catalog() == before


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> dict[str, Any]:
    return POLICIES[request.param]


@pytest.fixture(params=TRACKERS)
def trackers(request: pytest.FixtureRequest) -> list[pgh.Tracker]:
    return TRACKERS[request.param]


@pytest.fixture
def history(chain: Chain, policy: dict[str, Any], trackers: list[pgh.Tracker]) -> Iterator[Chain]:
    """A tracked table with its history, made by the first migrations of the chain."""
    yield chain.forwards(TRACKED).forwards(
        pgh.CreateEventModel("OrderEvent", tracks="shop.Order", **policy),
        *[pgh.AddTracker("OrderEvent", tracker) for tracker in trackers],
    )
    forget(chain)


@pytest.fixture
def shop(project: Project) -> Project:
    """One app with the tracked model and its history."""
    project.write("shop/models.py", "")
    project.write_migration("shop", "0001_initial", ORDER, dependencies=CONTEXT)
    project.write_migration("shop", "0002_history", HISTORY.format(policy=""))
    return project
