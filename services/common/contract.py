"""What a service offers, declared once and used by both sides.

A contract is made of ``Call`` (ask and wait), ``Batch`` (ask together with others) and ``Event`` (tell).
This module is pure: it needs neither a broker nor nameko.
"""

import functools
from dataclasses import dataclass
from typing import Any

import marshmallow

from services.common import schemas
from services.common.errors import DomainError, InternalError, from_wire

SchemaLike = marshmallow.Schema | type[marshmallow.Schema] | None


@dataclass(frozen=True)
class Call:
    """One method of a service, answered by RPC.

    ``deadline`` is in seconds, from the caller's sending to its receiving.  An ``idempotent`` call may be sent a
    second time when the connection broke.  ``errors`` are all the errors a caller must expect besides the generic ones.
    """

    service: str
    method: str
    request: SchemaLike = None
    errors: tuple[type[DomainError], ...] = ()
    deadline: float = 3.0
    idempotent: bool = False
    response: SchemaLike = None

    @property
    def routing_key(self) -> str:
        return f"{self.service}.{self.method}"

    def load(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The method's keyword arguments; raises ``InvalidInput``."""
        loaded: dict[str, Any] = schemas.load(instance(self.request or Nothing), arguments)
        return loaded

    def dump(self, answer: Any) -> Any:
        return answer if self.response is None else instance(self.response).dump(answer)


@dataclass(frozen=True)
class Batch:
    """Many small requests of the same kind, gathered by the sender and handled together.

    ``max_items`` items or ``max_wait`` seconds, whichever comes first, make one message.  ``reliable`` messages are
    confirmed by the broker and survive it; ``max_messages`` of them may wait before the broker refuses more.
    """

    service: str
    name: str
    errors: tuple[type[DomainError], ...] = ()
    reliable: bool = False
    max_items: int = 256
    max_wait: float = 0.004
    deadline: float = 3.0
    confirm_deadline: float = 2.0
    max_messages: int = 20_000

    @property
    def queue(self) -> str:
        return f"{self.service}.{self.name}"


@dataclass(frozen=True)
class Event:
    """Something that has happened, told by its owner.

    An event is a hint: whoever needs the truth asks the owner.  A ``watched`` event is a transient broadcast for
    whoever listens at that moment; any other is written to the outbox and reaches every handler at least once.
    """

    service: str
    name: str
    schema: SchemaLike = None
    watched: bool = False

    @property
    def routing_key(self) -> str:
        return f"{self.service}.{self.name}"

    def load(self, payload: dict[str, Any]) -> dict[str, Any]:
        loaded: dict[str, Any] = schemas.load(instance(self.schema or Nothing), payload)
        return loaded

    def dump(self, payload: Any) -> dict[str, Any]:
        dumped: dict[str, Any] = instance(self.schema or Nothing).dump(payload)
        return dumped


class Nothing(schemas.Schema):
    """No fields at all."""


@functools.cache
def instance(schema: marshmallow.Schema | type[marshmallow.Schema]) -> marshmallow.Schema:
    """The schema itself, made once for its class: making one costs far more than using it."""
    return schema if isinstance(schema, marshmallow.Schema) else schema()


def outcome_ok(answer: dict[str, Any]) -> dict[str, Any]:
    """One item's outcome in a batch: done."""
    return {"ok": answer}


def outcome_error(error: DomainError) -> dict[str, Any]:
    """One item's outcome in a batch: refused for a reason the contract declares."""
    return {"error": error.to_wire()}


def error_of(outcome: dict[str, Any], errors: tuple[type[DomainError], ...]) -> DomainError | None:
    """The error an outcome stands for, or nothing."""
    if "ok" in outcome:
        return None
    return from_wire(outcome.get("error") or {}, errors) if "error" in outcome else InternalError()
