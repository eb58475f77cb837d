"""The disk under PostgreSQL is full for a while. Needs root: the disk is a small tmpfs."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

from tests.chaos.ground import Broken, Ground, wait_for
from tests.chaos.scenario import Run

SHOWS = (
    "the disk under PostgreSQL fills up: 202 or 503 and nothing lost, and intake goes on once there is room"
)
SECONDS = 30.0
DISK = "300m"
CHUNK = 1 << 20


def prepare(ground: Ground) -> None:
    """Before the cluster is made."""
    folder = disk(ground)
    folder.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)], check=True, timeout=30
    )
    ground.undo.append(lambda: subprocess.run(["umount", str(folder)], check=True, timeout=30))


def run(asked: Run) -> str:
    ground, filler = asked.ground, disk(asked.ground) / "filler"
    if not os.path.ismount(disk(ground)):
        raise Broken("this scenario needs its own ground: run it by name")
    with ground.voting() as voting:
        try:
            until = time.monotonic() + asked.seconds
            while time.monotonic() < until:
                fill(filler)  # again and again: what PostgreSQL gives back is taken too
                time.sleep(0.2)
            stalled = not wait_for(lambda: time.monotonic() - voting.load.last_recorded < 1, 2)
        finally:
            filler.unlink(missing_ok=True)
        back = voting.wait_recorded(20, seconds=120)
    return f"full {asked.seconds:.0f} s, intake stood still: {stalled}, again after {back:.0f} s, {voting.verdict()}"


def disk(ground: Ground) -> Path:
    return ground.stack.home / "postgres"


def fill(path: Path) -> None:
    """To the last byte."""
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        while file.write(b"\0" * CHUNK):
            pass
