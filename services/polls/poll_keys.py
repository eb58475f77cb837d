"""The two secrets of every poll, encrypted under polls' own key wherever they are stored.

The pass secret makes pseudonyms of tags, the roll secret makes rows of a voter roll. Whoever has only the database has
neither.
"""

import secrets

from services.common.crypto import KeyRing

SECRET_BYTES = 32


class PollKeys:
    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def new_pass_secret(self, poll_id: str) -> str:
        return self._new("pass", poll_id)

    def new_roll_secret(self, poll_id: str) -> str:
        return self._new("roll", poll_id)

    def pass_secret(self, poll_id: str, wrapped: str) -> bytes:
        """Raises `Undecryptable` for a text of another poll or key."""
        return self._ring.decrypt(wrapped, _context("pass", poll_id))

    def roll_secret(self, poll_id: str, wrapped: str) -> bytes:
        return self._ring.decrypt(wrapped, _context("roll", poll_id))

    def _new(self, use: str, poll_id: str) -> str:
        return self._ring.encrypt(secrets.token_bytes(SECRET_BYTES), _context(use, poll_id))


def _context(use: str, poll_id: str) -> bytes:
    return f"poll.{use}_secret:{poll_id}".encode()
