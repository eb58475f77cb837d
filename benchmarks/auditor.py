"""Recount of a large poll: time, ballots a second, and peak memory of `python -m auditor recount`. `python -m benchmarks.auditor`.

    python -m benchmarks.auditor [--ballots 1000000] [--texts]

The bundle is made in a temporary folder with test keys, by a process of its own, so that this one stays small: what a process
has at its peak counts what it was started from. `--texts`: each ballot also has a free text's hash, so that no two ballots are
alike, which is the hardest case.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """One recount in a process of its own. `cpu`: its processor seconds; `memory`: peak resident memory in bytes."""

    status: int
    seconds: float
    cpu: float
    memory: int


def make(options: Namespace) -> int:
    """Writes the bundle: ballots of three questions with random ids."""
    from auditor.formats import canonical  # noqa: PLC0415  only the process that makes it needs all this
    from auditor.formats.encodings import b64u  # noqa: PLC0415
    from tests.unit.auditor.bundles import POLL, Bundle, answers_of  # noqa: PLC0415

    leaves = []
    for n in range(options.ballots):
        answers = {name: answer for name, answer in answers_of(n).items() if name != "q4"}
        if options.texts:
            answers["q4"] = {"sha256": b64u(secrets.token_bytes(32))}
        ballot = {"answers": answers, "ballot_id": secrets.token_urlsafe(16), "poll": POLL, "v": 1}
        leaves.append(canonical.dumps(ballot))
    Bundle(leaves=leaves, roll_size=None).write(options.make)
    return 0


def measure(path: Path) -> Measured:
    """Recounts the bundle once."""
    command = [sys.executable, "-m", "auditor", "recount", str(path), "--language", "en"]
    start = time.monotonic()
    pid = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - start
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(os.waitstatus_to_exitcode(status), seconds, cpu, usage.ru_maxrss * 1024)


def run(options: Namespace, arguments: list[str]) -> int:
    """Makes a bundle, recounts it, tells the figures; the recount's exit status."""
    with tempfile.TemporaryDirectory(prefix="mvoting-bench-") as folder:
        path = Path(folder) / "record.tar.gz"
        print(f"[bench] making a bundle of {options.ballots:,} ballots", flush=True)
        command = [sys.executable, "-m", "benchmarks.auditor", *arguments, "--make", str(path)]
        subprocess.run(command, check=True, timeout=1800)
        size = path.stat().st_size
        found = measure(path)
    print(
        f"[bench] recount of {options.ballots:,} ballots ({size / 1e6:.0f} MB): {found.seconds:.1f} s "
        f"({found.cpu:.1f} s of processor time), {options.ballots / found.seconds:,.0f} ballots/s, "
        f"peak memory {found.memory / 1e6:.0f} MB, exit status {found.status}"
    )
    return found.status


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="python -m benchmarks.auditor", description=__doc__)
    parser.add_argument("--ballots", type=int, default=1_000_000)
    parser.add_argument("--texts", action="store_true")
    parser.add_argument("--make", type=Path, metavar="FILE", help="only write the bundle")
    options = parser.parse_args(arguments)
    return make(options) if options.make else run(options, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
