"""Names and arguments of every exchange and queue, and the headers messages carry.

Both sides declare what they need from here, so services may start in any order and a queue deleted by mistake comes
back with the next connection.
"""

from dataclasses import dataclass, field
from typing import Any

from services.common.contract import Batch, Event

RPC_EXCHANGE = "nameko-rpc"
EVENTS_EXCHANGE = "events"
DEAD_EXCHANGE = "dead-letters"
REPLY_QUEUE = "amq.rabbitmq.reply-to"
"""RabbitMQ's direct reply-to: no queue of ours can expire while its owner is away."""

HEADER_REQUEST_ID = "request_id"
HEADER_DEADLINE = "deadline_ms"
"""How long the sender waits, counted from sending: durations mean the same on machines whose clocks differ."""
HEADER_SENT = "sent_ms"
"""When it was sent, in milliseconds since the Unix epoch by the sender's clock: for metrics only."""
HEADER_REASON = "x-reason"
HEADER_ERROR_TYPE = "x-error-type"
HEADER_SOURCE = "x-source-queue"
HEADER_ATTEMPTS = "x-attempts"
HEADER_DIED_AT = "died-at"

PERSISTENT, TRANSIENT = 2, 1
JSON = "application/json"


@dataclass(frozen=True)
class Exchange:
    name: str
    type: str = "topic"


@dataclass(frozen=True)
class Queue:
    """A queue and the bindings that feed it; an exchange of ``""`` needs no binding.

    One that is not ``durable`` lives in the memory of one node.  When that node is gone it is gone too, and its consumers
    make it anew elsewhere; a durable one without replicas could be neither used nor made anew until its node is back.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    exchange: str = ""
    routing_key: str = ""
    durable: bool = True


_REPLICATED = {"x-queue-type": "quorum", "x-quorum-initial-group-size": 3}
"""On three nodes of a cluster, or on as many as there are."""
EXCHANGES = (Exchange(RPC_EXCHANGE), Exchange(EVENTS_EXCHANGE), Exchange(DEAD_EXCHANGE, "direct"))


def rpc_queue(service: str) -> Queue:
    """Named and bound as nameko's own RPC does it.  Not replicated: calls hold what must not be written to a disk."""
    return Queue(f"rpc-{service}", exchange=RPC_EXCHANGE, routing_key=f"{service}.*", durable=False)


def batch_queue(batch: Batch) -> Queue:
    """Reliable: replicated, on disk, refuses when full.  Else: in memory, its messages go with the broker."""
    full = {"x-max-length": batch.max_messages, "x-overflow": "reject-publish"}
    if batch.reliable:
        return Queue(batch.queue, {**full, **_quorum(batch.queue, delivery_limit=1000)})
    return Queue(batch.queue, full, durable=False)


def questions_key(batch: Batch) -> str:
    """Where the consumers of a batch's queue hear what they are asked about it (see ``barrier``)."""
    return f"{batch.queue}.questions"


def gone_key(queue: str) -> str:
    """Where whoever consumes a batch's queue tells that it was deleted, with what it held."""
    return f"{queue}.gone"


def event_queue(handler_service: str, event: Event) -> Queue:
    name = f"{handler_service}.on.{event.routing_key}"
    arguments = {"x-overflow": "reject-publish", **_quorum(name, delivery_limit=100)}
    return Queue(name, arguments, EVENTS_EXCHANGE, event.routing_key)


def dead_queue(source: str) -> Queue:
    """Looking at a letter counts as a delivery of it, and RabbitMQ 4 drops what was delivered 20 times unless told otherwise.

    Some limit there must be: without any, older brokers put what comes back behind all others.
    """
    arguments = {**_REPLICATED, "x-delivery-limit": 1_000_000_000}
    return Queue(dead_name(source), arguments, DEAD_EXCHANGE, source)


def dead_name(source: str) -> str:
    return f"{source}.dead"


def dead_lock(source: str) -> str:
    """The exclusive queue whose owner has the dead letters in hand."""
    return f"{dead_name(source)}.in-hand"


def _quorum(name: str, delivery_limit: int) -> dict[str, Any]:
    """The limit is the last line against a message that kills its worker; handlers stop poison long before.

    It is far above what killed and restarted workers do to innocent messages.
    """
    return {
        **_REPLICATED,
        "x-delivery-limit": delivery_limit,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": name,
        "x-dead-letter-strategy": "at-least-once",
    }
