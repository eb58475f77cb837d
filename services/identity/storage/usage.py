"""Counters of what may be done only so often."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.identity.domain import Limit
from services.identity.storage.tables import usage


@dataclass(frozen=True)
class Usage:
    """Whether one more was allowed, and when the window ends."""

    allowed: bool
    ends_at: datetime


class UsageCounters:
    """Counting and judging are one statement, so requests at the same time cannot exceed a limit together."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def take(self, key: str, limit: Limit, now: datetime) -> Usage:
        """One more, if the limit allows it. Undone when the transaction is not committed."""
        taken = self._conn.execute(_take(self._conn, key, limit, now)).scalar_one_or_none()
        if taken is not None:
            return Usage(True, taken)
        ends_at = self._conn.execute(sa.select(usage.c.ends_at).where(usage.c.key == key)).scalar_one()
        return Usage(False, ends_at)


def _take(conn: Connection, key: str, limit: Limit, now: datetime) -> sa.Executable:
    """Starts a window if none is running, else counts up; changes and returns nothing when the window is full."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    new = dialect.insert(usage).values(key=key, used=1, ends_at=now + limit.window)
    over = usage.c.ends_at <= now
    counted = new.on_conflict_do_update(
        index_elements=[usage.c.key],
        set_={
            "used": sa.case((over, 1), else_=usage.c.used + 1),
            "ends_at": sa.case((over, new.excluded.ends_at), else_=usage.c.ends_at),
        },
        where=over | (usage.c.used < limit.most),
    )
    taken: sa.Executable = counted.returning(usage.c.ends_at)
    return taken
