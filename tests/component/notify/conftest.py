from collections.abc import Iterator

import pytest

from services.common.crypto import create_missing
from services.migrate import migrate
from services.notify import contract
from tests.component.notify.scene import Scene


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    scene = Scene(database_url)
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def environ(rabbitmq, new_module_database, tmp_path_factory):
    """What both processes are started with."""
    folder = tmp_path_factory.mktemp("notify")
    create_missing(folder / "keys", contract.SERVICE, secret=("data", "recipient"))
    url = new_module_database()
    migrate("notify", url)
    return {
        "AMQP_URI": rabbitmq,
        "MVOTING_HOME": str(folder),
        "NOTIFY_DATABASE_URL": url,
        "NEIGHBOURS_DATABASE_URL": f"sqlite:///{folder}/neighbours.db",
        "MVOTING_PUBLIC_URL": "https://mvoting.example",
    }
