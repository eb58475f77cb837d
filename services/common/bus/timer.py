"""``every``: work that recurs."""

import threading
import time
from typing import Any

import eventlet
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from prometheus_client import Counter, Histogram

from services.common.bus.container import run_method
from services.common.database import is_away
from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import SECONDS, measured

_log = get_logger(__name__)

RUNS = Counter("timer_runs_total", "Runs of recurring work", ["job", "outcome"])
DURATION = Histogram("timer_run_seconds", "One run of recurring work", ["job"], buckets=SECONDS)


class Every(Entrypoint):
    """``@every(0.5)``: runs at once and then every so many seconds, never twice at a time.

    A run that takes longer delays the next.  A run that raises is told of and the next one comes as usual; while a
    dependency is away the pauses grow to ten times the usual.  A method that returns ``True`` has more to do and is
    called again at once.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self._stop = threading.Event()
        self._thread: Any = None

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._run, identifier=self.method_name)

    def stop(self) -> None:
        self._stop.set()
        self._thread.wait()

    def kill(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        job = f"{self.container.service_name}.{self.method_name}"
        misses = 0
        while not self._stop.is_set():
            started = time.monotonic()
            more, away = self._once(job)
            misses = min(10, misses + 1) if away else 0
            pause = self.seconds * max(1, misses) - (time.monotonic() - started)
            if more:
                eventlet.sleep(0)
            else:
                self._stop.wait(max(0.0, pause))

    def _once(self, job: str) -> tuple[bool, bool]:
        """Whether there is more to do at once, and whether a dependency was away."""
        try:
            with measured(DURATION.labels(job)):
                more = run_method(self.container, self, {}) is True
            RUNS.labels(job, "ok").inc()
            return more, False
        except ContainerBeingKilled:
            self._stop.set()
            return False, False
        except Exception as error:  # noqa: BLE001 - the next run comes as usual
            away = isinstance(error, Unavailable) or is_away(error)
            RUNS.labels(job, "waiting" if away else "failed").inc()
            _log.exception("recurring work failed", error, job=job)
            return False, away


every = Every.decorator
