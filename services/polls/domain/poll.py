"""A poll, the states it goes through, and what its window and its freezing mean."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

DRAFT = "draft"
SCHEDULED = "scheduled"
OPEN = "open"
CLOSED = "closed"
PUBLISHED = "published"
CANCELLED = "cancelled"

UNFROZEN = frozenset({DRAFT, SCHEDULED})
"""States in which everything about a poll may still change."""

CHANGEABLE_ALWAYS = frozenset({"notice"})
CHANGEABLE_WHILE_OPEN = CHANGEABLE_ALWAYS | {"closes_at"}

STRENGTHS = ("phone", "social", "staff", "strong")
"""How well a voter is known, weakest first."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a poll's life: from any of `before` to `after`."""

    before: frozenset[str]
    after: str


MOVES: Mapping[str, Move] = {
    "schedule": Move(UNFROZEN, SCHEDULED),
    "open": Move(UNFROZEN, OPEN),
    "close": Move(frozenset({OPEN}), CLOSED),
    "publish": Move(frozenset({CLOSED}), PUBLISHED),
    "cancel": Move(frozenset({SCHEDULED, OPEN, CLOSED}), CANCELLED),
    "delete": Move(UNFROZEN, "deleted"),
    "return_to_draft": Move(frozenset({SCHEDULED}), DRAFT),
}


def allows(state: str, move: str) -> bool:
    """Whether a poll in this state can make this move."""
    return state in MOVES[move].before


DESTROYED = ""


@dataclass(frozen=True)
class Poll:
    """A poll as polls keeps it.

    `eligibility` is the private form: a password rule in it holds a hash. `secret` and `roll_secret` are encrypted;
    `secret` is `DESTROYED` once no pass can be issued and nothing be recounted any more.
    `roll` is the number of the committed voter roll, `roll_commitment` the hex SHA-256 over its sorted hashes; `witnesses`
    says how many must have cosigned the log's end before the result is certified. `definition` is the canonical document frozen at opening,
    `definition_hash` its SHA-256 in hex. `version` grows with every change; `last_change` numbers the change log.
    """

    id: str
    organization: str
    created_at: datetime
    updated_at: datetime
    secret: str
    roll_secret: str
    title: str
    kind: str = "policy"
    state: str = DRAFT
    purpose: str = ""
    notice: str = ""
    reference_url: str | None = None
    image: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    results: str = "after_close"
    identity: str = "phone"
    eligibility: Any = None
    revoting: bool = False
    witnesses: int = 0
    language: str = "ko"
    breakdown: Any = None
    questions: Any = ()
    roll: int | None = None
    roll_size: int | None = None
    roll_commitment: str | None = None
    definition: str | None = None
    definition_hash: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    certified: bool | None = None
    version: int = 1
    last_change: int = 0

    @property
    def frozen(self) -> bool:
        return self.state not in UNFROZEN


def without_secret(poll: Poll) -> Poll:
    """From here on nobody, with any key, can tell which phone a pseudonym of this poll stands for."""
    return replace(poll, secret=DESTROYED)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a poll's change log; `number` is gapless from 1, `old` and `new` are JSON."""

    number: int
    at: datetime
    what: str
    old: Any = None
    new: Any = None
    reason: str | None = None


def frozen_fields(state: str, fields: Collection[str]) -> list[str]:
    """Those of the fields that can no longer change in this state."""
    if state in UNFROZEN:
        return []
    changeable = CHANGEABLE_WHILE_OPEN if state == OPEN else CHANGEABLE_ALWAYS
    return sorted(set(fields) - changeable)


def accepts_ballots(state: str, opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> bool:
    """The window: its first moment belongs to it, its last does not."""
    return state == OPEN and opens_at is not None and closes_at is not None and opens_at <= now < closes_at


def strong_enough(strength: str, least: str) -> bool:
    """Whether a voter known this well meets the least strength a poll accepts."""
    return strength in STRENGTHS and STRENGTHS.index(strength) >= STRENGTHS.index(least)


@dataclass(frozen=True, slots=True)
class WindowProblem:
    """What is wrong with a poll's times: the field and a code."""

    field: str
    code: str


def window_problems(
    opens_at: datetime | None, closes_at: datetime | None, now: datetime, *, scheduled: bool
) -> list[WindowProblem]:
    """What keeps a poll from opening now, or at `opens_at` if it is to be scheduled."""
    problems = []
    if scheduled and opens_at is None:
        problems.append(WindowProblem("opens_at", "required"))
    if closes_at is None:
        problems.append(WindowProblem("closes_at", "required"))
    elif closes_at <= now:
        problems.append(WindowProblem("closes_at", "not_in_future"))
    elif scheduled and opens_at is not None and closes_at <= opens_at:
        problems.append(WindowProblem("closes_at", "not_after_opening"))
    return problems


def question_options(questions: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Every option of every question, with the question's id."""
    for question in questions:
        for option in question["options"]:
            yield question["id"], option
