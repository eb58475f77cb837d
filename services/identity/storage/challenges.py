"""Sign-in codes that were asked for."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.identity.domain import MAX_TRIES, Challenge
from services.identity.storage.tables import challenge

_FIELDS = [
    challenge.c[name]
    for name in (
        "id",
        "phone_sealed",
        "code_hash",
        "language",
        "created_at",
        "expires_at",
        "resend_at",
        "tries",
    )
]


class Challenges:
    """Challenges in this transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, new: Challenge) -> None:
        row = {column.name: getattr(new, column.name) for column in _FIELDS}
        self._conn.execute(sa.insert(challenge), {**row, "deliveries": 0})

    def take_try(self, challenge_id: str, now: datetime) -> Challenge | None:
        """The challenge with this try counted, or nothing when it is unknown, expired, used or out of tries.

        Counting and judging are one statement: guesses at the same time cannot have more than `MAX_TRIES` together.
        """
        statement = sa.update(challenge).where(*_open(challenge_id, now)).values(tries=challenge.c.tries + 1)
        return _challenge(self._conn.execute(statement.returning(*_FIELDS)).one_or_none())

    def exhausted(self, challenge_id: str) -> Challenge | None:
        """The challenge if it died of wrong tries."""
        unused = challenge.c.used_at.is_(None)
        statement = sa.select(*_FIELDS).where(
            challenge.c.id == challenge_id, unused, challenge.c.tries >= MAX_TRIES
        )
        return _challenge(self._conn.execute(statement).one_or_none())

    def use(self, challenge_id: str, now: datetime) -> None:
        self._conn.execute(sa.update(challenge).where(challenge.c.id == challenge_id).values(used_at=now))

    def take_delivery(self, challenge_id: str, most: int, now: datetime) -> Challenge | None:
        """The challenge with this delivery counted, or nothing when it must not be delivered any more."""
        statement = (
            sa.update(challenge)
            .where(*_open(challenge_id, now), challenge.c.deliveries < most)
            .values(deliveries=challenge.c.deliveries + 1)
        )
        return _challenge(self._conn.execute(statement.returning(*_FIELDS)).one_or_none())


def _open(challenge_id: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        challenge.c.id == challenge_id,
        challenge.c.used_at.is_(None),
        challenge.c.expires_at > now,
        challenge.c.tries < MAX_TRIES,
    )


def _challenge(row: sa.Row[Any] | None) -> Challenge | None:
    return None if row is None else Challenge(**row._asdict())
