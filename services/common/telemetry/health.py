"""Whether this process can do its work, and what is missing if it cannot.

Alive means that it answers at all.  Ready means that everything it needs is there.  A process that has lost its
broker or database is alive: it waits and takes up its work again by itself.
"""

import threading
from collections.abc import Callable

Probe = Callable[[], str | None]
"""Returns nothing when all is well, else a constant reason.  It must not wait long."""


class Health:
    def __init__(self) -> None:
        self._probes: dict[str, Probe] = {}
        self._lock = threading.Lock()

    def register(self, name: str, probe: Probe) -> None:
        with self._lock:
            self._probes[name] = probe

    def unregister(self, name: str) -> None:
        with self._lock:
            self._probes.pop(name, None)

    def missing(self) -> dict[str, str]:
        """What is not ready, and why."""
        with self._lock:
            probes = dict(self._probes)
        found = {name: _ask(probe) for name, probe in probes.items()}
        return {name: reason for name, reason in found.items() if reason}


def _ask(probe: Probe) -> str | None:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001 - a probe that fails is a thing not ready
        return type(error).__name__


process_health = Health()
"""The one of this process, as ``prometheus_client.REGISTRY`` is for metrics."""


class Condition:
    """A probe that is told its state: ``ok()``, ``lost("no connection")``."""

    def __init__(self, name: str, reason: str = "not started", health: Health = process_health) -> None:
        self.name = name
        self._reason: str | None = reason
        self._health = health
        health.register(name, lambda: self._reason)

    def ok(self) -> None:
        self._reason = None

    def lost(self, reason: str) -> None:
        self._reason = reason

    def remove(self) -> None:
        self._health.unregister(self.name)
