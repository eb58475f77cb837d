"""The least HTTP/1.1 client that can be trusted to say "unknown": one connection, one request at a time, no retries."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    retry_after: float


class NoAnswer(Exception):
    """Nobody knows what became of the request. `sent` is false when it cannot have left."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__()
        self.sent = sent


class Connection:
    """To one gateway; opened again when it broke."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, token: str, body: bytes, seconds: float) -> Answer:
        """Raises NoAnswer, and then the connection is closed: an answer that comes late is never taken for the next."""
        sent = False
        try:
            async with asyncio.timeout(seconds):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(self._host, self._port)
                reader, writer = self._streams
                sent = True
                writer.write(self._request(path, token, body))
                await writer.drain()
                return await _read(reader)
        except (OSError, EOFError, ValueError, LookupError, TimeoutError) as error:
            self.close()
            raise NoAnswer(sent=sent) from error
        except asyncio.CancelledError:
            self.close()
            raise

    def _request(self, path: str, token: str, body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(_header(line) for line in head[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    try:
        content = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        content = {}
    return Answer(int(head[0].split()[1]), content, float(headers.get("retry-after", 0)))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
