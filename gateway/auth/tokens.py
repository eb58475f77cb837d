"""Access tokens (JWT, RFC 7519, HS256 of RFC 7518, made by identity) and the sessions they speak for.

PyJWT reads a token's header, which is the same for all tokens of one key and so is read once for each key.  The rest is
checked here: PyJWT would take many times as long, and in a surge each token is new.  Tests hold the outcome to PyJWT's.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson

from gateway.errors import InvalidToken
from services.common.encodings import b64u, unb64u
from services.identity.contract import ACCESS_ALGORITHM, ACCESS_ISSUER

HEADS = 64
KEY_PAUSE = 5.0
"""Seconds between two readings of the keys."""
REMEMBERED = 50_000
LEEWAY = 5.0
"""Seconds by which identity's clock and ours may differ."""
LIVES = 600.0
"""Seconds that an access token lives, by identity's word; an ended session is remembered a little longer."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. `tag` names the phone without being one; neither it nor `sid` is ever shown or logged."""

    person_id: str
    sid: str
    roles: tuple[str, ...]
    orgs: Mapping[str, str]
    strength: str
    expires_at: float
    tag: str = field(repr=False)
    csrf_key: bytes = field(repr=False)
    profile: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Coarse values that the person has agreed to be counted by; `CoarseProfileSchema` of identity's contract."""

    @property
    def csrf(self) -> str:
        """What a form must carry to show that it is a page of this session's."""
        return b64u(hmac.digest(self.csrf_key, self.sid.encode(), hashlib.sha256))

    @property
    def actor(self) -> dict[str, Any]:
        """The session as the services' contracts take it."""
        return {"person_id": self.person_id, "roles": list(self.roles), "orgs": dict(self.orgs)}


class ExpiredToken(InvalidToken):
    """The token was good, and its time is over."""


class TokenVerifier:
    """Checks tokens, remembers those it has checked, and refuses those of ended sessions."""

    def __init__(
        self,
        csrf_key: bytes,
        read_keys: Callable[[], Mapping[str, bytes]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._csrf_key, self._read_keys, self._clock = csrf_key, read_keys, clock
        self._keys = read_keys()
        self._read_at = clock()
        self._heads: dict[str, bytes] = {}
        self._known: dict[bytes, Session] = {}
        self._ended: dict[str, float] = {}

    def end(self, sid: str) -> None:
        """Refuse this session's tokens from now on."""
        now = self._clock()
        self._ended[sid] = now + LIVES + 60
        while self._ended and next(iter(self._ended.values())) < now:
            del self._ended[next(iter(self._ended))]

    def verify(self, token: str) -> Session:
        """The token's session. Raises InvalidToken, ExpiredToken (only for an otherwise good token)."""
        name = hashlib.sha256(token.encode()).digest()
        session = self._known.get(name)
        if session is None:
            session = self._decode(token)
            self._remember(name, session)
        if session.sid in self._ended:
            raise InvalidToken
        if session.expires_at + LEEWAY <= self._clock():
            self._known.pop(name, None)
            raise ExpiredToken
        return session

    def _remember(self, name: bytes, session: Session) -> None:
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[name] = session

    def _decode(self, token: str) -> Session:
        try:
            head, _, rest = token.partition(".")
            body, _, signature = rest.partition(".")
            key = self._heads.get(head) or self._key_of(token, head)
            made = hmac.digest(key, f"{head}.{body}".encode(), hashlib.sha256)
            if not hmac.compare_digest(made, unb64u(signature)):
                raise InvalidToken
            return self._session(orjson.loads(unb64u(body)))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
            raise InvalidToken from None

    def _key_of(self, token: str, head: str) -> bytes:
        """The key that the header names. Raises InvalidToken for any other algorithm, critical header or unknown key."""
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ACCESS_ALGORITHM or "crit" in header or header.get("b64", True) is not True:
            raise InvalidToken
        key = self._key(str(header.get("kid")))
        if len(self._heads) < HEADS:
            self._heads[head] = key
        return key

    def _key(self, key_id: str) -> bytes:
        """A key that is not known may be new: the keys are read again, but not each time that somebody makes one up."""
        if key_id not in self._keys and not 0 <= self._clock() - self._read_at < KEY_PAUSE:
            self._keys, self._read_at = self._read_keys(), self._clock()
            self._heads.clear()
            self._known.clear()
        if key_id not in self._keys:
            raise InvalidToken
        return self._keys[key_id]

    def _session(self, claims: Mapping[str, Any]) -> Session:
        """Raises InvalidToken, KeyError or TypeError for claims that identity would not make."""
        texts = [claims[name] for name in ("sub", "sid", "tag", "strength")]
        if claims["iss"] != ACCESS_ISSUER or not all(type(text) is str and text for text in texts):
            raise InvalidToken
        person_id, sid, tag, strength = texts
        return Session(
            person_id=person_id,
            sid=sid,
            roles=tuple(claims["roles"]),
            orgs=dict(claims["orgs"]),
            strength=strength,
            expires_at=number(claims["exp"]),
            tag=tag,
            csrf_key=self._csrf_key,
            profile=dict(claims.get("profile", ())),
        )


def number(value: Any) -> float:
    """A NumericDate of RFC 7519. Raises TypeError for anything else."""
    if type(value) not in (int, float):
        raise TypeError
    return float(value)
