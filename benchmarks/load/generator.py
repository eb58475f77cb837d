"""The generator of `python -m benchmarks.load` as seen from a measurement."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import ANSWERS
from deploy.local.plan import ROOT

# The warm-up, the wait for the last answers, and the start of a process.
BESIDE_SECONDS = 120.0


class LoadFailed(Exception):
    """The generator did not finish; the message is its last words."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Of all answers with one status that count: how many, and milliseconds."""

    count: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answers` by status, `lost` by reason; latencies and `rate` (recorded ballots a second) without the warm-up."""

    sent: int
    answers: dict[int, int]
    lost: dict[str, int]
    latencies: dict[int, Latency]
    rate: float
    recorded_by_second: list[int]
    without_retry_after: int
    exhausted: bool
    most_connections: int
    worst_lag_ms: float
    cpu_seconds: float

    def latency(self, status: int) -> Latency:
        return self.latencies.get(status, Latency())

    def count(self, status: int) -> int:
        return self.answers.get(status, 0)


@dataclass(frozen=True, slots=True)
class Casting:
    """Whose ballots go to which poll of the gateway on this port."""

    port: int
    poll: str
    voters: Path

    def as_dict(self) -> dict[str, Any]:
        path = f"/api/v1/polls/{self.poll}/ballots"
        return {"port": self.port, "voters": str(self.voters), "path": path, "answers": ANSWERS}


def arrivals(casting: Casting, rate: float, seconds: int, warm_up: int) -> Outcome:
    """Ballots at random times, `rate` a second, whatever the answers; `seconds` count, after the warm-up."""
    wanted = {**casting.as_dict(), "rate": rate, "seconds": warm_up + seconds, "warm_up": warm_up}
    return _run(wanted, seconds)


def closed_loop(casting: Casting, connections: int, seconds: int) -> Outcome:
    """All the voters of the file, so many at a time; `seconds` is how long that may take."""
    return _run({**casting.as_dict(), "connections": connections, "warm_up": 0}, seconds)


class Reading:
    """What the background readers saw; there once the block is left."""

    outcome: Outcome


@contextmanager
def reading(port: int, paths: list[str], rate: float, seconds: int) -> Iterator[Reading]:
    """Reads these addresses in turn while the block runs, at most so many seconds."""
    wanted = {"port": port, "reads": paths, "rate": rate, "seconds": seconds, "warm_up": 0}
    process, found = _start(wanted), Reading()
    try:
        yield found
        found.outcome = _outcome(*process.communicate(timeout=seconds + BESIDE_SECONDS), seconds, 0)
    finally:
        process.kill()
        process.wait()


def _run(wanted: dict[str, Any], seconds: int) -> Outcome:
    process = _start(wanted)
    try:
        output, errors = process.communicate(timeout=wanted["warm_up"] + seconds + BESIDE_SECONDS)
        return _outcome(output, errors, seconds, wanted["warm_up"])
    finally:
        process.kill()
        process.wait()


def _start(wanted: dict[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", json.dumps(wanted)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _outcome(output: str, errors: str, seconds: int, warm_up: int) -> Outcome:
    try:
        found = json.loads(output)
    except ValueError:
        raise LoadFailed("\n".join(errors.splitlines()[-3:])) from None
    by_second = found.pop("recorded_by_second")
    return Outcome(
        **{
            **found,
            "answers": {int(status): count for status, count in found["answers"].items()},
            "latencies": {int(status): Latency(**each) for status, each in found["latencies"].items()},
        },
        recorded_by_second=by_second,
        rate=sum(by_second[warm_up : warm_up + seconds]) / seconds,
    )
