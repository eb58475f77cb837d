"""Messages that could not be handled: kept until a person decides.

Every source queue has one queue of dead letters.  Contents stay there: what is told about a letter are its id, size,
reason and times, never what stands in it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter

from services.common.bus.link import Delivery, Link, LinkLost
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import (
    DEAD_EXCHANGE,
    HEADER_ATTEMPTS,
    HEADER_ERROR_TYPE,
    HEADER_REASON,
    HEADER_REQUEST_ID,
    HEADER_SOURCE,
    dead_name,
    dead_queue,
)
from services.common.encodings import b64u, sha256
from services.common.errors import Unavailable
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger

_log = get_logger(__name__)

BURIED = Counter("bus_dead_letters_total", "Messages sent to a dead-letter queue", ["queue", "reason"])


@dataclass(frozen=True)
class DeadLetter:
    """What may be told about a dead letter."""

    id: str
    source: str
    reason: str
    error_type: str
    request_id: str | None
    bytes: int
    died_at: datetime | None


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
        "died-at": datetime.now(UTC),
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
        message_id=message_id,
        bytes=len(content),
    )


def count(uri: str, sources: Collection[str]) -> dict[str, int]:
    """How many dead letters each source queue has.  Raises ``Unavailable`` without a broker."""
    with _link(uri) as link:
        return {source: _declared(link, source).message_count for source in sources}


def inspect(uri: str, source: str, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters of a queue; they stay where they are."""
    with _link(uri) as link:
        _declared(link, source)
        return [_describe(source, message) for message in _held(link, source, limit)]


def replay(uri: str, source: str, ids: Collection[str], limit: int = 10_000) -> list[DeadLetter]:
    """Puts the letters with these ids back into their source queue, then removes them here.

    A crash between the two leaves both: handlers are idempotent.  Returns what was replayed.
    """
    publisher = ConfirmedPublisher(uri, "replay of dead letters")
    try:
        with _link(uri) as link:
            return [
                _describe(source, m)
                for m in _chosen(link, source, ids, limit)
                if _sent_back(publisher, source, link, m)
            ]
    except LinkLost:
        raise Unavailable from None
    finally:
        publisher.close()


def discard(uri: str, source: str, ids: Collection[str], limit: int = 10_000) -> list[DeadLetter]:
    """Removes the letters with these ids for good and returns what was removed.  The caller keeps the reason."""
    with _link(uri) as link:
        gone = []
        for message in _chosen(link, source, ids, limit):
            link.write(link.channel.basic_ack, message.delivery_info["delivery_tag"])
            gone.append(_describe(source, message))
        return gone


def _sent_back(publisher: ConfirmedPublisher, source: str, link: Link, message: Any) -> bool:
    kind = str(message.properties.get("type") or "")
    headers = {HEADER_REQUEST_ID: _headers(message).get(HEADER_REQUEST_ID) or ""}
    [fate] = publisher.publish(Message(_id(message), bytes(message.body), "", source, headers, kind))
    if fate is Fate.CONFIRMED:
        link.write(link.channel.basic_ack, message.delivery_info["delivery_tag"])
    return fate is Fate.CONFIRMED


def _chosen(link: Link, source: str, ids: Collection[str], limit: int) -> list[Any]:
    _declared(link, source)
    return [message for message in _held(link, source, limit) if _id(message) in ids]


def _held(link: Link, source: str, limit: int) -> Iterator[Any]:
    """Messages fetched and not acknowledged: closing the link puts them back in their places."""
    for _ in range(limit):
        message = link.ask(link.channel.basic_get, dead_name(source), no_ack=False)
        if message is None:
            return
        yield message


@contextmanager
def _link(uri: str) -> Iterator[Link]:
    try:
        link = Link(uri, "dead letters")
        try:
            link.declare_exchanges()
            yield link
        finally:
            link.close()
    except LinkLost:
        raise Unavailable from None


def _declared(link: Link, source: str) -> Any:
    queue = dead_queue(source)
    link.declare(queue)
    return link.ask(link.channel.queue_declare, queue.name, passive=True)


def _describe(source: str, message: Any) -> DeadLetter:
    headers = _headers(message)
    deaths = headers.get("x-death") or [{}]
    died_at = headers.get("died-at") or deaths[0].get("time")
    return DeadLetter(
        id=_id(message),
        source=source,
        reason=str(headers.get(HEADER_REASON) or deaths[0].get("reason") or "unknown"),
        error_type=str(headers.get(HEADER_ERROR_TYPE) or ""),
        request_id=headers.get(HEADER_REQUEST_ID) or None,
        bytes=len(message.body),
        died_at=died_at.replace(tzinfo=UTC) if isinstance(died_at, datetime) else None,
    )


def _headers(message: Any) -> dict[str, Any]:
    return message.properties.get("application_headers") or {}


def _id(message: Any) -> str:
    """The message's own id, else one made of its content."""
    body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
    return str(message.properties.get("message_id") or b64u(sha256(body))[:22])
