"""What of the logs is signed, published and cosigned, and what the city is told: reading and writing it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import select

from services.ballots import contract
from services.ballots.domain import CITY, CityFact, Cosigned, Log, Published, Terms
from services.ballots.leaves import sealed_fact
from services.ballots.storage import tree
from services.ballots.storage.record_tables import checkpoint, city_entry, cosignature, lease, witness_state
from services.ballots.storage.rows import LOG_COLUMNS, to_log
from services.ballots.storage.tables import log
from services.common.database import Database, Transaction, insert_ignore, now
from services.common.outbox import emit
from services.common.tlog import ranges
from services.common.tlog.merkle import EMPTY_ROOT

_NEWEST = select(log.c.log_id, log.c.origin, log.c.final, checkpoint.c.size, checkpoint.c.note).join_from(
    log, checkpoint, (checkpoint.c.log_id == log.c.log_id) & (checkpoint.c.size == log.c.published)
)
_TO_BE_PUBLISHED = sa.or_(
    log.c.published.is_(None),
    log.c.published < log.c.size,
    log.c.sealed & ~log.c.final,
    log.c.refused.is_not(None),
)


class RecordBook:
    """The public record's own state. Everything that is written may be repeated."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database, self._terms = database, terms

    # --- logs

    def begin(self) -> None:
        """Begins the city's log, and names the logs that are older than origins."""
        with self._database.write() as tx:
            begin_logs(tx.conn, [CITY], self._terms)
            unnamed = tx.conn.execute(select(log.c.log_id).where(log.c.origin.is_(None))).scalars()
            for log_id in unnamed.all():
                named = sa.update(log).where(log.c.log_id == log_id)
                tx.conn.execute(named.values(origin=self._terms.origin_of(log_id)))
            tx.commit()

    def log(self, log_id: str) -> Log | None:
        with self._database.read() as conn:
            return to_log(conn.execute(select(*LOG_COLUMNS).where(log.c.log_id == log_id)).one_or_none())

    def live_logs(self) -> list[str]:
        """Logs whose end is not published yet, refused ones too."""
        return self._ids(~log.c.final)

    def to_publish(self) -> list[str]:
        """Logs that stand otherwise than their newest published checkpoint says, and all that are refused."""
        return self._ids(_TO_BE_PUBLISHED)

    def refused(self) -> int:
        """How many logs are refused."""
        return len(self._ids(log.c.refused.is_not(None)))

    def refuse(self, log_id: str, reason: str | None) -> None:
        """The log is neither sequenced nor signed for this reason; without one it is again."""
        with self._database.write() as tx:
            tx.conn.execute(sa.update(log).where(log.c.log_id == log_id).values(refused=reason))
            tx.commit()

    def hashes(self, log_id: str, parts: Iterable[ranges.Range]) -> list[bytes]:
        """The hashes of these parts of the log's tree. Raises `TileMissing`."""
        with self._database.read() as conn:
            return tree.hashes(conn, log_id, parts)

    # --- publishing

    def hold(self, name: str, holder: str, seconds: float) -> bool:
        """Whether `holder` may do the work of this name for so long; another may once that time is over."""
        with self._database.write() as tx:
            at = now(tx.conn)
            until = {"holder": holder, "until": at + timedelta(seconds=seconds)}
            insert_ignore(tx.conn, lease, [{"name": name, **until}])
            free = (lease.c.name == name) & ((lease.c.holder == holder) | (lease.c.until < at))
            held = tx.conn.execute(sa.update(lease).where(free).values(until)).rowcount == 1
            tx.commit()
        return held

    def keep_signed(self, log_id: str, size: int, note: str, complete: bool) -> None:
        """Keeps a signed checkpoint before anybody sees it. Of one size there is one for ever."""
        with self._database.write() as tx:
            row = {"log_id": log_id, "size": size, "note": note, "complete": complete}
            insert_ignore(tx.conn, checkpoint, [{**row, "signed_at": now(tx.conn)}])
            tx.commit()

    def signed(self, log_id: str, size: int) -> str | None:
        """The signed checkpoint of this size, if it is kept."""
        wanted = (checkpoint.c.log_id == log_id) & (checkpoint.c.size == size)
        with self._database.read() as conn:
            return conn.execute(select(checkpoint.c.note).where(wanted)).scalar_one_or_none()

    def serve(self, log_id: str, size: int) -> bool:
        """From now on this is the log's published checkpoint, unless a newer one is; whether it is the final one.

        With a poll's final one goes the event that the log is sealed, and the fact for the city's log.
        """
        this = log.c.log_id == log_id
        with self._database.write() as tx:
            newer = this & sa.or_(log.c.published.is_(None), log.c.published < size)
            tx.conn.execute(sa.update(log).where(newer).values(published=size))
            ended = this & log.c.sealed & ~log.c.final & (log.c.size == size)
            final = tx.conn.execute(sa.update(log).where(ended).values(final=True)).rowcount == 1
            if final:
                self._tell_of_the_end(tx, log_id, size)
            _drop_replaced(tx.conn, log_id)
            tx.commit()
        return final

    def _tell_of_the_end(self, tx: Transaction, log_id: str, size: int) -> None:
        wanted = (checkpoint.c.log_id == log_id) & (checkpoint.c.size == size)
        note = tx.conn.execute(select(checkpoint.c.note).where(wanted)).scalar_one()
        begin_logs(tx.conn, [CITY], self._terms)
        add_facts(tx.conn, [sealed_fact(log_id, now(tx.conn), note)])
        emit(tx, contract.SEALED, {"poll_id": log_id, "size": size})

    # --- witnesses

    def to_cosign(self, fresh: Collection[tuple[str, int]]) -> list[Published]:
        """Checkpoints that a witness may still be missing of: the published ones, and these that are about to be."""
        missing = list_of(self._database, _NEWEST.where(~checkpoint.c.complete))
        known = {(one.log_id, one.size) for one in missing}
        wanted = [pair for pair in fresh if pair not in known]
        statement = select(
            log.c.log_id, log.c.origin, log.c.final, checkpoint.c.size, checkpoint.c.note
        ).join_from(log, checkpoint, checkpoint.c.log_id == log.c.log_id)
        pairs = sa.tuple_(checkpoint.c.log_id, checkpoint.c.size)
        return missing + (list_of(self._database, statement.where(pairs.in_(wanted))) if wanted else [])

    def contradicted(self, prefix: str) -> list[tuple[Log, int]]:
        """Logs that are refused for a reason that begins so, each with the size of its newest signed checkpoint."""
        newest_size = sa.func.max(checkpoint.c.size)
        statement = (
            select(*LOG_COLUMNS, newest_size.label("signed"))
            .join_from(log, checkpoint, checkpoint.c.log_id == log.c.log_id)
            .where(log.c.refused.startswith(prefix, autoescape=True))
            .group_by(*LOG_COLUMNS)
        )
        with self._database.read() as conn:
            return [(found, row.signed) for row in conn.execute(statement) if (found := to_log(row))]

    def witness_sizes(self, log_ids: Collection[str]) -> dict[tuple[str, str], int]:
        """By witness and log, the size that the witness has seen last, as far as is known."""
        statement = select(witness_state).where(witness_state.c.log_id.in_(log_ids))
        with self._database.read() as conn:
            return {(row.witness, row.log_id): row.size for row in conn.execute(statement)}

    def cosigners(self, pairs: Collection[tuple[str, int]]) -> dict[tuple[str, int], set[str]]:
        """Who has cosigned these checkpoints."""
        found: dict[tuple[str, int], set[str]] = {pair: set() for pair in pairs}
        wanted = sa.tuple_(cosignature.c.log_id, cosignature.c.size).in_(list(pairs))
        with self._database.read() as conn:
            for row in conn.execute(select(cosignature).where(wanted)) if pairs else ():
                found[row.log_id, row.size].add(row.witness)
        return found

    def keep_cosigned(self, cosigned: Sequence[Cosigned], everyone: Collection[str]) -> None:
        """Keeps what witnesses answered; a checkpoint that everyone has cosigned is not asked for any more."""
        if not cosigned:
            return
        with self._database.write() as tx:
            for one in cosigned:
                _note_size(tx.conn, one.witness, one.log_id, one.seen)
            lines = [one for one in cosigned if one.line is not None]
            insert_ignore(tx.conn, cosignature, [_cosignature_row(one) for one in lines])
            for log_id, size in {(one.log_id, one.size) for one in lines}:
                self._complete(tx, log_id, size, everyone)
            tx.commit()

    def _complete(self, tx: Transaction, log_id: str, size: int, everyone: Collection[str]) -> None:
        """Whoever waits for cosignatures of a log's end hears of each that comes later."""
        here = (cosignature.c.log_id == log_id) & (cosignature.c.size == size)
        have = set(tx.conn.execute(select(cosignature.c.witness).where(here)).scalars())
        if have.issuperset(everyone):
            this = (checkpoint.c.log_id == log_id) & (checkpoint.c.size == size)
            tx.conn.execute(sa.update(checkpoint).where(this).values(complete=True))
        final = select(log.c.size).where(log.c.log_id == log_id, log.c.final, log.c.size == size)
        if log_id != CITY and tx.conn.execute(final).first() is not None:
            emit(tx, contract.SEALED, {"poll_id": log_id, "size": size})

    # --- the city's log

    def add_fact(self, fact: CityFact) -> bool:
        """Whether it is new: a fact that is told again stays what and where it was."""
        with self._database.write() as tx:
            begin_logs(tx.conn, [CITY], self._terms)
            new = add_facts(tx.conn, [fact])
            tx.commit()
        return new

    def _ids(self, condition: sa.ColumnElement[bool]) -> list[str]:
        with self._database.read() as conn:
            return list(conn.execute(select(log.c.log_id).where(condition).order_by(log.c.log_id)).scalars())


