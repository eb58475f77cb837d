"""A small TCP proxy between a gateway and the broker, with faults that can be switched while it runs.

It runs in a thread with an event loop of its own. Client to broker bytes pass untouched unless stalled; broker to client
bytes are AMQP 0-9-1 frames, so that single methods can be held back or turned into others.
"""

import asyncio
import contextlib
import struct
import threading
from dataclasses import dataclass

_HEAD = struct.Struct(">BHI")
_METHOD, _FRAME_END = 1, 1
_BASIC_ACK, _BASIC_NACK = struct.pack(">HH", 60, 80), struct.pack(">HH", 60, 120)


@dataclass
class Faults:
    """What goes wrong now. `stalled`: nothing passes either way and nobody is told, as with a cut cable.

    `confirm_delay` seconds pass before a confirm goes on, and with it everything behind it; `refuse` turns confirms into
    refusals although the broker has the message.
    """

    stalled: bool = False
    confirm_delay: float = 0.0
    refuse: bool = False


class Proxy:
    """`start()`, point a client at `port`, set `faults`, `stop()`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.faults = Faults()
        self.port = 0
        self.refused = 0
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._stop: asyncio.Event
        self._thread = threading.Thread(target=self._main, name="proxy", daemon=True)

    def start(self) -> "Proxy":
        self._thread.start()
        if not self._listening.wait(10):
            raise RuntimeError("the proxy did not start")
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stop.wait()
        server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._join(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._running.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours, theirs = await asyncio.open_connection(*self._target)
        ways = [
            asyncio.create_task(self._forward(reader, theirs)),
            asyncio.create_task(self._backward(ours, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            theirs.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._while_stalled()
            writer.write(data)
            await writer.drain()

    async def _backward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(_HEAD.size)
                kind, _channel, size = _HEAD.unpack(head)
                payload = await reader.readexactly(size + _FRAME_END)
                writer.write(head + await self._changed(kind, payload))
                await writer.drain()

    async def _changed(self, kind: int, payload: bytes) -> bytes:
        await self._while_stalled()
        if kind != _METHOD or not payload.startswith(_BASIC_ACK):
            return payload
        if self.faults.confirm_delay:
            await asyncio.sleep(self.faults.confirm_delay)
        if not self.faults.refuse:
            return payload
        self.refused += 1
        return _BASIC_NACK + payload[len(_BASIC_NACK) :]  # ack and nack differ in this number only

    async def _while_stalled(self) -> None:
        while self.faults.stalled:  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.05)
