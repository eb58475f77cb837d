"""Facts for the city log (docs/record.md): what polls and tally tell ballots to append, each once.

A fact is told by an event in the transaction that makes it true, and repeated events are the same entry: its `id` is made
of what it tells of, so whoever appends it again adds nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import fields, validate

from services.common.schemas import Schema

DEFINITION_PART = "definition_part"
POLL_OPENED = "poll_opened"
ROLL = "roll"
CHANGE = "change"
RESULT_PART = "result_part"
RESULT = "result"
KINDS = (DEFINITION_PART, POLL_OPENED, ROLL, CHANGE, RESULT_PART, RESULT)

LONGEST_WHOLE = 48_000
"""Bytes of canonical JSON up to which a document goes into one entry; a leaf has room for 65,535."""

PART = 12_000
"""Characters in each part of a longer one: at most 4 bytes each, however they are escaped in canonical JSON."""


class RecordEntrySchema(Schema):
    """`id`: names the fact for ever, `<poll>:<what>`; `at`: RFC 3339 UTC, whole seconds; `body` by kind as docs/record.md says,
    with nothing that canonical JSON does not have.
    """

    id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    poll = fields.String(required=True, validate=validate.Length(max=64))
    at = fields.String(required=True, validate=validate.Regexp(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z"))
    body = fields.Dict(keys=fields.String(), required=True)


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry to be, as `RecordEntrySchema` has it."""

    id: str
    kind: str
    poll: str
    at: str
    body: Mapping[str, Any]


def fact(poll_id: str, what: str, kind: str, at: datetime, body: Mapping[str, Any]) -> Fact:
    """The fact that is named `what` among those of its poll. `at` is cut to the second."""
    second = at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return Fact(f"{poll_id}:{what}", kind, poll_id, f"{second.isoformat()}Z", body)


def in_parts(
    poll_id: str, name: str, kind: str, at: datetime, document: str, named: Mapping[str, Any]
) -> list[Fact]:
    """A document that is too long for one entry, in several of this kind; nothing when it fits into one as it is.

    Each part has what names the document, its `number` from 1, and `of` how many it is one; their texts in a row are the
    document.
    """
    if len(document.encode()) <= LONGEST_WHOLE:
        return []
    texts = [document[start : start + PART] for start in range(0, len(document), PART)]
    return [
        fact(poll_id, f"{name}:{n}", kind, at, {**named, "number": n, "of": len(texts), "text": text})
        for n, text in enumerate(texts, 1)
    ]


def opened(poll_id: str, at: datetime, document: str, definition_hash: str) -> list[Fact]:
    """The frozen definition, `document` being the canonical JSON that was hashed: whole, or in parts that go before."""
    named = {"definition_hash": definition_hash}
    parts = in_parts(poll_id, "definition", DEFINITION_PART, at, document, named)
    body = {"parts": len(parts)} if parts else {"definition": json.loads(document)}
    return [*parts, fact(poll_id, "opened", POLL_OPENED, at, {**named, **body})]


def result(poll_id: str, at: datetime, document: str, result_hash: str) -> list[Fact]:
    """The signed final result, `document` being its canonical JSON: whole, or in parts that go before.

    `result_hash` is the hex SHA-256 of the document.
    """
    named = {"result_hash": result_hash}
    parts = in_parts(poll_id, "result", RESULT_PART, at, document, named)
    body = {**named, "parts": len(parts)} if parts else json.loads(document)
    return [*parts, fact(poll_id, "result", RESULT, at, body)]