def begin_logs(conn: sa.Connection, log_ids: Collection[str], terms: Terms) -> None:
    """Empty logs for those of these that there are none of. What is fixed for a log is fixed now."""
    insert_ignore(conn, log, [_empty(log_id, terms) for log_id in log_ids])


def add_facts(conn: sa.Connection, facts: Sequence[CityFact]) -> bool:
    """Whether any of them is new."""
    rows = [
        {"entry_id": one.id, "poll_id": one.poll, "kind": one.kind, "leaf": one.leaf, "index": None}
        for one in facts
    ]
    return bool(insert_ignore(conn, city_entry, rows, returning=[city_entry.c.entry_id]))


def list_of(
    database: Database, statement: sa.Select[tuple[str, str | None, bool, int, str]]
) -> list[Published]:
    with database.read() as conn:
        return [
            Published(row.log_id, row.origin or "", row.size, row.note, row.final)
            for row in conn.execute(statement)
        ]


def newest(database: Database, log_id: str) -> Published | None:
    """The log's newest published checkpoint."""
    return next(iter(list_of(database, _NEWEST.where(log.c.log_id == log_id))), None)


def newest_of_all(database: Database, after: str, limit: int) -> list[Published]:
    """Those of the logs with ids behind `after`, in order."""
    page = _NEWEST.where(log.c.log_id > after).order_by(log.c.log_id).limit(limit)
    return list_of(database, page)


