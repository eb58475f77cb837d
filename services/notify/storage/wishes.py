"""Who wants to hear of a result, and who wants no messages at all."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from services.common import database
from services.common.database import Database, insert_ignore
from services.notify.storage.tables import opt_out, subscription


class Wishes:
    """Subscriptions and opt-outs. Every method is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def subscribe(self, person_id: str, poll_id: str) -> None:
        """Remembers the wish; harmless when it stands already."""
        with self._db.write() as tx:
            row = {"person_id": person_id, "poll_id": poll_id, "created_at": database.now(tx.conn)}
            insert_ignore(tx.conn, subscription, [row])
            tx.commit()

    def unsubscribe(self, person_id: str, poll_id: str) -> None:
        """Forgets the wish; harmless when there is none."""
        with self._db.write() as tx:
            tx.conn.execute(sa.delete(subscription).where(_is_subscription(person_id, poll_id)))
            tx.commit()

    def is_subscribed(self, person_id: str, poll_id: str) -> bool:
        """Whether the person wants to hear of the poll's result."""
        with self._db.read() as conn:
            wish = sa.select(subscription.c.poll_id).where(_is_subscription(person_id, poll_id))
            return conn.execute(wish).first() is not None

    def set_opt_out(self, person_id: str, recipient_hash: str | None) -> None:
        """Remembers that the person wants no messages, at this address neither."""
        with self._db.write() as tx:
            tx.conn.execute(sa.delete(opt_out).where(opt_out.c.person_id == person_id))
            row = {
                "person_id": person_id,
                "recipient_hash": recipient_hash,
                "created_at": database.now(tx.conn),
            }
            tx.conn.execute(sa.insert(opt_out), row)
            tx.commit()

    def clear_opt_out(self, person_id: str) -> None:
        """The person wants messages again."""
        with self._db.write() as tx:
            tx.conn.execute(sa.delete(opt_out).where(opt_out.c.person_id == person_id))
            tx.commit()

    def has_opted_out(self, person_id: str) -> bool:
        """Whether the person wants no messages."""
        with self._db.read() as conn:
            found = conn.execute(sa.select(opt_out.c.person_id).where(opt_out.c.person_id == person_id))
            return found.first() is not None

    def opted_out_hashes(self, hashes: Collection[str]) -> set[str]:
        """Those of the addresses that want no messages."""
        statement = sa.select(opt_out.c.recipient_hash).where(opt_out.c.recipient_hash.in_(hashes))
        with self._db.read() as conn:
            return set(conn.execute(statement).scalars())

    def subscribers(self, poll_id: str, after: str, limit: int) -> Sequence[str]:
        """The people behind `after`, in the order of their ids, who want to hear of the poll's result."""
        who = subscription.c
        statement = sa.select(who.person_id).where(who.poll_id == poll_id, who.person_id > after)
        with self._db.read() as conn:
            return conn.execute(statement.order_by(who.person_id).limit(limit)).scalars().all()


def _is_subscription(person_id: str, poll_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(subscription.c.person_id == person_id, subscription.c.poll_id == poll_id)
