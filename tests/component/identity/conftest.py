"""Every test here runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.database import Database
from services.migrate import migrate
from tests.component.identity.scene import Scene


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    migrate("identity", database_url)
    database = Database(database_url, lock_timeout=20)
    yield database
    database.close()


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene.make(database, tmp_path / "keys")
