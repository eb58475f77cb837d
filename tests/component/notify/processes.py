"""Starting notify and its stand-in neighbours as processes."""

import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from deploy.local.ports import any_free
from deploy.local.processes import Command

WAIT_SECONDS = 20.0


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return found


def new_phone() -> str:
    """A number that is good whatever its last seven digits are: of 010-5 some are not."""
    return f"+82107{secrets.randbelow(10_000_000):07d}"


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def command(name: str, *module: str, **environ: str) -> Command:
    port = any_free()
    return Command(
        name,
        [sys.executable, "-m", *module],
        {"PATH": os.environ["PATH"], **environ, "TELEMETRY_PORT": str(port)},
        ready=lambda: is_ready(port),
    )


def neighbours(environ: dict[str, str]) -> Command:
    return command("neighbours", "tests.component.notify.neighbours", **environ)


def notify(environ: dict[str, str], **changes: str) -> Command:
    return command("notify", "services.run", "notify", **{**environ, **changes})
