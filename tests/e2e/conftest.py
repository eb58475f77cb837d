"""A city at a running stack, on each kind of database."""

from collections.abc import Iterator

import pytest

from tests.fixtures.people import GENEROUS, City, found_city
from tests.fixtures.stacks import starter


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest) -> Iterator[City]:
    """An administrator and two operators at a stack that this folder's tests share: make polls of your own, leave it whole."""
    with starter(request) as start:
        yield found_city(start(database=request.param, environ=GENEROUS))
