"""``BusClient``: calls and hints from a process that may block, with threads or greenlets alike."""

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
from prometheus_client import Counter, Histogram

from services.common.bus.link import Link, LinkLost
from services.common.bus.topology import (
    EVENTS_EXCHANGE,
    HEADER_DEADLINE,
    HEADER_REQUEST_ID,
    JSON,
    REPLY_QUEUE,
    RPC_EXCHANGE,
    TRANSIENT,
)
from services.common.contract import Call, Event
from services.common.errors import Unavailable, from_wire
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger, request_id
from services.common.telemetry.metrics import SECONDS

_log = get_logger(__name__)

CALLS = Counter("bus_client_calls_total", "Calls made", ["method", "outcome"])
DURATION = Histogram(
    "bus_client_call_seconds", "From asking to having the answer", ["method"], buckets=SECONDS
)


class _Waiter:
    """One caller that waits for one reply."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._reply: bytes | None = None
        self._failure: Exception | None = None

    def answer(self, reply: bytes) -> None:
        self._reply = reply
        self._done.set()

    def fail(self, failure: Exception) -> None:
        self._failure = failure
        self._done.set()

    def wait(self, seconds: float) -> bytes:
        if not self._done.wait(max(0.0, seconds)):
            raise Unavailable
        if self._failure is not None:
            raise self._failure
        assert self._reply is not None
        return self._reply


class BusClient:
    """Connects when first used and again whenever it must."""

    def __init__(self, amqp_uri: str, name: str = "client") -> None:
        self._uri, self._name = amqp_uri, name
        self._connecting = threading.Lock()
        self._link: Link | None = None
        self._waiters: dict[str, _Waiter] = {}

    def call(self, call: Call, /, **arguments: Any) -> Any:
        """The answer.

        Raises the call's declared errors, ``InvalidInput``, ``InternalError``, or ``Unavailable`` when there is no
        answer before the call's deadline; what was asked may have been done all the same.
        """
        start = time.monotonic()
        outcome = "unavailable"
        try:
            answer = self._ask(call, arguments, start + call.deadline)
            outcome = "ok" if answer.get("error") is None else str(answer["error"].get("code", "internal"))
        finally:
            DURATION.labels(call.routing_key).observe(time.monotonic() - start)
            CALLS.labels(call.routing_key, outcome).inc()
        return result_of(call, answer)

    def publish(self, event: Event, payload: dict[str, Any]) -> None:
        """Tells whoever listens now; nobody learns whether it arrived.  Only for watched events."""
        if not event.watched:
            raise ValueError("only a watched event is published without the outbox")
        body = orjson.dumps(event.dump(payload))
        try:
            link = self._connected(time.monotonic() + 1.0)
            link.publish(
                link.channel, body, EVENTS_EXCHANGE, event.routing_key, **_properties(new_id(), None)
            )
        except (LinkLost, Unavailable):
            _log.warning("hint not published", event=event.routing_key)

    def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _ask(self, call: Call, arguments: dict[str, Any], until: float) -> dict[str, Any]:
        body = orjson.dumps({"args": [], "kwargs": arguments})
        tries = 2 if call.idempotent else 1
        while True:
            tries -= 1
            try:
                return orjson.loads(self._exchange(call, body, until))
            except LinkLost:
                if not tries:
                    raise Unavailable from None

    def _exchange(self, call: Call, body: bytes, until: float) -> bytes:
        link = self._connected(until)
        if link.blocked:
            raise Unavailable
        correlation_id, waiter = new_id(), _Waiter()
        self._waiters[correlation_id] = waiter
        try:
            left = max(1, int(1000 * (until - time.monotonic())))
            properties = _properties(correlation_id, left)
            link.publish(link.channel, body, RPC_EXCHANGE, call.routing_key, mandatory=True, **properties)
            return waiter.wait(until - time.monotonic())
        finally:
            del self._waiters[correlation_id]

    def _connected(self, until: float) -> Link:
        link = self._link
        if link is not None and link.alive:
            return link
        if not self._connecting.acquire(timeout=max(0.0, until - time.monotonic())):
            raise Unavailable
        try:
            if self._link is None or not self._link.alive:
                self._link = self._open()
            return self._link
        finally:
            self._connecting.release()

    def _open(self) -> Link:
        link = Link(self._uri, self._name)
        link.declare_exchanges()
        link.channel.events["basic_return"].add(self._on_return)
        link.ask(link.channel.basic_consume, REPLY_QUEUE, no_ack=True, callback=self._on_reply)
        threading.Thread(target=self._read, args=(link,), daemon=True, name=f"{self._name} replies").start()
        return link

    def _read(self, link: Link) -> None:
        lost = LinkLost()
        try:
            while True:
                link.drain(1.0)
        except LinkLost:
            pass
        except Exception as error:  # noqa: BLE001 - the connection is given up, the next call makes another
            _log.exception("reading replies failed", error)
        link.close()
        if self._link is link:
            for waiter in list(self._waiters.values()):
                waiter.fail(lost)

    def _on_reply(self, message: Any) -> None:
        self._settle(message, lambda waiter: waiter.answer(message.body))

    def _on_return(self, _error: Exception, _exchange: str, _routing_key: str, message: Any) -> None:
        self._settle(message, lambda waiter: waiter.fail(Unavailable()))

    def _settle(self, message: Any, how: Callable[[_Waiter], None]) -> None:
        waiter = self._waiters.get(message.properties.get("correlation_id", ""))
        if waiter is not None:
            how(waiter)


def result_of(call: Call, answer: dict[str, Any]) -> Any:
    """The result in a reply, or the error it stands for."""
    error = answer.get("error")
    if error is not None:
        raise from_wire(error if isinstance(error, dict) else {}, call.errors)
    return answer["result"]


def _properties(correlation_id: str, expires_ms: int | None) -> dict[str, Any]:
    """Properties of a transient message; one that expires is a request and wants a reply."""
    properties: dict[str, Any] = {
        "correlation_id": correlation_id,
        "content_type": JSON,
        "content_encoding": "utf-8",
        "delivery_mode": TRANSIENT,
        "application_headers": {HEADER_REQUEST_ID: request_id() or ""},
    }
    if expires_ms is not None:
        properties["application_headers"][HEADER_DEADLINE] = expires_ms
        properties.update(expiration=str(expires_ms), reply_to=REPLY_QUEUE)
    return properties
