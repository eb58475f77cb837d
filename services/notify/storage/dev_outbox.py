"""The development outbox: messages that would have been sent."""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from services.common import database
from services.common.database import Database
from services.common.ids import format_utc, new_id
from services.notify.domain import Message
from services.notify.storage.tables import outbox_message


class DevOutbox:
    """Keeps addresses and codes in clear: it exists in development only."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep_in_outbox(self, kept: Message, channel: str) -> str:
        """Stores the message; returns its id."""
        row = {"id": new_id(), "channel": channel, **asdict(kept)}
        with self._db.write() as tx:
            tx.conn.execute(sa.insert(outbox_message), {**row, "at": database.now(tx.conn)})
            tx.commit()
        return str(row["id"])

    def list_outbox(self, to: str | None, limit: int) -> list[dict[str, Any]]:
        """Newest first."""
        columns = [column for column in outbox_message.c if column.name != "seq"]
        statement = sa.select(*columns).order_by(outbox_message.c.seq.desc()).limit(limit)
        if to is not None:
            statement = statement.where(outbox_message.c.to == to)
        with self._db.read() as conn:
            rows = conn.execute(statement).mappings().all()
        return [{**row, "at": format_utc(row["at"])} for row in rows]
