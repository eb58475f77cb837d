"""Messages that could not be handled: kept until a person decides.

Every source queue has one queue of dead letters.  Contents stay there: what is told about a letter are its id, size,
reason and times, never what stands in it.

Whoever looks at letters or removes any has all of the queue's letters in hand, alone, until done: an exclusive queue of
the same name is the lock, and the broker opens it and puts the letters back in their order when the holder goes away,
however it goes.  A letter leaves only by an acknowledgement: after the broker has confirmed its copy in the source queue,
or after the reason for discarding it is kept.
"""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from amqp.exceptions import ResourceLocked
from prometheus_client import Counter

from services.common.bus.letters import About, DeadLetter, body_of, describe, headers_of, id_of
from services.common.bus.link import Delivery, Link, LinkLost
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import (
    DEAD_EXCHANGE,
    HEADER_ATTEMPTS,
    HEADER_DIED_AT,
    HEADER_ERROR_TYPE,
    HEADER_REASON,
    HEADER_REQUEST_ID,
    HEADER_SOURCE,
    dead_lock,
    dead_name,
    dead_queue,
)
from services.common.errors import Unavailable
from services.common.ids import is_id, new_id
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)

MOST_LETTERS = 1000
MOST_BYTES = 64 * 2**20
MOST_SECONDS = 10.0
"""What one look at a queue takes in hand at most; the letters after that are reached once these are gone."""
PATIENCE = 3.0
"""Seconds to wait for somebody else who has the letters in hand."""
_MOMENT = 0.2
BURIED = Counter("bus_dead_letters_total", "Messages sent to a dead-letter queue", ["queue", "reason"])

Keep = Callable[[list[DeadLetter]], None]


class InHand(Exception):
    """Somebody else has the queue's letters in hand."""


def bury(
    office: ConfirmedPublisher,
    source: str,
    delivery: Delivery,
    reason: str,
    error: BaseException | None = None,
    body: bytes | None = None,
) -> None:
    """Sends the message, or the part of it in ``body``, to the dead-letter queue of ``source``.

    Returns only when the broker has it; acknowledge the original after that.  Raises :class:`LinkLost` otherwise.
    """
    message_id = delivery.message_id if body is None and delivery.message_id else new_id()
    headers = {
        HEADER_REASON: reason,
        HEADER_ERROR_TYPE: type(error).__name__ if error else "",
        HEADER_SOURCE: source,
        HEADER_REQUEST_ID: delivery.request_id or "",
        HEADER_ATTEMPTS: delivery.header("x-delivery-count", int) or 0,
        HEADER_DIED_AT: datetime.now(UTC),
    }
    content = delivery.body if body is None else body
    kind = str(delivery.properties.get("type") or "")
    [fate] = office.publish(Message(message_id, content, DEAD_EXCHANGE, source, headers, kind))
    if fate is not Fate.CONFIRMED:
        raise LinkLost(fate.value)
    BURIED.labels(source, reason).inc()
    _log.error(
        "message sent to the dead letters",
        queue=source,
        reason=reason,
        message_id=message_id if is_id(message_id) else None,
        bytes=len(content),
    )


def _about_nothing(_body: bytes) -> Mapping[str, int]:
    return {}


def count(uri: str, sources: Collection[str]) -> dict[str, int]:
    """How many dead letters each source queue has; letters in somebody's hand are not seen.

    Raises ``Unavailable`` without a broker.
    """
    try:
        link = Link(uri, "dead letters")
        try:
            link.declare_exchanges()
            return {source: _declared(link, source) for source in sources}
        finally:
            link.close()
    except LinkLost:
        raise Unavailable from None


def is_clear(uri: str, source: str) -> bool:
    """Whether the queue has no dead letter, none in somebody's hand either.  Raises ``Unavailable``.

    It looks twice: what a killed holder had comes back a moment after its lock has opened.  The second time it asks for a
    letter, which most of the queue's nodes have to answer; one that has lost the others counts none.
    """
    try:
        with _opened(uri, source, patience=0.0) as link:
            if _declared(link, source):
                return False
            time.sleep(_MOMENT)
            return link.ask(link.channel.basic_get, dead_name(source), no_ack=False) is None
    except InHand:
        return False


