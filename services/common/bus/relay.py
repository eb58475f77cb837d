"""Publishes what stands in the outbox, and removes it once the broker has it.

Events leave in the order of writing as long as nothing goes wrong.  Each is claimed for some seconds before it is
published, so several relays of one service share the work without holding a database lock while they wait for the
broker; one that dies is made up for when its claims run out, at the price of an event sent twice.
"""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta

import orjson
import sqlalchemy as sa
from prometheus_client import Counter, Gauge

from services.common import outbox
from services.common.bus.link import Backoff, LinkLost
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import EVENTS_EXCHANGE, HEADER_REQUEST_ID
from services.common.database import Database, now
from services.common.errors import Unavailable
from services.common.telemetry.health import Condition
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)
_ROUND = 100
_IDLE_SECONDS = 2.0
_CLAIM = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(seconds=30)
_TIDY_SECONDS = 3600.0
_EVENTS_COME_AGAIN = timedelta(days=30)

RELAYED = Counter("outbox_events_total", "Tries to publish an event", ["event", "outcome"])
WAITING = Gauge("outbox_waiting_events", "Events that are written and not yet published", ["service"])


class OutboxRelay:
    def __init__(self, database: Database, amqp_uri: str, service: str) -> None:
        self._database = database
        self._service = service
        self._publisher = ConfirmedPublisher(amqp_uri, f"{service} outbox")
        self._work = threading.Event()
        self._stopping = False
        self._tidy_at = 0.0
        self._condition = Condition(f"outbox:{service}")
        self._condition.ok()

    def wake(self) -> None:
        self._work.set()

    def run(self) -> None:
        """Until :meth:`stop`; nothing else ends it."""
        backoff = Backoff(0.2, 10.0)
        while not self._stopping:
            try:
                full = self.relay_some() == _ROUND
                self._tidy()
                self._condition.ok()
                backoff.reset()
                if not full:
                    self._work.wait(_IDLE_SECONDS)
                    self._work.clear()
            except Exception as error:  # noqa: BLE001 - the outbox keeps what could not be sent
                self._trouble(error)
                self._work.wait(backoff.pause())

    def stop(self) -> None:
        self._stopping = True
        self.wake()
        self._condition.remove()
        self._publisher.close()

    def relay_some(self) -> int:
        """One round; how many events it tried.  Raises ``LinkLost`` or ``Unavailable`` when it could not."""
        self._publisher.connect()
        events = self._claim()
        if not events:
            return 0
        try:
            fates = self._publisher.publish(*map(_message, events))
        except LinkLost:
            self._release(events)
            raise
        self._conclude(events, fates)
        return len(events)

    def _tidy(self) -> None:
        """Now and then: events handled so long ago that they cannot come again are forgotten."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + _TIDY_SECONDS
        with self._database.write() as tx:
            if sa.inspect(tx.conn).has_table("inbox"):
                outbox.prune_inbox(tx, now(tx.conn) - _EVENTS_COME_AGAIN)
            tx.commit()

    def _claim(self) -> list[outbox.Pending]:
        with self._database.read() as conn:
            waiting = outbox.backlog(conn)
        WAITING.labels(self._service).set(waiting)
        if not waiting:
            return []
        with self._database.write() as tx:
            events = outbox.waiting(tx, _ROUND)
            outbox.postpone(tx, [event.seq for event in events], _CLAIM)
            tx.commit()
        return events

    def _release(self, events: Sequence[outbox.Pending]) -> None:
        with self._database.write() as tx:
            outbox.postpone(tx, [event.seq for event in events], timedelta(0))
            tx.commit()

    def _conclude(self, events: Sequence[outbox.Pending], fates: Sequence[Fate]) -> None:
        done = [event.seq for event, fate in zip(events, fates, strict=True) if fate is Fate.CONFIRMED]
        open_ones = [
            (event, fate) for event, fate in zip(events, fates, strict=True) if fate is not Fate.CONFIRMED
        ]
        with self._database.write() as tx:
            outbox.forget(tx, done)
            for event, _ in open_ones:
                outbox.postpone(tx, [event.seq], _pause(event.attempts))
            tx.commit()
        for event, fate in zip(events, fates, strict=True):
            RELAYED.labels(event.routing_key, fate.value).inc()
        for event, fate in open_ones:
            _log.warning(
                "event not taken by the broker",
                event=event.routing_key,
                event_id=event.event_id,
                reason=fate.value,
            )

    def _trouble(self, error: Exception) -> None:
        reason = "no connection to the broker" if isinstance(error, LinkLost) else "the database is away"
        self._condition.lost(reason if isinstance(error, (LinkLost, Unavailable)) else "failing")
        _log.exception("outbox waits", error, service=self._service)


def _message(event: outbox.Pending) -> Message:
    headers = {HEADER_REQUEST_ID: event.request_id or ""}
    return Message(
        event.event_id,
        orjson.dumps(event.payload),
        EVENTS_EXCHANGE,
        event.routing_key,
        headers,
        event.routing_key,
    )


def _pause(attempts: int) -> timedelta:
    return min(_LONGEST_PAUSE, timedelta(seconds=2 ** min(attempts, 10)))
