"""What the city log is told of a poll (docs/record.md).

A poll's record begins with its opening: what its change log had before is told then. Everything here is public already
or becomes so by opening; neither a password's hash, nor a roll's hashes, nor a secret is among it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services.polls.domain.definition import timestamp
from services.polls.domain.poll import Change, Poll

LONGEST_WHOLE = 48_000
"""Bytes of canonical JSON up to which a definition goes into one entry; a leaf has room for 65,535."""

PART = 12_000
"""Characters in each part of a longer one: at most 4 bytes each, however they are escaped in canonical JSON."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry to be. `id` is the same whenever the same fact is told."""

    id: str
    kind: str
    poll: str
    at: str
    body: dict[str, Any]


def opening(poll: Poll, at: datetime, before: Iterable[Change]) -> list[Fact]:
    """All that is told when the poll opens, in order; `poll` is frozen, `before` its change log so far."""
    facts = [*_definition(poll, at)]
    if poll.roll_commitment is not None:
        facts.append(roll(poll, at))
    return facts + [change(poll.id, one) for one in before]


def roll(poll: Poll, at: datetime) -> Fact:
    """How many the roll has and what it commits to. The number of the upload tells one roll of the poll from another."""
    body = {"size": poll.roll_size, "commitment": poll.roll_commitment}
    return _fact(poll.id, f"roll:{poll.roll}", "roll", at, body)


def change(poll_id: str, one: Change) -> Fact:
    """An entry of the change log."""
    body = asdict(one)
    return _fact(poll_id, f"change:{one.number}", "change", body.pop("at"), body)


def _definition(poll: Poll, at: datetime) -> list[Fact]:
    text, named = poll.definition or "", {"definition_hash": poll.definition_hash}
    if len(text.encode()) <= LONGEST_WHOLE:
        return [_fact(poll.id, "opened", "poll_opened", at, {**named, "definition": json.loads(text)})]
    texts = [text[start : start + PART] for start in range(0, len(text), PART)]
    parts = [
        {**named, "number": number, "of": len(texts), "text": part} for number, part in enumerate(texts, 1)
    ]
    facts = [_fact(poll.id, f"definition:{part['number']}", "definition_part", at, part) for part in parts]
    return [*facts, _fact(poll.id, "opened", "poll_opened", at, {**named, "parts": len(texts)})]


def _fact(poll_id: str, what: str, kind: str, at: datetime, body: dict[str, Any]) -> Fact:
    return Fact(f"{poll_id}:{what}", kind, poll_id, timestamp(at.replace(microsecond=0)) or "", body)
