"""The form of a receipt (docs/record.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.formats import canonical
from auditor.formats.encodings import unb64u

FIELDS = {
    "v": int,
    "poll_id": str,
    "ballot_id": str,
    "leaf_hash": str,
    "recorded_at": str,
    "include_within": int,
    "key_id": str,
    "signature": str,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that has the right form. `leaf_hash`: 32 bytes; `deadline`: until when the leaf had to be in the log."""

    document: Mapping[str, Any]
    poll_id: str
    leaf_hash: bytes
    deadline: datetime


def parse(data: bytes) -> Receipt:
    """Reads a receipt. Raises ValueError."""
    found = canonical.read(data)
    if (
        not isinstance(found, dict)
        or {name: type(found.get(name)) for name in FIELDS} != FIELDS
        or found["v"] != 1
    ):
        raise ValueError("a field is missing or has another type")
    leaf_hash = unb64u(found["leaf_hash"])
    minute = datetime.fromisoformat(found["recorded_at"])
    if (
        len(leaf_hash) != 32
        or minute.tzinfo is None
        or minute.second
        or not 0 <= found["include_within"] <= 10**6
    ):
        raise ValueError("leaf_hash, recorded_at or include_within is no such thing")
    deadline = minute.astimezone(UTC) + timedelta(minutes=1, seconds=found["include_within"])
    return Receipt(found, found["poll_id"], leaf_hash, deadline)
