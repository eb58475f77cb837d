"""Sessions and their chains of refresh tokens."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.common.database import insert_ignore
from services.identity.domain import RefreshToken, Session
from services.identity.storage.tables import refresh_token, session


class Sessions:
    """Sessions in this transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, new: Session) -> None:
        row = {column.name: getattr(new, column.name) for column in session.c}
        self._conn.execute(sa.insert(session), row)

    def get(self, session_id: str) -> Session | None:
        row = self._conn.execute(sa.select(session).where(session.c.id == session_id)).one_or_none()
        return None if row is None else Session(**row._asdict())

    def end(self, session_id: str, now: datetime) -> bool:
        """Whether there is such a session; one that has ended already keeps its time."""
        ended_at = sa.func.coalesce(session.c.ended_at, sa.literal(now, session.c.ended_at.type))
        statement = sa.update(session).where(session.c.id == session_id).values(ended_at=ended_at)
        return self._conn.execute(statement.returning(session.c.id)).one_or_none() is not None

    def ended_since(self, since: datetime) -> list[str]:
        return list(self._conn.execute(sa.select(session.c.id).where(session.c.ended_at > since)).scalars())

    def set_expiry(self, session_id: str, expires_at: datetime) -> None:
        self._conn.execute(sa.update(session).where(session.c.id == session_id).values(expires_at=expires_at))

    def add_token(self, token_hash: str, session_id: str) -> None:
        """No error when it stands there already: two refreshes at once make the same successor."""
        insert_ignore(
            self._conn, refresh_token, [{"hash": token_hash, "session_id": session_id, "used_at": None}]
        )

    def use_token(self, token_hash: str, now: datetime) -> RefreshToken | None:
        """Marks the token used and returns it as it was before: with `used_at` only if this is not its first use."""
        fresh = (refresh_token.c.hash == token_hash) & refresh_token.c.used_at.is_(None)
        statement = (
            sa.update(refresh_token).where(fresh).values(used_at=now).returning(refresh_token.c.session_id)
        )
        session_id = self._conn.execute(statement).scalar_one_or_none()
        if session_id is not None:
            return RefreshToken(token_hash, session_id)
        row = self._conn.execute(
            sa.select(refresh_token).where(refresh_token.c.hash == token_hash)
        ).one_or_none()
        return None if row is None else RefreshToken(**row._asdict())
