"""Make the project's virtual environment, then run Python in it.

    python3 deploy/local/bootstrap.py runtime|test [-- ARGUMENTS OF PYTHON ...]

Needs nothing but a Python and, the first time, a way to the package index: only the standard library is imported, and the
syntax is kept old so that a too old interpreter still gets as far as saying so. A second run costs one hash of the lock file.
Exit codes: 0 done, 1 something is missing (one sentence on stderr says what to do), 130 or 143 interrupted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterable  # not collections.abc: that one is no generic before Python 3.9

OLDEST = (3, 11)
# 3.11 first: it is what the lock files were resolved with and what the tests run on.
CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3")
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
# A set of requirements and the sets that are satisfied once it is installed.
SETS = {"runtime": ("runtime",), "test": ("test", "runtime")}


class Unusable(Exception):
    """Something this machine lacks; the message is one sentence that says what to do."""


def say(line: str) -> None:
    """Show one line of progress at once, also through a pipe."""
    print("[setup] " + line, flush=True)


def probe(python: str, code: str) -> bool:
    """Whether this interpreter runs this code without an error."""
    try:
        return (
            subprocess.run([python, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_python() -> str:
    """The first usable interpreter that is new enough.

    Raises Unusable when there is none.
    """
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    for name in CANDIDATES:
        path = shutil.which(name)
        if path and probe(path, check):
            return path
    raise Unusable(
        "Python 3.11 or newer was not found: install it (Debian, Ubuntu: apt-get install python3.11) and run this again."
    )


def version_of(python: str) -> str:
    """Its version as in package names, such as "3.11"."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run(
        [python, "-c", code], capture_output=True, check=True, text=True, timeout=60
    ).stdout.strip()


def ensure_venv_module(python: str) -> None:
    """Debian splits `venv` and `ensurepip` from Python: install that part if we may, else say how.

    Raises Unusable when it stays missing.
    """
    wanted = "import venv, ensurepip"
    if probe(python, wanted):
        return
    packages = [f"python{version_of(python)}-venv", "python3-venv"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for package in packages:
            say(f"Installing {package} with apt-get")
            apt_install(package)
            if probe(python, wanted):
                return
    raise Unusable(
        f"Python's venv module is missing: run 'apt-get install {packages[0]}' as root and run this again."
    )


def apt_install(package: str) -> None:
    """Install one Debian package without questions; whether it helped is for the caller to check."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
    ):
        subprocess.run(command, env=environment, capture_output=True, check=False, timeout=900)


def lock_hash(name: str) -> str:
    """What the stamp of an installed set says: the hash of its lock file."""
    return hashlib.sha256((REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest()


def stamp(name: str) -> Path:
    """Where the virtual environment keeps the hash of the set that was installed last."""
    return VENV / f".{name}.sha256"


def is_installed(name: str) -> bool:
    """Whether the environment has exactly this lock file's packages and still runs."""
    try:
        installed = stamp(name).read_text()
    except OSError:
        return False
    return installed == lock_hash(name) and os.access(VENV / "bin" / "python", os.X_OK)


def make_venv() -> None:
    """Create the environment unless a working one is there already."""
    if probe(str(VENV / "bin" / "python"), "import pip"):
        return
    python = find_python()
    ensure_venv_module(python)
    say(f"Creating .venv with {python}")
    done = subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=False, timeout=300)
    if done.returncode:
        raise Unusable(
            f"'{python} -m venv .venv' failed: see its message above, repair that Python and run this again."
        )


def install(name: str) -> None:
    """Install one set, each file checked against its hash. Raises Unusable when pip fails."""
    lock = REQUIREMENTS / f"{name}.txt"
    total = sum(line[:1].isalpha() for line in lock.read_text().splitlines())
    say(
        f"Installing {total} packages from requirements/{name}.txt; the first time this takes a minute or two"
    )
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--disable-pip-version-check",
    ]
    command += ["--no-input", "--progress-bar", "off", "-r", str(lock)]
    with tempfile.TemporaryFile("w+") as messages:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, text=True) as pip:
            show_progress(pip.stdout or (), total)
        if pip.returncode:
            messages.seek(0)
            sys.stderr.write("".join(messages.readlines()[-15:]))
            raise Unusable(
                f"pip could not install requirements/{name}.txt (its messages are above): is the package index reachable?"
            )
    for satisfied in SETS[name]:
        stamp(satisfied).write_text(lock_hash(satisfied))


def show_progress(lines: Iterable[str], total: int) -> None:
    """Turn pip's hundreds of lines into one line for every 25 packages."""
    seen = 0
    for line in lines:
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            if seen % 25 == 0:
                say(f"  {seen} of {total}")
        elif line.startswith("Installing collected"):
            say("  downloaded; unpacking")


def bootstrap(name: str) -> None:
    """Bring the environment up to this set; one process at a time, so that two stacks may start together."""
    if is_installed(name):
        return
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(name):
            make_venv()
            install(name)
            say("Python environment ready")


def interrupted(signum: int, _frame: object) -> None:
    """End by SystemExit, so that pip's process is waited for and the lock is released."""
    sys.exit(128 + signum)


def main(arguments: list[str]) -> int:
    """See the module's text. With arguments after "--", this process becomes that Python."""
    name, rest = (arguments or ["runtime"])[0], arguments[2:]
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    try:
        bootstrap(name)
    except (Unusable, subprocess.SubprocessError, OSError) as error:
        print(f"[setup] {error}", file=sys.stderr, flush=True)
        return 1
    if rest:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(ROOT)
        os.execv(VENV / "bin" / "python", [str(VENV / "bin" / "python"), *rest])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
