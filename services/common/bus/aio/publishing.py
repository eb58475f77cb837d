"""The publishing connection: calls on one channel, confirmed batches on another, replies on both.

RabbitMQ gives direct replies to the channel that asked, so replies come here and not by the events' connection.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import orjson
import pika
from pika.exceptions import AMQPError

from services.common.bus.aio.coalescing import Parcel
from services.common.bus.aio.connection import Connection, Lost
from services.common.bus.topology import (
    HEADER_DEADLINE,
    HEADER_REQUEST_ID,
    HEADER_SENT,
    JSON,
    PERSISTENT,
    REPLY_QUEUE,
    RPC_EXCHANGE,
    TRANSIENT,
    batch_queue,
    dead_queue,
)
from services.common.contract import Batch
from services.common.errors import Unavailable
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger, request_id

_log = get_logger(__name__)
Send = Callable[[str], None]
_MOST_SILENCE = 8.0
"""Seconds without any confirm, though some are due: the node may have lost the others while another one has not."""


class Publishing:
    """``on_settled(parcel)`` is told once for each parcel, when its senders have been told."""

    def __init__(
        self, uri: str, name: str, batches: Sequence[Batch], on_settled: Callable[[Parcel], None]
    ) -> None:
        self.connection = Connection(uri, f"{name} publishing", self._set_up, self._lost)
        self._batches = batches
        self._on_settled = on_settled
        self._prefix, self._numbers = new_id(), count(1)
        self._calls: dict[str, asyncio.Future[bytes]] = {}
        self._parcels: dict[str, Parcel] = {}
        self._timers: dict[str, list[asyncio.TimerHandle]] = {}
        self._unconfirmed: dict[int, str] = {}
        self._sent, self._silent_since = 0, 0.0
        self._plain: Any = None
        self._confirming: Any = None

    @property
    def usable(self) -> bool:
        return self.connection.ready.is_set() and not self.connection.blocked

    @property
    def on_the_way(self) -> int:
        """Items that nobody has answered yet."""
        return sum(map(len, self._parcels.values()))

    async def ask(self, routing_key: str, body: bytes, seconds: float) -> bytes:
        """The reply to a call.  Raises ``Unavailable`` when there is none in time, :class:`Lost` with the connection."""
        if not self.usable:
            raise Lost
        correlation_id = self._new_id()
        answer = self._calls[correlation_id] = asyncio.get_running_loop().create_future()
        try:
            properties = _properties(correlation_id, seconds, {HEADER_REQUEST_ID: request_id() or ""})
            self._publish(self._plain, RPC_EXCHANGE, routing_key, body, properties)
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise Unavailable from None
        finally:
            del self._calls[correlation_id]

    def send(self, parcel: Parcel) -> None:
        """Sends a parcel, or tells its senders that it could not."""
        correlation_id = self._new_id()
        self._parcels[correlation_id] = parcel
        if not self.usable:
            self._refuse(correlation_id, "no_connection")
            return
        body = orjson.dumps({"items": parcel.items, "request_ids": parcel.request_ids})
        try:
            self._send_body(correlation_id, parcel.batch, body)
        except Lost:
            self._refuse(correlation_id, "no_connection")

    def _send_body(self, correlation_id: str, batch: Batch, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(batch.deadline, self._late, correlation_id)]
        if batch.reliable:
            sent = {HEADER_SENT: int(time.time() * 1000)}
            properties = _properties(correlation_id, None, sent, PERSISTENT)
            self._publish(self._confirming, "", batch.queue, body, properties)
            self._sent += 1
            if not self._unconfirmed:
                self._silent_since = time.monotonic()
            self._unconfirmed[self._sent] = correlation_id
            timers.append(loop.call_later(batch.confirm_deadline, self._unconfirmed_late, correlation_id))
        else:
            self._publish(self._plain, "", batch.queue, body, _properties(correlation_id, batch.deadline, {}))
        self._timers[correlation_id] = timers

    def _publish(
        self, channel: Any, exchange: str, key: str, body: bytes, properties: pika.BasicProperties
    ) -> None:
        try:
            channel.basic_publish(exchange, key, body, properties, mandatory=True)
        except (AMQPError, OSError):
            raise Lost from None

    async def _set_up(self, connection: Connection) -> None:
        plain, confirming = await connection.channel(), await connection.channel()
        await connection.declare_exchanges(plain)
        for batch in self._batches:
            if batch.reliable:
                await connection.declare(plain, dead_queue(batch.queue), batch_queue(batch))
        for channel in (plain, confirming):
            channel.add_on_return_callback(self._on_return)
            await connection.ask(
                channel.basic_consume, REPLY_QUEUE, self._on_reply, auto_ack=True, consumer_tag=new_id()
            )
        await connection.ask(confirming.confirm_delivery, self._on_confirm)
        self._sent = 0
        self._unconfirmed.clear()
        self._plain, self._confirming = plain, confirming

    def _on_reply(self, _channel: Any, _method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        correlation_id = properties.correlation_id or ""
        waiting = self._calls.get(correlation_id)
        if waiting is not None:
            if not waiting.done():
                waiting.set_result(body)
        elif correlation_id in self._parcels:
            self._settle(correlation_id, lambda parcel: parcel.answer(_outcomes(body)))

    def _on_confirm(self, frame: pika.frame.Method) -> None:
        method = frame.method
        acknowledged = isinstance(method, pika.spec.Basic.Ack)
        for tag in self._tags_up_to(method.delivery_tag, method.multiple):
            correlation_id = self._unconfirmed.pop(tag, None)
            parcel = self._parcels.get(correlation_id or "")
            if correlation_id is None or parcel is None:
                continue
            if acknowledged:
                parcel.confirm()
                self._silent_since = time.monotonic()
            else:
                self._refuse(correlation_id, "refused")

    def _tags_up_to(self, tag: int, multiple: bool) -> list[int]:
        return [open_tag for open_tag in self._unconfirmed if open_tag <= tag] if multiple else [tag]

    def _on_return(self, _channel: Any, method: Any, properties: pika.BasicProperties, _body: bytes) -> None:
        correlation_id = properties.correlation_id or ""
        waiting = self._calls.get(correlation_id)
        if waiting is not None and not waiting.done():
            waiting.set_exception(Unavailable())
        elif correlation_id in self._parcels:
            _log.warning("nobody takes the batch", queue=method.routing_key)
            self.gone(method.routing_key)

    def gone(self, queue: str) -> None:
        """The queue was deleted, and what it held with it: a confirm for what nobody has answered promises nothing.

        One that is declared by who sends is declared again, with the next connection.  Another connection it is because a
        channel of the broker numbers what it gives to a quorum queue, by the queue's name: once, after a deletion under
        load, RabbitMQ 3.10 confirmed what came by an old channel and delivered nothing of it.
        """
        for correlation_id, parcel in list(self._parcels.items()):
            if parcel.batch.queue == queue:
                self._refuse(correlation_id, "unroutable")
        if any(batch.reliable and batch.queue == queue for batch in self._batches):
            self.connection.give_up()

    def _late(self, correlation_id: str) -> None:
        self._settle(correlation_id, Parcel.late)

    def _unconfirmed_late(self, correlation_id: str) -> None:
        parcel = self._parcels.get(correlation_id)
        if parcel is None or parcel.confirmed:
            return
        self._refuse(correlation_id, "late")
        if time.monotonic() - self._silent_since > _MOST_SILENCE:
            _log.warning("no confirms any more; another connection is tried", queue=parcel.batch.queue)
            self.connection.give_up()

    def _refuse(self, correlation_id: str, reason: str) -> None:
        self._settle(correlation_id, lambda parcel: parcel.refuse(reason))

    def _settle(self, correlation_id: str, how: Callable[[Parcel], None]) -> None:
        parcel = self._parcels.pop(correlation_id, None)
        if parcel is None:
            return
        for timer in self._timers.pop(correlation_id, ()):
            timer.cancel()
        how(parcel)
        self._on_settled(parcel)

    def _lost(self) -> None:
        """Replies to what was sent cannot come any more: whatever is confirmed is pending, the rest is not promised."""
        self._unconfirmed.clear()
        for correlation_id in list(self._parcels):
            self._late(correlation_id)
        for waiting in self._calls.values():
            if not waiting.done():
                waiting.set_exception(Lost())

    def _new_id(self) -> str:
        return f"{self._prefix}{next(self._numbers)}"


def _properties(
    correlation_id: str, seconds: float | None, headers: dict[str, Any], mode: int = TRANSIENT
) -> pika.BasicProperties:
    """With ``seconds`` the broker drops the message when nobody waits for its reply any longer."""
    expiration = None
    if seconds is not None:
        expiration = str(max(1, int(1000 * seconds)))
        headers[HEADER_DEADLINE] = int(expiration)
    return pika.BasicProperties(
        content_type=JSON,
        content_encoding="utf-8",
        headers=headers,
        delivery_mode=mode,
        correlation_id=correlation_id,
        message_id=correlation_id,
        reply_to=REPLY_QUEUE,
        expiration=expiration,
    )


def _outcomes(body: bytes) -> list[dict[str, Any]] | None:
    try:
        return orjson.loads(body)["outcomes"]
    except (ValueError, KeyError, TypeError):
        return None
