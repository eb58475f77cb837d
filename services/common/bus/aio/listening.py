"""The events' connection: what has happened, told to whoever listens now.

Its queue is exclusive and goes with the connection.  What happened while there was none is not told afterwards: whoever
keeps a cache refreshes it in an ``on_connected`` callback.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from services.common.bus.aio.connection import Connection
from services.common.bus.topology import EVENTS_EXCHANGE
from services.common.contract import Event
from services.common.errors import InvalidInput
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)
Listener = Callable[[dict[str, Any]], Awaitable[None] | None]
Connected = Callable[[], Awaitable[None] | None]


class Listening:
    def __init__(self, uri: str, name: str) -> None:
        self.connection = Connection(uri, f"{name} events", self._set_up, lambda: None)
        self.on_connected: list[Connected] = []
        self._events: dict[str, Event] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._signals: dict[str, Callable[[], None]] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def subscribe(self, event: Event, listener: Listener) -> None:
        """Before the bus is started."""
        self._events[event.routing_key] = event
        self._listeners.setdefault(event.routing_key, []).append(listener)

    def watch(self, routing_key: str, callback: Callable[[], None]) -> None:
        """A signal without content; before the bus is started."""
        self._signals[routing_key] = callback

    async def _set_up(self, connection: Connection) -> None:
        channel = await connection.channel()
        await connection.declare_exchanges(channel)
        declared = await connection.ask(channel.queue_declare, "", exclusive=True, auto_delete=True)
        queue = declared.method.queue
        for routing_key in (*self._events, *self._signals):
            await connection.ask(channel.queue_bind, queue, EVENTS_EXCHANGE, routing_key)
        channel.add_on_cancel_callback(lambda _frame: channel.close())
        await connection.ask(
            channel.basic_consume, queue, self._on_event, auto_ack=True, consumer_tag=new_id()
        )
        for callback in self.on_connected:
            self._run(callback)

    def _on_event(self, _channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        signal = self._signals.get(method.routing_key)
        if signal is not None:
            signal()
            return
        event = self._events[method.routing_key]
        try:
            payload = event.load(orjson.loads(body))
        except (ValueError, InvalidInput) as error:
            _log.exception("event not understood", error, event=method.routing_key)
            return
        for listener in self._listeners[method.routing_key]:
            self._run(listener, payload)

    def _run(self, function: Callable[..., Any], *arguments: Any) -> None:
        try:
            result = function(*arguments)
        except Exception as error:  # noqa: BLE001 - one listener's fault is not the next one's
            _log.exception("listener failed", error)
            return
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(_guarded(result))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _guarded(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - nobody awaits a listener
        _log.exception("listener failed", error)
