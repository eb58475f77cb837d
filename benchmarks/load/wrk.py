"""Load by wrk (Debian's package), a C program, so that the generator takes little of the machine it shares."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import ANSWERS
from benchmarks.load.generator import Casting, LoadFailed

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: `rate` answers a second that count, latencies in milliseconds, the rest as wrk said it."""

    connections: int
    rate: float
    p50_ms: float
    p99_ms: float
    raw: dict[str, Any]


def plain(url: str, connections: int, seconds: int) -> Figures:
    """GET the same address again and again."""
    raw = _wrk([url], HERE / "plain.lua", connections, seconds)
    return Figures(connections, raw["requests"] / raw["seconds"], raw["p50_ms"], raw["p99_ms"], raw)


def cast(casting: Casting, connections: int, seconds: int) -> Figures:
    """POST one ballot for each of the voters; only ballots answered with 201 count."""
    url = f"http://127.0.0.1:{casting.port}/api/v1/polls/{casting.poll}/ballots"
    raw = _wrk([url, "--", str(casting.voters), ANSWERS], HERE / "cast.lua", connections, seconds)
    return Figures(connections, raw["recorded"] / raw["seconds"], raw["p50_ms"], raw["p99_ms"], raw)


def _wrk(arguments: list[str], script: Path, connections: int, seconds: int) -> dict[str, Any]:
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
            return found
    raise LoadFailed(f"wrk ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