def lines_of(database: Database, log_id: str, size: int) -> dict[str, str]:
    """The cosignature lines of a checkpoint by witness."""
    wanted = (cosignature.c.log_id == log_id) & (cosignature.c.size == size)
    statement = (
        select(cosignature.c.witness, cosignature.c.line).where(wanted).order_by(cosignature.c.witness)
    )
    with database.read() as conn:
        return {row.witness: row.line for row in conn.execute(statement)}


def _drop_replaced(conn: sa.Connection, log_id: str) -> None:
    newest_size = select(log.c.published).where(log.c.log_id == log_id).scalar_subquery()
    for table in (checkpoint, cosignature):
        conn.execute(sa.delete(table).where(table.c.log_id == log_id, table.c.size < newest_size))


def _note_size(conn: sa.Connection, witness: str, log_id: str, size: int) -> None:
    row = {"witness": witness, "log_id": log_id, "size": size}
    if not insert_ignore(conn, witness_state, [row], returning=[witness_state.c.log_id]):
        this = (witness_state.c.witness == witness) & (witness_state.c.log_id == log_id)
        conn.execute(sa.update(witness_state).where(this).values(size=size))


def _cosignature_row(one: Cosigned) -> dict[str, object]:
    return {"log_id": one.log_id, "size": one.size, "witness": one.witness, "line": one.line}


def _empty(log_id: str, terms: Terms) -> dict[str, object]:
    return {
        "log_id": log_id,
        "origin": terms.origin_of(log_id),
        "include_within": terms.include_within,
        "size": 0,
        "root": EMPTY_ROOT,
        "writer": 0,
        "published": None,
        "refused": None,
        "closed_at": None,
        "sealed": False,
        "final": False,
        "erased": None,
    }
