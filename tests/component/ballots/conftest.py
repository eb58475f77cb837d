from collections.abc import Iterator

import pytest

from tests.unit.ballots.scene import Scene


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    """The intake on a new database, once SQLite and once PostgreSQL."""
    scene = Scene(database_url)
    yield scene
    scene.close()