def inspect(uri: str, source: str, about: About = _about_nothing) -> list[DeadLetter]:
    """The dead letters of a queue, the oldest first; they stay where they are.  Raises ``InHand``, ``Unavailable``."""
    with _opened(uri, source) as link:
        letters = [describe(source, message, about) for message in _held(link, source)]
    return sorted(letters, key=lambda letter: (letter.died_at or datetime.max.replace(tzinfo=UTC), letter.id))


def replay(uri: str, source: str, ids: Collection[str]) -> list[DeadLetter]:
    """Puts the letters with these ids back into their source queue, then removes them here.

    A crash between the two leaves both: handlers are idempotent.  Returns what was replayed; what is missing in it was
    not there, or the source queue did not take it and it stays.  Raises ``InHand``, ``Unavailable``.
    """
    publisher = ConfirmedPublisher(uri, "replay of dead letters")
    replayed = []
    try:
        with _opened(uri, source) as link:
            for message in _held(link, source):
                if id_of(message) in ids and _sent_back(publisher, source, message):
                    _remove(link, message)
                    replayed.append(describe(source, message, _about_nothing))
            _settle(link, source)
    finally:
        publisher.close()
    return replayed


def discard(
    uri: str,
    source: str,
    ids: Collection[str],
    keep: Keep,
    about: About = _about_nothing,
) -> list[DeadLetter]:
    """Removes the letters with these ids for good, once ``keep`` has returned.

    ``keep`` gets them all at once, stores for ever that and why they go, and raises if it cannot: then all stay.  After a
    crash in between they are both kept in mind and still here; discarding again must do no harm.  Returns what was
    removed.  Raises ``InHand``, ``Unavailable``.
    """
    with _opened(uri, source) as link:
        chosen = [(describe(source, m, about), m) for m in _held(link, source) if id_of(m) in ids]
        letters = [letter for letter, _ in chosen]
        if letters:
            keep(letters)
        for _, message in chosen:
            _remove(link, message)
        _settle(link, source)
    return letters


def _sent_back(publisher: ConfirmedPublisher, source: str, message: Any) -> bool:
    kind = str(message.properties.get("type") or "")
    headers = {HEADER_REQUEST_ID: headers_of(message).get(HEADER_REQUEST_ID) or ""}
    message_id = str(message.properties.get("message_id") or id_of(message))
    [fate] = publisher.publish(Message(message_id, body_of(message), "", source, headers, kind))
    return fate is Fate.CONFIRMED


def _remove(link: Link, message: Any) -> None:
    link.write(link.channel.basic_ack, message.delivery_info["delivery_tag"])


def _settle(link: Link, source: str) -> None:
    """Returns when the broker has seen every acknowledgement: it answers a channel's wishes in their order."""
    link.ask(link.channel.queue_declare, dead_name(source), passive=True)


def _held(link: Link, source: str) -> Iterator[Any]:
    """Messages fetched and not acknowledged: closing the link puts them back."""
    until, left = time.monotonic() + MOST_SECONDS, MOST_BYTES
    for _ in range(MOST_LETTERS):
        message = link.ask(link.channel.basic_get, dead_name(source), no_ack=False)
        if message is None:
            return
        yield message
        left -= len(message.body)
        if left <= 0 or time.monotonic() > until:
            return


@contextmanager
def _opened(uri: str, source: str, patience: float = PATIENCE) -> Iterator[Link]:
    """A link whose owner alone has the queue's letters in hand, until it is closed."""
    try:
        link = _locked(uri, source, time.monotonic() + patience)
        try:
            yield link
        finally:
            link.close()
    except LinkLost:
        raise Unavailable from None


def _locked(uri: str, source: str, until: float) -> Link:
    while True:
        link = Link(uri, "dead letters")
        try:
            link.ask(link.channel.queue_declare, dead_lock(source), exclusive=True, auto_delete=True)
            link.declare_exchanges()
            link.declare(dead_queue(source))
            return link
        except LinkLost as lost:
            link.close()
            if not isinstance(lost.__cause__, ResourceLocked):
                raise
        if time.monotonic() > until:
            raise InHand
        time.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - jitter, no secret


def _declared(link: Link, source: str) -> int:
    queue = dead_queue(source)
    link.declare(queue)
    return int(link.ask(link.channel.queue_declare, queue.name, passive=True).message_count)
