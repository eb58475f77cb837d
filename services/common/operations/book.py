"""The memory of discarded dead letters: what went, why, when and by whose word."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.common.bus.letters import DeadLetter
from services.common.database import Database, JsonText, Transaction, UtcDateTime, now

SHOWN = 100


def discarded_letter_table(metadata: sa.MetaData) -> sa.Table:
    """Add it to a service's tables and migrations.  A row is written before its letter goes and is never removed."""
    return sa.Table(
        "discarded_letter",
        metadata,
        sa.Column("queue", sa.String(200), primary_key=True),
        sa.Column("letter_id", sa.String(22), primary_key=True),
        sa.Column("discarded_at", UtcDateTime, primary_key=True),
        sa.Column("discarded_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("about", JsonText, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )


_DISCARDED = discarded_letter_table(sa.MetaData())


@dataclass(frozen=True)
class Discarded:
    """A letter that was discarded, with the reason."""

    queue: str
    letter_id: str
    about: dict[str, int]
    reason: str
    discarded_at: datetime


class DiscardBook:
    """In the service's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction for :func:`enter`, to be committed inside the block."""
        return self._database.write()

    def latest(self) -> list[Discarded]:
        columns = [_DISCARDED.c[name] for name in Discarded.__dataclass_fields__]
        statement = sa.select(*columns).order_by(_DISCARDED.c.discarded_at.desc(), _DISCARDED.c.letter_id)
        with self._database.read() as conn:
            return [Discarded(**row) for row in conn.execute(statement.limit(SHOWN)).mappings()]

    def unfinished(self, queue: str) -> set[str]:
        """Letters whose reason is kept and that were not seen to go."""
        with self._database.read() as conn:
            return _unfinished(conn, queue)

    def unfinished_queues(self) -> list[str]:
        with self._database.read() as conn:
            found = conn.execute(sa.select(_DISCARDED.c.queue).where(~_DISCARDED.c.gone).distinct())
            return list(found.scalars())

    def finish(self, queue: str, ids: Collection[str]) -> None:
        """These letters are gone."""
        of_these = (_DISCARDED.c.queue == queue) & _DISCARDED.c.letter_id.in_(ids) & ~_DISCARDED.c.gone
        with self._database.write() as tx:
            tx.conn.execute(sa.update(_DISCARDED).where(of_these).values(gone=True))
            tx.commit()


def enter(
    tx: Transaction, queue: str, letters: Sequence[DeadLetter], reason: str, by: str
) -> tuple[datetime, list[DeadLetter]]:
    """Writes down the letters that are not in the book as going already; returns when, and those."""
    moment, known = now(tx.conn), _unfinished(tx.conn, queue)
    new = list({letter.id: letter for letter in letters if letter.id not in known}.values())
    common = {"queue": queue, "discarded_at": moment, "discarded_by": by, "reason": reason, "gone": False}
    rows = [{"letter_id": letter.id, "about": dict(letter.about), **common} for letter in new]
    if rows:
        tx.conn.execute(sa.insert(_DISCARDED), rows)
    return moment, new


def _unfinished(conn: sa.Connection, queue: str) -> set[str]:
    going = (_DISCARDED.c.queue == queue) & ~_DISCARDED.c.gone
    return set(conn.execute(sa.select(_DISCARDED.c.letter_id).where(going)).scalars())
