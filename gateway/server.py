"""The HTTP server: uvicorn, with what it leaves to a proxy that may not be there."""

import asyncio
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.app import Application
from gateway.settings import GatewaySettings


class Server(uvicorn.Server):
    """Ends open result streams first: the server waits for every open answer to be complete."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        application = self.config.app
        assert isinstance(application, Application)
        asyncio.get_running_loop().call_soon_threadsafe(application.state.live.close)
        super().handle_exit(sig, frame)


def protocol(head_seconds: float) -> type[HttpToolsProtocol]:
    """HTTP/1.1 that gives up on a client whose request line and headers do not come in time."""

    class Patient(HttpToolsProtocol):
        waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
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
            self.waiting = self.loop.call_later(head_seconds, self.transport.close)

        def _stop_waiting(self) -> None:
            if self.waiting is not None:
                self.waiting.cancel()
                self.waiting = None

    return Patient


def configuration(application: Application, settings: GatewaySettings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=protocol(settings.head_seconds),
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
