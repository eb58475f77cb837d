"""``/livez``, ``/readyz`` and ``/metrics`` of a process that has no other HTTP door (eventlet)."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import eventlet
import eventlet.wsgi
import orjson

from services.common.telemetry import metrics
from services.common.telemetry.health import Health, process_health

Answer = tuple[str, str, bytes]


def answer(path: str, health: Health = process_health) -> Answer:
    """Status, content type and body; also for a process that has its own HTTP server."""
    if path == "/livez":
        return "200 OK", "application/json", b'{"alive":true}'
    if path == "/readyz":
        missing = health.missing()
        status = "503 Service Unavailable" if missing else "200 OK"
        return status, "application/json", orjson.dumps({"ready": not missing, "missing": missing})
    if path == "/metrics":
        body, content_type = metrics.render()
        return "200 OK", content_type, body
    return "404 Not Found", "application/json", b'{"code":"not_found"}'


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, content_type, body = answer(environ["PATH_INFO"])
    start_response(status, [("Content-Type", content_type), ("Cache-Control", "no-store")])
    return [body]


def serve(host: str, port: int) -> eventlet.greenthread.GreenThread:
    """Starts serving; an address in use raises ``OSError`` here and now."""
    listener = eventlet.listen((host, port), reuse_port=False)
    quiet = Path(os.devnull).open("w")  # noqa: SIM115 - lives as long as the process
    return eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        application,
        log=quiet,
        log_output=False,
        debug=False,
        socket_timeout=10,
        max_size=16,
    )
