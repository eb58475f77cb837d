"""JSON lines that cannot hold what must not be told.

    log = get_logger(__name__)
    log.info("batch handled", items=12, seconds=0.03)

A message is a constant sentence.  Fields outside the allow-list are left out and only their names are told, so a
forgotten ``phone=`` never leaves the process.  Exceptions are told by type and place, never by their text, because
texts of libraries quote what they choked on.
"""

import logging
import sys
import traceback
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import orjson

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

BASE_FIELDS = frozenset(
    [
        "attempt",
        "backlog",
        "batch",
        "bytes",
        "change",
        "code",
        "count",
        "delay",
        "duration",
        "event",
        "event_id",
        "failed",
        "file",
        "host",
        "http_status",
        "items",
        "job",
        "key_id",
        "kind",
        "level",
        "limit",
        "message_id",
        "messages",
        "method",
        "name",
        "number",
        "outcome",
        "path_template",
        "pid",
        "port",
        "process",
        "queue",
        "reason",
        "replicas",
        "request",
        "retries",
        "route",
        "routing_key",
        "seconds",
        "service",
        "signal",
        "size",
        "state",
        "status",
        "table",
        "total",
        "version",
        "worker",
    ]
)
_LONGEST = 200
_ROOT = "services"


def request_id() -> str | None:
    """The id of the HTTP request that all this work is for, if there is one."""
    return _request_id.get()


def set_request_id(value: str | None) -> None:
    """Valid for this greenlet, thread or task."""
    _request_id.set(value[:64] if value else None)


class Logger:
    """Writes constant messages with fields."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, message: str, /, **fields: Any) -> None:
        self._write(logging.DEBUG, message, fields)

    def info(self, message: str, /, **fields: Any) -> None:
        self._write(logging.INFO, message, fields)

    def warning(self, message: str, /, **fields: Any) -> None:
        self._write(logging.WARNING, message, fields)

    def error(self, message: str, /, **fields: Any) -> None:
        self._write(logging.ERROR, message, fields)

    def exception(self, message: str, /, error: BaseException | None = None, **fields: Any) -> None:
        """An error nobody expected: with the type and the stack of ``error`` or of what is being handled."""
        self._write(logging.ERROR, message, fields, error or sys.exc_info()[1])

    def _write(
        self, level: int, message: str, fields: dict[str, Any], error: BaseException | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            # Made by hand: logging would look for the caller's place in the stack, which these lines do not tell.
            record = logging.LogRecord(self._logger.name, level, "", 0, message, None, None)
            record.__dict__.update(fields=fields, error=error)
            self._logger.handle(record)


def get_logger(name: str) -> Logger:
    return Logger(logging.getLogger(name if name.startswith((_ROOT, "gateway")) else f"{_ROOT}.{name}"))


class JsonLines(logging.Formatter):
    """Formats our records whole and everyone else's as a template without its arguments."""

    def __init__(self, service: str, allow: Iterable[str] = ()) -> None:
        super().__init__()
        self._service = service
        self._allowed = BASE_FIELDS | frozenset(allow)

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "request_id": request_id(),
        }
        line.update(self._own(record) if hasattr(record, "fields") else _foreign(record))
        return orjson.dumps({key: value for key, value in line.items() if value is not None}).decode()

    def _own(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = record.__dict__["fields"]
        told: dict[str, Any] = {"message": record.msg}
        told.update({key: _plain(value) for key, value in fields.items() if key in self._allowed})
        withheld = sorted(key for key in fields if key not in self._allowed)
        if withheld:
            told["withheld"] = withheld
        if record.__dict__.get("error"):
            told["error"] = describe_exception(record.__dict__["error"])
        return told


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    """A library's record.  Without arguments the text may have been filled in already, so only its place is told."""
    told: dict[str, Any] = {
        "message": record.msg if record.args and isinstance(record.msg, str) else "(library message)"
    }
    told["place"] = f"{record.module}:{record.lineno}"
    if record.exc_info and record.exc_info[1]:
        told["error"] = describe_exception(record.exc_info[1])
    return told


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return round(value, 6)
    return value[:_LONGEST] if isinstance(value, str) else type(value).__name__


def describe_exception(error: BaseException) -> list[dict[str, Any]]:
    """Types and places of an exception and of what led to it, outermost first; no message, no value."""
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 5:
        chain.append({"type": type(current).__qualname__, "frames": _frames(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-25:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-3:])


def configure(
    service: str, level: str = "INFO", allow: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Makes this the only way out of the process: every handler that stood before is removed.

    ``allow`` names the fields that this program may tell besides the mechanism's own.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(service, allow))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in (_ROOT, "gateway"):
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    # A record need not ask for what a line never tells.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    get_logger("process").exception("uncaught exception", error)
