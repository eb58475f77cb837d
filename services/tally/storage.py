"""Tables and queries of tally.

`poll.applied` and the counters change in one transaction, and only from the number that was read: whatever comes
twice, out of order, or from two workers at a time, each entry is counted once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from services.common.database import Database, JsonText, Transaction, UtcDateTime, for_update, now
from services.common.encodings import sha256
from services.common.ids import format_utc
from services.common.operations.book import discarded_letter_table
from services.common.outbox import emit, inbox_table, outbox_table
from services.polls.contract import record
from services.tally import contract
from services.tally.domain import Difference, Facts, Key, Poll, Visibility

metadata = sa.MetaData()
outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
discarded_letter = discarded_letter_table(metadata)

poll = sa.Table(
    "poll",
    metadata,
    sa.Column("poll_id", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("results", sa.String(20), nullable=False),
    sa.Column("definition", JsonText, nullable=False),
    sa.Column("definition_hash", sa.String(64), nullable=False),
    sa.Column("roll_size", sa.Integer, nullable=True),
    sa.Column("applied", sa.Integer, nullable=False),
    sa.Column("sealed_size", sa.Integer, nullable=True),
    sa.Column("certified", sa.Boolean, nullable=True),
    sa.Column("final", sa.Text, nullable=True),
    sa.Column("differences", JsonText, nullable=True),
    sa.Column("recounted_at", UtcDateTime, nullable=True),
)

counter = sa.Table(
    "counter",
    metadata,
    sa.Column("poll_id", sa.String(64), primary_key=True),
    sa.Column("question", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False),
)

_ORDER = ("open", "closed", "published", "cancelled")
"""A poll's state only moves on: an answer that overtook another one must not take it back."""


class TallyTransaction:
    """One write transaction: all of it after `commit`, nothing without."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._conn = tx.conn

    def commit(self) -> None:
        self._tx.commit()

    def now(self) -> str:
        """The database's clock, to the second."""
        return format_utc(now(self._conn).replace(microsecond=0))

    def lock(self, poll_id: str) -> Poll | None:
        """The poll, which nobody else changes until the end of the transaction."""
        row = self._conn.execute(for_update(self._conn, _poll_of(poll_id))).one_or_none()
        return None if row is None else _poll(row)

    def begin(self, facts: Facts) -> None:
        """A poll that is new here; nothing is changed when it is known."""
        row = {**_facts_row(facts), "definition": dict(facts.definition), "applied": 0}
        insert = _insert(self._conn, poll).values(row).on_conflict_do_nothing()
        self._conn.execute(insert)

    def move(self, facts: Facts) -> None:
        """Notes the poll's present state. The definition that was seen first stays."""
        self._conn.execute(
            sa.update(poll)
            .where(poll.c.poll_id == facts.poll_id, poll.c.state.in_(_up_to(facts.state)))
            .values(state=facts.state)
        )

    def note_sealed(self, poll_id: str, size: int) -> None:
        self._conn.execute(sa.update(poll).where(poll.c.poll_id == poll_id).values(sealed_size=size))

    def apply(self, poll_id: str, expected: int, entries: int, increments: Mapping[Key, int]) -> bool:
        """Adds the count of so many entries from `expected` on; false when somebody else has counted them already."""
        as_expected = (poll.c.poll_id == poll_id) & (poll.c.applied == expected)
        moved = self._conn.execute(sa.update(poll).where(as_expected).values(applied=expected + entries))
        if moved.rowcount != 1:
            return False
        if increments:
            rows = [
                {"poll_id": poll_id, "question": question, "name": name, "n": n}
                for (question, name), n in sorted(increments.items())
            ]
            insert = _insert(self._conn, counter)
            added = {"n": counter.c.n + insert.excluded.n}
            self._conn.execute(
                insert.on_conflict_do_update(index_elements=list(counter.primary_key), set_=added), rows
            )
        return True

    def counters(self, poll_id: str) -> dict[Key, int]:
        return _counters(self._conn, poll_id)

    def settle(self, poll_id: str, differences: Sequence[Difference], final: str | None) -> None:
        """Keeps the outcome of the recount and tells of it: certified when there are no differences. Whether the city log is told of
        the result, too, is for `tell_result`.
        """
        agreed = not differences
        values = {
            "certified": agreed,
            "final": final,
            "differences": [one.as_json() for one in differences],
            "recounted_at": now(self._conn),
        }
        self._conn.execute(sa.update(poll).where(poll.c.poll_id == poll_id).values(**values))
        emit(self._tx, contract.CERTIFIED, {"poll_id": poll_id, "agreed": agreed})

    def tell_result(self, poll_id: str, before: Visibility) -> Poll | None:
        """The poll as it is now, whose signed result goes into the city log at the moment from which it may be seen: everybody can read
        that log. `before`: what could be seen until now.
        """
        found = self.lock(poll_id)
        if found is not None and found.final and found.visibility is Visibility.FINAL is not before:
            digest = sha256(found.final.encode()).hex()
            for fact in record.result(poll_id, now(self._conn), found.final, digest):
                emit(self._tx, contract.RECORD_ENTRY, asdict(fact))
        return found


