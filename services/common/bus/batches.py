"""``serve_batch``: the answering side of a ``Batch``."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import eventlet
import orjson
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from prometheus_client import Counter, Gauge, Histogram

from services.common import failpoints
from services.common.bus.barrier import Holdings
from services.common.bus.bisect import outcomes_of
from services.common.bus.consumer import Consumer, Source
from services.common.bus.container import run_method
from services.common.bus.dead_letters import bury
from services.common.bus.dependency import environ_of
from services.common.bus.intake import STOP_SECONDS, DeadLetterOffice
from services.common.bus.link import Backoff, Delivery, LinkLost
from services.common.bus.topology import HEADER_SENT, batch_queue, dead_queue, questions_key
from services.common.contract import Batch, outcome_error
from services.common.database import is_away
from services.common.errors import InternalError, Unavailable
from services.common.settings import ProcessSettings
from services.common.telemetry.health import Condition
from services.common.telemetry.logs import get_logger, set_request_id
from services.common.telemetry.metrics import ITEMS, SECONDS, measured

_log = get_logger(__name__)

HANDLED = Counter("bus_batch_items_total", "Items of batches by what became of them", ["queue", "outcome"])
IN_HAND = Gauge("bus_batch_messages_in_hand", "Messages taken from the queue and not acknowledged", ["queue"])
OLDEST = Gauge(
    "bus_batch_oldest_message_seconds",
    "Age of the oldest message at the moment a worker begins with it; 0 with nothing to do",
    ["queue"],
)
SIZE = Histogram("bus_batch_handled_items", "Items handed to the method together", ["queue"], buckets=ITEMS)
DURATION = Histogram(
    "bus_batch_seconds", "From handing items to the method to its answer", ["queue"], buckets=SECONDS
)


@dataclass(frozen=True)
class _Part:
    """A message and its decoded items."""

    delivery: Delivery
    items: list[Any]
    request_ids: list[str | None]


class ServeBatch(Entrypoint):
    """``@serve_batch(contract.THINGS)``: the method gets a list of items and returns one outcome for each, in order.

    The method commits; then each sender is answered; then the messages are acknowledged, or before the answers where they
    come again.  Several waiting messages are joined up to ``join`` items, so that a backlog makes bigger transactions.  If
    the method raises, see ``bisect``: a bad item goes to the dead letters (of a reliable batch; one that is not reliable may hold what must not be kept) and its
    sender gets ``internal``.  If a dependency is away, nothing is acknowledged, ``/readyz`` says so, and it tries again.
    """

    office = DeadLetterOffice()

    def __init__(self, batch: Batch, join: int = 1024, prefetch: int = 8) -> None:
        super().__init__()
        self.batch = batch
        self.join = join
        self.prefetch = prefetch
        self._waiting: deque[Delivery] = deque()
        self._holdings = Holdings()
        self._arrived = threading.Event()
        self._stopping = False

    def setup(self) -> None:
        self.name = self.batch.queue
        self._failpoint = ProcessSettings.load(environ_of(self.container)).failpoint
        self._condition = Condition(f"batch:{self.name}")
        self._condition.ok()
        self._consumer = Consumer(self.container.config["AMQP_URI"], self.name)
        self._consumer.add(self._source())

    def _source(self) -> Source:
        return Source(
            batch_queue(self.batch),
            self.prefetch,
            self._take,
            needs=(dead_queue(self.name),),
            questions=questions_key(self.batch),
            answer=self._holdings.asked,
        )

    def start(self) -> None:
        self.container.spawn_managed_thread(self._consumer.run, identifier="batch reader")
        self._worker = self.container.spawn_managed_thread(self._work, identifier="batch worker")

    def stop(self) -> None:
        """Finishes what the method has in hand; what only waits goes back to the queue."""
        self._stopping = True
        self._consumer.pass_over()
        self._arrived.set()
        until = time.monotonic() + STOP_SECONDS
        while not self._worker.dead and time.monotonic() < until:
            eventlet.sleep(0.01)
        self._consumer.close()
        self._condition.remove()

    def kill(self) -> None:
        self._consumer.close()

    def _take(self, delivery: Delivery) -> None:
        self._holdings.took(delivery)
        self._waiting.append(delivery)
        self._arrived.set()

    def _work(self) -> None:
        backoff = Backoff(0.1, 5.0)
        while not self._stopping:
            if not self._waiting:
                OLDEST.labels(self.name).set(0)
                self._arrived.wait(1.0)
                self._arrived.clear()
                continue
            parts = self._gather()
            IN_HAND.labels(self.name).set(len(parts) + len(self._waiting))
            OLDEST.labels(self.name).set(_oldest(parts))
            try:
                self._settle(parts)
                self._condition.ok()
                backoff.reset()
            except ContainerBeingKilled:
                return
            except Exception as error:  # noqa: BLE001 - nothing is acknowledged, so nothing is lost
                self._keep(parts, error)
                eventlet.sleep(backoff.pause())

    def _keep(self, parts: list[_Part], error: Exception) -> None:
        """Nothing is lost: the messages stay unacknowledged in hand and are tried again, in order."""
        self._condition.lost("a dependency is away")
        _log.exception("batch waits", error, queue=self.name, messages=len(parts))
        self._waiting.extendleft(part.delivery for part in reversed(parts))

    def _gather(self) -> list[_Part]:
        """Waiting messages whose items together do not exceed ``join``, at least one."""
        parts: list[_Part] = []
        room = self.join
        while self._waiting and (room >= self.batch.max_items or not parts):
            part = self._decoded(self._waiting.popleft())
            if part:
                parts.append(part)
                room -= len(part.items)
        return parts

    def _decoded(self, delivery: Delivery) -> _Part | None:
        if not delivery.link.alive:
            self._holdings.let_go(delivery)
            return None  # the broker gives it to somebody again
        if not self.batch.reliable and delivery.is_late():
            HANDLED.labels(self.name, "late").inc()
            self._finish(delivery)
            return None
        try:
            return _decode(delivery)
        except (ValueError, KeyError, TypeError) as error:
            self._bury_whole(delivery, error)
            return None

    def _bury_whole(self, delivery: Delivery, error: Exception) -> None:
        try:
            bury(self.office.publisher, self.name, delivery, "undecodable", error)
            self._holdings.put_aside()
            self._finish(delivery)
        except LinkLost:
            eventlet.sleep(1.0)
            delivery.requeue()
            self._holdings.let_go(delivery)

    def _finish(self, delivery: Delivery) -> None:
        delivery.ack()
        self._holdings.finished(delivery)

    def _settle(self, parts: list[_Part]) -> None:
        if not parts:
            return
        items = [item for part in parts for item in part.items]
        SIZE.labels(self.name).observe(len(items))
        with measured(DURATION.labels(self.name)):
            outcomes = outcomes_of(self._call, items, _is_passing, self._giver_up(parts))
        self._failpoint.reach(failpoints.BATCH_COMMITTED)
        # RabbitMQ 3 ends a connection that answers somebody whose node is gone: else such a message came for ever.
        for part in parts:
            if part.delivery.redelivered:
                self._finish(part.delivery)
        start = 0
        for part in parts:
            end = start + len(part.items)
            part.delivery.reply(orjson.dumps({"outcomes": outcomes[start:end]}))
            start = end
        self._failpoint.reach(failpoints.BATCH_ANSWERED)
        for part in parts:
            if not part.delivery.redelivered:
                self._finish(part.delivery)
        _count(self.name, outcomes)

    def _call(self, items: list[Any]) -> list[dict[str, Any]]:
        return run_method(self.container, self, {"items": items})

    def _giver_up(self, parts: list[_Part]) -> Callable[[int, Exception], dict[str, Any]]:
        def give_up(position: int, error: Exception) -> dict[str, Any]:
            part, index = _locate(parts, position)
            set_request_id(part.request_ids[index])
            _log.exception(
                "item of a batch failed", error, queue=self.name, message_id=part.delivery.message_id
            )
            set_request_id(None)
            if self.batch.reliable:
                self._holdings.put_aside()
                bury(
                    self.office.publisher,
                    self.name,
                    part.delivery,
                    "failed",
                    error,
                    encode([part.items[index]]),
                )
            return outcome_error(InternalError())

        return give_up


serve_batch = ServeBatch.decorator


def encode(items: list[Any], request_ids: list[str | None] | None = None) -> bytes:
    """A batch's body on the wire."""
    return orjson.dumps({"items": items, "request_ids": request_ids or [None] * len(items)})


