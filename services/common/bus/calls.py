"""``serve``: the answering side of a ``Call``."""

from typing import Any

import orjson
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension
from prometheus_client import Counter, Histogram

from services.common.bus.consumer import Source
from services.common.bus.container import run_method
from services.common.bus.intake import Intake
from services.common.bus.link import Delivery
from services.common.bus.topology import rpc_queue
from services.common.contract import Call
from services.common.errors import DomainError, InternalError, InvalidInput, Unavailable
from services.common.telemetry.logs import get_logger, set_request_id
from services.common.telemetry.metrics import SECONDS, measured

_log = get_logger(__name__)

REQUESTS = Counter("bus_call_requests_total", "Calls answered", ["method", "outcome"])
DURATION = Histogram("bus_call_seconds", "From receiving a call to answering it", ["method"], buckets=SECONDS)


class CallServer(SharedExtension):
    """Consumes the requests of a service and gives each to its method."""

    intake = Intake()

    def __init__(self) -> None:
        self._methods: dict[str, Serve] = {}

    def register(self, method: "Serve") -> None:
        service = method.call.service
        if all(known.call.service != service for known in self._methods.values()):
            self.intake.add(Source(rpc_queue(service), self.container.max_workers, self._take))
        self._methods[method.call.routing_key] = method

    def _take(self, delivery: Delivery) -> None:
        self.intake.spawn(self._answer, delivery)

    def _answer(self, delivery: Delivery) -> None:
        set_request_id(delivery.request_id)
        method = self._methods.get(delivery.routing_key)
        name = method.call.routing_key if method else "unknown"
        if delivery.is_late():
            REQUESTS.labels(name, "late").inc()
            delivery.ack()
            return
        try:
            with measured(DURATION.labels(name)):
                outcome, body = _reply(method, delivery)
        except ContainerBeingKilled:
            delivery.requeue()
            return
        REQUESTS.labels(name, outcome).inc()
        delivery.reply(body)
        delivery.ack()


def _reply(method: "Serve | None", delivery: Delivery) -> tuple[str, bytes]:
    """Outcome for the metric, and the body that goes back."""
    try:
        if method is None:
            _log.warning("call of an unknown method", routing_key=delivery.routing_key)
            raise InternalError
        return "ok", method.perform(delivery)
    except DomainError as error:
        return error.code, error_reply(error)


class Serve(Entrypoint):
    """``@serve(contract.GET_THING)``: the method gets the loaded arguments as keywords."""

    server = CallServer()

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call
        self._expected: tuple[type[DomainError], ...] = (*call.errors, InvalidInput, Unavailable)

    def setup(self) -> None:
        self.server.register(self)

    def stop(self) -> None:
        self.server.intake.finish()

    def perform(self, delivery: Delivery) -> bytes:
        """The reply's body.  Raises only errors that the caller may see, and ``ContainerBeingKilled``."""
        if delivery.redelivered and not self.call.idempotent:
            # An earlier try may have got any distance; doing it twice is worse than saying so.
            raise Unavailable
        arguments = self.call.load(_arguments(delivery.body))
        try:
            answer = run_method(self.container, self, arguments, delivery.request_id)
            return orjson.dumps({"result": self.call.dump(answer), "error": None})
        except ContainerBeingKilled:
            raise
        except self._expected as error:
            if error.__cause__ is not None:
                _log.exception("call refused", error, method=self.call.routing_key)
            raise
        except Exception as error:  # noqa: BLE001 - the caller learns that it failed, the log why
            _log.exception("call failed", error, method=self.call.routing_key)
            raise InternalError from None


serve = Serve.decorator


def error_reply(error: DomainError) -> bytes:
    """Nameko's error format with our code and parameters beside it."""
    wire = {"exc_type": type(error).__name__, "exc_path": error.code, "exc_args": [], "value": error.code}
    return orjson.dumps({"result": None, "error": {**wire, **error.to_wire()}})


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        match orjson.loads(body):
            case {"args": [], "kwargs": dict(arguments)}:
                return arguments
    except ValueError:
        pass
    raise InvalidInput([{"pointer": "", "code": "invalid", "params": {}}])
