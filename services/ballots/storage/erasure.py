"""Erasing pseudonyms of certified polls, a bounded number at a time, along the poll's log."""

import sqlalchemy as sa
from sqlalchemy import select

from services.ballots.storage.tables import ballot, entry, log
from services.common.database import Database


class ErasureBook:
    """Which polls' pseudonyms go, and how far that has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, poll_id: str) -> None:
        """Only of a sealed log: nobody is recorded any more, and every ballot has its place. Idempotent."""
        this = (log.c.log_id == poll_id) & log.c.sealed & log.c.erased.is_(None)
        with self._database.write() as tx:
            tx.conn.execute(sa.update(log).where(this).values(erased=0))
            tx.commit()

    def planned(self) -> list[str]:
        """Polls of which pseudonyms are left."""
        with self._database.read() as conn:
            return list(conn.execute(select(log.c.log_id).where(log.c.erased < log.c.size)).scalars())

    def erase(self, poll_id: str, most: int) -> int:
        """Erases those of the next so many entries; how many entries are left then."""
        this = log.c.log_id == poll_id
        with self._database.write() as tx:
            found = tx.conn.execute(select(log.c.erased, log.c.size).where(this)).one()
            end = min(found.size, found.erased + most)
            part = (entry.c.log_id == poll_id) & (entry.c.index >= found.erased) & (entry.c.index < end)
            ids = list(tx.conn.execute(select(entry.c.entry_id).where(part)).scalars())
            these = (ballot.c.poll_id == poll_id) & ballot.c.ballot_id.in_(ids)
            tx.conn.execute(sa.update(ballot).where(these).values(pseudonym=None))
            tx.conn.execute(sa.update(log).where(this, log.c.erased == found.erased).values(erased=end))
            tx.commit()
        left: int = found.size - end
        if not left:
            self._database.truncate_journal()
        return left
