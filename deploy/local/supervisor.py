"""Starts processes in tiers, brings dead ones back, stops them in reverse order.

A tier is what may start at the same time: the broker before the services, the services before the gateways.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.processes import POLL_SECONDS, Command, Process, ProcessError

LONGEST_PAUSE = 30.0
# A process that ran this long was well: its next death is the first of a row again.
WELL_AFTER = 60.0


@dataclass
class Health:
    """How often a process died in a row, since when it runs, and when it may be started again."""

    started: float
    deaths: int = 0
    again_at: float | None = None

    def died(self, now: float) -> float:
        """Note a death and give the pause in seconds before the next start: 1, 2, 4 … 30."""
        self.deaths = 1 if now - self.started > WELL_AFTER else self.deaths + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
        self.again_at = now + pause
        return pause

    def restarted(self, now: float) -> None:
        """Note a new start."""
        self.started, self.again_at = now, None


@dataclass
class Supervisor:
    """All processes of one stack. Use it from one thread that lives as long as the stack."""

    logs: Path
    clock: Callable[[], float] = time.monotonic
    tiers: list[list[Process]] = field(default_factory=list)
    _health: dict[str, Health] = field(default_factory=dict)

    def start(self, commands: Sequence[Command]) -> None:
        """Start one more tier and wait until all of it is ready.

        Raises ProcessError when one of it is not ready in time, or when any process of any tier ends meanwhile.
        """
        tier = [Process(command, self.logs) for command in commands]
        self.tiers.append(tier)  # before the first start: an interrupt must find them
        for process in tier:
            process.start()
            self._health[process.name] = Health(self.clock())
        self._wait(tier)

    def _wait(self, tier: Sequence[Process]) -> None:
        waiting = list(tier)
        while waiting:
            for process in self.processes():
                process.check_alive()
            waiting = [process for process in waiting if not process.is_ready()]
            for process in waiting:
                self._check_in_time(process)
            if waiting:
                time.sleep(POLL_SECONDS)

    def _check_in_time(self, process: Process) -> None:
        seconds = process.command.ready_seconds
        if self.clock() - self._health[process.name].started > seconds:
            raise ProcessError(f"{process.name} was not ready within {seconds:.0f} s.", process.tail())

    def processes(self) -> list[Process]:
        """All of them, in the order of their start."""
        return [process for tier in self.tiers for process in tier]

    def process(self, name: str) -> Process:
        """The process of this name. Raises KeyError."""
        return {process.name: process for process in self.processes()}[name]

    def run(self, command: Command, seconds: float, show: Callable[[str], None] | None = None) -> None:
        """Run something that ends by itself, such as migrations; `show` gets each line that it writes.

        Raises ProcessError when it fails, takes too long, or a process of the stack ends meanwhile.
        """
        step = Process(command, self.logs)
        position = step.log.stat().st_size if step.log.exists() else 0
        deadline = self.clock() + seconds
        try:
            step.start()
            while step.running:
                position = _follow(step.log, position, show)
                self._check_step(step, deadline, seconds)
                time.sleep(POLL_SECONDS)
            _follow(step.log, position, show)
        finally:
            step.stop()
        if step.returncode:
            raise ProcessError(f"{step.name} failed with exit code {step.returncode}.", step.tail())

    def _check_step(self, step: Process, deadline: float, seconds: float) -> None:
        for process in self.processes():
            process.check_alive()
        if self.clock() > deadline:
            raise ProcessError(f"{step.name} took longer than {seconds:.0f} s.", step.tail())

    def revive(self) -> list[str]:
        """Start what died and waited out its pause; what happened, one sentence each. Call it again and again."""
        return [
            sentence
            for process in self.processes()
            if not process.running
            for sentence in self._revive(process)
        ]

    def _revive(self, process: Process) -> list[str]:
        health, now = self._health[process.name], self.clock()
        if health.again_at is None:
            process.kill()  # what it left of its group
            pause = health.died(now)
            return [
                f"{process.name} ended with exit code {process.returncode}; starting it again in {pause:.0f} s."
            ]
        if now < health.again_at:
            return []
        health.restarted(now)
        process.start()
        return [f"{process.name} was started again."]

    def stop(self, show: Callable[[str], None] | None = None) -> None:
        """Stop tier by tier, the last first; within a tier together. Idempotent; every wait has a deadline."""
        while self.tiers:
            tier = self.tiers[-1]
            for process in tier:
                process.send_stop()
            for process in reversed(tier):
                process.finish()
                if show and process.pid:
                    show(f"stopped {process.name}")
            self.tiers.pop()


def _follow(log: Path, position: int, show: Callable[[str], None] | None) -> int:
    """Show the complete lines behind this position; the position behind the last of them."""
    if show is None or not log.exists():
        return position
    with log.open("rb") as file:
        file.seek(position)
        whole, newline, _ = file.read().rpartition(b"\n")
    for line in whole.decode(errors="replace").splitlines():
        show(line)
    return position + len(whole) + len(newline)
