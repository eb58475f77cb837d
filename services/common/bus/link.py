"""One connection to the broker over py-amqp, for threads and greenlets alike.

One reader calls :meth:`Link.drain`; any number of writers publish and acknowledge.  When anything goes wrong the link is
dead for good and its owner makes another: a connection in doubt is never used again.
"""

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp import spec
from amqp.exceptions import AMQPError

from services.common.bus.nodes import nodes
from services.common.bus.topology import (
    EXCHANGES,
    HEADER_DEADLINE,
    HEADER_REQUEST_ID,
    JSON,
    RPC_EXCHANGE,
    TRANSIENT,
    Queue,
)

CONNECT_SECONDS = 3.0
"""To all nodes together."""
ANSWER_SECONDS = 6.0
HEARTBEAT_SECONDS = 10
_TICK_SECONDS = 1.0

# What py-amqp and the socket raise; AttributeError and TypeError too when the other side vanishes in mid-operation.
BROKEN = (AMQPError, OSError, ssl.SSLError, AttributeError, TypeError, ValueError)


class LinkLost(Exception):
    """The connection is gone; the cause says why."""


class _Connection(amqp.Connection):
    """Waiting for an answer ends, even while the broker sends heartbeats and no answer."""

    _answer_until = 0.0

    def expect_answer(self) -> None:
        self._answer_until = time.monotonic() + ANSWER_SECONDS

    def blocking_read(self, timeout: float | None = None) -> Any:
        if timeout is None:
            timeout = self._answer_until - time.monotonic()
            if timeout <= 0:
                raise TimeoutError
        return super().blocking_read(timeout)


