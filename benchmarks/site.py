"""What a measurement works with: a running platform with PostgreSQL, an operator, voters, and as many workers as it wants."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import client, voters
from benchmarks.load import wrk
from benchmarks.load.generator import Casting
from benchmarks.settings import BenchSettings
from deploy.local import postgres
from deploy.local.options import Options
from deploy.local.ports import PortBook, any_free
from deploy.local.processes import Command, Process
from deploy.local.stack import Stack

ADMIN = "+821000000001"
ORGANIZATION = "bench"
# More voters a second than two cores can cast, and than a bare handler can insert; the file must not run out.
VOTERS_A_SECOND, BARE_A_SECOND = 12_000, 20_000
SETTLE_SECONDS = 120
LOOK_SECONDS = 0.6


class WrongCount(Exception):
    """Ballots were lost or doubled, or the load itself was wrong: figures would mean nothing."""


class Site:
    """One platform. `servers` run beside the stack's own processes and belong to it."""

    def __init__(self, stack: Stack, settings: BenchSettings, servers: Sequence[Process] = ()) -> None:
        self.stack, self.settings, self._servers = stack, settings, list(servers)
        stack.create_admin(ADMIN)
        self.operator = client.Client(stack.url, ADMIN)
        self.operator.make_organization(ORGANIZATION)
        self.use_workers(settings.workers)

    @property
    def processes(self) -> list[Process]:
        """Everything that the platform consists of at the moment."""
        return [*self._servers, *(each for each in self.stack.supervisor.processes() if each.running)]

    @property
    def organization(self) -> str:
        """Whose polls are made."""
        return ORGANIZATION

    @property
    def admin_url(self) -> str:
        """The PostgreSQL server's administrator."""
        url = self.stack.options.database_url
        assert url is not None, "a site has PostgreSQL"
        return url

    def use_workers(self, count: int) -> None:
        """So many ballot workers run from now on. Raises ProcessError."""
        workers = [
            each for each in self.stack.supervisor.processes() if each.name.startswith("ballots-worker")
        ]
        for worker in workers[count:]:
            worker.stop()
        for worker in workers[:count]:
            if not worker.running:
                worker.start()
        for worker in workers[:count]:
            worker.wait_ready()

    @contextmanager
    def beside(self, commands: Sequence[Command]) -> Iterator[None]:
        """These run beside the platform inside the block; the last of them is waited for. Raises ProcessError."""
        started = [Process(command, self.stack.supervisor.logs) for command in commands]
        self._servers += started
        try:
            for process in started:
                process.start()
            started[-1].wait_ready()
            yield
        finally:
            for process in reversed(started):
                process.stop()
                self._servers.remove(process)

    def electorate(self, count: int, port: int | None = None, by: Sequence[str] = ()) -> Casting:
        """A new open poll, broken down `by` these dimensions, and `count` voters who have cast nothing, at the platform's gateway or at another port."""
        file = self.stack.home / "voters.tsv"
        voters.write_voters(file, self.stack.home / "keys", count)
        poll = self.operator.open_poll(self.organization, by)
        return Casting(port or self.stack.options.port, poll, file)

    def cast(
        self, connections: int, seconds: int, port: int | None = None, by: Sequence[str] = ()
    ) -> wrk.Figures:
        """A closed loop by wrk, checked against the live count. Raises WrongCount."""
        casting = self.electorate(VOTERS_A_SECOND * seconds, port, by)
        found = wrk.cast(casting, connections, seconds)
        if found.raw["refused"] or found.raw["other"] or found.raw["exhausted"]:
            raise WrongCount(f"the load itself was wrong: {found.raw}")
        # Ballots whose answer wrk did not wait for at its end may be counted too: at most one for each connection.
        self.check_counted(casting.poll, found.raw["recorded"], found.raw["requests"] + connections)
        return found

    def warm_up(self, connections: int, port: int | None = None) -> None:
        """Load before the first measurement; what it gives is forgotten."""
        if self.settings.warm_up:
            self.cast(connections, self.settings.warm_up, port)

    def cast_bare(self, connections: int, seconds: int, port: int) -> wrk.Figures:
        """The same requests to a handler at this port that counts nothing. Raises WrongCount for any answer but 201."""
        found = wrk.cast(self.electorate(BARE_A_SECOND * seconds, port), connections, seconds)
        if found.raw["recorded"] != found.raw["requests"] or found.raw["exhausted"]:
            raise WrongCount(f"not every insert was answered: {found.raw}")
        return found

    def check_counted(self, poll: str, low: int, high: int, seconds: float = SETTLE_SECONDS) -> None:
        """Waits until the live count stands still between the two. Raises WrongCount when it does not."""
        deadline = time.monotonic() + seconds
        counted = -1
        while time.monotonic() < deadline:
            before, counted = counted, self.operator.voters(poll)
            if counted == before and low <= counted <= high:
                return
            time.sleep(LOOK_SECONDS)
        raise WrongCount(f"{low} to {high} ballots should be counted, {counted} are")


@contextmanager
def open_site(home: Path, settings: BenchSettings) -> Iterator[Site]:
    """A platform of its own in this folder, with a PostgreSQL that syncs every commit; stopped when the block is left."""
    home.chmod(0o755)  # PostgreSQL runs as its own user and must get in
    with ExitStack() as running:
        cluster = postgres.prepare(home / "postgres", PortBook(home / "ports.json"))
        server = Process(cluster.command, home / "logs")
        running.callback(server.stop)
        server.start()
        server.wait_ready()
        postgres.create_database(cluster.url)
        options = Options(
            home=home,
            port=any_free(),
            database="postgresql",
            database_url=cluster.url,
            ballot_workers=max(settings.workers, *settings.varied_workers),
            environ=dict(os.environ),
        )
        stack = Stack(options)
        running.callback(stack.stop)
        stack.start()
        yield Site(stack, settings, [server])
