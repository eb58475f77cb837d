from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ballots.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The intake on a new SQLite database."""
    scene = Scene(f"sqlite:///{tmp_path / 'ballots.sqlite'}")
    yield scene
    scene.close()
