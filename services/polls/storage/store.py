"""Polls and their change log.

with store.write() as tx:
    poll = tx.get(poll_id)            # locked until the end
    tx.save(replace(poll, title="…"))
    tx.commit()                       # leaving the block without it undoes everything
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from services.common import outbox
from services.common.contract import Event
from services.common.database import Database, Transaction, for_update, insert_ignore, now
from services.common.ids import is_id
from services.polls import contract, record
from services.polls.contract.errors import PollNotFound
from services.polls.contract.record import Fact
from services.polls.domain.poll import OPEN, SCHEDULED, Change, Poll
from services.polls.storage import listing, tables
from services.polls.storage.mapping import POLL_COLUMNS, to_poll, to_row
from services.polls.storage.roll import RollReader, RollWriter
from services.polls.storage.rules import prune_tries
from services.polls.storage.sources import SourceReader, SourceWriter

EVENTS_COME_AGAIN = timedelta(days=30)
"""The broker keeps an event that nobody could handle no longer than that."""


class PollsReader:
    """What can be asked. Raises `PollNotFound` for an unknown poll."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self.roll = RollReader(conn)
        self.sources = SourceReader(conn)

    def now(self) -> datetime:
        """The database's clock, which judges every poll's window."""
        return now(self._conn)

    def get(self, poll_id: str) -> Poll:
        if not is_id(poll_id):
            raise PollNotFound
        statement = sa.select(*POLL_COLUMNS).where(tables.poll.c.id == poll_id)
        row = self._conn.execute(self._locked(statement)).mappings().one_or_none()
        if row is None:
            raise PollNotFound
        return to_poll(row)

    def _locked(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement

    def page(self, query: listing.ListQuery) -> listing.Page:
        return listing.page(self._conn, query)

    def changes(self, poll_id: str) -> list[Change]:
        """The change log in order."""
        columns = [column for column in tables.change.c if column.name != "poll_id"]
        statement = (
            sa.select(*columns).where(tables.change.c.poll_id == poll_id).order_by(tables.change.c.number)
        )
        return [Change(**row) for row in self._conn.execute(statement).mappings()]

    def due(self, moment: datetime) -> tuple[list[str], list[str]]:
        """Ids of scheduled polls whose time to open has come, and of open ones whose time to close has come."""
        return (
            self._ids(tables.poll.c.state == SCHEDULED, tables.poll.c.opens_at <= moment),
            self._ids(tables.poll.c.state == OPEN, tables.poll.c.closes_at <= moment),
        )

    def _ids(self, *conditions: sa.ColumnElement[bool]) -> list[str]:
        return list(self._conn.execute(sa.select(tables.poll.c.id).where(*conditions).limit(100)).scalars())


class PollsWriter(PollsReader):
    """One write transaction. A poll it has got is locked, so that nobody changes it in between."""

    roll: RollWriter
    sources: SourceWriter

    def __init__(self, transaction: Transaction, changed: Callable[[str], None]) -> None:
        super().__init__(transaction.conn)
        self._transaction = transaction
        self._changed = changed
        self.roll = RollWriter(transaction.conn)
        self.sources = SourceWriter(transaction.conn)

    def _locked(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return for_update(self._conn, statement)

    def add(self, poll: Poll) -> bool:
        """False, and nothing done, when there is a poll with this id."""
        return bool(insert_ignore(self._conn, tables.poll, [to_row(poll)], [tables.poll.c.id]))

    def save(self, poll: Poll) -> Poll:
        """Writes the poll as its next version; watchers hear of it once this is committed."""
        saved = replace(poll, version=poll.version + 1, updated_at=self.now())
        self._conn.execute(sa.update(tables.poll).where(tables.poll.c.id == poll.id), to_row(saved))
        self._transaction.after_commit(partial(self._changed, poll.id))
        return saved

    def delete(self, poll: Poll) -> None:
        self.roll.discard_all(poll.id)
        self._conn.execute(sa.delete(tables.poll).where(tables.poll.c.id == poll.id))
        self._transaction.after_commit(partial(self._changed, poll.id))

    def log(
        self,
        poll: Poll,
        at: datetime,
        what: str,
        *,
        old: Any = None,
        new: Any = None,
        reason: str | None = None,
    ) -> Poll:
        """Adds the next entry of the change log, and tells the city log of it if the poll has ever opened; returns the
        poll that has to be saved with it.
        """
        entry = {
            "number": poll.last_change + 1,
            "at": at,
            "what": what,
            "old": old,
            "new": new,
            "reason": reason,
        }
        self._conn.execute(sa.insert(tables.change), {"poll_id": poll.id, **entry})
        if poll.definition is not None:
            self.record([record.change(poll.id, Change(**entry))])
        return replace(poll, last_change=poll.last_change + 1)

    def emit(self, event: Event, poll: Poll) -> None:
        outbox.emit(self._transaction, event, {"poll_id": poll.id})

    def record(self, facts: Iterable[Fact]) -> None:
        """Tells the city log, if this is committed."""
        for fact in facts:
            outbox.emit(self._transaction, contract.RECORD_ENTRY, asdict(fact))

    def first_time(self, event_id: str, handler: str) -> bool:
        """Whether the event was not handled before; remembered if this is committed."""
        return outbox.first_time(self._transaction, event_id, handler)

    def forget(self, moment: datetime, most: int) -> int:
        """Drops, at most so many at a time, what is of no more use: guesses at passwords of polls that are not open,
        and the memory of events that cannot come again. Returns how many guessers were forgotten.
        """
        outbox.prune_inbox(self._transaction, moment - EVENTS_COME_AGAIN)
        return prune_tries(self._conn, most)

    def commit(self) -> None:
        self._transaction.commit()


def _nobody_watches(poll_id: str) -> None:
    """Where no gateway needs to hear of changes."""


class PollsStore:
    """Polls in a database. `changed` is called with a poll's id after a change of it is committed."""

    def __init__(self, database: Database, changed: Callable[[str], None] = _nobody_watches) -> None:
        self.database = database
        self._changed = changed

    @contextmanager
    def read(self) -> Iterator[PollsReader]:
        with self.database.read() as conn:
            yield PollsReader(conn)

    @contextmanager
    def write(self) -> Iterator[PollsWriter]:
        with self.database.write() as transaction:
            yield PollsWriter(transaction, self._changed)
