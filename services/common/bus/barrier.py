"""Whether everything that has been put into a batch's queue is done: also what workers have taken and not finished.

The broker tells how many messages are ready and how many consumers there are; it does not tell how many messages are
taken and unacknowledged.  So the consumers are asked, in a round of three steps:

a. A broadcast: who consumes this queue?  Each consumer answers with its identity, which is new for every connection.
b. The broker is asked, until it says in one answer: no message is ready, and as many consumers as have answered.  Then
   again while the one who asks is a consumer too: there must be just one more.
c. A broadcast: report.  Each consumer answers once everything it held on hearing this is committed and acknowledged,
   and says whether it has kept everything since (a): it is unclean if it gave a message back or put one aside.

The round has passed when each one that answered (a) has reported clean in time.  Why that suffices: who answered (a)
had been consuming before it, and who reports by the same channel after (b) was consuming all the time, so at (b) those
were all the consumers there were, and what was not ready then and not done was held by them.  A message could escape them
only by going back, which costs the identity or makes the report unclean.  A process that hangs does not answer, and a
process that dies is missing: the round fails, nothing is lost by it, and another one may be held later.

To become a consumer takes the consent of most of a queue's nodes, so a part of a cluster that has been cut off from the
others cannot pass a round; and a broker that has no leader for the queue answers that nothing is ready and nobody
consumes, where at least the one who asks must be counted.

No consumer and nothing ready means that nothing is in flight: who stops keeps its consumer until it lets go of all at once.
"""

import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

import orjson
from prometheus_client import Counter

from services.common.bus.link import Delivery, Link, LinkLost
from services.common.bus.topology import (
    EVENTS_EXCHANGE,
    JSON,
    REPLY_QUEUE,
    TRANSIENT,
    batch_queue,
    questions_key,
)
from services.common.contract import Batch
from services.common.errors import Unavailable
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)

ROUNDS = Counter(
    "bus_barrier_rounds_total", "Rounds of asking whether a batch's queue is done", ["queue", "outcome"]
)

WHO, REPORT = "who", "report"
_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 0.2
"""Between (b) and (c): what the broker counts as delivered may still be on its way to the consumer's channel."""
_MOST_ROUNDS = 32


class Outcome(Enum):
    """How a round ended."""

    PASSED = "passed"
    WAITING = "waiting"
    """Messages are ready, or some consumer did not answer who it is."""
    SILENT = "silent"
    """Somebody did not report in time."""
    UNCLEAN = "unclean"
    """Somebody gave a message back or put one aside."""


