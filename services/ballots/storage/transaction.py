"""Writing: what intake, sequencer and sealing do in one transaction each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql

from services.ballots import contract
from services.ballots.domain import Ballot, CityFact, CohortCounter, Entry, Log, Recorded, Terms, Waiting
from services.ballots.storage import cohorts, tree
from services.ballots.storage.record_book import begin_logs
from services.ballots.storage.record_tables import city_entry, written_text
from services.ballots.storage.rows import KEPT, LOG_OF, Row, to_log, to_recorded
from services.ballots.storage.tables import ballot, entry, log, waiting
from services.common.database import Transaction, as_rows, insert_ignore, now, rows_of
from services.common.ids import to_minute
from services.common.outbox import emit
from services.common.tlog.merkle import leaf_hash

_SEALED_STATES = select(log.c.log_id, log.c.sealed).where(
    log.c.log_id.in_(bindparam("polls", expanding=True))
)
_KEPT_OF_VOTERS = select(*KEPT).where(
    ballot.c.poll_id == bindparam("poll"), ballot.c.pseudonym.in_(bindparam("voters", expanding=True))
)
_KEPT_OF_IDS = select(*KEPT).where(
    ballot.c.poll_id == bindparam("poll"), ballot.c.ballot_id.in_(bindparam("ids", expanding=True))
)
_WAITING = (
    select(waiting.c.ballot_id, waiting.c.recorded_at, waiting.c.cohort)
    .where(waiting.c.poll_id == bindparam("poll"))
    .order_by(waiting.c.recorded_at, waiting.c.ballot_id)
    .limit(bindparam("most"))
)
_LEAVES_OF_IDS = select(ballot.c.ballot_id, ballot.c.leaf, ballot.c.leaf_hash).where(
    ballot.c.poll_id == bindparam("poll"), ballot.c.ballot_id.in_(bindparam("ids", expanding=True))
)
_NO_LONGER_WAITING = sa.delete(waiting).where(
    waiting.c.poll_id == bindparam("poll"),
    waiting.c.recorded_at.in_(bindparam("minutes", expanding=True)),
    waiting.c.ballot_id.in_(bindparam("ids", expanding=True)),
)

_PLACE = ("poll_id", "recorded_at", "ballot_id")
_NEW = (ballot.c.poll_id, ballot.c.ballot_id, ballot.c.pseudonym, ballot.c.recorded_at)


def _record() -> sa.Select[Any]:
    """The ballots that are new, inserted with their places in the waiting line, in PostgreSQL's words."""
    names = list(ballot.c.keys())
    rows = rows_of(ballot, bindparam("rows", type_=sa.Text), names)
    insert = postgresql.insert(ballot).from_select(names, rows).on_conflict_do_nothing()
    new = insert.returning(*_NEW).cte("new")
    name = new.c.poll_id + " " + new.c.ballot_id + " " + new.c.pseudonym
    tag = sa.cast(bindparam("cohorts", type_=sa.Text), postgresql.JSONB)[name].astext
    place = select(*(new.c[each] for each in _PLACE), tag)
    queued = sa.insert(waiting).from_select([*_PLACE, "cohort"], place).cte("queued")
    return select(new).add_cte(queued)


_RECORD = _record()


class LostWriter(Exception):
    """Somebody else has written to this log since it was read; nothing of this step may stay."""


