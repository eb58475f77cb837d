"""`make test`: prepare the machine, every static check, then every level of tests. The last line is pytest's summary.

Arguments go to pytest instead of the list of levels: `.venv/bin/python -m tests.run tests/unit -k ports`. TEST_WORKERS says how many
processes run tests (0: all in pytest's own).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from tests import lint, prepare

# The long ones first: what is short fills the gaps that they leave.
LEVELS = ("chaos", "e2e", "integration", "component", "contract", "unit")
MOST_WORKERS = 6


def levels() -> list[str]:
    """The folders of tests that there are."""
    return [f"tests/{level}" for level in LEVELS if Path("tests", level).is_dir()]


def workers() -> str:
    """Two more than there are processors, because a test often waits for a process; each has a broker and a database server."""
    return os.environ.get("TEST_WORKERS") or str(min(MOST_WORKERS, len(os.sched_getaffinity(0)) + 2))


def pytest(arguments: list[str]) -> int:
    """Run it; its exit code. Who ends this process ends it in order."""
    options = ["-n", workers(), "--no-loadscope-reorder"]
    with subprocess.Popen([sys.executable, "-m", "pytest", *options, *arguments]) as tests:

        def interrupt(_number: int, _frame: FrameType | None) -> None:
            tests.send_signal(signal.SIGINT)

        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells pytest itself
        return tests.wait()


def main(arguments: list[str]) -> int:
    """Run it all; the exit code."""
    if prepare.main():
        return 1
    bad = lint.failed()
    if bad:
        print(f"[lint] failed: {', '.join(bad)}; the tests run all the same", flush=True)
    return pytest(arguments or levels()) or len(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
