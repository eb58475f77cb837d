"""Asking a witness for its cosignature (C2SP tlog-witness, `add-checkpoint`) over HTTP."""

import base64
import http.client
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from services.common.tlog.note import COSIGNATURE, BadNote, Key

_LONGEST_ANSWER = 100_000
_MOST_PROOF_LINES = 63


class WitnessAway(Exception):
    """The witness did not answer in time, or not in HTTP."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Whom to ask, and where: `url` is its submission prefix."""

    key: Key
    url: str

    @property
    def name(self) -> str:
        return self.key.name

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `<vkey>=<URL>`. Raises ValueError."""
        head, separator, rest = text.partition("=http")
        url = f"http{rest}".rstrip("/")
        parts = urlsplit(url)
        try:
            key = Key.parse(head)
        except BadNote:
            raise ValueError("must be <vkey>=<URL>") from None
        if (
            not separator
            or key.kind != COSIGNATURE
            or parts.scheme not in ("http", "https")
            or not parts.hostname
        ):
            raise ValueError("must be <vkey>=<URL> of a witness")
        return cls(key, url)


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status and text."""

    status: int
    text: str

    @property
    def size(self) -> int | None:
        """The size in a 409: what the witness has cosigned last."""
        digits = self.text.strip()
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None


def add_checkpoint(witness: Witness, old: int, proof: Sequence[bytes], note: str, seconds: float) -> Answer:
    """Submits a checkpoint with its consistency proof from the size `old`; answers within so many seconds.

    Raises `WitnessAway`.
    """
    if len(proof) > _MOST_PROOF_LINES:
        raise ValueError("longer than any proof")
    lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
    body = f"old {old}\n{lines}\n{note}".encode()
    parts = urlsplit(witness.url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, seconds)
    try:
        with _hung_up_after(connection, seconds):
            connection.request("POST", f"{parts.path}/add-checkpoint", body, {"Content-Type": "text/plain"})
            response = connection.getresponse()
            return Answer(response.status, response.read(_LONGEST_ANSWER).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException, ValueError):
        raise WitnessAway from None
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)


@contextmanager
def _hung_up_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """The socket's own timeout is for each read: a witness that sends a byte now and then would hold us for ever."""
    timer = threading.Timer(seconds, lambda: _hang_up(connection.sock))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(sock: Any) -> None:
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(2)
