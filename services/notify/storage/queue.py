"""The queue of messages.

A message is claimed (reserved by a replica, still unknown to the provider), begun (its cost is taken, the provider may
hear of it) and finished. A dead replica's claimed messages go back into the queue; what it had begun stays unknown.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.common import database
from services.common.database import Database, Transaction, for_update, insert_ignore
from services.common.ids import new_id
from services.notify import domain
from services.notify.domain import Claimed, NewMessage
from services.notify.storage.tables import message, opt_out, spending

_CLAIM_COLUMNS = [message.c[name] for name in Claimed.__dataclass_fields__]
_REPORTED_AS_QUEUED = (domain.CLAIMED, domain.SENDING)


class Queue:
    """Messages to be sent and what they cost. Every method is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def now(self) -> datetime:
        """The database's clock."""
        with self._db.read() as conn:
            return database.now(conn)

    def enqueue(self, messages: Sequence[NewMessage]) -> set[str]:
        """Queues those whose key is new; returns the keys of these."""
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            rows = [_new_row(each, moment) for each in messages]
            added = insert_ignore(tx.conn, message, rows, returning=[message.c.key])
            tx.commit()
        return {row.key for row in added}

    def keys_of_job(self, poll_id: str, job_id: str, keys: Collection[str]) -> set[str]:
        """Those of the keys that this job has queued."""
        statement = sa.select(message.c.key).where(
            message.c.key.in_(keys), message.c.poll_id == poll_id, message.c.job_id == job_id
        )
        with self._db.read() as conn:
            return set(conn.execute(statement).scalars())

    def claim(self, kinds: Collection[str], limit: int) -> list[Claimed]:
        """Reserves due messages, codes first, so that no other replica takes them; see `begin`."""
        due = sa.select(message.c.id).where(message.c.state == domain.QUEUED, message.c.kind.in_(kinds))
        return self._claim(due.order_by(message.c.priority, message.c.id).limit(limit))

    def claim_key(self, key: str) -> Claimed | None:
        """Reserves one message if it is due."""
        due = sa.select(message.c.id).where(message.c.state == domain.QUEUED, message.c.key == key)
        return next(iter(self._claim(due)), None)

    def _claim(self, due: sa.Select[Any]) -> list[Claimed]:
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            due = due.where(message.c.next_try_at <= moment)
            ids = tx.conn.execute(for_update(tx.conn, due, skip_locked=True)).scalars().all()
            if not ids:
                return []
            change = sa.update(message).where(message.c.id.in_(ids))
            values = {"state": domain.CLAIMED, "claim": new_id(), "claimed_at": moment}
            rows = tx.conn.execute(change.values(values).returning(*_CLAIM_COLUMNS)).mappings().all()
            tx.commit()
        return sorted((Claimed(**row) for row in rows), key=_order)

    def release(self, claimed: Collection[Claimed], pause: timedelta) -> None:
        """Gives reserved messages back untried, to be taken up again after the pause."""
        with self._db.write() as tx:
            values = {"state": domain.QUEUED, "claim": None, "next_try_at": database.now(tx.conn) + pause}
            tx.conn.execute(sa.update(message).where(_still_claimed(claimed)).values(values))
            tx.commit()

    def begin(self, claimed: Claimed, recipient_hash: str, cost: int, cap: int, channel: str) -> str:
        """The last step before handing the message to a provider: takes its cost from the day's purse.

        `SENDING`: go ahead. `HELD`: the purse is too empty and nothing has changed. `OPTED_OUT`: the recipient wants no
        messages, which is recorded. `LOST`: somebody else looks after the message now. Only the first allows to send.
        """
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            if claimed.kind != domain.CODE and _opted_out(tx, claimed, recipient_hash):
                _finish(tx, claimed, domain.CLAIMED, moment, state=domain.OPTED_OUT)
                tx.commit()
                return domain.OPTED_OUT
            if not _spend(tx, domain.korean_day(moment), domain.PURSES[claimed.kind], cost, cap):
                return domain.HELD
            values = {
                "recipient_hash": recipient_hash,
                "channel": channel,
                "cost_won": cost,
                "tries": claimed.tries + 1,
            }
            values |= {"state": domain.SENDING, "claimed_at": moment}
            if not _change(tx, claimed, domain.CLAIMED, values):
                return domain.LOST
            tx.commit()
        return domain.SENDING

    def finish(
        self, claimed: Claimed, state: str, reason: str | None = None, provider_id: str | None = None
    ) -> None:
        """Records how a message that was handed over ended, and erases its address. What was refused costs nothing."""
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            if state == domain.FAILED:
                _refund(tx, claimed, moment)
            _finish(tx, claimed, domain.SENDING, moment, state=state, reason=reason, provider_id=provider_id)
            tx.commit()

    def try_again(self, claimed: Claimed, reason: str, pause: timedelta) -> None:
        """Puts a message that the provider surely did not take back into the queue."""
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            _refund(tx, claimed, moment)
            values = {
                "state": domain.QUEUED,
                "claim": None,
                "next_try_at": moment + pause,
                "reason": reason,
                "cost_won": 0,
            }
            _change(tx, claimed, domain.SENDING, values)
            tx.commit()

    def give_up(self, claimed: Claimed, reason: str) -> None:
        """Ends a reserved message that is not to be sent at all."""
        with self._db.write() as tx:
            _finish(tx, claimed, domain.CLAIMED, database.now(tx.conn), state=domain.FAILED, reason=reason)
            tx.commit()

    def hold(self, claimed: Claimed) -> None:
        """Puts a reserved message aside until the next Korean day."""
        with self._db.write() as tx:
            until = domain.next_korean_day(database.now(tx.conn))
            _change(tx, claimed, domain.CLAIMED, {"state": domain.HELD, "claim": None, "next_try_at": until})
            tx.commit()

    def release_held(self) -> int:
        """Queues what was held and whose day has come."""
        with self._db.write() as tx:
            due = (message.c.state == domain.HELD) & (message.c.next_try_at <= database.now(tx.conn))
            changed = tx.conn.execute(sa.update(message).where(due).values(state=domain.QUEUED)).rowcount
            tx.commit()
        return changed

    def recover(self, lease: timedelta) -> tuple[int, int]:
        """Looks after messages of senders that died: how many were queued again and how many stay unknown.

        What was only reserved is queued again. What may have reached the provider is never sent again.
        """
        with self._db.write() as tx:
            moment = database.now(tx.conn)
            old = message.c.claimed_at < moment - lease
            again = sa.update(message).where(message.c.state == domain.CLAIMED, old)
            queued = tx.conn.execute(again.values(state=domain.QUEUED, claim=None)).rowcount
            lost = sa.update(message).where(message.c.state == domain.SENDING, old)
            values = {
                "state": domain.UNKNOWN,
                "reason": "sender_died",
                "address": None,
                "finished_at": moment,
                "claim": None,
            }
            unknown = tx.conn.execute(lost.values(values)).rowcount
            tx.commit()
        return queued, unknown

    def backlog(self) -> Mapping[str, int]:
        """How many messages wait, by kind."""
        waiting = sa.select(message.c.kind, sa.func.count()).where(message.c.state == domain.QUEUED)
        with self._db.read() as conn:
            return {row[0]: row[1] for row in conn.execute(waiting.group_by(message.c.kind))}

    def report(self, poll_id: str) -> dict[str, dict[str, int]]:
        """Counts by kind and state of one poll's messages."""
        statement = sa.select(message.c.kind, message.c.state, sa.func.count()).where(
            message.c.poll_id == poll_id
        )
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        with self._db.read() as conn:
            for kind, state, count in conn.execute(statement.group_by(message.c.kind, message.c.state)):
                counts[kind][domain.QUEUED if state in _REPORTED_AS_QUEUED else state] += count
        return {kind: dict(states) for kind, states in counts.items()}

    def spent(self, day: date) -> dict[str, int]:
        """Won spent on this Korean day, by purse."""
        with self._db.read() as conn:
            rows = conn.execute(sa.select(spending.c.purse, spending.c.won).where(spending.c.day == day))
            return {row.purse: row.won for row in rows}

    def forget_codes(self, age: timedelta) -> int:
        """Drops the records of old sign-in codes: their challenges are long dead."""
        with self._db.write() as tx:
            old = (message.c.kind == domain.CODE) & (message.c.created_at < database.now(tx.conn) - age)
            dropped = tx.conn.execute(
                sa.delete(message).where(old, message.c.state.in_(domain.FINAL))
            ).rowcount
            tx.commit()
        return dropped