class BallotTransaction:
    """One write transaction: all of it after `commit`, nothing without."""

    def __init__(self, tx: Transaction, terms: Terms) -> None:
        self._tx, self._terms = tx, terms
        self._conn = tx.conn

    def commit(self) -> None:
        """Keeps what was done."""
        self._tx.commit()

    def now(self) -> datetime:
        """The database's clock."""
        return now(self._conn)

    # --- intake

    def enter(self, polls: Collection[str]) -> set[str]:
        """Holds these polls' logs open until the end of the transaction; returns those that are sealed already.

        Many may hold a log open at a time, and the sequencer may append meanwhile; who seals it waits for all.
        """
        sealed = self._sealed_states(polls)
        missing = [poll for poll in sorted(polls) if poll not in sealed]
        if missing:
            self.begin_logs(missing)
            sealed |= self._sealed_states(missing)
        return {poll for poll, is_sealed in sealed.items() if is_sealed}

    def begin_logs(self, polls: Collection[str]) -> None:
        """Empty logs for those of these polls that have none."""
        begin_logs(self._conn, polls, self._terms)

    def record(self, ballots: Sequence[Ballot], recorded_at: datetime, key_id: str) -> list[Recorded]:
        """Records the ballots whose voter and id are new and returns those; the earlier of two that collide stays.

        They go in by the order of voters, so that two batches that meet wait for each other instead of both giving up.
        """
        minute = to_minute(recorded_at)
        ordered = sorted(ballots, key=lambda one: one.voter_key)
        rows = [_row(one, minute, key_id) for one in ordered]
        new = {tuple(row[:3]) for row in self._insert(rows, _cohorts(ordered))}
        recorded = []
        for one in ordered:
            if (one.poll_id, one.ballot_id, one.pseudonym) in new:
                new.remove(
                    (one.poll_id, one.ballot_id, one.pseudonym)
                )  # a later one of the same name is not it
                recorded.append(one)
        self._keep_texts(recorded)
        return [_recorded(one, minute, key_id) for one in recorded]

    def _insert(self, rows: Sequence[dict[str, object]], cohorts: Mapping[str, str]) -> Sequence[Row]:
        """Ballot and place in the waiting line for each row that is new; PostgreSQL does both in one turn."""
        if self._conn.dialect.name == "postgresql":
            sent = {"rows": as_rows(rows), "cohorts": orjson.dumps(cohorts).decode()}
            return self._conn.execute(_RECORD, sent).all()
        new = insert_ignore(self._conn, ballot, rows, returning=_NEW)
        if new:
            self._conn.execute(sa.insert(waiting), [_waiting_row(row, cohorts) for row in new])
        return new

    def _keep_texts(self, recorded: Collection[Ballot]) -> None:
        """What was written in these ballots, each with the salt of its leaf."""
        rows = [row for one in recorded for row in _text_rows(one)]
        if rows:
            insert_ignore(self._conn, written_text, rows)

    def recorded(self, ballots: Collection[Ballot]) -> list[Recorded]:
        """What is recorded of the voters of these ballots and under their ids."""
        found: list[Row] = []
        for poll in {one.poll_id for one in ballots}:
            own = [one for one in ballots if one.poll_id == poll]
            voters, ids = [one.pseudonym for one in own], [one.ballot_id for one in own]
            found += self._conn.execute(_KEPT_OF_VOTERS, {"poll": poll, "voters": voters})
            found += self._conn.execute(_KEPT_OF_IDS, {"poll": poll, "ids": ids})
        return [to_recorded(row) for row in found]

    # --- the log

    def take_log(self, poll_id: str) -> Log | None:
        """The log, to be appended to; nothing when another sequencer is at it or there is none."""
        return self._found(LOG_OF.with_for_update(key_share=True, skip_locked=True), poll_id)

    def take_log_alone(self, poll_id: str) -> Log | None:
        """The log, once every transaction that entered it has ended; who enters later waits."""
        return self._found(LOG_OF.with_for_update(), poll_id)

    def waiting(self, poll_id: str, most: int) -> list[Waiting]:
        """Ballots without an index, those of the earliest minute first."""
        found = self._conn.execute(_WAITING, {"poll": poll_id, "most": most}).all()
        places = {row.ballot_id: row for row in found}
        rows = self._conn.execute(_LEAVES_OF_IDS, {"poll": poll_id, "ids": list(places)}) if found else ()
        return [_waiting(places[row.ballot_id], row) for row in rows]

    def count_cohorts(self, poll_id: str, counters: Collection[CohortCounter]) -> None:
        """Adds these to the poll's counters; belongs into the transaction that gives the ballots their places."""
        cohorts.add(self._conn, poll_id, counters)

    def append(self, taken: Log, entries: Sequence[Entry], minutes: Collection[datetime]) -> None:
        """Extends the log as it was read by ballots that were recorded in these minutes.

        Raises `LostWriter` if the log is not as it was read.
        """
        self._extend(taken, entries)
        ids = [one.entry_id for one in entries]
        ended = {"poll": taken.log_id, "minutes": sorted(minutes), "ids": ids}
        if self._conn.execute(_NO_LONGER_WAITING, ended).rowcount != len(entries):
            raise LostWriter
        size = taken.size + len(entries)
        emit(self._tx, contract.SEQUENCED, {"poll_id": taken.log_id, "size": size})

    def facts_waiting(self, most: int) -> list[CityFact]:
        """Facts without a place in the city's log, in the order of their arrival."""
        names = (city_entry.c.entry_id, city_entry.c.poll_id, city_entry.c.kind, city_entry.c.leaf)
        unplaced = select(*names).where(city_entry.c.index.is_(None))
        rows = self._conn.execute(unplaced.order_by(city_entry.c.seq).limit(most))
        return [CityFact(*row) for row in rows]

    def append_facts(self, taken: Log, facts: Sequence[CityFact]) -> None:
        """Extends the city's log as it was read. Raises `LostWriter` if it is not as it was read."""
        entries = [
            Entry(index, one.id, one.leaf, leaf_hash(one.leaf.encode()))
            for index, one in enumerate(facts, start=taken.size)
        ]
        self._extend(taken, entries)
        for one in entries:
            this = city_entry.c.entry_id == one.entry_id
            self._conn.execute(sa.update(city_entry).where(this).values(index=one.index))

    def _extend(self, taken: Log, entries: Sequence[Entry]) -> None:
        root = tree.grow(self._conn, taken, [one.leaf_hash for one in entries])
        self._move_writer(taken, size=taken.size + len(entries), root=root)
        self._conn.execute(sa.insert(entry), [_entry_row(taken.log_id, one) for one in entries])

    def seal(self, taken: Log) -> None:
        """Ends the log as it was read. Raises `LostWriter` if it is not as it was read."""
        self._move_writer(taken, sealed=True)

    def close(self, poll_id: str, closed_at: datetime) -> None:
        """Notes when the poll closed; a repeated notice moves it only to an earlier time."""
        later = log.c.closed_at.is_(None) | (log.c.closed_at > closed_at)
        of_poll = (log.c.log_id == poll_id) & ~log.c.sealed
        self._conn.execute(sa.update(log).where(of_poll, later).values(closed_at=closed_at))

    def _move_writer(self, taken: Log, **values: object) -> None:
        as_read = (log.c.log_id == taken.log_id) & (log.c.writer == taken.writer) & ~log.c.sealed
        moved = self._conn.execute(sa.update(log).where(as_read).values(writer=taken.writer + 1, **values))
        if moved.rowcount != 1:
            raise LostWriter

    def _found(self, statement: sa.Select[Any], poll_id: str) -> Log | None:
        return to_log(self._conn.execute(statement, {"log": poll_id}).one_or_none())

    def _sealed_states(self, polls: Collection[str]) -> dict[str, bool]:
        shared = _SEALED_STATES.with_for_update(read=True, key_share=True)
        return {row.log_id: row.sealed for row in self._conn.execute(shared, {"polls": sorted(polls)})}


