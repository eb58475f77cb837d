from collections.abc import Callable, Iterator

import pytest

from tests.unit.tally.world import World


@pytest.fixture
def world(new_database: Callable[[], str]) -> Iterator[World]:
    """Ballots and tally on new databases, once SQLite and once PostgreSQL."""
    world = World(new_database(), new_database())
    yield world
    world.close()
