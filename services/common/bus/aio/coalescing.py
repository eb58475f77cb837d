"""Gathering items that are sent at about the same time into one message.

Pure of any broker: a ``Coalescer`` decides what goes together and when, a ``Parcel`` is one message on its way and knows
what each of its senders must be told, whatever happens to it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter, Histogram

from services.common.contract import Batch, error_of
from services.common.errors import DomainError, Unavailable
from services.common.telemetry.metrics import ITEMS, SECONDS

SIZE = Histogram("bus_batch_message_items", "Items gathered into one message", ["queue"], buckets=ITEMS)
CONFIRM = Histogram(
    "bus_batch_confirm_seconds", "From sending a message to its confirm", ["queue"], buckets=SECONDS
)
REPLY = Histogram(
    "bus_batch_reply_seconds", "From sending a message to its reply", ["queue"], buckets=SECONDS
)
NOT_CONFIRMED = Counter(
    "bus_batch_not_confirmed_items_total", "Items the broker did not confirm", ["queue", "reason"]
)
PENDING = Counter("bus_batch_pending_items_total", "Items confirmed and not answered in time", ["queue"])


class NotConfirmed(Unavailable):
    """The broker has not confirmed the item in time: nothing is promised, though it may still be done."""


@dataclass(frozen=True)
class Pending:
    """The broker holds the item safely and it will be done; its answer did not come in time."""


Future = asyncio.Future[Any]


class Parcel:
    """One message's items and their senders.  Each sender is told exactly one thing, by whatever comes first."""

    def __init__(
        self, batch: Batch, items: list[Any], request_ids: list[str | None], futures: list[Future]
    ) -> None:
        self.batch = batch
        self.items = items
        self.request_ids = request_ids
        self._futures = futures
        self._sent_at = time.perf_counter()
        self.confirmed = False
        self.settled = False

    def __len__(self) -> int:
        return len(self._futures)

    def confirm(self) -> None:
        if not self.confirmed:
            self.confirmed = True
            CONFIRM.labels(self.batch.queue).observe(time.perf_counter() - self._sent_at)

    def answer(self, outcomes: Sequence[dict[str, Any]] | None) -> None:
        """The reply has come: one outcome for each item, in order."""
        if outcomes is None or len(outcomes) != len(self._futures):
            self.late()
            return
        REPLY.labels(self.batch.queue).observe(time.perf_counter() - self._sent_at)
        for future, outcome in zip(self._take(), outcomes, strict=True):
            if future.done():
                continue
            error = error_of(outcome, self.batch.errors)
            if error is None:
                future.set_result(outcome["ok"])
            else:
                future.set_exception(error)

    def late(self) -> None:
        """No answer will be waited for any longer."""
        if self.batch.reliable and self.confirmed:
            PENDING.labels(self.batch.queue).inc(len(self._futures))
            for future in self._take():
                if not future.done():
                    future.set_result(Pending())
        else:
            self.refuse("late")

    def refuse(self, reason: str) -> None:
        """The broker did not take the message, or nobody knows whether it did."""
        NOT_CONFIRMED.labels(self.batch.queue, reason).inc(len(self._futures))
        kind: type[DomainError] = NotConfirmed if self.batch.reliable else Unavailable
        for future in self._take():
            if not future.done():
                future.set_exception(kind())

    def _take(self) -> list[Future]:
        self.settled = True
        futures, self._futures = self._futures, []
        return futures


class Coalescer:
    """Collects items of one batch and hands out parcels.

    While no parcel of this batch is on its way, what has come in one turn of the event loop leaves at once; else a
    parcel leaves when it is full, when its first item has waited ``max_wait`` seconds, or when the last parcel on its
    way has been answered.  So one lonely item does not wait, and a crowd travels together.
    """

    def __init__(self, batch: Batch, send: Callable[[Parcel], None], loop: asyncio.AbstractEventLoop) -> None:
        self._batch, self._send, self._loop = batch, send, loop
        self._items: list[Any] = []
        self._request_ids: list[str | None] = []
        self._futures: list[Future] = []
        self._timer: asyncio.Handle | None = None
        self.on_the_way = 0

    def add(self, item: Any, request_id: str | None) -> Future:
        future = self._loop.create_future()
        self._items.append(item)
        self._request_ids.append(request_id)
        self._futures.append(future)
        if len(self._items) >= self._batch.max_items:
            self.flush()
        elif self._timer is None:
            if self.on_the_way:
                self._timer = self._loop.call_later(self._batch.max_wait, self.flush)
            else:
                self._timer = self._loop.call_soon(self.flush)
        return future

    def flush(self) -> None:
        """Sends what is there; with nothing there, does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._items:
            return
        parcel = Parcel(self._batch, self._items, self._request_ids, self._futures)
        self._items, self._request_ids, self._futures = [], [], []
        SIZE.labels(self._batch.queue).observe(len(parcel))
        self.on_the_way += 1
        self._send(parcel)

    def arrived(self) -> None:
        """One parcel is on its way no longer."""
        self.on_the_way -= 1
        if not self.on_the_way:
            self.flush()
