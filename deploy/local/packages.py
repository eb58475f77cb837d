"""Debian packages that the stack and the tests need: installed when we may, else named in one sentence."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.local.console import Unusable, say

POLICY = Path("/usr/sbin/policy-rc.d")
APT_SECONDS = 1200
APT_STOP_SECONDS = 120
DENY = "#!/bin/sh\nexit 101\n"


def may_install() -> bool:
    """Whether this process can install Debian packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    """Install packages without starting the services that they bring. Raises Unusable when that fails."""
    if not may_install():
        raise Unusable(
            f"{packages[0]} is missing: run 'apt-get install {' '.join(packages)}' as root and try again."
        )
    say(f"Installing {', '.join(packages)} with apt-get; this takes a minute")
    with _no_services():
        _apt("update", "-qq", check=False)
        if _apt("install", "-y", "-qq", "--no-install-recommends", *packages, check=True):
            raise Unusable(
                f"apt-get could not install {' '.join(packages)}: run it by hand and see what it says."
            )


def _apt(*arguments: str, check: bool) -> int:
    """Run apt-get in a session of its own, so that Ctrl-C on the terminal does not cut dpkg off in the middle."""
    apt = subprocess.Popen(
        ["apt-get", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, messages = apt.communicate(timeout=APT_SECONDS)
    except BaseException:
        apt.send_signal(signal.SIGINT)  # apt-get lets the package at hand finish
        apt.wait(APT_STOP_SECONDS)
        raise
    if check and apt.returncode:
        say("\n".join(messages.splitlines()[-5:]))
    return apt.returncode


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep Debian from starting a server on its own default port, by policy-rc.d, unless the machine has a policy."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(DENY)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
