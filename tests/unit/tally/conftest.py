from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.tally.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Ballots and tally on new SQLite databases."""
    world = World(f"sqlite:///{tmp_path / 'ballots.sqlite'}", f"sqlite:///{tmp_path / 'tally.sqlite'}")
    yield world
    world.close()
