"""Events written in the same transaction as the change they tell of, and a memory of events already handled.

    with database.write() as tx:
        tx.conn.execute(...)
        emit(tx, contract.THING_MADE, {"thing_id": thing_id})
        tx.commit()

The relay (``services.common.bus.relay``) publishes what stands here and removes it once the broker has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.common.contract import Event
from services.common.database import BigId, JsonText, Transaction, UtcDateTime, for_update, insert_ignore, now
from services.common.ids import new_id, utc_now
from services.common.telemetry.logs import request_id


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """Each service's metadata has one.  ``due_at`` is empty until a first try has found nobody to take the event."""
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(22), nullable=False, unique=True),
        sa.Column("routing_key", sa.String(200), nullable=False),
        sa.Column("payload", JsonText, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", UtcDateTime, nullable=True),
    )


def inbox_table(metadata: sa.MetaData) -> sa.Table:
    """Ids of events that were handled: an event may arrive more than once."""
    return sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False, index=True),
    )


_METADATA = sa.MetaData()
_OUTBOX = outbox_table(_METADATA)
_INBOX = inbox_table(_METADATA)


@dataclass(frozen=True)
class Pending:
    """An event that waits to be published."""

    seq: int
    event_id: str
    routing_key: str
    payload: dict[str, Any]
    request_id: str | None
    created_at: datetime
    attempts: int


def emit(tx: Transaction, event: Event, payload: dict[str, Any]) -> str:
    """Writes the event; it leaves if and only if the transaction is committed.  Returns its id."""
    if event.watched:
        raise ValueError("a watched event is published at once, not through the outbox")
    event_id = new_id()
    row = {
        "event_id": event_id,
        "routing_key": event.routing_key,
        "payload": event.dump(payload),
        "request_id": request_id(),
        "created_at": utc_now(),
    }
    tx.conn.execute(sa.insert(_OUTBOX), row)
    for listener in tx.on_emit:
        tx.after_commit(listener)
    return event_id


def waiting(tx: Transaction, limit: int) -> list[Pending]:
    """The oldest events that are due, locked so that another relay takes other ones."""
    names = [field.name for field in fields(Pending)]
    due = sa.or_(_OUTBOX.c.due_at.is_(None), _OUTBOX.c.due_at <= now(tx.conn))
    statement = (
        sa.select(*(_OUTBOX.c[name] for name in names)).where(due).order_by(_OUTBOX.c.seq).limit(limit)
    )
    rows = tx.conn.execute(for_update(tx.conn, statement, skip_locked=True))
    return [Pending(**row) for row in rows.mappings()]


def forget(tx: Transaction, seqs: Sequence[int]) -> None:
    """Removes events the broker has confirmed."""
    tx.conn.execute(sa.delete(_OUTBOX).where(_OUTBOX.c.seq.in_(seqs)))


def postpone(tx: Transaction, seqs: Sequence[int], delay: timedelta) -> None:
    """Keeps events that nobody took for another try after ``delay``."""
    later = {"attempts": _OUTBOX.c.attempts + 1, "due_at": now(tx.conn) + delay}
    tx.conn.execute(sa.update(_OUTBOX).where(_OUTBOX.c.seq.in_(seqs)).values(later))


def backlog(conn: sa.Connection) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(_OUTBOX)).scalar_one()


def first_time(tx: Transaction, event_id: str, handler: str = "") -> bool:
    """Whether this event has not been handled yet; remembers it if the transaction is committed."""
    row = {"event_id": event_id, "handler": handler, "handled_at": utc_now()}
    return bool(insert_ignore(tx.conn, _INBOX, [row], returning=[_INBOX.c.event_id]))


def prune_inbox(tx: Transaction, before: datetime) -> None:
    """Drops the memory of events so old that they cannot come again."""
    tx.conn.execute(sa.delete(_INBOX).where(_INBOX.c.handled_at < before))
