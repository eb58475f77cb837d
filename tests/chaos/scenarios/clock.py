"""One process's clock is an hour off; everybody else's is right."""

from pathlib import Path

from deploy.local import packages
from tests.chaos.scenario import Run

SHOWS = "one process after another with a clock an hour off (libfaketime): whether a ballot counts does not depend on it"
SECONDS = 30.0
LIBRARIES = Path("/usr/lib")
# The gateway is not among them: by its clock it judges access tokens, and refuses those from the future.
PROCESSES = ("ballots-worker-1", "ballots", "polls-passes", "tally")


def run(asked: Run) -> str:
    ground, library = asked.ground, find_library()
    with ground.voting() as voting:
        for name in PROCESSES:
            offset = asked.random.choice(("+1h", "-1h"))
            ground.restart_with(name, LD_PRELOAD=library, FAKETIME=offset, FAKETIME_DONT_FAKE_MONOTONIC="1")
            voting.wait_recorded(40)
            asked.sleep(asked.seconds / 10, asked.seconds / len(PROCESSES))
            ground.restart_with(name, LD_PRELOAD="", FAKETIME="")
        ground.restart_with("ballots", LD_PRELOAD=library, FAKETIME="+1h", FAKETIME_DONT_FAKE_MONOTONIC="1")
        voting.wait_recorded(20)
    try:
        return f"processes {len(PROCESSES)}, {voting.verdict()}"
    finally:
        ground.restart_with("ballots", LD_PRELOAD="", FAKETIME="")


def find_library() -> str:
    """Installed when we may. Raises Unusable, naming the package."""
    if not found():
        packages.install("libfaketime")
    return str(found()[0])


def found() -> list[Path]:
    return sorted(LIBRARIES.glob("*/faketime/libfaketime.so.1"))
