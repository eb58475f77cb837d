"""Identifiers and points in time, and how both are written."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

ID_PATTERN = r"[A-Za-z0-9_-]{22}"
_ID = re.compile(ID_PATTERN)

Clock = Callable[[], datetime]


def new_id() -> str:
    """128 random bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def is_id(text: object) -> bool:
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def utc_now() -> datetime:
    """Tell this machine's time.  What must be judged fairly asks the database's clock instead."""
    return datetime.now(UTC)


def format_utc(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; fractions of a second only when there are any."""
    if moment.tzinfo is None:
        raise ValueError("a point in time needs its zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
    """Reads RFC 3339 with any offset; a time without an offset is refused with ``ValueError``."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError("not an RFC 3339 time with an offset")
    return moment.astimezone(UTC)


def to_minute(moment: datetime) -> datetime:
    """The same time without its seconds, for what must not be told more exactly."""
    return moment.replace(second=0, microsecond=0)
