"""Every static check, or with the argument `format` the formatter: `make lint`, `make format`."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
PARTS = ("services", "gateway", "auditor", "deploy", "tests", "benchmarks", "docs")


def parts() -> list[str]:
    """The folders with Python code that there are."""
    return [part for part in PARTS if any(Path(part).rglob("*.py"))]


def typed() -> list[str]:
    """What mypy reads: all but the tests themselves, whose fakes and broken input are wrong types on purpose."""
    return [
        *(part for part in parts() if part != "tests"),
        "tests/fixtures",
        *map(str, Path("tests").glob("*.py")),
    ]


def checks() -> dict[str, list[str]]:
    """Name and command of each check."""
    folders = parts()
    return {
        "ruff check": ["ruff", "check", "--quiet", *folders],
        "ruff format": ["ruff", "format", "--check", "--quiet", *folders],
        "mypy": ["mypy", "--no-error-summary", *typed()],
        "import-linter": ["lint-imports", "--no-logo"],
        "vulture": ["vulture", *folders],
    }


def start(command: list[str]) -> "subprocess.Popen[str]":
    """Start one tool of the virtual environment; what it says is to be read from its stdout."""
    return subprocess.Popen(
        [str(BIN / command[0]), *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def failed() -> list[str]:
    """Run every check, all at once, say one after another how each went, and name those that failed."""
    bad = []
    for name, process in [(name, start(command)) for name, command in checks().items()]:
        with process:
            said, _ = process.communicate(timeout=600)
        good = process.returncode == 0
        print(f"{said}[lint] {name}: {'ok' if good else 'FAILED'}", flush=True)
        if not good:
            bad.append(name)
    return bad


def run(command: list[str]) -> int:
    """Run one tool of the virtual environment; its exit code."""
    return subprocess.run([str(BIN / command[0]), *command[1:]], check=False, timeout=600).returncode


def reformat() -> int:
    """Rewrite the code in the project's format, with the fixes that cannot change its meaning."""
    run(["ruff", "check", "--fix", "--quiet", *parts()])
    return run(["ruff", "format", *parts()])


if __name__ == "__main__":
    sys.exit(reformat() if sys.argv[1:] == ["format"] else len(failed()))
