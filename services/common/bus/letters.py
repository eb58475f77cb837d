"""What may be told of a dead letter, read from a message as the broker hands it out.

Headers come from outside: what does not look like ours is not repeated, and no part of a body ever is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from services.common.bus.topology import (
    HEADER_ATTEMPTS,
    HEADER_DIED_AT,
    HEADER_ERROR_TYPE,
    HEADER_REASON,
    HEADER_REQUEST_ID,
)
from services.common.encodings import b64u, sha256
from services.common.ids import is_id

_REASONS = ("undecodable", "failed", "rejected", "expired", "maxlen", "delivery_limit")
_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_REQUEST = re.compile(r"[A-Za-z0-9_-]{1,80}")

About = Callable[[bytes], Mapping[str, int]]
"""What a letter concerns, by public id, with how many items: asked of the body's owner, who alone can read it."""


@dataclass(frozen=True)
class DeadLetter:
    """What may be told about a dead letter.  ``items``: how many, when it is a batch that can be read."""

    id: str
    source: str
    reason: str
    error_type: str
    request_id: str | None
    attempts: int
    bytes: int
    items: int | None
    died_at: datetime | None
    about: Mapping[str, int] = field(default_factory=dict)


def describe(source: str, message: Any, about: About) -> DeadLetter:
    """What may be told of the message."""
    headers, body = headers_of(message), body_of(message)
    deaths = headers.get("x-death") or [{}]
    reason = headers.get(HEADER_REASON) or deaths[0].get("reason")
    died_at = headers.get(HEADER_DIED_AT) or deaths[0].get("time")
    attempts = headers.get(HEADER_ATTEMPTS)
    return DeadLetter(
        id=id_of(message),
        source=source,
        reason=reason if reason in _REASONS else "unknown",
        error_type=_matching(_CLASS, headers.get(HEADER_ERROR_TYPE)) or "",
        request_id=_matching(_REQUEST, headers.get(HEADER_REQUEST_ID)),
        attempts=attempts if isinstance(attempts, int) else 0,
        bytes=len(body),
        items=_items(body),
        died_at=died_at.replace(tzinfo=UTC) if isinstance(died_at, datetime) else None,
        about=about(body),
    )


def headers_of(message: Any) -> dict[str, Any]:
    return message.properties.get("application_headers") or {}


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _items(body: bytes) -> int | None:
    try:
        content = orjson.loads(body)
    except ValueError:
        return None
    items = content.get("items") if isinstance(content, dict) else None
    return len(items) if isinstance(items, list) else None


def body_of(message: Any) -> bytes:
    return message.body if isinstance(message.body, bytes) else str(message.body).encode()


def id_of(message: Any) -> str:
    """The message's own id if it is one of ours, else one made of its content."""
    own = message.properties.get("message_id")
    return str(own) if is_id(own) else b64u(sha256(body_of(message)))[:22]
