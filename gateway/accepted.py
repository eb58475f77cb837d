"""The note in a status link that says: a gateway has had the broker's word for this ballot, at that time.

It is signed with a key that all gateways share, so each of them can say `pending` of a ballot that another one took.  It
says nothing of the voter or the choice, and nobody can make one for a ballot that was not taken.
"""

import hashlib
import hmac
import time
from collections.abc import Callable

from services.common.encodings import b64u

KEPT = 900
"""Seconds for which an accepted ballot that is neither recorded nor refused is called pending; after that it is honest to
say unknown."""
SKEW = 60
_MAC_BYTES = 16


class Acceptances:
    """Writes notes and knows its own and other gateways'.  `clock`: seconds since the Unix epoch."""

    def __init__(self, gateway_key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(gateway_key, b"accepted ballots", hashlib.sha256)
        self._clock = clock

    def note(self, poll_id: str, ballot_id: str) -> str:
        """What the status link carries: the time in seconds and a MAC over it and the ballot's ids."""
        moment = int(self._clock())
        return f"{moment}.{self._mac(poll_id, ballot_id, moment)}"

    def vouches(self, note: str, poll_id: str, ballot_id: str) -> bool:
        """Whether a gateway wrote this for this ballot within the last quarter of an hour."""
        text, _, mac = note.partition(".")
        if not (text.isascii() and text.isdecimal() and len(text) <= 12 and mac.isascii()):
            return False
        moment = int(text)
        if not hmac.compare_digest(mac, self._mac(poll_id, ballot_id, moment)):
            return False
        return -SKEW <= self._clock() - moment < KEPT

    def _mac(self, poll_id: str, ballot_id: str, moment: int) -> str:
        told = f"{poll_id} {ballot_id} {moment}".encode()  # ids hold no space
        return b64u(hmac.digest(self._key, told, hashlib.sha256)[:_MAC_BYTES])
