"""`make test`: prepare the machine, every static check, then every level of tests. The last line is pytest's summary.

Arguments go to pytest instead of the list of levels: `.venv/bin/python -m tests.run tests/unit -k ports`.
"""

import subprocess
import sys
from pathlib import Path

from tests import lint, prepare

LEVELS = ("unit", "component", "contract", "integration", "chaos", "e2e")


def levels() -> list[str]:
    """The folders of tests that there are, the fast ones first."""
    return [f"tests/{level}" for level in LEVELS if Path("tests", level).is_dir()]


def main(arguments: list[str]) -> int:
    """Run it all; the exit code."""
    if prepare.main():
        return 1
    bad = lint.failed()
    if bad:
        print(f"[lint] failed: {', '.join(bad)}; the tests run all the same", flush=True)
    tests = subprocess.run([sys.executable, "-m", "pytest", *(arguments or levels())], check=False)
    return tests.returncode or len(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