def _decode(delivery: Delivery) -> _Part:
    message = orjson.loads(delivery.body)
    items, request_ids = message["items"], message["request_ids"]
    if not isinstance(items, list) or not items or len(items) != len(request_ids):
        raise ValueError("not a batch")
    if not all(isinstance(item, dict) for item in items):
        raise ValueError("not a batch")
    return _Part(delivery, items, request_ids)


def _oldest(parts: list[_Part]) -> float:
    """In seconds, by two machines' clocks; 0 where nobody says when it was sent."""
    now = int(time.time() * 1000)
    sent = [part.delivery.header(HEADER_SENT, int) for part in parts]
    return max([0, *(now - moment for moment in sent if moment is not None)]) / 1000


def _is_passing(error: Exception) -> bool:
    return isinstance(error, (Unavailable, LinkLost, ContainerBeingKilled)) or is_away(error)


def _locate(parts: list[_Part], position: int) -> tuple[_Part, int]:
    for part in parts:
        if position < len(part.items):
            return part, position
        position -= len(part.items)
    raise IndexError


def _count(queue: str, outcomes: list[dict[str, Any]]) -> None:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        name = "ok" if "ok" in outcome else str(outcome.get("error", {}).get("code", "internal"))
        counts[name] = counts.get(name, 0) + 1
    for name, number in counts.items():
        HANDLED.labels(queue, name).inc(number)
