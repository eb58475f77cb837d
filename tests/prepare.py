"""What the tests need of the machine: installed as root by apt-get, else named in one sentence. `python -m tests.prepare`."""

import shutil
import sys
from pathlib import Path

from deploy.local import packages, postgres, rabbitmq
from deploy.local.console import Unusable

SUMDB = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
"""Go's own reading of signed notes and logs, which judges ours (tests/unit/auditor/test_second_opinion.py)."""


def missing() -> list[str]:
    """The Debian packages still to be installed; what a Docker engine or a given broker replaces is not needed."""
    here = {
        "rabbitmq-server": rabbitmq.find_script() is not None,
        "postgresql": postgres.find_programs() is not None,
        "iproute2": shutil.which("ss") is not None,
        "wrk": shutil.which("wrk") is not None,
        "chromium": any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")),
        "golang-go": shutil.which("go") is not None,
        "golang-golang-x-mod-dev": SUMDB.is_dir(),
        "fonts-noto-cjk": any(Path("/usr/share/fonts").rglob("*CJK*")),
    }
    return [package for package, present in here.items() if not present]


def main() -> int:
    """Install what is missing; the exit code."""
    wanted = missing()
    if not wanted:
        return 0
    try:
        packages.install(*wanted)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
