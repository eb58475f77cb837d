"""Free TCP ports on 127.0.0.1, chosen once for each use and kept with the stack's state."""

import json
import secrets
import socket
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 15_000
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
USUAL_OUTGOING = 32_768
# Ports that this process gave away, each with the file descriptor that says so to the other processes of this machine.
_TAKEN: dict[int, int] = {}


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_listening(port: int, host: str = HOST) -> bool:
    """Whether somebody accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def take(port: int) -> bool:
    """Whether this process may give this free port to a server. No other process that asks here gets it as long as this one
    lives, however long the server takes to start: the claim is a Unix socket with an abstract name, which ends with the process.
    """
    if not is_free(port):
        return False
    if port not in _TAKEN:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0mvoting-port-{port}")
        except OSError:
            claim.close()
            return False
        _TAKEN[port] = claim.detach()
    return True


def any_free() -> int:
    """A free port that no outgoing connection is given, and that no process was given here that still lives."""
    return neighbours(1)


def neighbours(count: int) -> int:
    """The first of so many such ports in a row."""
    while True:
        first = LOWEST + secrets.randbelow(first_outgoing() - LOWEST - count + 1)
        row = range(first, first + count)
        if not any(port in _TAKEN for port in row) and all(take(port) for port in row):
            return first


def first_outgoing(setting: Path = OUTGOING) -> int:
    """The lowest port that the kernel gives to outgoing connections; a server's port had better be below."""
    try:
        return max(LOWEST + 1_000, int(setting.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return USUAL_OUTGOING


class PortBook:
    """Which use has which port, remembered in a JSON file, so that addresses survive a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = _read(path)
        self._checked: set[str] = set()

    def port(self, use: str) -> int:
        """The port for this use: the remembered one unless somebody else took it meanwhile."""
        if use not in self._checked:
            self._checked.add(use)
            remembered = self._ports.get(use)
            if remembered is None or not take(remembered):
                self._choose(use)
        return self._ports[use]

    def _choose(self, use: str) -> None:
        self._ports[use] = any_free()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._ports, indent=1, sort_keys=True) + "\n")


def _read(path: Path) -> dict[str, int]:
    try:
        stored = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {str(use): int(port) for use, port in stored.items()} if isinstance(stored, dict) else {}
