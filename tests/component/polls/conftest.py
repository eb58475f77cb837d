"""Every test here runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.database import Database
from services.migrate import migrate
from tests.component.polls.scene import Scene
from tests.fixtures.databases import NewDatabase


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    migrate("polls", database_url)
    database = Database(database_url, pool_size=30, lock_timeout=20)
    yield database
    database.close()


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene.make(database, tmp_path)


@pytest.fixture(scope="module")
def module_database(new_module_database: NewDatabase) -> Iterator[Database]:
    """One database for a whole module, whose tests leave each other's polls alone."""
    url = new_module_database()
    migrate("polls", url)
    database = Database(url)
    yield database
    database.close()
