"""What may be forgotten: expired challenges, windows that are over, sessions that have ended."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.common.database import for_update
from services.identity.storage.tables import challenge, refresh_token, session, usage


class Leftovers:
    """Each method removes at most `most` rows that nobody else is working on, and says how many."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def remove_challenges(self, before: datetime, most: int) -> int:
        return self._remove(challenge.c.id, challenge.c.expires_at < before, most)

    def remove_usage(self, before: datetime, most: int) -> int:
        return self._remove(usage.c.key, usage.c.ends_at < before, most)

    def remove_sessions(self, before: datetime, most: int) -> int:
        over = (session.c.expires_at < before) | (session.c.ended_at < before)
        ids = self._found(session.c.id, over, most)
        self._conn.execute(sa.delete(refresh_token).where(refresh_token.c.session_id.in_(ids)))
        self._conn.execute(sa.delete(session).where(session.c.id.in_(ids)))
        return len(ids)

    def _remove(self, key: sa.Column[str], condition: sa.ColumnElement[bool], most: int) -> int:
        keys = self._found(key, condition, most)
        self._conn.execute(sa.delete(key.table).where(key.in_(keys)))
        return len(keys)

    def _found(self, key: sa.Column[str], condition: sa.ColumnElement[bool], most: int) -> list[str]:
        """Passes over locked rows: to wait for one while holding others could be a deadlock."""
        statement = sa.select(key).where(condition).limit(most)
        return list(self._conn.execute(for_update(self._conn, statement, skip_locked=True)).scalars())
