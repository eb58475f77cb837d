"""Fetching over HTTP(S): one connection that is kept, answers of bounded size, a deadline over each whole exchange."""

import gzip
import http.client
import io
import ssl
from collections.abc import Iterator
from typing import IO, cast
from urllib.parse import urlsplit

from auditor.deadlines import Deadline, TimedSocket

DEADLINE = 20.0
"""Seconds for one answer."""
MOST = 32 * 1024 * 1024
"""Bytes of one answer: a bundle of 256 leaves of 64 KiB has half of that."""


class Unreachable(Exception):
    """No answer, or one that is no use. `status` is the HTTP status, 0 where there was none."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status


class Site:
    """A server at an address such as `https://vote.example`, for one thread at a time.

    Redirections are not followed: the address that is named is the one that is read.
    """

    def __init__(self, address: str, deadline: float = DEADLINE) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an address of a server: {address}")
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._seconds = deadline
        self._deadline = Deadline(deadline)
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, most: int = MOST) -> bytes:
        """The body of the answer. Raises Unreachable; its `status` tells 404 from no answer at all."""
        response = self._ask(path)
        try:
            body = _bounded(response, most)
        except (OSError, http.client.HTTPException, EOFError) as error:
            self.close()
            raise Unreachable(f"{path}: {type(error).__name__}") from None
        if response.status != http.HTTPStatus.OK:
            raise Unreachable(f"{path}: answered {response.status}", response.status)
        return body

    def stream(self, path: str, seconds: float) -> IO[bytes]:
        """A long answer to be read from front to back, within so many seconds. Raises Unreachable."""
        response = self._ask(path, seconds)
        if response.status != http.HTTPStatus.OK:
            self.close()
            raise Unreachable(f"{path}: answered {response.status}", response.status)
        return cast("IO[bytes]", io.BufferedReader(response, 65536))

    def _ask(self, path: str, seconds: float | None = None) -> http.client.HTTPResponse:
        """Once more on a new connection when a kept one has been closed by the other side."""
        kept = self._connection is not None
        try:
            return self._exchange(path, seconds or self._seconds)
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            self.close()
            if not kept:
                raise Unreachable(f"{self.address}: {type(error).__name__}") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{self.address}: {type(error).__name__}") from None
        return self._ask(path, seconds)

    def _exchange(self, path: str, seconds: float) -> http.client.HTTPResponse:
        self._deadline.restart(seconds)
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip, identity"})
        return self._connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        seconds = self._deadline.remaining()
        if self._secure:
            context = ssl.create_default_context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=seconds, context=context
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        made.connect()
        made.sock = TimedSocket(made.sock, self._deadline)
        return made

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _bounded(response: http.client.HTTPResponse, most: int) -> bytes:
    source: IO[bytes] = cast("IO[bytes]", response)
    if response.getheader("Content-Encoding") == "gzip":
        source = cast("IO[bytes]", gzip.GzipFile(fileobj=response))
    body = source.read(most + 1)
    if len(body) > most:
        raise OSError("the answer is too long")
    return body


def chunks(source: IO[bytes], size: int = 65536) -> Iterator[bytes]:
    """The rest of a stream in pieces."""
    while chunk := source.read(size):
        yield chunk
