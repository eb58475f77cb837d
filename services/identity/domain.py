"""People, sign-in, sessions and organisations as plain data and rules.

Standard library only; nothing here waits, stores or looks at a clock.
"""

import hashlib
import hmac
import ipaddress
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count

CODE_LIFETIME = timedelta(minutes=3)
CODE_DIGITS = 6
MAX_TRIES = 5
STRENGTH_PHONE = "phone"

ADMIN = "admin"
OPERATOR = "operator"

YOUNGEST = 10
OLDEST_BAND = 70
SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
"""The city's time, without daylight saving since 1988."""

_CODES = 10**CODE_DIGITS
_WORD = 8
_FAIR = 256**_WORD // _CODES * _CODES


@dataclass(frozen=True)
class Limit:
    """At most `most` within `window`, which starts with the first; no window, no limit. `scope` names what is counted."""

    scope: str
    most: int
    window: timedelta


@dataclass(frozen=True)
class Policy:
    """How long things last and how often they may be done."""

    resend_pause: Limit
    codes_per_number: Limit
    codes_per_address: Limit
    codes_per_prefix: Limit
    confirms_per_address: Limit
    prefix_length: int
    max_deliveries: int
    access_lifetime: timedelta
    member_session: timedelta
    guest_session: timedelta
    refresh_grace: timedelta

    def session_lifetime(self, *, member: bool) -> timedelta:
        return self.member_session if member else self.guest_session


@dataclass(frozen=True)
class Challenge:
    """A code that was asked for. The code itself is in no field: it follows from the id and the code key."""

    id: str
    phone_sealed: str
    code_hash: str
    language: str
    created_at: datetime
    expires_at: datetime
    resend_at: datetime
    tries: int = 0

    @property
    def exhausted(self) -> bool:
        return self.tries >= MAX_TRIES


@dataclass(frozen=True)
class Person:
    """Somebody with a phone. A guest is a person who has not become a member."""

    id: str
    phone_sealed: str
    phone_index: str
    phone_hint: str
    member: bool
    language: str
    created_at: datetime


@dataclass(frozen=True)
class Profile:
    """What a member has told of themselves, each part or not, and agreed to be used for breakdowns."""

    district: str | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)
    gender: str | None = field(default=None, repr=False)

    @property
    def is_empty(self) -> bool:
        return self.district is None and self.birth_year is None and self.gender is None

    def coarse(self, year: int) -> dict[str, str]:
        """What may be known outside of identity in this year; what was not told is left out."""
        known = {"district": self.district, "age": age_band(self.birth_year, year), "gender": self.gender}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class Standing:
    """A person with what they may do at this moment: city-wide roles, and one role in each organisation."""

    person: Person
    roles: tuple[str, ...] = ()
    orgs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """One sign-in on one device, from the code until it is signed out or its time is over."""

    id: str
    person_id: str
    strength: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None or self.expires_at <= now


@dataclass(frozen=True)
class RefreshToken:
    """One link of a session's chain of refresh tokens; only the hash of a token is kept."""

    hash: str
    session_id: str
    used_at: datetime | None = None

    def is_replay(self, now: datetime, grace: timedelta) -> bool:
        """Whether using it now is a second use, later than two requests of one browser can be apart."""
        return self.used_at is not None and now - self.used_at > grace


@dataclass(frozen=True)
class Organization:
    """A body that asks: the city, a district, an office. `id` is a short slug."""

    id: str
    name_ko: str
    name_en: str


@dataclass(frozen=True)
class Member:
    """A person's role in an organisation."""

    person_id: str
    role: str
    phone_hint: str


@dataclass(frozen=True)
class Actor:
    """Who asks, as the gateway took it from a verified access token."""

    person_id: str
    roles: tuple[str, ...]
    orgs: Mapping[str, str]

    @classmethod
    def load(cls, data: Mapping[str, object]) -> "Actor":
        return cls(str(data["person_id"]), tuple(data["roles"]), dict(data["orgs"]))  # type: ignore[arg-type, call-overload]


def code_of(key: bytes, challenge_id: str) -> str:
    """The challenge's six digits, each code equally likely: values that would favour some codes are skipped."""
    for number in count():
        digest = hmac.digest(key, f"code:{challenge_id}:{number}".encode(), hashlib.sha256)
        value = int.from_bytes(digest[:_WORD])
        if value < _FAIR:
            return f"{value % _CODES:0{CODE_DIGITS}}"
    raise AssertionError  # count() does not end


def tidy_code(text: str) -> str:
    """What a person typed as plain digits: spaces, hyphens and full-width digits are forgiven, nothing else."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "")
    return plain if plain.isascii() and plain.isdigit() else ""


def phone_hint(phone: str) -> str:
    """The last four digits, enough for owners to recognise their own number."""
    return phone[-4:]


def age_band(birth_year: int | None, year: int) -> str | None:
    """The band of ten years, by its lowest age, of who becomes this old in the year; nothing below ten. From 70 on it is one."""
    age = None if birth_year is None else year - birth_year
    return None if age is None or age < YOUNGEST else str(min(age // 10 * 10, OLDEST_BAND))


def prefix_of(phone: str, length: int) -> str:
    """The first characters of a number in E.164 form: the block that it was handed out with."""
    return phone[:length]


def network_of(address: str) -> str:
    """What one customer of a network can choose freely counts as one address: for IPv6 that is a /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ascii(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


def seconds_until(moment: datetime, now: datetime) -> int:
    """Whole seconds to wait, at least one."""
    return max(1, math.ceil((moment - now).total_seconds()))
