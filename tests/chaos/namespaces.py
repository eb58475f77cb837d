"""Machines of a small network on this one: a network namespace each, a switch between them, and cables that can be pulled.

Every machine has two links: `cluster` to the others by the switch, and one to this machine's own network. So a cut between
machines leaves each of them reachable from here, as clients beside each would find it. Needs root and iproute2.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence

COMMAND_SECONDS = 20


class Impossible(Exception):
    """This machine allows no network namespaces; says why."""


class Network:
    """`size` machines, numbered from 1. Addresses are of 198.18.0.0/15, which no real network has (RFC 2544)."""

    def __init__(self, size: int) -> None:
        """Raises Impossible."""
        self.numbers = range(1, size + 1)
        self._name = f"mv{secrets.token_hex(3)}"
        self._part = secrets.randbelow(256)
        try:
            self._make()
        except (OSError, subprocess.SubprocessError) as error:
            self.remove()
            raise Impossible(told(error)) from error

    def address(self, number: int) -> str:
        """By which the other machines know this one."""
        return f"198.18.{self._part}.{number}"

    def outside_address(self, number: int) -> str:
        """By which it is reached from this machine's own network, whatever is cut."""
        return f"198.19.{self._part}.{4 * number + 2}"

    def inside(self, number: int) -> tuple[str, ...]:
        """What a command begins with that runs on this machine."""
        return ("ip", "netns", "exec", self._machine(number))

    def cut(self, number: int) -> None:
        """Pulls its cable to the switch: nobody is told, packets just do not arrive."""
        self._on_switch("link", "set", f"port{number}", "down")

    def heal(self, number: int) -> None:
        self._on_switch("link", "set", f"port{number}", "up")

    def remove(self) -> None:
        """Everything, also what was made only in part."""
        for name in [self._switch, *map(self._machine, self.numbers)]:
            subprocess.run(
                ["ip", "netns", "del", name], capture_output=True, timeout=COMMAND_SECONDS, check=False
            )

    @property
    def _switch(self) -> str:
        return f"{self._name}s"

    def _machine(self, number: int) -> str:
        return f"{self._name}n{number}"

    def _make(self) -> None:
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise FileNotFoundError("needs root and the command ip (package iproute2)")
        ip("netns", "add", self._switch)
        self._on_switch("link", "add", "switch", "type", "bridge")
        self._on_switch("link", "set", "switch", "up")
        for number in self.numbers:
            self._add_machine(number)

    def _add_machine(self, number: int) -> None:
        machine, cable = self._machine(number), f"{self._name}c{number}"
        ip("netns", "add", machine)
        ip("-n", machine, "link", "set", "lo", "up")
        there = ("peer", "name", "cluster", "netns", machine)
        self._on_switch("link", "add", f"port{number}", "type", "veth", *there)
        self._on_switch("link", "set", f"port{number}", "master", "switch", "up")
        ip("-n", machine, "addr", "add", f"{self.address(number)}/24", "dev", "cluster")
        ip("-n", machine, "link", "set", "cluster", "up")
        ip("link", "add", cable, "type", "veth", "peer", "name", "outside", "netns", machine)
        ip("addr", "add", f"198.19.{self._part}.{4 * number + 1}/30", "dev", cable)
        ip("link", "set", cable, "up")
        ip("-n", machine, "addr", "add", f"{self.outside_address(number)}/30", "dev", "outside")
        ip("-n", machine, "link", "set", "outside", "up")

    def _on_switch(self, *arguments: str) -> None:
        ip("-n", self._switch, *arguments)


def ip(*arguments: str) -> None:
    """Raises OSError, subprocess.SubprocessError."""
    subprocess.run(["ip", *arguments], capture_output=True, check=True, text=True, timeout=COMMAND_SECONDS)


def told(error: Exception) -> str:
    """What the tool itself says."""
    said: Sequence[str] = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return said[-1] if said else type(error).__name__
