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
"""
ERLANG_OPTIONS = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"


@dataclass(frozen=True)
class Broker:
    """How to reach a broker, and what has to run for it (nothing when it was given)."""

    uri: str
    commands: Sequence[Command] = ()


def can_log_in(uri: str, seconds: float = 3.0) -> str | None:
    """None when a client can open a channel there, else why not, without any password."""
    parameters = pika.URLParameters(uri)
    parameters.socket_timeout = parameters.blocked_connection_timeout = parameters.stack_timeout = seconds
    try:
        connection = pika.BlockingConnection(parameters)
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
        where = urlsplit(uri)
        raise Unusable(
            f"No broker answers at {where.hostname}:{where.port or 5672} ({problem}): start it, or correct or unset AMQP_URI."
        )
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
    port, password = ports.port("rabbitmq"), keep_password(folder / "password")
    uri = f"amqp://{USER}:{password}@{HOST}:{port}/"
    (folder / "rabbitmq.conf").write_text(CONFIG.format(host=HOST, port=port, user=USER, password=password))
    (folder / "rabbitmq.conf").chmod(0o600)
    (folder / "enabled_plugins").write_text("[].\n")
    environ = node_environ(folder, ports)
    return Broker(uri, (_port_mapper(environ, ports), _node(script, environ, uri)))


def node_environ(folder: Path, ports: PortBook) -> dict[str, str]:
    """Everything RabbitMQ would otherwise share with other nodes on this machine, put into `folder`."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(folder),  # where Erlang keeps its cookie
        "ERL_EPMD_PORT": str(ports.port("epmd")),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": "mvoting@localhost",
        "RABBITMQ_NODE_PORT": str(ports.port("rabbitmq")),
        "RABBITMQ_DIST_PORT": str(ports.port("rabbitmq-distribution")),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_OPTIONS,
        "RABBITMQ_ALLOW_INPUT": "1",  # makes the script become Erlang instead of watching it
    }


def _port_mapper(environ: Mapping[str, str], ports: PortBook) -> Command:
    port = ports.port("epmd")
    return Command(
        name="epmd",
        argv=["epmd", "-address", HOST, "-port", str(port)],
        environ=environ,
        ready=lambda: is_listening(port),
        ready_seconds=10,
        stop_seconds=3,
    )


def _node(script: Path, environ: Mapping[str, str], uri: str) -> Command:
    return Command(
        name="rabbitmq",
        argv=[str(script), "-noinput"],
        environ=environ,
        ready=lambda: is_listening(int(environ["RABBITMQ_NODE_PORT"])) and can_log_in(uri) is None,
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
