"""Where scenarios happen: a stack of its own, an operator, polls, and hands on every process.

All processes are started and broken from the main thread: a child dies with the thread that started it.
"""

import itertools
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from benchmarks.client import Client
from deploy.local.options import Options
from deploy.local.ports import any_free, is_free
from deploy.local.processes import Process
from deploy.local.stack import Stack
from services.ballots import contract as ballots_contract
from services.common.bus import dead_letters
from services.common.bus.client import BusClient
from services.common.errors import DomainError
from tests.chaos import checker, journal
from tests.chaos.cluster import Cluster
from tests.chaos.load import Ballot, Load, Plan
from tests.chaos.site import ORGANIZATION, Site

ADMIN = "+821000009901"
ENVIRON = {
    "IDENTITY_RESEND_PAUSE": "0",
    "IDENTITY_CODES_PER_ADDRESS": "100000",
    "IDENTITY_CONFIRMS_PER_ADDRESS": "100000",
    "MVOTING_SAMPLES": "0",
}
PORTS = (20_000, 32_000)
READY_SECONDS = 120.0
FINAL_SECONDS = 180.0
CAST_QUEUE = ballots_contract.CAST.queue


class Broken(AssertionError):
    """What a scenario shows did not hold; the message lists the contradictions."""


class Ground(Site):
    """`start`, run scenarios, `stop`. Every poll of a scenario is its own."""

    def __init__(self, folder: Path, options: Options, seed: int) -> None:
        super().__init__(options.local_url(0), options.home / "keys")
        self.folder, self.seed = folder, seed
        self.stack = Stack(options, show=lambda _line: None)
        self.undo: list[Callable[[], object]] = []
        self.cluster: Cluster | None = None
        self._numbers = itertools.count(1)

    def prepare(self, step: Callable[["Ground"], None] | None) -> None:
        """What a scenario wants to have done before anything runs."""
        if step:
            step(self)

    def use_broker(self, uri: str) -> None:
        """One that is there already; before `start`."""
        told = replace(self.stack.options, environ={**self.stack.options.environ, "AMQP_URI": uri})
        self.stack = Stack(told, show=lambda _line: None)

    def start(self) -> "Ground":
        self.stack.start()
        self.stack.create_admin(ADMIN)
        admin = Client(self.stack.url, ADMIN)
        admin.make_organization(ORGANIZATION)
        admin.http.close()
        return self

    def stop(self) -> None:
        self.stack.stop()
        for undo in reversed(self.undo):
            undo()

    # --- voting while something is broken

    @contextmanager
    def voting(
        self,
        plan: Plan | None = None,
        source: Iterator[Ballot] | None = None,
        urls: Sequence[str] | None = None,
    ) -> Iterator["Voting"]:
        """Voters cast until the block is left, at all gateways or at these; then `Voting.verdict` closes the poll and
        compares.
        """
        number = next(self._numbers)
        voters = source or self.ballots(self.seed + number)
        voting = Voting(self, self.open_poll(), plan, number, voters, urls or self.stack.urls)
        voting.load.start()
        try:
            voting.wait_recorded()
            yield voting
        finally:
            voting.load.stop()

    # --- hands on processes

    def process(self, name: str) -> Process:
        return self.stack.supervisor.process(name)

    def names(self, kind: str) -> list[str]:
        """All processes of this kind, such as `ballots-worker`."""
        every = [process.name for process in self.stack.supervisor.processes()]
        return [name for name in every if name == kind or name.removeprefix(f"{kind}-").isdecimal()]

    def crash(self, name: str) -> None:
        self.process(name).kill()

    def crash_and_restart(self, name: str, *, down: float = 0.0) -> None:
        self.crash(name)
        time.sleep(down)
        self.process(name).start()

    def pause(self, name: str) -> None:
        os.killpg(self._pid(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        os.killpg(self._pid(name), signal.SIGCONT)

    def _pid(self, name: str) -> int:
        pid = self.process(name).pid
        assert pid is not None, "it runs"
        return pid

    def restart_with(self, *names: str, **environ: str) -> None:
        """The same processes with these variables, and ready."""
        processes = [self.process(name) for name in names]
        for process in processes:
            process.send_stop()
        for process in processes:
            process.finish()
            process.command = replace(process.command, environ={**process.command.environ, **environ})
            process.start()
        self.wait_ready(*names)

    def add_replica(self, kind: str, **environ: str) -> str:
        """One more process of this kind; its name."""
        taken = self.names(kind)
        command, port = self.process(taken[0]).command, any_free()
        name = f"{kind}-{len(taken) + 1}"
        telemetry = {"TELEMETRY_PORT": str(port), **environ}
        added = replace(
            command,
            name=name,
            environ={**command.environ, **telemetry},
            ready=lambda: answers_ready(f"http://127.0.0.1:{port}/readyz"),
        )
        self.stack.supervisor.start([added])
        return name

    def remove_replica(self, name: str) -> None:
        for tier in self.stack.supervisor.tiers:
            for process in [each for each in tier if each.name == name]:
                process.stop()
                tier.remove(process)

    def revive(self) -> int:
        """Start at once what has died; how many."""
        dead = [process for process in self.stack.supervisor.processes() if not process.running]
        for process in dead:
            process.kill()
            process.start()
        return len(dead)

    def wait_ready(self, *names: str, seconds: float = READY_SECONDS) -> None:
        """These processes, or all. What ended meanwhile is started again: a server may need two tries."""
        deadline = time.monotonic() + seconds
        waiting = set(names or [process.name for process in self.stack.supervisor.processes()])
        while waiting:
            if time.monotonic() > deadline:
                raise Broken(f"not ready within {seconds:.0f} s: {', '.join(sorted(waiting))}")
            self.revive()
            waiting = {name for name in waiting if not self.process(name).is_ready()}
            time.sleep(0.2)

    # --- the public record

    def record(self, poll: str) -> checker.Record:
        """After the final result has appeared."""
        wait_for(lambda: self.is_final(poll), FINAL_SECONDS, pause=0.5)
        results = self.results(poll)
        leaves, state = self._leaves(poll)
        dead = dead_letters.count(self.stack.amqp_uri, [CAST_QUEUE])[CAST_QUEUE]
        return checker.Record(poll, leaves, state["size"], state["sealed"], results, dead)

    def _leaves(self, poll: str) -> tuple[list[str], dict[str, Any]]:
        bus = BusClient(self.stack.amqp_uri)
        leaves: list[str] = []
        try:
            while True:
                page = bus.call(ballots_contract.GET_ENTRIES, poll_id=poll, start=len(leaves), limit=5000)
                leaves += page["entries"]
                if not page["entries"]:
                    return leaves, page
        finally:
            bus.close()


class Voting:
    """One poll, its load and its journal."""

    def __init__(
        self,
        ground: Ground,
        poll: str,
        plan: Plan | None,
        number: int,
        source: Iterator[Ballot],
        urls: Sequence[str],
    ) -> None:
        self.ground, self.poll = ground, poll
        self.journal = ground.folder / f"journal-{number}.jsonl"
        self.load = Load(urls, poll, source, self.journal, ground.seed + number, plan)

    def wait_recorded(self, more: int = 1, seconds: float = 60.0) -> float:
        """Until `more` further ballots got a receipt: intake works (again). How long it took."""
        goal, began = self.load.told[201] + more, time.monotonic()
        if not wait_for(lambda: self.load.told[201] >= goal, seconds, keep=self.ground.revive):
            raise Broken(
                f"no {more} ballots were recorded within {seconds:.0f} s; told {dict(self.load.told)}"
            )
        return time.monotonic() - began

    def verdict(self, *, close: bool = True) -> checker.Verdict:
        """Everything runs again and is quiet: close, wait for the final result, compare. Raises Broken."""
        self.ground.wait_ready()
        if close:
            self.ground.close_poll(self.poll)
        found = checker.check(journal.read(self.journal), self.ground.record(self.poll))
        if found.problems:
            raise Broken("; ".join(found.problems) + f" ({found}; journal {self.journal})")
        return found


def wait_for(
    true: Callable[[], object],
    seconds: float,
    *,
    keep: Callable[[], object] | None = None,
    pause: float = 0.1,
) -> bool:
    """Whether it became true in time. `keep` is called meanwhile."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        if keep:
            keep()
        time.sleep(pause)
    return True


def answers_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except (httpx.HTTPError, DomainError):
        return False


def options(folder: Path, *, database: str, ballot_workers: int, gateways: int, seal_grace: int) -> Options:
    """A stack that has nothing of this process's own MVOTING_ settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    environ = {**kept, **ENVIRON, "BALLOTS_SEAL_GRACE": str(seal_grace)}
    return Options(
        home=folder / "home",
        port=free_ports(gateways),
        database=database,
        ballot_workers=ballot_workers,
        gateways=gateways,
        environ=environ,
    )


def free_ports(count: int) -> int:
    """The first of so many free ports in a row, below those that the kernel gives to outgoing connections."""
    while True:
        first = random.SystemRandom().randrange(*PORTS)
        if all(is_free(first + offset) for offset in range(count)):
            return first


def new_folder() -> Path:
    """PostgreSQL runs as a user of its own and must get in."""
    folder = Path(tempfile.mkdtemp(prefix="mvoting-chaos-"))
    folder.chmod(0o711)
    return folder
