"""The part of a container that consumes for its entrypoints, over one connection."""

import time
from typing import Any

import eventlet
from eventlet.greenpool import GreenPool
from nameko.extensions import SharedExtension

from services.common.bus.consumer import Consumer, Source
from services.common.bus.publisher import ConfirmedPublisher

STOP_SECONDS = 10.0
_MOST_IN_HAND = 10_000


class Intake(SharedExtension):
    """Shared by a container's calls and event handlers; a batch has a connection of its own."""

    def __init__(self) -> None:
        self._consumer: Consumer | None = None
        self._hands = GreenPool(_MOST_IN_HAND)

    def add(self, source: Source) -> None:
        self._made().add(source)

    def spawn(self, function: Any, *arguments: Any) -> None:
        """Works off the reader's back.  Prefetch bounds how many there are."""
        self._hands.spawn_n(function, *arguments)

    def start(self) -> None:
        self.container.spawn_managed_thread(self._made().run, identifier="intake")

    def finish(self) -> None:
        """Takes nothing new and waits, not for ever, until what is in hand is answered and acknowledged."""
        self._made().stop_taking()
        wait_until_idle(self._hands)

    def stop(self) -> None:
        self._made().close()

    kill = stop

    def _made(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(self.container.config["AMQP_URI"], self.container.service_name)
        return self._consumer


class DeadLetterOffice(SharedExtension):
    """Sends away what cannot be handled.  See ``dead_letters``."""

    def __init__(self) -> None:
        self._publisher: ConfirmedPublisher | None = None

    @property
    def publisher(self) -> ConfirmedPublisher:
        if self._publisher is None:
            uri, name = self.container.config["AMQP_URI"], self.container.service_name
            self._publisher = ConfirmedPublisher(uri, f"{name} dead letters")
        return self._publisher

    def stop(self) -> None:
        if self._publisher:
            self._publisher.close()

    kill = stop


def wait_until_idle(pool: GreenPool, seconds: float = STOP_SECONDS) -> None:
    until = time.monotonic() + seconds
    while pool.running() and time.monotonic() < until:
        eventlet.sleep(0.01)
