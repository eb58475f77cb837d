from collections.abc import Iterator

import pytest

from tests.component.notify.scene import Scene


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    scene = Scene(database_url)
    yield scene
    scene.close()
