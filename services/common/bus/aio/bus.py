"""``AsyncBus``: calls, batches and events for an asyncio process."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson

from services.common.bus.aio.coalescing import NOT_CONFIRMED, Coalescer, NotConfirmed, Parcel, Pending
from services.common.bus.aio.connection import Lost
from services.common.bus.aio.listening import Connected, Listener, Listening
from services.common.bus.aio.publishing import Publishing
from services.common.bus.client import CALLS, DURATION, result_of
from services.common.bus.topology import gone_key
from services.common.contract import Batch, Call, Event
from services.common.errors import Unavailable
from services.common.telemetry.logs import request_id

_CONNECTION_PATIENCE = 1.0
_CLOSE_SECONDS = 5.0


class AsyncBus:
    """Keeps two connections, one to publish and one to listen, and opens both again for ever.

    ``batches`` are all the batches that will be submitted; the queues of the reliable ones are made when missing, so
    that items can be promised before the first worker has ever run.  ``most_waiting`` bounds the items of one batch
    that nobody has answered yet: beyond it ``submit`` refuses at once.
    """

    def __init__(
        self, amqp_uri: str, name: str, batches: Sequence[Batch] = (), most_waiting: int = 20_000
    ) -> None:
        self._publishing = Publishing(amqp_uri, name, batches, self._on_settled)
        self._listening = Listening(amqp_uri, name)
        for batch in batches:
            self._listening.watch(gone_key(batch.queue), partial(self._publishing.gone, batch.queue))
        self._coalescers: dict[str, Coalescer] = {}
        self._waiting: dict[str, int] = {}
        self._most_waiting = most_waiting

    async def start(self) -> None:
        """Begins to connect; returns at once, broker or not."""
        self._publishing.connection.start()
        self._listening.connection.start()

    async def wait_ready(self, seconds: float) -> bool:
        ready = (self._publishing.connection.ready.wait(), self._listening.connection.ready.wait())
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*ready)
        except TimeoutError:
            return False
        return True

    @property
    def ready(self) -> bool:
        """Whether the broker takes messages now."""
        return self._publishing.usable

    async def close(self) -> None:
        """Sends what is gathered, waits a little for answers, then closes."""
        for coalescer in self._coalescers.values():
            coalescer.flush()
        until = time.monotonic() + _CLOSE_SECONDS
        while self._publishing.on_the_way and time.monotonic() < until:  # noqa: ASYNC110 - once, at the end
            await asyncio.sleep(0.02)
        await self._publishing.connection.close()
        await self._listening.connection.close()

    def subscribe(self, event: Event, listener: Listener) -> None:
        """Calls ``listener(payload)`` for each event from now on; before :meth:`start`."""
        self._listening.subscribe(event, listener)

    def on_connected(self, callback: Connected) -> None:
        """Called whenever events begin to come (again): the moment to refresh caches."""
        self._listening.on_connected.append(callback)

    async def call(self, call: Call, /, **arguments: Any) -> Any:
        """The answer.

        Raises the call's declared errors, ``InvalidInput``, ``InternalError``, or ``Unavailable`` when there is no
        answer before the call's deadline; what was asked may have been done all the same.
        """
        start = time.monotonic()
        outcome = "unavailable"
        try:
            answer = orjson.loads(await self._ask(call, arguments, start + call.deadline))
            outcome = "ok" if answer.get("error") is None else str(answer["error"].get("code", "internal"))
        finally:
            DURATION.labels(call.routing_key).observe(time.monotonic() - start)
            CALLS.labels(call.routing_key, outcome).inc()
        return result_of(call, answer)

    def waiting(self, batch: Batch) -> int:
        """Items of this batch that are submitted and not answered."""
        return self._waiting.get(batch.queue, 0)

    async def submit(self, batch: Batch, item: dict[str, Any]) -> dict[str, Any] | Pending:
        """The item's own answer; raises the batch's declared errors.

        Of a reliable batch: ``Pending`` when the broker has confirmed the item and no answer came before the batch's
        deadline; raises :class:`NotConfirmed` when the broker has not confirmed it, and then nothing is promised.
        Of any other: raises ``Unavailable`` when no answer came in time.
        """
        self._admit(batch)
        coalescer = self._coalescers.get(batch.queue)
        if coalescer is None:
            coalescer = Coalescer(batch, self._publishing.send, asyncio.get_running_loop())
            self._coalescers[batch.queue] = coalescer
        self._waiting[batch.queue] = self._waiting.get(batch.queue, 0) + 1
        try:
            return await coalescer.add(item, request_id())
        finally:
            self._waiting[batch.queue] -= 1

    def _admit(self, batch: Batch) -> None:
        refusal = "" if self._publishing.usable else "no_connection"
        if self.waiting(batch) >= self._most_waiting:
            refusal = "too_many"
        if refusal:
            NOT_CONFIRMED.labels(batch.queue, refusal).inc()
            raise NotConfirmed if batch.reliable else Unavailable

    def _on_settled(self, parcel: Parcel) -> None:
        self._coalescers[parcel.batch.queue].arrived()

    async def _ask(self, call: Call, arguments: dict[str, Any], until: float) -> bytes:
        body = orjson.dumps({"args": [], "kwargs": arguments})
        tries = 2 if call.idempotent else 1
        while True:
            tries -= 1
            await self._connected(until)
            try:
                return await self._publishing.ask(call.routing_key, body, until - time.monotonic())
            except Lost:
                if not tries:
                    raise Unavailable from None

    async def _connected(self, until: float) -> None:
        """Waits a moment for a connection that is just coming back."""
        if self._publishing.usable:
            return
        try:
            async with asyncio.timeout(min(_CONNECTION_PATIENCE, max(0.0, until - time.monotonic()))):
                await self._publishing.connection.ready.wait()
        except TimeoutError:
            raise Unavailable from None
