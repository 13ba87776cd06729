from collections.abc import Iterator
from typing import Any

import pytest

from context.tools import TRACKER, connected
from db.shop import make_shop
from projects import Project


@pytest.fixture
def thing(project: Project) -> Any:
    """The tracked model of an app."""
    return make_shop(project, TRACKER)


@pytest.fixture(params=["client", "server"])
def binding(request: pytest.FixtureRequest, db: None) -> Iterator[str]:
    """Where parameters are bound: Django's default, and ``server_side_binding``."""
    if request.param == "client":
        yield "client"
        return
    with connected(server_side_binding=True):
        yield "server"
