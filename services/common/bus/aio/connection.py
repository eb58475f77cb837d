"""A pika connection that is opened again for ever."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPError

from services.common.bus.nodes import nodes
from services.common.bus.topology import EXCHANGES, Queue
from services.common.telemetry.health import Condition
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)
_CONNECT_SECONDS = 5.0
_GIVE_UP_SECONDS = (
    8.0  # later than pika's own limit: pika forgets a socket when it is told to stop in a handshake
)
_SET_UP_SECONDS = 10.0
_CLOSE_SECONDS = 2.0
_LEAST_PAUSE, _MOST_PAUSE = 0.2, 5.0


class Lost(Exception):
    """The connection is gone."""


class Connection:
    """``set_up(connection)`` opens channels; ``on_lost()`` is told once for every connection that was set up or tried.

    Of several nodes of the broker each try takes the next one.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        set_up: Callable[["Connection"], Awaitable[None]],
        on_lost: Callable[[], None],
    ) -> None:
        self._nodes = deque(_parameters(node, name) for node in nodes(uri))
        self._name = name
        self._set_up = set_up
        self._on_lost = on_lost
        self._pika: AsyncioConnection | None = None
        self._closed: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._condition = Condition(f"broker:{name}")
        self.ready = asyncio.Event()
        self.blocked = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._gone:
            await asyncio.wait((self._gone,), timeout=_CLOSE_SECONDS)
        self._condition.remove()

    async def channel(self) -> Any:
        """A channel; when the broker closes it, the whole connection is given up."""
        assert self._pika is not None
        opened = asyncio.get_running_loop().create_future()
        self._pika.channel(on_open_callback=_resolver(opened))
        channel = await self._until_lost(opened)
        channel.add_on_close_callback(lambda _channel, _reason: self._mark_closed())
        return channel

    async def ask(self, operation: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A channel's operation that takes a ``callback``; gives what the broker answers."""
        answered = asyncio.get_running_loop().create_future()
        operation(*arguments, callback=_resolver(answered), **options)
        return await self._until_lost(answered)

    async def declare_exchanges(self, channel: Any) -> None:
        for exchange in EXCHANGES:
            await self.ask(channel.exchange_declare, exchange.name, exchange.type, durable=True)

    async def declare(self, channel: Any, *queues: Queue) -> None:
        for queue in queues:
            await self.ask(
                channel.queue_declare, queue.name, durable=queue.durable, arguments=queue.arguments
            )
            if queue.exchange:
                await self.ask(channel.queue_bind, queue.name, queue.exchange, queue.routing_key)

    async def _run(self) -> None:
        pause = _LEAST_PAUSE
        while True:
            try:
                await self._open()
                pause = _LEAST_PAUSE
                await self._serve()
            except (Lost, TimeoutError, OSError, AMQPError) as error:
                _log.warning("no connection to the broker", name=self._name, kind=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next try comes
                _log.exception("connection to the broker failed", error, name=self._name)
            finally:
                self._give_up()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            pause = min(_MOST_PAUSE, pause * 2)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Any] = loop.create_future()
        self._closed, self._gone = loop.create_future(), loop.create_future()
        self._nodes.rotate()
        self._pika = AsyncioConnection(
            self._nodes[0],
            on_open_callback=_resolver(opened),
            on_open_error_callback=partial(self._on_gone, self._gone),
            on_close_callback=partial(self._on_gone, self._gone),
            custom_ioloop=loop,
        )
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            await self._until_lost(opened)
        self._pika.add_on_connection_blocked_callback(lambda *_: self._mark_blocked(True))
        self._pika.add_on_connection_unblocked_callback(lambda *_: self._mark_blocked(False))
        async with asyncio.timeout(_SET_UP_SECONDS):
            await self._set_up(self)

    async def _serve(self) -> None:
        assert self._closed is not None
        self._mark_blocked(False)
        self.ready.set()
        _log.info("connected to the broker", name=self._name)
        await self._closed
        raise Lost

    def _give_up(self) -> None:
        self.ready.clear()
        self._condition.lost("no connection to the broker")
        connection, self._pika = self._pika, None
        if connection is not None and not (connection.is_closed or connection.is_closing):
            with suppress(AMQPError, OSError, AssertionError):
                connection.close()
        self._on_lost()

    async def _until_lost(self, answer: asyncio.Future[Any]) -> Any:
        assert self._closed is not None
        await asyncio.wait((answer, self._closed), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise Lost
        return answer.result()

    def give_up(self) -> None:
        """The connection is open and of no use: another one, to another node if there are several."""
        self._mark_closed()

    def _mark_closed(self) -> None:
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def _on_gone(self, gone: asyncio.Future[None], _connection: Any, _reason: Any) -> None:
        if not gone.done():
            gone.set_result(None)
        if gone is self._gone:
            self._mark_closed()

    def _mark_blocked(self, blocked: bool) -> None:
        self.blocked = blocked
        if blocked:
            self._condition.lost("the broker refuses publishers")
        else:
            self._condition.ok()


def _resolver(future: asyncio.Future[Any]) -> Callable[..., None]:
    def resolve(answer: Any = None) -> None:
        if not future.done():
            future.set_result(answer)

    return resolve


def _parameters(uri: str, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(uri)
    parameters.heartbeat = 10
    parameters.connection_attempts = 1
    parameters.socket_timeout = 3.0
    parameters.stack_timeout = _CONNECT_SECONDS
    parameters.blocked_connection_timeout = None
    parameters.client_properties = {"connection_name": name}
    return parameters
