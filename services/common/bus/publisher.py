"""Publishing that knows what became of every message: confirmed, taken by nobody, or refused."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from services.common.bus.link import Link, LinkLost
from services.common.bus.topology import JSON, PERSISTENT


class Fate(Enum):
    CONFIRMED = "confirmed"
    UNROUTABLE = "unroutable"
    REFUSED = "refused"


@dataclass(frozen=True)
class Message:
    """A persistent, mandatory message; ``id`` must be unique within one call of ``publish``."""

    id: str
    body: bytes
    exchange: str
    routing_key: str
    headers: dict[str, Any] = field(default_factory=dict)
    type: str = ""
    content_type: str = JSON


class ConfirmedPublisher:
    """One caller at a time: meant for one relay or one handler, not for a crowd."""

    def __init__(self, uri: str, name: str, deadline: float = 5.0) -> None:
        self._uri, self._name, self._deadline = uri, name, deadline
        self._turn = threading.Lock()
        self._channel: _ConfirmChannel | None = None

    def publish(self, *messages: Message) -> list[Fate]:
        """The fate of each message.

        Raises :class:`LinkLost` when it is not known for all of them; whoever sends them again must expect that some
        arrive twice.
        """
        with self._turn:
            fresh = self._channel is None
            try:
                return self._connected().publish(messages, self._deadline)
            except LinkLost:
                self._drop()
                if fresh:
                    raise
            return self._connected().publish(messages, self._deadline)

    def connect(self) -> None:
        """Raises :class:`LinkLost` when there is no broker."""
        with self._turn:
            self._connected()

    def close(self) -> None:
        self._drop()

    def _connected(self) -> "_ConfirmChannel":
        if self._channel is None or not self._channel.link.alive:
            # No heartbeat, since nobody reads between two calls; a dead peer shows when a confirm is late.
            link = Link(self._uri, self._name, heartbeat=0)
            link.declare_exchanges()
            self._channel = _ConfirmChannel(link)
        return self._channel

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.link.close()
            self._channel = None


class _ConfirmChannel:
    """A channel in confirm mode.  Confirms are matched by delivery tag, returns by message id."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._channel = link.new_channel()
        self._sent = 0
        self._first = 1
        self._fates: dict[int, Fate] = {}
        self._returned: set[str] = set()
        link.ask(self._channel.confirm_select)
        self._channel.events["basic_ack"].add(partial(self._settle, Fate.CONFIRMED))
        self._channel.events["basic_nack"].add(partial(self._settle, Fate.REFUSED))
        self._channel.events["basic_return"].add(self._on_return)

    def publish(self, messages: Sequence[Message], deadline: float) -> list[Fate]:
        self._first = self._sent + 1
        self._fates.clear()
        self._returned.clear()
        for message in messages:
            self._send(message)
        self._wait(len(messages), time.monotonic() + deadline)
        return [
            Fate.UNROUTABLE if message.id in self._returned else self._fates[tag]
            for tag, message in enumerate(messages, start=self._first)
        ]

    def _send(self, message: Message) -> None:
        self._sent += 1
        self.link.publish(
            self._channel,
            message.body,
            message.exchange,
            message.routing_key,
            mandatory=True,
            message_id=message.id,
            type=message.type,
            content_type=message.content_type,
            delivery_mode=PERSISTENT,
            application_headers=message.headers,
        )

    def _wait(self, count: int, until: float) -> None:
        while len(self._fates) < count:
            left = until - time.monotonic()
            if left <= 0 or self.link.blocked:
                raise LinkLost
            self.link.drain(left)

    def _settle(self, fate: Fate, tag: int, multiple: bool) -> None:
        for settled in range(self._first, tag + 1) if multiple else (tag,):
            self._fates.setdefault(settled, fate)

    def _on_return(self, _error: Exception, _exchange: str, _routing_key: str, message: Any) -> None:
        self._returned.add(message.properties.get("message_id", ""))