class Holdings:
    """A consumer's side: what it has in hand, and its answers about that.  For threads and greenlets alike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_hand: set[tuple[Link, int]] = set()
        self._let_go = 0
        self._rounds: dict[tuple[str, str], int] = {}
        self._reports: list[tuple[set[tuple[Link, int]], Callable[[], None]]] = []

    def took(self, delivery: Delivery) -> None:
        with self._lock:
            self._in_hand.add((delivery.link, delivery.tag))

    def finished(self, delivery: Delivery) -> None:
        """It is committed and acknowledged."""
        with self._lock:
            self._in_hand.discard((delivery.link, delivery.tag))
            due = self._due((delivery.link, delivery.tag))
        for report in due:
            report()

    def let_go(self, delivery: Delivery) -> None:
        """It went back to the queue, or was lost with its connection."""
        self.put_aside()
        self.finished(delivery)

    def put_aside(self) -> None:
        """Something of it went to the dead letters."""
        with self._lock:
            self._let_go += 1

    def asked(self, question: Delivery, identity: str) -> None:
        """Answers a question of a round, now or once it can.  What is no question is passed over."""
        try:
            body = orjson.loads(question.body)
            round_id, step = str(body["round"]), body["step"]
        except (ValueError, KeyError, TypeError):
            return
        if step == WHO:
            self._begin(identity, round_id)
            _answer(question, round_id, WHO, identity)
        elif step == REPORT:
            self._report_later(question, identity, round_id)

    def _begin(self, identity: str, round_id: str) -> None:
        with self._lock:
            self._rounds[identity, round_id] = self._let_go
            if len(self._rounds) > _MOST_ROUNDS:
                del self._rounds[next(iter(self._rounds))]

    def _report_later(self, question: Delivery, identity: str, round_id: str) -> None:
        def report() -> None:
            with self._lock:
                clean = self._rounds.pop((identity, round_id), None) == self._let_go
            _answer(question, round_id, REPORT, identity, clean)

        with self._lock:
            held = {key for key in self._in_hand if key[0] is question.link}
            if held:
                self._reports.append((held, report))
        if not held:
            report()

    def _due(self, key: tuple[Link, int]) -> list[Callable[[], None]]:
        """Reports that waited for nothing but this."""
        if not self._reports:
            return []
        for held, _ in self._reports:
            held.discard(key)
        due = [report for held, report in self._reports if not held]
        self._reports = [(held, report) for held, report in self._reports if held]
        return due


def passed(uri: str, batch: Batch, seconds: float) -> bool:
    """Whether all that was confirmed into the queue of this batch before the call is done, as one round finds.

    ``False`` says only that it is not known.  Takes ``seconds`` at most, or as long as the broker may take to answer.
    Raises ``Unavailable`` without a broker.
    """
    try:
        link = Link(uri, "barrier")
        try:
            outcome = _Round(link, batch, time.monotonic() + seconds).outcome()
        finally:
            link.close()
    except LinkLost:
        raise Unavailable from None
    ROUNDS.labels(batch.queue, outcome.value).inc()
    if outcome is not Outcome.PASSED:
        _log.info("queue is not known to be done", queue=batch.queue, outcome=outcome.value)
    return outcome is Outcome.PASSED


def depth(uri: str, batch: Batch) -> tuple[int, int]:
    """How many messages of this batch are ready, and how many consumers there are.  Raises ``Unavailable``."""
    try:
        link = Link(uri, "depth of a queue")
        try:
            link.declare(batch_queue(batch))
            return look(link, batch.queue)
        finally:
            link.close()
    except LinkLost:
        raise Unavailable from None


def look(link: Link, queue: str, channel: Any = None) -> tuple[int, int]:
    """Ready messages and consumers, both in one answer of the broker; by this channel if one is named."""
    declared = link.ask((channel or link.channel).queue_declare, queue, passive=True)
    return int(declared.message_count), int(declared.consumer_count)


class _Round:
    """The side that asks."""

    def __init__(self, link: Link, batch: Batch, until: float) -> None:
        self._link, self._batch, self._until = link, batch, until
        self._id = new_id()
        self._known: set[str] = set()
        self._reports: dict[str, bool] = {}

    def outcome(self) -> Outcome:
        self._listen()
        self._ask(WHO)
        consumers = self._all_known()
        if consumers is None:
            return Outcome.WAITING
        if not consumers:
            return Outcome.PASSED
        self._wait(lambda: False, time.monotonic() + _SETTLE_SECONDS)
        self._ask(REPORT)
        self._wait(lambda: consumers <= self._reports.keys() or not self._clean(consumers), self._until)
        if not self._clean(consumers):
            return Outcome.UNCLEAN
        return Outcome.PASSED if consumers <= self._reports.keys() else Outcome.SILENT

    def _all_known(self) -> set[str] | None:
        """Step (b): the identities of all consumers, at a moment at which nothing was ready."""
        while time.monotonic() < self._until:
            known = set(self._known)
            if look(self._link, self._batch.queue) == (0, len(known)) and self._agrees(len(known)):
                return known
            self._link.drain(_LOOK_SECONDS)
        return None

    def _agrees(self, consumers: int) -> bool:
        """The same answer while one more consumes, who got nothing: what it got before the first look comes before the
        second one's answer.  Closing the channel gives back what it got, also later.
        """
        channel, taken = self._link.new_channel(prefetch=1), list[Any]()
        self._link.ask(channel.basic_consume, self._batch.queue, callback=taken.append)
        found = look(self._link, self._batch.queue, channel)
        look(self._link, self._batch.queue, channel)
        self._link.ask(channel.close)
        return found == (0, consumers + 1) and not taken

    def _clean(self, consumers: set[str]) -> bool:
        return all(self._reports.get(consumer, True) for consumer in consumers)

    def _wait(self, enough: Callable[[], bool], until: float) -> None:
        while not enough() and (left := until - time.monotonic()) > 0:
            self._link.drain(left)

    def _listen(self) -> None:
        link = self._link
        link.declare_exchanges()
        link.declare(batch_queue(self._batch))
        link.ask(link.channel.basic_consume, REPLY_QUEUE, no_ack=True, callback=self._heard)

    def _ask(self, step: str) -> None:
        body = orjson.dumps({"round": self._id, "step": step})
        expires = str(max(1, int(1000 * (self._until - time.monotonic()))))
        self._link.publish(
            self._link.channel,
            body,
            EVENTS_EXCHANGE,
            questions_key(self._batch),
            content_type=JSON,
            delivery_mode=TRANSIENT,
            reply_to=REPLY_QUEUE,
            expiration=expires,
        )

    def _heard(self, message: Any) -> None:
        answer = orjson.loads(message.body)
        if answer["round"] != self._id:
            return
        if answer["step"] == WHO:
            self._known.add(answer["identity"])
        else:
            self._reports[answer["identity"]] = answer["clean"]


def _answer(question: Delivery, round_id: str, step: str, identity: str, clean: bool = True) -> None:
    """By the channel that the question and the messages came by, which proves that it is still open."""
    answer = {"round": round_id, "step": step, "identity": identity, "clean": clean}
    question.reply(orjson.dumps(answer))