def _order(claimed: Claimed) -> tuple[int, int]:
    return domain.PRIORITIES[claimed.kind], claimed.id


def _new_row(new: NewMessage, moment: datetime) -> dict[str, Any]:
    return {
        **asdict(new),
        "priority": domain.PRIORITIES[new.kind],
        "state": domain.QUEUED,
        "tries": 0,
        "cost_won": 0,
        "created_at": moment,
        "next_try_at": moment,
    }


def _still_claimed(claimed: Collection[Claimed]) -> sa.ColumnElement[bool]:
    return sa.and_(
        message.c.id.in_([each.id for each in claimed]),
        message.c.claim.in_({each.claim for each in claimed}),
        message.c.state == domain.CLAIMED,
    )


def _change(tx: Transaction, claimed: Claimed, state: str, values: Mapping[str, Any]) -> bool:
    """Changes the message only for the sender that holds it."""
    mine = sa.and_(message.c.id == claimed.id, message.c.claim == claimed.claim, message.c.state == state)
    return tx.conn.execute(sa.update(message).where(mine).values(values)).rowcount == 1


def _finish(tx: Transaction, claimed: Claimed, before: str, moment: datetime, **values: Any) -> None:
    _change(tx, claimed, before, {**values, "address": None, "claim": None, "finished_at": moment})


