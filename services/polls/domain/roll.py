"""Rows of a voter roll."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 16
"""128 bits of HMAC-SHA256: two phones of a million share a hash with a chance of about 10^-27."""

LISTED_LINES = 1_000
"""How many bad or doubled lines are named; their counts are always whole."""

EMPTY = "empty"
NOT_A_PHONE = "phone"

NONE = "none"
LOADING = "loading"
READY = "ready"
DISCARDED = "discarded"


def roll_hash(secret: bytes, tag: str) -> bytes:
    """What the roll keeps of a phone's tag."""
    return hmac.digest(secret, tag.encode(), "sha256")[:HASH_BYTES]


@dataclass(frozen=True, slots=True)
class RollRow:
    """One line of the uploaded file. `refused`: why its reader could make no phone of it."""

    line: int
    phone: str
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedLine:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    line: int
    first_line: int


@dataclass(frozen=True, slots=True)
class Hashed:
    """One usable line."""

    hash: bytes
    line: int


@dataclass(frozen=True, slots=True)
class RollUpload:
    """How far an upload is. `rows` counts what arrived, usable or not; lists hold the first lines only."""

    number: int
    poll_id: str
    upload_id: str
    state: str
    rows: int = 0
    total: int | None = None
    accepted: int = 0
    duplicates: int = 0
    rejected_count: int = 0
    duplicate_lines: Sequence[DuplicateLine] = field(default=())
    rejected: Sequence[RejectedLine] = field(default=())


def sort_out(
    rows: Sequence[RollRow], tags: Sequence[str | None], secret: bytes
) -> tuple[list[Hashed], list[RejectedLine]]:
    """Usable lines with their hashes, and the others with the reason. `tags[i]` belongs to `rows[i]`."""
    usable = [Hashed(roll_hash(secret, tag), row.line) for row, tag in zip(rows, tags, strict=True) if tag]
    reasons = [
        RejectedLine(row.line, row.refused or (NOT_A_PHONE if row.phone.strip() else EMPTY))
        for row, tag in zip(rows, tags, strict=True)
        if not tag
    ]
    return usable, reasons


def first_of_each(rows: Iterable[Hashed]) -> tuple[dict[bytes, int], list[DuplicateLine]]:
    """The line of each hash's first row, and the rows that repeat one."""
    first: dict[bytes, int] = {}
    repeated = []
    for row in rows:
        line = first.setdefault(row.hash, row.line)
        if line != row.line:
            repeated.append(DuplicateLine(row.line, line))
    return first, repeated
