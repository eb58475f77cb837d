"""A message broker for one stack: one that is given, or a private RabbitMQ node in a folder of the stack's own.

The private node listens on 127.0.0.1 only, with its own user, cookie, data and port mapper (epmd); everything runs as children
of the stack, so nothing outlives it. Debian's wrapper insists on the user rabbitmq when run as root, hence the plain script
underneath it.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pika
from pika.exceptions import AMQPError

from deploy.local import packages
from deploy.local.console import Unusable
from deploy.local.passwords import keep_password
from deploy.local.ports import HOST, PortBook, is_listening
from deploy.local.processes import Command
from services.common.bus.nodes import nodes

SCRIPTS = Path("/usr/lib/rabbitmq/lib")
IMAGE = "rabbitmq:4.1"
USER = "mvoting"
CONFIG = """\
listeners.tcp.1 = {host}:{port}
default_user = {user}
default_pass = {password}
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 100MB
raft.wal_max_size_bytes = 67108864
"""
# What a quorum queue's write-ahead log holds is held in memory too: by default up to 512 MB.
EVERYWHERE = "0.0.0.0"  # noqa: S104 - for a node in a network namespace, which is a network of its own
ERLANG_OPTIONS = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


@dataclass(frozen=True)
class Broker:
    """How to reach a broker, and what has to run for it (nothing when it was given)."""

    uri: str
    commands: Sequence[Command] = ()


def can_log_in(uri: str, seconds: float = 3.0) -> str | None:
    """None when a client can open a channel there, at any of its nodes, else why not, without any password."""
    ways = [pika.URLParameters(node) for node in nodes(uri)]
    for parameters in ways:
        parameters.socket_timeout = parameters.blocked_connection_timeout = parameters.stack_timeout = seconds
    try:
        connection = pika.BlockingConnection(ways)
        connection.channel()
        connection.close()
    except (AMQPError, OSError) as error:
        return type(error).__name__
    return None


def resolve(home: Path, ports: PortBook, environ: Mapping[str, str]) -> Broker:
    """The broker for the stack in `home`, by what there is: AMQP_URI, RabbitMQ, apt-get, a Docker engine.

    Raises Unusable when there is no way.
    """
    given = environ.get("AMQP_URI")
    if given:
        return given_broker(given)
    if find_script() is None and not packages.may_install() and docker_answers():
        return container(home, ports)
    return private_node(home, ports, installed_script())


def given_broker(uri: str) -> Broker:
    """A broker that somebody else runs. Raises Unusable when one cannot log in there now."""
    problem = can_log_in(uri)
    if problem:
        where = " or ".join(f"{one.hostname}:{one.port or 5672}" for one in map(urlsplit, nodes(uri)))
        raise Unusable(f"No broker answers at {where} ({problem}): start it, or correct or unset AMQP_URI.")
    return Broker(uri)


def find_script() -> Path | None:
    """RabbitMQ's own start script, the newest one installed."""
    return max(SCRIPTS.glob("*/sbin/rabbitmq-server"), default=None)


def installed_script() -> Path:
    """The start script, after installing it if needed and allowed. Raises Unusable."""
    if find_script() is None:
        packages.install("rabbitmq-server")
    script = find_script()
    if script is None or shutil.which("epmd") is None:
        raise Unusable(
            "RabbitMQ is missing: install rabbitmq-server, start a Docker engine, or set AMQP_URI to a broker."
        )
    return script


def private_node(home: Path, ports: PortBook, script: Path) -> Broker:
    """A node in `home`/rabbitmq with its port mapper, both to be run by the caller in this order."""
    folder = (home / "rabbitmq").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    node = Node(
        folder=folder,
        password=keep_password(folder / "password"),
        port=ports.port("rabbitmq"),
        distribution_port=ports.port("rabbitmq-distribution"),
        port_mapper_port=ports.port("epmd"),
    )
    return Broker(node.uri, node.commands(script))


@dataclass(frozen=True)
class Node:
    """A RabbitMQ node with everything of its own in `folder`, which exists.

    Clients reach it at `host`:`port`; `inside` is what its commands begin with, such as the entering of a network namespace;
    `settings` are further lines of its configuration. `alone`: no other node may reach it.
    """

    folder: Path
    password: str
    port: int
    distribution_port: int
    port_mapper_port: int
    host: str = HOST
    name: str = "mvoting@localhost"
    label: str = "rabbitmq"
    inside: tuple[str, ...] = ()
    settings: str = ""
    erlang_options: str = ERLANG_OPTIONS
    alone: bool = True

    @property
    def uri(self) -> str:
        """Where clients log in."""
        return f"amqp://{USER}:{self.password}@{self.host}:{self.port}/"

    def commands(self, script: Path) -> tuple[Command, Command]:
        """Writes its configuration; what has to run, in this order."""
        config = CONFIG.format(
            host=HOST if self.alone else EVERYWHERE, port=self.port, user=USER, password=self.password
        )
        (self.folder / "rabbitmq.conf").write_text(config + self.settings)
        (self.folder / "rabbitmq.conf").chmod(0o600)
        (self.folder / "enabled_plugins").write_text("[].\n")
        return self._port_mapper(), self._server(script)

    def environ(self) -> dict[str, str]:
        """Everything RabbitMQ would otherwise share with other nodes on this machine, put into `folder`."""
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),  # where Erlang keeps its cookie
            "ERL_EPMD_PORT": str(self.port_mapper_port),
            **({"ERL_EPMD_ADDRESS": HOST} if self.alone else {"RABBITMQ_USE_LONGNAME": "true"}),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": self.erlang_options,
            "RABBITMQ_ALLOW_INPUT": "1",  # makes the script become Erlang instead of watching it
        }

    def _port_mapper(self) -> Command:
        address = ["-address", HOST] if self.alone else []
        return Command(
            name=self.label.replace("rabbitmq", "epmd"),
            argv=[*self.inside, "epmd", *address, "-port", str(self.port_mapper_port)],
            environ=self.environ(),
            ready=lambda: is_listening(self.port_mapper_port, self.host),
            ready_seconds=10,
            stop_seconds=3,
        )

    def _server(self, script: Path) -> Command:
        return Command(
            name=self.label,
            argv=[*self.inside, str(script), "-noinput"],
            environ=self.environ(),
            ready=lambda: is_listening(self.port, self.host) and can_log_in(self.uri) is None,
            ready_seconds=90,
            stop_seconds=30,
        )


def docker_answers() -> bool:
    """Whether a Docker engine can be used from here."""
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20)
    return done.returncode == 0


def container(home: Path, ports: PortBook) -> Broker:
    """RabbitMQ in a container that ends with the stack; its data stays in `home`/rabbitmq/data."""
    folder = (home / "rabbitmq").absolute()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    port, password = ports.port("rabbitmq"), keep_password(folder / "password")
    uri = f"amqp://{USER}:{password}@{HOST}:{port}/"
    environ = {**os.environ, "RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": password}
    # Values come from the environment, so that no password stands in a process list.
    argv = ["docker", "run", "--rm", "--hostname", "mvoting", "-p", f"{HOST}:{port}:5672"]
    argv += [
        "-v",
        f"{folder / 'data'}:/var/lib/rabbitmq",
        "-e",
        "RABBITMQ_DEFAULT_USER",
        "-e",
        "RABBITMQ_DEFAULT_PASS",
        IMAGE,
    ]
    ready = lambda: is_listening(port) and can_log_in(uri) is None  # noqa: E731 - one expression, named for the next line
    return Broker(uri, (Command("rabbitmq", argv, environ, ready, ready_seconds=180, stop_seconds=40),))
