"""Erasing pseudonyms of certified polls, a bounded number at a time, along the poll's log."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from services.ballots.storage import cohorts
from services.ballots.storage.record_tables import written_text
from services.ballots.storage.tables import ballot, entry, log
from services.common.database import Database, for_update

COUNTERS = 10
"""As many counters of cohorts go in a batch for each ballot of one: a row of theirs is much smaller."""


class ErasureBook:
    """Which polls' pseudonyms and counters of cohorts go, and how far that has come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journal_is_empty = False

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
        """Erases counters, and once none is left the pseudonyms of the next so many entries; how many entries are left then."""
        this = log.c.log_id == poll_id
        with self._database.write() as tx:
            progress = for_update(tx.conn, select(log.c.erased, log.c.size).where(this))
            found = tx.conn.execute(progress).one()
            if cohorts.erase(tx.conn, poll_id, COUNTERS * most) == COUNTERS * most:
                tx.commit()
                return int(found.size - found.erased)
            end = min(found.size, found.erased + most)
            part = (entry.c.log_id == poll_id) & (entry.c.index >= found.erased) & (entry.c.index < end)
            ids = list(tx.conn.execute(select(entry.c.entry_id).where(part)).scalars())
            _rewrite(tx.conn, ballot, poll_id, ids, pseudonym=None)
            _rewrite(tx.conn, written_text, poll_id, ids)
            tx.conn.execute(sa.update(log).where(this, log.c.erased == found.erased).values(erased=end))
            tx.commit()
        left: int = found.size - end
        self._journal_is_empty = False
        return left

    def empty_journal(self) -> None:
        """Where a database keeps what pages held before: gone, once nobody reads there. Idempotent."""
        if not self._journal_is_empty:
            self._journal_is_empty = self._database.truncate_journal()


def _rewrite(
    conn: sa.Connection, table: sa.Table, poll_id: str, ids: Collection[str], **changed: Any
) -> None:
    """Writes these ballots' rows anew, by their random ids: where a database keeps a row and which transaction has written
    it tells the order of casting, more finely than the log does.
    """
    these = (table.c.poll_id == poll_id) & table.c.ballot_id.in_(ids)
    found = conn.execute(select(table).where(these).order_by(table.c.ballot_id)).mappings().all()
    conn.execute(sa.delete(table).where(these))
    if found:
        conn.execute(sa.insert(table), [{**row, **changed} for row in found])
