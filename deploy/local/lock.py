"""Resolve requirements/*.in into lock files with hashes: `make lock`."""

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("requirements")
OPTIONS = ("--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe")
# Where packages come from is the machine's business: nothing of it belongs into the lock files.
ANONYMOUS = ("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links")


def lock(name: str, arguments: list[str]) -> None:
    """Resolve one set; `arguments` go to pip-compile, such as --upgrade or --upgrade-package."""
    target, source = REQUIREMENTS / f"{name}.txt", REQUIREMENTS / f"{name}.in"
    command = [
        sys.executable,
        "-m",
        "piptools",
        "compile",
        *OPTIONS,
        *ANONYMOUS,
        *arguments,
        "-o",
        str(target),
        str(source),
    ]
    environment = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"}
    subprocess.run(command, env=environment, check=True, timeout=1800)


if __name__ == "__main__":
    for each in ("runtime", "test", "auditor"):
        lock(each, sys.argv[1:])
