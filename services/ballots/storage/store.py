"""The database of ballots: transactions to write in, and everything that is only read."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import select

from services.ballots.domain import CITY, Log, Recorded, Terms
from services.ballots.storage.record_tables import city_entry
from services.ballots.storage.rows import KEPT, LOG_OF, to_log, to_recorded
from services.ballots.storage.tables import ballot, entry, log, waiting
from services.ballots.storage.transaction import BallotTransaction
from services.common.database import Database, now
from services.common.tlog.merkle import EMPTY_ROOT

MOST_REMEMBERED = 10_000
"""Promises of logs that are remembered at a time."""


class BallotStore:
    """The database of ballots."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database, self._terms = database, terms
        self._include_within: dict[str, int] = {}

    @contextmanager
    def write(self) -> Iterator[BallotTransaction]:
        """A transaction, to be committed inside the block."""
        with self._database.write() as tx:
            yield BallotTransaction(tx, self._terms)

    def polls_waiting(self) -> list[str]:
        """Polls with ballots that have no index yet."""
        going_on = ~log.c.sealed & log.c.refused.is_(None)
        return self._polls(going_on & sa.exists().where(waiting.c.poll_id == log.c.log_id))

    def polls_to_seal(self, grace: timedelta) -> list[str]:
        """Polls that closed longer than `grace` ago by the database's clock and are not sealed."""
        with self._database.read() as conn:
            limit = now(conn) - grace
        return self._polls(~log.c.sealed & log.c.refused.is_(None) & (log.c.closed_at <= limit))

    def polls_without_end(self) -> list[str]:
        """Polls of which no closing is known."""
        return self._polls(~log.c.sealed & log.c.closed_at.is_(None) & (log.c.log_id != CITY))

    def known_polls(self, polls: Collection[str]) -> set[str]:
        """Those of these that ballots has heard of."""
        return set(self._polls(log.c.log_id.in_(polls))) if polls else set()

    def lag(self) -> int:
        """Ballots that have no index yet."""
        with self._database.read() as conn:
            return conn.execute(select(sa.func.count()).select_from(waiting)).scalar_one()

    def sequenced(self) -> int:
        """Ballots that have an index, in all polls' logs together."""
        with self._database.read() as conn:
            total = conn.execute(select(sa.func.sum(log.c.size)).where(log.c.log_id != CITY)).scalar_one()
        return int(total or 0)

    def find(self, poll_id: str, ballot_id: str) -> tuple[Recorded, int | None] | None:
        """The ballot and its index once it has one."""
        same = (entry.c.log_id == ballot.c.poll_id) & (entry.c.entry_id == ballot.c.ballot_id)
        statement = select(*KEPT, entry.c.index.label("index_")).select_from(ballot.outerjoin(entry, same))
        with self._database.read() as conn:
            wanted = (ballot.c.poll_id == poll_id) & (ballot.c.ballot_id == ballot_id)
            row = conn.execute(statement.where(wanted)).one_or_none()
        return None if row is None else (to_recorded(row), row.index_)

    def log(self, poll_id: str) -> Log:
        """The log as it is now; an empty one for a poll that has none."""
        with self._database.read() as conn:
            found = to_log(conn.execute(LOG_OF, {"log": poll_id}).one_or_none())
        return found or Log(poll_id, self._terms.origin_of(poll_id), 0, EMPTY_ROOT)

    def include_within(self, poll_id: str) -> int:
        """How soon the poll's receipts promise the entry, in seconds: fixed when its log began, so asked for once."""
        if poll_id not in self._include_within:
            with self._database.read() as conn:
                fixed = select(log.c.include_within).where(log.c.log_id == poll_id)
                found = conn.execute(fixed).scalar_one_or_none()
            if found is None:
                return self._terms.include_within
            if len(self._include_within) >= MOST_REMEMBERED:
                self._include_within.clear()
            self._include_within[poll_id] = found
        return self._include_within[poll_id]

    def facts_wait(self) -> bool:
        """Whether a fact for the city's log has no place yet."""
        with self._database.read() as conn:
            unplaced = select(city_entry.c.seq).where(city_entry.c.index.is_(None)).limit(1)
            return conn.execute(unplaced).first() is not None

    def leaves(self, poll_id: str, start: int, limit: int, most_characters: int) -> list[str]:
        """Leaves from `start` on in order: at most `limit`, no more once they are long together, but at least one."""
        so_far = sa.func.sum(sa.func.length(entry.c.leaf)).over(order_by=entry.c.index)
        page = (
            select(entry.c.index, entry.c.leaf, (so_far - sa.func.length(entry.c.leaf)).label("before"))
            .where(entry.c.log_id == poll_id, entry.c.index >= start, entry.c.index < start + limit)
            .subquery()
        )
        statement = select(page.c.leaf).where(page.c.before < most_characters).order_by(page.c.index)
        with self._database.read() as conn:
            return list(conn.execute(statement).scalars())

    def _polls(self, condition: sa.ColumnElement[bool]) -> list[str]:
        with self._database.read() as conn:
            return list(conn.execute(select(log.c.log_id).where(condition)).scalars())
