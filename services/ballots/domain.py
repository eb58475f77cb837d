"""Ballots, the logs they and the city's facts go into, and what decides about both.

A recorded ballot waits until the sequencer gives it an index; entry *i* of a poll's log is the leaf at index *i*.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol


class Shuffler(Protocol):
    """What `random.SystemRandom` offers of it."""

    def shuffle(self, _items: list[Any], /) -> None:
        """Puts the items into a random order, in place."""


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What ballots has to know of an opened poll. Times are microseconds since the Unix epoch; no `closes_at`: open end.

    `questions` are frozen; `closes_at` and `state` are what they were when asked.
    """

    poll_id: str
    state: str
    questions: list[Mapping[str, Any]]
    opened_at: int
    closes_at: int | None
    hashed: tuple[str, ...] = ()
    """Questions of whose answers only a salted hash goes into the log."""
    witnesses: int = 0
    """How many must cosign the end of the log before the result is certified."""
    broken_down: bool = False
    """Whether ballots are counted by cohorts too."""

    def admits(self, issued_at: int) -> bool:
        """Whether a pass issued then was issued while the poll was open: from opening until just before closing."""
        return self.opened_at <= issued_at and (self.closes_at is None or issued_at < self.closes_at)

    @property
    def is_over(self) -> bool:
        """Whether no pass will be issued any more."""
        return self.state not in ("draft", "scheduled", "open")


@dataclass(frozen=True, slots=True)
class Named:
    """By what a ballot is the only one: of its voter in the poll, and under its id."""

    poll_id: str
    ballot_id: str
    pseudonym: str = field(repr=False)

    @property
    def voter_key(self) -> tuple[str, str]:
        """Poll and voter: one ballot each."""
        return self.poll_id, self.pseudonym

    @property
    def id_key(self) -> tuple[str, str]:
        """Poll and ballot id."""
        return self.poll_id, self.ballot_id


@dataclass(frozen=True, slots=True)
class WrittenText:
    """What a voter wrote; the leaf holds only SHA-256(salt, text)."""

    question: str
    text: str = field(repr=False)
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ballot(Named):
    """A valid ballot, ready to be recorded. It is never printed: what it holds must not reach a log."""

    channel: str
    leaf: str = field(repr=False)
    leaf_hash: bytes = field(repr=False)
    texts: tuple[WrittenText, ...] = field(default=(), repr=False)
    cohort: str | None = field(default=None, repr=False)
    """The tag of the voter's cell, empty where the pass had none; nothing where the poll has no breakdown."""


ERASED = ""
"""The pseudonym of a recorded ballot after certification."""


@dataclass(frozen=True, slots=True)
class Recorded(Named):
    """What is kept of a ballot and told in its receipt. `recorded_at` is cut to the minute before it is stored."""

    leaf_hash: bytes = field(repr=False)
    recorded_at: datetime
    key_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cast that was not recorded, and the code of the reason."""

    poll_id: str
    ballot_id: str
    code: str


CITY = "city"
"""Id of the city's log; that of a poll's log is the poll's."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is fixed for a log when it begins: where it is at home, and how soon an entry is promised to be in it."""

    home: str
    include_within: int

    def origin_of(self, log_id: str) -> str:
        """The log's name in its checkpoints and for ever."""
        return f"{self.home}/log/{log_id}"


@dataclass(frozen=True, slots=True)
class Log:
    """A log. `writer` is the fencing number: whoever appends must find the number it read and moves it on.

    `root` is that of its tree of `size` leaves; `published` the size of its newest published checkpoint; `refused` why
    it is neither sequenced nor signed.
    """

    log_id: str
    origin: str
    size: int
    root: bytes
    sealed: bool = False
    writer: int = 0
    published: int | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A signed checkpoint of a log; `final`: it is published and the log will never grow."""

    log_id: str
    origin: str
    size: int
    note: str
    final: bool


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness answered of a checkpoint: the line that it adds, if any, and the size that it has `seen` now."""

    witness: str
    log_id: str
    size: int
    seen: int
    line: str | None


@dataclass(frozen=True, slots=True)
class CityFact:
    """An entry of the city's log to be; `id` names the fact for ever."""

    id: str
    poll: str
    kind: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recorded ballot without an index."""

    ballot_id: str
    recorded_at: datetime
    leaf: str = field(repr=False)
    leaf_hash: bytes = field(repr=False)
    cohort: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CohortCounter:
    """One counter of a cohort; `contract/cohorts.py` says what `question` and `name` mean."""

    cohort: str = field(repr=False)
    question: str
    name: str
    n: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A leaf at its place in a log. `entry_id`: the ballot's id, or the fact's."""

    index: int
    entry_id: str
    leaf: str = field(repr=False)
    leaf_hash: bytes = field(repr=False)


class Verdict(Enum):
    """What became of one cast."""

    RECORDED = "recorded"
    ALREADY_VOTED = "already_voted"
    ID_TAKEN = "id_taken"
    NOT_TAKEN = "not_taken"


class Book:
    """The recorded ballots that a batch has to be judged by."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        self._of_voter: dict[tuple[str, str], Recorded] = {}
        self._of_id: dict[tuple[str, str], Recorded] = {}
        for one in recorded:
            self._of_voter[one.voter_key] = one
            self._of_id[one.id_key] = one

    def judge(self, ballot: Ballot) -> tuple[Verdict, Recorded | None]:
        """A voter's ballot under the same id is recorded, whatever it holds now: the first one stays."""
        own = self._of_voter.get(ballot.voter_key)
        if own is not None:
            return (Verdict.RECORDED if own.ballot_id == ballot.ballot_id else Verdict.ALREADY_VOTED), own
        same_id = self._of_id.get(ballot.id_key)
        return (
            Verdict.NOT_TAKEN if same_id is None or same_id.pseudonym == ERASED else Verdict.ID_TAKEN
        ), None


def arrange(size: int, waiting: Sequence[Waiting], shuffler: Shuffler) -> list[Entry]:
    """The entries that follow a log of `size`: gapless, in an order that tells nothing of the order of casting."""
    mixed = list(waiting)
    shuffler.shuffle(mixed)
    return [
        Entry(index, one.ballot_id, one.leaf, one.leaf_hash) for index, one in enumerate(mixed, start=size)
    ]


def closing_time(facts: PollFacts, now: datetime) -> datetime | None:
    """When the poll closed, if it did. A poll that is over although its time has not come was closed by hand: now."""
    if not facts.is_over:
        return None
    planned = None if facts.closes_at is None else from_micros(facts.closes_at, now)
    return now if planned is None or planned > now else planned


def from_micros(micros: int, like: datetime) -> datetime:
    """The point in time, in the zone of `like`."""
    return datetime.fromtimestamp(0, like.tzinfo) + timedelta(microseconds=micros)