def _row(one: Ballot, minute: datetime, key_id: str) -> dict[str, object]:
    return {
        "poll_id": one.poll_id,
        "ballot_id": one.ballot_id,
        "pseudonym": one.pseudonym,
        "channel": one.channel,
        "leaf": one.leaf,
        "leaf_hash": one.leaf_hash,
        "recorded_at": minute,
        "key_id": key_id,
    }


def _recorded(one: Ballot, minute: datetime, key_id: str) -> Recorded:
    return Recorded(one.poll_id, one.ballot_id, one.pseudonym, one.leaf_hash, minute, key_id)


def _cohorts(ballots: Iterable[Ballot]) -> dict[str, str]:
    """The tags of those that have one, by poll, ballot and voter."""
    named: dict[str, str] = {}
    for one in ballots:
        if one.cohort is not None:
            named.setdefault(_name(one), one.cohort)
    return named


def _name(one: Ballot | Row) -> str:
    return f"{one.poll_id} {one.ballot_id} {one.pseudonym}"


def _waiting_row(one: Row, cohorts_of: Mapping[str, str]) -> dict[str, object]:
    place = {"poll_id": one.poll_id, "recorded_at": one.recorded_at, "ballot_id": one.ballot_id}
    return {**place, "cohort": cohorts_of.get(_name(one))}


def _waiting(place: Row, row: Row) -> Waiting:
    return Waiting(row.ballot_id, place.recorded_at, row.leaf, bytes(row.leaf_hash), place.cohort)


def _text_rows(one: Ballot) -> list[dict[str, object]]:
    place = {"poll_id": one.poll_id, "ballot_id": one.ballot_id}
    return [{**place, "question": each.question, "text": each.text, "salt": each.salt} for each in one.texts]


def _entry_row(log_id: str, one: Entry) -> dict[str, object]:
    return {
        "log_id": log_id,
        "index": one.index,
        "entry_id": one.entry_id,
        "leaf": one.leaf,
        "leaf_hash": one.leaf_hash,
    }
