"""``handle``: the receiving side of an ``Event``."""

import inspect
from collections.abc import Callable
from typing import Any

import eventlet
import orjson
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from prometheus_client import Counter, Histogram

from services.common.bus.consumer import Source
from services.common.bus.container import run_method
from services.common.bus.dead_letters import bury
from services.common.bus.intake import DeadLetterOffice, Intake
from services.common.bus.link import Backoff, Delivery, LinkLost
from services.common.bus.topology import dead_queue, event_queue
from services.common.contract import Event
from services.common.database import is_away
from services.common.errors import InvalidInput, Unavailable
from services.common.telemetry.logs import get_logger, set_request_id
from services.common.telemetry.metrics import SECONDS, measured

_log = get_logger(__name__)
_TRIES = 8
_PREFETCH = 8

HANDLED = Counter("bus_events_handled_total", "Events handled", ["queue", "outcome"])
DURATION = Histogram("bus_event_seconds", "One try to handle an event", ["queue"], buckets=SECONDS)


class Handle(Entrypoint):
    """``@handle(contract.THING_MADE)``: the method gets the payload and, if it has that parameter, ``event_id``.

    The event is acknowledged after the method has returned, so the method must have committed by then.  It may come more
    than once: use ``outbox.first_time``.  When the method raises, it is tried again after a growing pause: for ever if a
    dependency is away (``Unavailable``), else eight times and then it goes to the dead letters.
    """

    intake = Intake()
    office = DeadLetterOffice()

    def __init__(self, event: Event, tries: int = _TRIES, least_pause: float = 0.5) -> None:
        super().__init__()
        self.event = event
        self.tries = tries
        self.least_pause = least_pause
        self._stopping = False

    def setup(self) -> None:
        queue = event_queue(self.container.service_name, self.event)
        self.queue = queue.name
        method = getattr(self.container.service_cls, self.method_name)
        self._wants_id = "event_id" in inspect.signature(method).parameters
        self.intake.add(Source(queue, _PREFETCH, self._take, needs=(dead_queue(queue.name),)))

    def stop(self) -> None:
        self._stopping = True
        self.intake.finish()

    def _take(self, delivery: Delivery) -> None:
        self.intake.spawn(self._settle, delivery)

    def _settle(self, delivery: Delivery) -> None:
        set_request_id(delivery.request_id)
        try:
            if self._handled(delivery):
                delivery.ack()
        except ContainerBeingKilled:
            delivery.requeue()
        except LinkLost:
            if not self._stopping:
                eventlet.sleep(1.0)
            delivery.requeue()

    def _handled(self, delivery: Delivery) -> bool:
        """Whether the event can be acknowledged: done, or safe among the dead letters."""
        try:
            arguments = self._arguments(delivery)
        except (InvalidInput, ValueError) as error:
            bury(self.office.publisher, self.queue, delivery, "undecodable", error)
            return True
        failure = self._try(
            lambda: run_method(self.container, self, arguments, delivery.request_id), delivery
        )
        if failure is not None:
            bury(self.office.publisher, self.queue, delivery, "failed", failure)
        return True

    def _arguments(self, delivery: Delivery) -> dict[str, Any]:
        payload = orjson.loads(delivery.body)
        if not isinstance(payload, dict):
            raise InvalidInput([])
        arguments: dict[str, Any] = {"payload": self.event.load(payload)}
        if self._wants_id:
            arguments["event_id"] = delivery.message_id
        return arguments

    def _try(self, attempt: Callable[[], Any], delivery: Delivery) -> Exception | None:
        """Nothing when it succeeded, else the error of the last try."""
        backoff, failures = Backoff(self.least_pause, 30.0), 0
        while True:
            try:
                with measured(DURATION.labels(self.queue)):
                    attempt()
                HANDLED.labels(self.queue, "ok").inc()
                return None
            except ContainerBeingKilled:
                raise
            except Exception as error:  # noqa: BLE001 - tried again, then kept among the dead letters
                patient = isinstance(error, Unavailable) or is_away(error)
                failures += not patient
                HANDLED.labels(self.queue, "waiting" if patient else "failed").inc()
                _log.exception(
                    "event not handled",
                    error,
                    queue=self.queue,
                    event_id=delivery.message_id,
                    attempt=failures,
                )
                if failures >= self.tries:
                    return error
            self._pause(backoff.pause(), delivery)

    def _pause(self, seconds: float, delivery: Delivery) -> None:
        """Gives the event back when this process stops or the broker has taken it away already."""
        while seconds > 0:
            if self._stopping or not delivery.link.alive:
                raise LinkLost
            eventlet.sleep(min(0.5, seconds))
            seconds -= 0.5


handle = Handle.decorator
