"""A city at a running stack, on each kind of database."""

import pytest

from tests.fixtures.people import GENEROUS, City, found_city


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, start_stack) -> City:
    """An administrator and two operators at a stack of the module's own."""
    return found_city(start_stack(database=request.param, environ=GENEROUS))
