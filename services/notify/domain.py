"""Messages, what may become of them, and the rules of sending them. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

SEOUL = timezone(timedelta(hours=9), "KST")
"""Korea has no daylight saving time; a fixed offset needs no time zone database."""

CODE = "code"
INVITATION = "invitation"
ANNOUNCEMENT = "announcement"
KINDS = (CODE, INVITATION, ANNOUNCEMENT)
BULK = (INVITATION, ANNOUNCEMENT)

QUEUED = "queued"
CLAIMED = "claimed"
"""A replica has reserved the message; the provider has surely not heard of it."""
SENDING = "sending"
"""The provider may have heard of it: from here on nobody sends it again unless the provider refused it."""
SENT = "sent"
FAILED = "failed"
HELD = "held"
UNKNOWN = "unknown"
OPTED_OUT = "opted_out"
LOST = "lost"
"""No state of a message: what a sender hears that has lost its claim."""
FINAL = (SENT, FAILED, UNKNOWN, OPTED_OUT)

SMS = "sms"
MAIL = "mail"

PRIORITIES: Mapping[str, int] = {CODE: 0, INVITATION: 5, ANNOUNCEMENT: 5}
PURSES: Mapping[str, str] = {CODE: "codes", INVITATION: "other", ANNOUNCEMENT: "other"}
"""Which daily budget a kind is paid from: a flood of codes never uses up the others' money, nor they the codes'."""

_FIRST_PAUSE: Mapping[str, float] = {CODE: 1.0, INVITATION: 10.0, ANNOUNCEMENT: 10.0}
_LONGEST_PAUSE = 900.0


@dataclass(frozen=True)
class Message:
    """What a channel carries. `to` is E.164 or an e-mail address. `code` and `challenge_id` only of sign-in codes."""

    kind: str
    to: str = field(repr=False)
    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    challenge_id: str | None = None


@dataclass(frozen=True)
class NewMessage:
    """A message to be queued. `address` is encrypted, or absent where it is asked for only when sending."""

    kind: str
    key: str
    language: str | None = None
    poll_id: str | None = None
    person_id: str | None = None
    challenge_id: str | None = None
    recipient_hash: str | None = None
    address: str | None = None
    job_id: str | None = None


@dataclass(frozen=True)
class Claimed:
    """A queued message reserved by one sender. `claim` is the proof of it; `tries` counts the earlier attempts."""

    id: int
    kind: str
    key: str
    claim: str
    tries: int
    language: str | None
    poll_id: str | None
    person_id: str | None
    challenge_id: str | None
    address: str | None


@dataclass(frozen=True)
class Sent:
    """The provider took the message and calls it by this name."""

    provider_id: str


class NotSent(Exception):
    """A channel could not say that the provider took the message. `reason` is a constant word for logs and reports."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retryable(NotSent):
    """The provider surely did not take it and may do so later."""


class Rejected(NotSent):
    """The provider refused it and would do so again."""


class Unknown(NotSent):
    """The provider may have taken it: it did not answer in time, or not clearly."""


def code_key(challenge_id: str) -> str:
    """One code message a challenge."""
    return f"{CODE}:{challenge_id}"


def invitation_key(poll_id: str, recipient_hash: str) -> str:
    """One invitation a poll and phone."""
    return f"{INVITATION}:{poll_id}:{recipient_hash}"


def announcement_prefix(poll_id: str) -> str:
    """With the person's id behind it this is the key of an announcement."""
    return f"{ANNOUNCEMENT}:{poll_id}:"


def carrier(to: str) -> str:
    """What kind of channel reaches this address."""
    return MAIL if "@" in to else SMS


def pause_before(kind: str, tries: int) -> timedelta:
    """How long to wait after so many vain attempts: doubles each time, at most a quarter of an hour."""
    return timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE[kind] * 2 ** (tries - 1)))


def korean_day(moment: datetime) -> date:
    """The calendar day in Seoul, by which budgets are counted."""
    return moment.astimezone(SEOUL).date()


def next_korean_day(moment: datetime) -> datetime:
    """When the next day begins in Seoul."""
    return datetime.combine(korean_day(moment) + timedelta(days=1), time(), SEOUL).astimezone(UTC)


def minutes_left(now: datetime, expires_at: datetime) -> int:
    """Whole minutes to tell a person, never less than one."""
    return max(1, round((expires_at - now).total_seconds() / 60))