class TallyStore:
    """The database of tally."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def write(self) -> Iterator[TallyTransaction]:
        """A transaction, to be committed inside the block."""
        with self._database.write() as tx:
            yield TallyTransaction(tx)

    def poll(self, poll_id: str) -> Poll | None:
        with self._database.read() as conn:
            row = conn.execute(_poll_of(poll_id)).one_or_none()
        return None if row is None else _poll(row)

    def counted(self, poll_id: str) -> tuple[int, dict[Key, int]]:
        """How many entries are counted, and the counters of exactly those."""
        with self._database.read() as conn:
            statement = (
                select(poll.c.applied, counter.c.question, counter.c.name, counter.c.n)
                .select_from(poll.outerjoin(counter, counter.c.poll_id == poll.c.poll_id))
                .where(poll.c.poll_id == poll_id)
            )
            rows = conn.execute(statement).all()
        return rows[0].applied, {(row.question, row.name): row.n for row in rows if row.question is not None}

    def differences(self, poll_id: str) -> list[dict[str, Any]]:
        with self._database.read() as conn:
            found = conn.execute(
                select(poll.c.differences).where(poll.c.poll_id == poll_id)
            ).scalar_one_or_none()
        return found or []

    def polls_to_count(self) -> list[str]:
        """Polls that may have entries that are not counted, or that wait for their recount."""
        return self._polls(poll.c.certified.is_(None) & (poll.c.state != "cancelled"))

    def polls_awaiting_recount(self) -> list[str]:
        """Polls whose log has ended and that are neither certified nor blocked."""
        return self._polls(
            poll.c.sealed_size.is_not(None) & poll.c.certified.is_(None) & (poll.c.state != "cancelled")
        )

    def polls_to_watch(self) -> list[str]:
        """Polls whose change of state would change what may be seen."""
        moving = poll.c.state.not_in(("published", "cancelled"))
        return self._polls(moving & (poll.c.certified.is_(None) | (poll.c.results == "after_publish")))

    def certified_polls(self) -> Iterator[Poll]:
        """Every poll with a final result, one part of them in memory at a time."""
        last = ""
        while page := self._certified_after(last):
            yield from page
            last = page[-1].poll_id

    def _certified_after(self, last: str) -> list[Poll]:
        certified = poll.c.certified.is_(True) & (poll.c.poll_id > last)
        with self._database.read() as conn:
            rows = conn.execute(select(poll).where(certified).order_by(poll.c.poll_id).limit(100)).all()
        return [_poll(row) for row in rows]

    def polls_blocked(self) -> int:
        """Polls whose recount differs and whose result somebody waits for."""
        blocked = poll.c.certified.is_(False) & (poll.c.state != "cancelled")
        with self._database.read() as conn:
            statement = select(sa.func.count()).select_from(poll).where(blocked)
            return conn.execute(statement).scalar_one()

    def _polls(self, condition: sa.ColumnElement[bool]) -> list[str]:
        with self._database.read() as conn:
            return list(conn.execute(select(poll.c.poll_id).where(condition)).scalars())


def _insert(conn: sa.Connection, table: sa.Table) -> Any:
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _poll_of(poll_id: str) -> sa.Select[Any]:
    return select(poll).where(poll.c.poll_id == poll_id)


def _poll(row: sa.Row[*tuple[Any, ...]]) -> Poll:
    facts = Facts(row.poll_id, row.state, row.results, row.definition, row.definition_hash, row.roll_size)
    return Poll(facts, row.applied, row.sealed_size, row.certified, row.final)


def _facts_row(facts: Facts) -> dict[str, Any]:
    return {
        "poll_id": facts.poll_id,
        "state": facts.state,
        "results": facts.results,
        "definition_hash": facts.definition_hash,
        "roll_size": facts.roll_size,
    }


def _up_to(state: str) -> tuple[str, ...]:
    return _ORDER[: _ORDER.index(state) + 1] if state in _ORDER else ()


def _counters(conn: sa.Connection, poll_id: str) -> dict[Key, int]:
    rows = conn.execute(select(counter).where(counter.c.poll_id == poll_id))
    return {(row.question, row.name): row.n for row in rows}
