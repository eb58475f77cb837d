"""Consuming for ever: whatever happens to the broker, and for however long, this comes back by itself."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from amqp.exceptions import ConsumerCancelled, InternalError, PreconditionFailed

from services.common.bus.link import Backoff, Delivery, Link, LinkLost
from services.common.bus.topology import EVENTS_EXCHANGE, Queue, gone_key
from services.common.ids import new_id
from services.common.telemetry.health import Condition
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)
_READ_SECONDS = 1.0
_NOT_LIKE_THIS = (InternalError, PreconditionFailed)


@dataclass
class Source:
    """One queue to consume, on a channel of its own.  ``take`` must not wait: it runs in the reader."""

    queue: Queue
    prefetch: int
    take: Callable[[Delivery], None]
    needs: tuple[Queue, ...] = field(default_factory=tuple)
    """Queues that must exist too, such as the one for dead letters."""
    questions: str = ""
    """Routing key of questions to the consumers of this queue; they come by the same channel as its messages."""
    answer: Callable[[Delivery, str], None] | None = None
    """Gets each question and the identity of this consumer, which is new for every connection.  Must not wait."""


class Consumer:
    """Owns one connection and its reader."""

    def __init__(self, uri: str, name: str) -> None:
        self._uri, self._name = uri, name
        self._sources: list[Source] = []
        self._stop = threading.Event()
        self._taking = True
        self._link: Link | None = None
        self._tags: list[tuple[Any, str]] = []
        self._cancelled = False
        self._durable_after_all: set[str] = set()
        self._condition = Condition(f"broker:{name}")

    def add(self, source: Source) -> None:
        """Before :meth:`run`."""
        self._sources.append(source)

    def run(self) -> None:
        """Returns only after :meth:`close`."""
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                self._open()
                backoff.reset()
                while not self._stop.is_set():
                    self._read()
            except LinkLost as lost:
                self._lost(lost)
                self._stop.wait(backoff.pause())
            except Exception as error:  # noqa: BLE001 - whatever it was, it comes back by itself
                _log.exception("reading from the broker failed", error)
                self._lost(LinkLost())
                self._stop.wait(backoff.pause())

    def _read(self) -> None:
        if self._link is None:
            raise LinkLost
        self._link.drain(_READ_SECONDS)

    def pass_over(self) -> None:
        """New deliveries are left lying, unacknowledged, until :meth:`close`, and questions are left without an answer.

        The broker goes on counting this consumer until it lets go of everything at once.
        """
        self._taking = False

    def stop_taking(self) -> None:
        """No new deliveries; those in hand can still be answered and acknowledged."""
        self.pass_over()
        tags, self._tags = self._tags, []
        for channel, tag in tags:
            with suppress(LinkLost):
                if self._link:
                    self._link.write(channel.basic_cancel, tag, nowait=True)

    def close(self) -> None:
        """What is still in hand goes back to the broker."""
        self._stop.set()
        self._condition.remove()
        if self._link:
            self._link.close()

    def _open(self) -> None:
        link = Link(self._uri, self._name)
        self._link = link
        self._tags = []
        link.declare_exchanges()
        for source in self._sources:
            self._declare(link, source)
            self._consume(link, source)
        self._tell_gone(link)
        self._condition.ok()
        _log.info("connected to the broker", name=self._name)

    def _declare(self, link: Link, source: Source) -> None:
        """A queue in memory that is there as a durable one, or that the broker refuses (RabbitMQ 4.3 unless it is told to
        permit `transient_nonexcl_queues`), is declared durable by the next connection, and the other way round.
        """
        queue = source.queue
        link.declare(*source.needs)
        try:
            link.declare(replace(queue, durable=queue.durable or queue.name in self._durable_after_all))
        except LinkLost as lost:
            if not queue.durable and isinstance(lost.__cause__, _NOT_LIKE_THIS):
                self._durable_after_all ^= {queue.name}
                durable = queue.name in self._durable_after_all
                _log.warning("queue is declared otherwise", queue=queue.name, durable=durable)
            raise

    def _tell_gone(self, link: Link) -> None:
        """The broker ends a consumer when its queue is deleted; now that it is there again, senders hear of that."""
        if self._cancelled:
            for source in self._sources:
                link.publish(link.channel, b"{}", EVENTS_EXCHANGE, gone_key(source.queue.name))
            self._cancelled = False

    def _consume(self, link: Link, source: Source) -> None:
        channel = link.new_channel(source.prefetch)
        if not self._taking:
            return
        callback, tag = partial(self._on_message, link, source), new_id()
        link.ask(channel.basic_consume, source.queue.name, tag, callback=callback)
        self._tags.append((channel, tag))
        if source.answer:
            self._listen(link, channel, source, tag)

    def _listen(self, link: Link, channel: Any, source: Source, identity: str) -> None:
        """After it consumes, so that whoever hears a question was a consumer before it was asked."""
        declared = link.ask(channel.queue_declare, "", exclusive=True, auto_delete=True)
        link.ask(channel.queue_bind, declared.queue, EVENTS_EXCHANGE, source.questions)
        callback = partial(self._on_question, link, source, identity)
        link.ask(channel.basic_consume, declared.queue, new_id(), no_ack=True, callback=callback)

    def _on_question(self, link: Link, source: Source, identity: str, message: Any) -> None:
        if self._taking and source.answer:
            source.answer(Delivery.of(link, message), identity)

    def _on_message(self, link: Link, source: Source, message: Any) -> None:
        if self._taking:
            source.take(Delivery.of(link, message))

    def _lost(self, lost: LinkLost) -> None:
        if self._stop.is_set():
            return
        self._condition.lost("no connection to the broker")
        self._cancelled |= isinstance(lost.__cause__, ConsumerCancelled)
        if self._link:
            self._link.close()
        _log.warning(
            "no connection to the broker", name=self._name, kind=type(lost.__cause__ or lost).__name__
        )