def _opted_out(tx: Transaction, claimed: Claimed, recipient_hash: str) -> bool:
    who = opt_out.c.recipient_hash == recipient_hash
    if claimed.person_id is not None:
        who |= opt_out.c.person_id == claimed.person_id
    return tx.conn.execute(sa.select(opt_out.c.person_id).where(who).limit(1)).first() is not None


def _spend(tx: Transaction, day: date, purse: str, won: int, cap: int) -> bool:
    """Takes the money if there is enough; the condition is in the statement, so that replicas cannot overspend."""
    if not won:
        return True
    insert_ignore(tx.conn, spending, [{"day": day, "purse": purse, "won": 0}])
    enough = sa.and_(spending.c.day == day, spending.c.purse == purse, spending.c.won + won <= cap)
    return tx.conn.execute(sa.update(spending).where(enough).values(won=spending.c.won + won)).rowcount == 1


def _refund(tx: Transaction, claimed: Claimed, moment: datetime) -> None:
    """Gives back what `begin` took, if it was today and this sender still holds the message."""
    mine = sa.and_(
        message.c.id == claimed.id, message.c.claim == claimed.claim, message.c.state == domain.SENDING
    )
    row = tx.conn.execute(sa.select(message.c.cost_won, message.c.claimed_at).where(mine)).first()
    if row is None or not row.cost_won or domain.korean_day(row.claimed_at) != domain.korean_day(moment):
        return
    today = sa.and_(
        spending.c.day == domain.korean_day(moment), spending.c.purse == domain.PURSES[claimed.kind]
    )
    tx.conn.execute(sa.update(spending).where(today).values(won=spending.c.won - row.cost_won))
