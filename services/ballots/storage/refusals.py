"""Refusals that are kept for a while: why a ballot id is not in the record, never whose it was or what it held."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import select

from services.ballots.domain import Refusal
from services.ballots.storage.tables import refusal
from services.common.database import Database, insert_ignore, now


class RefusalBook:
    """The first refusal of an id stays until it is forgotten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, refusals: Collection[Refusal]) -> None:
        """Idempotent."""
        with self._database.write() as tx:
            insert_ignore(tx.conn, refusal, [_row(one, now(tx.conn)) for one in refusals])
            tx.commit()

    def find(self, poll_id: str, ballot_id: str) -> str | None:
        """The code of the ballot's refusal, if it is known."""
        wanted = (refusal.c.ballot_id == ballot_id) & (refusal.c.poll_id == poll_id)
        with self._database.read() as conn:
            return conn.execute(select(refusal.c.code).where(wanted)).scalar_one_or_none()

    def forget(self, age: timedelta, most: int) -> int:
        """Forgets those that are older than `age`, and the oldest beyond so many; how many it forgot."""
        with self._database.write() as tx:
            newest = select(refusal.c.refused_at).order_by(refusal.c.refused_at.desc())
            beyond = tx.conn.execute(newest.offset(most).limit(1)).scalar_one_or_none()
            limit = max(filter(None, (now(tx.conn) - age, beyond)))
            gone = tx.conn.execute(sa.delete(refusal).where(refusal.c.refused_at <= limit)).rowcount
            tx.commit()
        return gone


def _row(one: Refusal, refused_at: datetime) -> dict[str, object]:
    return {"ballot_id": one.ballot_id, "poll_id": one.poll_id, "code": one.code, "refused_at": refused_at}
