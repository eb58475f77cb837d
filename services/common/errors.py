"""The errors that may cross the bus.

Every error that a caller is meant to act on is a ``DomainError`` with one string code, declared in its
service's contract.  Only ``code`` and ``params`` travel, so ``params`` must be JSON and safe to show.
"""

from collections.abc import Iterable
from typing import Any, ClassVar


class DomainError(Exception):
    """Something a caller can expect and a person can be told about."""

    code: ClassVar[str] = "internal"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def to_wire(self) -> dict[str, Any]:
        return {"code": self.code, "params": self.params}

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> "DomainError":
        return cls(**params)


class InvalidInput(DomainError):
    """The input does not have the declared shape.

    ``errors`` is a list of ``{"pointer": JSON pointer (RFC 6901), "code": str, "params": dict}``; it never
    holds the refused value itself.
    """

    code = "invalid_input"

    def __init__(self, errors: Iterable[dict[str, Any]]) -> None:
        self.errors = list(errors)
        super().__init__(errors=self.errors)


class Unavailable(DomainError):
    """Something this depends on did not answer in time; the same call may succeed later."""

    code = "unavailable"


class InternalError(DomainError):
    """The other side failed in a way nobody declared; its log has the reason."""

    code = "internal"


GENERIC_ERRORS: tuple[type[DomainError], ...] = (InvalidInput, Unavailable, InternalError)


def from_wire(wire: dict[str, Any], declared: Iterable[type[DomainError]] = ()) -> DomainError:
    """The declared error with this code; anything undeclared is an ``InternalError``."""
    for kind in (*declared, *GENERIC_ERRORS):
        if kind.code == wire.get("code"):
            return kind.from_params(wire.get("params") or {})
    return InternalError()