class Link:
    """To the broker, or to any node of it that answers.  Raises :class:`LinkLost` when none does."""

    def __init__(self, uri: str, name: str, heartbeat: int = HEARTBEAT_SECONDS) -> None:
        self._writing = threading.Lock()
        self.alive = False
        self.blocked = False
        self._last_tick = time.monotonic()
        ways = nodes(uri)
        self._patience = CONNECT_SECONDS / len(ways)
        while not self.alive:
            try:
                self._connect(ways.pop(), name, heartbeat)
            except LinkLost:
                if not ways:
                    raise

    def _connect(self, node: str, name: str, heartbeat: int) -> None:
        self._connection = _Connection(
            **_arguments(node),
            connect_timeout=self._patience,
            heartbeat=heartbeat,
            client_properties={"connection_name": name},
        )
        self._connection.on_blocked = self._on_blocked
        self._connection.on_unblocked = self._on_unblocked
        with self._guarded():
            self._connection.connect()
            self._connection.transport.sock.settimeout(ANSWER_SECONDS)
            self._connection.expect_answer()
            self.alive = True
            self.channel = self._connection.channel()

    def new_channel(self, prefetch: int = 0) -> amqp.Channel:
        """Only before the reader starts: it waits for the broker's answer."""
        channel = self.ask(self._connection.channel)
        if prefetch:
            self.ask(channel.basic_qos, 0, prefetch, False)
        return channel

    def ask(self, operation: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """An operation that waits for the broker's answer; only before the reader starts."""
        with self._guarded():
            self._connection.expect_answer()
            return operation(*arguments, **options)

    def declare_exchanges(self) -> None:
        for exchange in EXCHANGES:
            self.ask(
                self.channel.exchange_declare, exchange.name, exchange.type, durable=True, auto_delete=False
            )

    def declare(self, *queues: Queue) -> None:
        for queue in queues:
            options = {"durable": queue.durable, "auto_delete": False, "arguments": queue.arguments}
            self.ask(self.channel.queue_declare, queue.name, **options)
            if queue.exchange:
                self.ask(self.channel.queue_bind, queue.name, queue.exchange, queue.routing_key)

    def publish(
        self,
        channel: amqp.Channel,
        body: bytes,
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
        **properties: Any,
    ) -> None:
        """Sends and does not wait.  py-amqp's own method would read from the socket here, beside the reader."""
        message = amqp.Message(body, **properties)
        with self._guarded(), self._writing:
            self._check()
            channel.send_method(
                spec.Basic.Publish, "Bssbb", (0, exchange, routing_key, mandatory, False), message
            )

    def write(self, operation: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """An operation of a channel that expects no answer (``basic_ack``, ``basic_cancel(nowait=True)``)."""
        with self._guarded(), self._writing:
            self._check()
            operation(*arguments, **options)

    def drain(self, timeout: float) -> bool:
        """Reads and dispatches until something complete has arrived; ``False`` when nothing came in time."""
        with self._guarded():
            self._check()
            self._beat()
            try:
                self._connection.drain_events(timeout=timeout)
            except TimeoutError:
                return False
            return True

    def close(self) -> None:
        """Closes without waiting for the broker's consent; what is unacknowledged goes back to its queue."""
        self.alive = False
        with suppress(*BROKEN):
            self._connection.send_method(spec.Connection.Close, "BsBB", (200, "bye", 0, 0))
        with suppress(*BROKEN):
            self._connection.collect()

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last_tick >= _TICK_SECONDS:
            self._last_tick = now
            with self._writing:
                self._connection.heartbeat_tick()

    def _check(self) -> None:
        if not self.alive:
            raise LinkLost

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            self.alive = False
            with suppress(*BROKEN):
                self._connection.collect()
            raise LinkLost from error

    def _on_blocked(self, *_reason: Any) -> None:
        self.blocked = True

    def _on_unblocked(self, *_reason: Any) -> None:
        self.blocked = False


@dataclass(frozen=True)
class Delivery:
    """A message in hand, bound to the link it came by."""

    link: Link
    channel: Any
    tag: int
    body: bytes
    routing_key: str
    properties: dict[str, Any]
    redelivered: bool
    arrived: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, link: Link, message: Any) -> "Delivery":
        info = message.delivery_info
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        return cls(
            link,
            message.channel,
            info["delivery_tag"],
            body,
            info["routing_key"],
            message.properties,
            info["redelivered"],
        )

    @property
    def headers(self) -> dict[str, Any]:
        return self.properties.get("application_headers") or {}

    @property
    def message_id(self) -> str:
        return str(self.properties.get("message_id") or "")

    @property
    def request_id(self) -> str | None:
        return self.header(HEADER_REQUEST_ID, str)

    def header(self, name: str, kind: type) -> Any:
        """A header of the right type, or nothing: headers come from outside."""
        value = self.headers.get(name)
        return value if isinstance(value, kind) else None

    def is_late(self) -> bool:
        """Whether the sender has stopped waiting.  Its own queueing time counts by the message's expiration."""
        budget = self.header(HEADER_DEADLINE, int)
        return budget is not None and time.monotonic() - self.arrived > budget / 1000

    def ack(self) -> None:
        """A lost link is no error here: the broker will deliver the message again."""
        with suppress(LinkLost):
            self.link.write(self.channel.basic_ack, self.tag)

    def requeue(self) -> None:
        with suppress(LinkLost):
            self.link.write(self.channel.basic_reject, self.tag, requeue=True)

    def reply(self, body: bytes) -> None:
        """Answers if an answer is wanted; transient and unconfirmed, since the caller has a deadline."""
        reply_to = self.properties.get("reply_to")
        if not reply_to:
            return
        exchange = "" if reply_to.startswith("amq.") else RPC_EXCHANGE
        correlation_id = self.properties.get("correlation_id", "")
        with suppress(LinkLost):
            self.link.publish(
                self.channel,
                body,
                exchange,
                reply_to,
                correlation_id=correlation_id,
                content_type=JSON,
                content_encoding="utf-8",
                delivery_mode=TRANSIENT,
            )


def _arguments(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    secure = parts.scheme == "amqps"
    return {
        "host": f"{parts.hostname or '127.0.0.1'}:{parts.port or (5671 if secure else 5672)}",
        "userid": unquote(parts.username or "guest"),
        "password": unquote(parts.password or "guest"),
        "virtual_host": unquote(parts.path[1:]) or "/",
        "login_method": "PLAIN",
        "ssl": {"server_hostname": parts.hostname, "cert_reqs": ssl.CERT_REQUIRED} if secure else False,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        "socket_settings": {socket.TCP_NODELAY: 1},
    }


class Backoff:
    """Pauses between tries: doubling from ``least`` to ``most`` seconds, each with jitter."""

    def __init__(self, least: float = 0.2, most: float = 10.0) -> None:
        self._least, self._most = least, most
        self._next = least

    def reset(self) -> None:
        self._next = self._least

    def pause(self) -> float:
        pause, self._next = self._next, min(self._most, self._next * 2)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
