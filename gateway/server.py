"""The HTTP server: uvicorn, with what it leaves to a proxy that may not be there."""

import asyncio
import os
import socket
from contextlib import suppress
from types import FrameType
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.app import Application
from gateway.context import Gateway
from gateway.door import Door, head_of_cast
from gateway.settings import GatewaySettings

AT_ONCE = 256
"""Connections accepted in one turn of the loop."""


class Server(uvicorn.Server):
    """Ends open result streams first: the server waits for every open answer to be complete.

    libuv (since 1.45) accepts one connection in each turn of the loop, and in a surge the turns are long: then those who
    come new wait for seconds before anything can be told to them.  So whatever waits to be accepted is accepted together.
    """

    _listener: socket.socket | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        listening = [each for server in self.servers for each in server.sockets]
        self._listener = socket.socket(fileno=os.dup(listening[0].fileno()))
        self._connecting: set[asyncio.Task[Any]] = set()
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
        await super().shutdown(sockets)

    def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(AT_ONCE):
            try:
                connection, _ = listener.accept()
            except (
                OSError
            ):  # none waits; or no file may be opened any more, which the loop's own listener deals with
                return
            connection.setblocking(False)
            task = loop.create_task(self._connect(loop, connection))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self, loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        with suppress(OSError):  # gone again
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        application = self.config.app
        assert isinstance(application, Application)
        asyncio.get_running_loop().call_soon_threadsafe(application.state.live.close)
        super().handle_exit(sig, frame)


class Together:
    """A transport that sends what is written in one turn of the event loop together: uvicorn writes an answer's head and
    body one after the other, and each would be a packet and a system call of its own.
    """

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))


class Patient(HttpToolsProtocol):
    """HTTP/1.1 that gives up on a client whose request line and headers do not come in time."""

    head_seconds: float
    waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(cast("asyncio.Transport", Together(transport, self.loop)))
        self._wait()

    def on_message_begin(self) -> None:
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self.waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None


class Guarded(Patient):
    """With a door for casts. It is passed only between requests: bytes that belong to one are its own."""

    door: Door
    reading = False
    unanswered = 0
    inside = False

    def data_received(self, data: bytes) -> None:
        head = None if self.reading or self.unanswered else head_of_cast(data)
        if head is not None:
            refusal = self.door.refusal(data, head)
            if refusal is not None:
                self._send_whole(refusal)
                return
            self.inside = True
            self.door.enter()
        super().data_received(data)

    def on_message_begin(self) -> None:
        self.reading = True
        self.unanswered += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self.reading = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.unanswered -= 1
        self._leave()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self.inside:
            self.inside = False
            self.door.leave()

    def _send_whole(self, answer: bytes) -> None:
        """As uvicorn ends an answer: from now on the connection is idle, and closed when it is so for long."""
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self.transport.write(answer)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )


def protocol(head_seconds: float, door: Door) -> type[Guarded]:
    """The class that uvicorn makes an object of for each connection."""
    return type("Protocol", (Guarded,), {"head_seconds": head_seconds, "door": door})


def door_of(gateway: Gateway) -> Door:
    """The door of this gateway's casts."""
    bus = gateway.bus
    return Door(
        gateway.caster.admission, lambda: bus.ready, gateway.catalogues, secure=gateway.settings.secure
    )


def configuration(application: Application, settings: GatewaySettings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=protocol(settings.head_seconds, door_of(application.state)),
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=settings.backlog,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=int(settings.stop_seconds),
    )
