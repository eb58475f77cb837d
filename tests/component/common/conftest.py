"""The echo service as processes, against a shared broker or against one that a test may kill."""

import os
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from deploy.local import rabbitmq as local_rabbitmq
from deploy.local.ports import PortBook
from deploy.local.processes import Command, Process
from services.common.bus import dead_letters
from services.common.bus.client import BusClient
from services.common.bus.link import Link
from services.common.bus.topology import dead_queue, event_queue
from services.common.database import Database
from tests.component.common import echo_contract as contract
from tests.component.common.echo_tables import HANDLED, METADATA
from tests.fixtures.servers import running

SOURCES = (contract.KEPT.queue, contract.QUICK.queue, event_queue("listener", contract.TOLD).name)


@dataclass
class Echo:
    """A running process of the echo service."""

    process: Process
    port: int
    database: Database
    first: tuple[int, str] | None = None
    """The first answer to whether it is ready."""

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    @property
    def ready(self):
        status, body = self.get("/readyz")
        if status and self.first is None:
            self.first = status, body
        return status == 200

    @property
    def log(self):
        return self.process.log.read_text()

    def handled(self):
        with self.database.read() as conn:
            return sorted(conn.execute(sa.select(HANDLED.c.number)).scalars())


@pytest.fixture
def start_echo(tmp_path):
    """`start_echo(uri, *parts) -> Echo`, ready; stopped after the test."""
    with ExitStack() as stack:
        database = Database(f"sqlite:///{tmp_path / 'echo.sqlite'}")
        stack.callback(database.close)
        METADATA.create_all(database.engine)
        ports = PortBook(tmp_path / "ports.json")

        def start(uri, *parts):
            name = "-".join(parts)
            port = ports.port(name)
            environ = {
                **os.environ,
                "PYTHONWARNINGS": "ignore",
                "AMQP_URI": uri,
                "TELEMETRY_PORT": str(port),
                "ECHO_DATABASE_URL": f"sqlite:///{tmp_path / 'echo.sqlite'}",
            }
            argv = [sys.executable, "-m", "tests.component.common.echo", *parts]
            command = Command(name, argv, environ, lambda: echo.ready, ready_seconds=30)
            process = Process(command, tmp_path)
            echo = Echo(process, port, database)
            stack.callback(process.kill)
            process.start()
            process.wait_ready()
            return echo

        yield start


@pytest.fixture
def clean_broker(rabbitmq):
    """The shared broker without anything the echo service left there."""
    remove_queues(rabbitmq)
    yield rabbitmq
    remove_queues(rabbitmq)


def remove_queues(uri):
    link = Link(uri, "tests")
    for name in SOURCES:
        for queue in (name, dead_queue(name).name):
            link.ask(link.channel.queue_delete, queue)
    link.close()


@pytest.fixture
def mortal_broker(server_home, tmp_path):
    """`(uri, process)` of a broker of the test's own, to be killed and started again."""
    home = server_home / tmp_path.name
    home.mkdir()
    home.chmod(0o711)
    script = local_rabbitmq.installed_script()
    node = local_rabbitmq.private_node(home, PortBook(home / "ports.json"), script)
    with running(home, *node.commands) as supervisor:
        yield node.uri, supervisor.process("rabbitmq")


@pytest.fixture
def client(clean_broker):
    client = BusClient(clean_broker, "tests")
    yield client
    client.close()


@pytest.fixture
def dead(clean_broker):
    """`dead(source) -> list[DeadLetter]`."""
    return lambda source: dead_letters.inspect(clean_broker, source)


def eventually(check, seconds=10.0):
    """Waits until `check()` is true and returns what it gave; fails after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < until, "it did not become true in time"
        time.sleep(0.05)
