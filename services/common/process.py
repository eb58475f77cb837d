"""One process that hosts nameko services: starts them, tells how they are, stops them within a bounded time.

The caller has monkey-patched eventlet before importing anything else.
"""

import signal
import time
from collections.abc import Iterable, Mapping
from typing import Any

import eventlet
import psycopg2
import psycopg2.extensions
from eventlet import debug
from eventlet.hubs import trampoline
from nameko.runners import ServiceRunner

from services.common.bus.container import config, quiet_nameko
from services.common.settings import ProcessSettings, SettingError
from services.common.telemetry import http, logs
from services.common.telemetry.health import Condition

_log = logs.get_logger("services.process")
_POLL_SECONDS = 0.2
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0
_CONNECTED = (
    psycopg2.extensions.STATUS_READY,
    psycopg2.extensions.STATUS_BEGIN,
    psycopg2.extensions.STATUS_PREPARED,
)


def run(
    process: str, classes: Iterable[type], environ: Mapping[str, str], log_fields: Iterable[str] = ()
) -> int:
    """Until SIGTERM or SIGINT, or until a service fails beyond repair.  Returns the exit code."""
    settings = ProcessSettings.load(environ)
    refuse_failpoint(settings)
    logs.configure(process, settings.log_level, log_fields)
    quiet_nameko()
    debug.hub_exceptions(False)  # it would print values; whoever waits for the greenlet gets the exception
    make_psycopg_cooperative()
    stopping = _listen_for_signals()
    runner = ServiceRunner(config(settings.amqp_uri, settings.max_workers, dict(environ)))
    for service in classes:
        runner.add_service(service)
    started = Condition("services")
    if settings.telemetry_port:
        http.serve(settings.telemetry_host, settings.telemetry_port)
    runner.start()
    for container in runner.containers:
        container.raise_start_failure()
    started.ok()
    _log.info("started", process=process)
    failure = _wait(runner, stopping)
    _stop(runner, settings.stop_seconds)
    _log.info("stopped", process=process)
    return 1 if failure else 0


def refuse_failpoint(settings: ProcessSettings) -> None:
    """Raises SettingError when a failpoint is set where people vote."""
    if settings.failpoint.point and settings.environment != "dev":
        raise SettingError("MVOTING_FAILPOINT is for tests and is refused unless MVOTING_ENV is dev")


def _listen_for_signals() -> list[int]:
    """A list that the first signal is put into: a handler may not use eventlet, so the main greenlet looks at it."""
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: received.append(number))
    return received


def _wait(runner: ServiceRunner, stopping: list[int]) -> bool:
    """Whether the services ended by themselves, which they should not."""
    waiter = eventlet.spawn(_ended, runner)
    while not stopping and not waiter.dead:
        eventlet.sleep(_POLL_SECONDS)
    return not stopping


def _ended(runner: ServiceRunner) -> None:
    try:
        runner.wait()
    except Exception as error:  # noqa: BLE001 - told of, and the process ends
        _log.exception("a service ended", error)


def _stop(runner: ServiceRunner, seconds: float) -> None:
    """Gracefully, and after ``seconds`` without grace: what is unacknowledged goes back to its queue."""
    until = time.monotonic() + seconds
    stopper = eventlet.spawn(runner.stop)
    while not stopper.dead and time.monotonic() < until:
        eventlet.sleep(0.05)
    if not stopper.dead:
        _log.warning("not finished in time", seconds=seconds)


def make_psycopg_cooperative() -> None:
    """Waiting for PostgreSQL lets other greenlets run, and ends even when the server has frozen or the network is cut.

    The server's own timeouts (``statement_timeout``) come first; this one is for when it cannot even keep those.
    """
    psycopg2.extensions.set_wait_callback(_wait_for_postgresql)


def _wait_for_postgresql(connection: Any) -> None:
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        limit = _ANSWER_SECONDS if connection.status in _CONNECTED else _CONNECT_SECONDS
        late = psycopg2.OperationalError("no answer in time")
        reading = state == psycopg2.extensions.POLL_READ
        trampoline(connection.fileno(), read=reading, write=not reading, timeout=limit, timeout_exc=late)
