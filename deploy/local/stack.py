"""The whole platform on one machine: broker, database, services, gateways, in one folder.

stack = Stack(Options(home=Path("/tmp/demo"), port=8090))
try:
    stack.start()
    ...
finally:
    stack.stop()
"""

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from deploy.local import database, plan, postgres, rabbitmq, witnesses
from deploy.local.console import Unusable, say
from deploy.local.options import Options
from deploy.local.ports import PortBook, is_free
from deploy.local.supervisor import Supervisor

Show = Callable[[str], None]
MIGRATION_SECONDS = 300.0
ADMIN_SECONDS = 60.0


class Stack:
    """One running platform. Addresses are known once `start` has returned."""

    def __init__(self, options: Options, show: Show = say) -> None:
        self.options = options
        self.home = options.home
        self.supervisor = Supervisor(self.home / "logs")
        self.amqp_uri = ""
        self.databases: dict[str, str] = {}
        self.witnesses = ""
        self._show = show
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where the first gateway answers on this machine."""
        return self.options.local_url(0)

    @property
    def urls(self) -> list[str]:
        """Where each gateway answers."""
        return [self.options.local_url(number) for number in range(self.options.gateways)]

    @property
    def environ(self) -> dict[str, str]:
        """What a program that belongs to this stack is told, without any database."""
        shared = plan.shared_environ(self.options, self.amqp_uri)
        return shared | {witnesses.VARIABLE: self.witnesses} if self.witnesses else shared

    def database_url(self, service: str) -> str:
        """Where this service keeps its data."""
        return self.databases[database.variable(service)]

    def start(self) -> None:
        """Start everything; return when every process is ready.

        Raises Unusable (something is missing) or ProcessError (something died); the caller then calls `stop`.
        """
        self._prepare()
        ports = PortBook(self.home / "ports.json")
        self._start_broker(ports)
        self._start_database(ports)
        self._run_step("keys", "services.keys", "init")
        self._run_step("migrate", "services.migrate", databases=True)
        self._start_witnesses(ports)
        services = plan.service_commands(self.options, self.environ, self.databases, ports)
        self._show(f"Starting {len(services)} service processes")
        self.supervisor.start(services)
        self._show("Starting the gateway")
        self.supervisor.start(plan.gateway_commands(self.options, self.environ, ports))

    def _prepare(self) -> None:
        """Claim the folder and check the addresses. Raises Unusable."""
        _make_folder(self.home)
        self._lock = claim(self.home / "lock")
        _make_folder(self.home / "keys", mode=0o700)
        for number in range(self.options.gateways):
            port = self.options.port + number
            if not is_free(port):
                raise Unusable(
                    f"Port {port} on 127.0.0.1 is in use: stop what listens there or choose another MVOTING_PORT."
                )

    def _start_broker(self, ports: PortBook) -> None:
        broker = rabbitmq.resolve(self.home, ports, self.options.environ)
        if broker.commands:
            self._show("Starting the message broker")
        for command in broker.commands:
            self.supervisor.start([command])
        self.amqp_uri = broker.uri

    def _start_witnesses(self, ports: PortBook) -> None:
        started = witnesses.commands(self.options, self.environ, ports)
        if started:
            self._show(f"Starting {len(started)} witnesses")
            self.supervisor.start(started)
            self.witnesses = witnesses.setting(self.options, started, ports)

    def _start_database(self, ports: PortBook) -> None:
        if self.options.database == "sqlite":
            self.databases = database.sqlite_urls(self.home)
            return
        admin_url = self.options.database_url or self._start_cluster(ports)
        self.databases = database.postgresql_urls(admin_url, self.home)

    def _start_cluster(self, ports: PortBook) -> str:
        self._show("Starting PostgreSQL")
        cluster = postgres.prepare(self.home / "postgres", ports, durable=self.options.durable)
        self.supervisor.start([cluster.command])
        postgres.create_database(cluster.url)
        return cluster.url

    def _run_step(self, name: str, module: str, *arguments: str, databases: bool = False) -> None:
        environ = {**self.environ, **(self.databases if databases else {})}
        self.supervisor.run(plan.step(name, module, *arguments, environ=environ), MIGRATION_SECONDS)

    def run_program(
        self, name: str, module: str, *arguments: str, seconds: float, show: Show | None = None
    ) -> None:
        """Run a module of ours against the running stack, such as the samples' loader. Raises ProcessError."""
        command = plan.step(name, module, *arguments, environ=self.environ)
        self.supervisor.run(command, seconds, show or self._show)

    def create_admin(self, phone: str) -> None:
        """Make the person with this phone an administrator; harmless when it is one. Raises ProcessError."""
        environ = {**self.environ, database.variable("identity"): self.database_url("identity")}
        command = plan.step("admin", "services.identity", "create-admin", "--phone", phone, environ=environ)
        self.supervisor.run(command, ADMIN_SECONDS)

    def supervise(self) -> None:
        """Start again what died meanwhile; call it about twice a second."""
        for sentence in self.supervisor.revive():
            self._show(sentence)

    def stop(self) -> None:
        """Stop everything in reverse order and let go of the folder. Idempotent."""
        self.supervisor.stop(self._show)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _make_folder(path: Path, mode: int = 0o755) -> None:
    """Raises Unusable where there can be no such folder."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(
            f"The folder {path} cannot be made ({error.strerror}): choose another MVOTING_HOME."
        ) from error


def claim(path: os.PathLike[str]) -> IO[str]:
    """Hold the folder's lock until the file is closed. Raises Unusable when another stack holds it."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(path, "a+"))  # noqa: PTH123 - any path-like
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise Unusable(
                f"A stack with this MVOTING_HOME runs already (process {file.read().strip() or 'unknown'}): "
                "stop it, or choose another MVOTING_HOME and MVOTING_PORT."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        stack.pop_all()
    return file
