from collections.abc import Iterator

import pytest

from catalog import catalog
from chain import Chain


@pytest.fixture
def chain(db: None) -> Iterator[Chain]:
    """Migrations of the app ``shop``; at the end they are taken back, and nothing may be left."""
    before = catalog()
    chain = Chain()
    yield chain
    chain.zero()
    assert catalog() == before
