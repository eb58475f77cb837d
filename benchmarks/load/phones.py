"""Many phones at one gateway, in one process with one event loop: bare sockets, no HTTP library, to cost little.

A phone that arrives takes a connection that is idle, as from a proxy's pool, or opens one when all are busy: it never
waits for another phone's answer.  Its latency counts from the moment it was due, however late it was sent.
"""

import asyncio
import random
from collections.abc import Iterator
from typing import cast

from benchmarks.load.tally import Outcomes

PATIENCE = 15.0
"""Seconds after which a phone gives up."""
TICK = 0.001
LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, then idle."""

    def __init__(self, phones: "Phones", first: bytes, due: float) -> None:
        self._phones, self._first, self.due = phones, first, due
        self._transport: asyncio.WriteTransport | None = None
        self._received, self._expected, self._status = b"", 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one without saying so
        self._transport.write(self._first)

    def send(self, request: bytes, due: float) -> None:
        assert self._transport is not None
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not self._expected:
            self._read_head()
        if self._expected and len(self._received) >= self._expected:
            status, head = self._status, self._received
            self._received, self._expected = b"", 0
            self._phones.answered(self, status, head)

    def _read_head(self) -> None:
        """Every answer of ours has a Content-Length, in small letters as uvicorn sends what it is given."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        place = self._received.find(LENGTH, 0, end)
        if place < 0:
            self.abort("unreadable")
            return
        stop = self._received.find(b"\r", place)
        self._expected = end + 4 + int(self._received[place + len(LENGTH) : stop])
        self._status = int(self._received[9:12])

    def connection_lost(self, _reason: Exception | None) -> None:
        self._phones.gone(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self, why: str) -> None:
        self._phones.lost(self, why)
        if self._transport is not None:
            self._transport.abort()


class Phones:
    """Sends the requests of `source` to 127.0.0.1:`port`, by `arrive` or by `loop`, and notes every answer."""

    def __init__(self, port: int, source: Iterator[bytes], warm_up: float) -> None:
        self._port, self._source = port, source
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._again = False
        self._look_at = 0.0
        self.start = self._loop.time()
        self._counts_from = self.start + warm_up
        self.outcomes = Outcomes()
        self.sent = self.most_busy = 0
        self.exhausted = False
        self.worst_lag = 0.0

    async def arrive(self, rate: float, seconds: float) -> None:
        """For so many seconds phones come at random, `rate` a second on average (a Poisson process); then wait for answers."""
        due = self.start + random.expovariate(rate)
        end = self.start + seconds
        while not self.exhausted:
            now = self._loop.time()
            while due <= now and due < end:
                self._send(due)
                self.worst_lag = max(self.worst_lag, now - due)
                due += random.expovariate(rate)
            if due >= end:
                break
            self._give_up(now)
            await asyncio.sleep(max(TICK, due - now))
        await self._settled()

    async def loop(self, connections: int) -> None:
        """So many connections, each sending the next request as soon as its last is answered, until none is left."""
        self._again = True
        for _ in range(connections):
            self._send(self._loop.time())
        while not self.exhausted:
            self._give_up(self._loop.time())
            await asyncio.sleep(0.1)
        await self._settled()

    def answered(self, connection: Connection, status: int, head: bytes) -> None:
        now = self._loop.time()
        self._busy.discard(connection)
        self.outcomes.answered(
            status, now - self.start, now - connection.due, connection.due >= self._counts_from
        )
        if status == 503 and b"\r\nretry-after:" not in head:
            self.outcomes.without_retry_after += 1
        self._idle.append(connection)
        if self._again:
            self._send(now)

    def gone(self, connection: Connection) -> None:
        """The other side has closed it; a request that it still held has no answer."""
        if connection in self._busy:
            self.lost(connection, "closed")
        elif connection in self._idle:
            self._idle.remove(connection)

    def lost(self, connection: Connection, why: str) -> None:
        self._busy.discard(connection)
        self.outcomes.lost[why] += 1
        if self._again:
            self._send(self._loop.time())

    def _send(self, due: float) -> None:
        request = next(self._source, None)
        if request is None:
            self.exhausted = True
            return
        self.sent += 1
        if self._idle:
            connection = self._idle.pop()
            self._busy.add(connection)
            connection.send(request, due)
        else:
            connection = Connection(self, request, due)
            self._busy.add(connection)
            task = self._loop.create_task(self._connect(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.most_busy = max(self.most_busy, len(self._busy))

    async def _connect(self, connection: Connection) -> None:
        try:
            await self._loop.create_connection(lambda: connection, "127.0.0.1", self._port)
        except OSError:
            self.lost(connection, "not connected")

    def _give_up(self, now: float) -> None:
        """Once a second: looking through all of them costs."""
        if now < self._look_at:
            return
        self._look_at = now + 1.0
        late = [each for each in self._busy if now - each.due > PATIENCE]
        for connection in late:
            connection.abort("no answer")

    async def _settled(self) -> None:
        while self._busy:
            self._give_up(self._loop.time())
            await asyncio.sleep(0.02)
        for connection in self._idle:
            connection.close()
        await asyncio.sleep(TICK)  # the loop closes them
