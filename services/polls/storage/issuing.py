"""What issuing passes reads: one small query a batch."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from services.common.database import Database, UtcDateTime
from services.polls.domain.poll import Poll
from services.polls.storage.mapping import POLL_COLUMNS, to_poll
from services.polls.storage.tables import poll


@dataclass(frozen=True, slots=True)
class Present:
    """How a poll stands now. The same `version` means that nothing about it has changed."""

    id: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    version: int
    now: datetime


class IssuingStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator["IssuingReader"]:
        with self._database.read() as conn:
            yield IssuingReader(conn)


class IssuingReader:
    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    def present(self, poll_ids: Collection[str]) -> dict[str, Present]:
        """State, window and the database's clock in one statement, so that they belong to the same moment."""
        columns = (poll.c.id, poll.c.state, poll.c.opens_at, poll.c.closes_at, poll.c.version)
        statement = sa.select(*columns, _clock(self._conn)).where(poll.c.id.in_(list(poll_ids)))
        rows = self._conn.execute(statement).mappings()
        return {row["id"]: Present(**{**row, "now": _utc(row["now"])}) for row in rows}

    def poll(self, poll_id: str) -> Poll:
        return to_poll(
            self._conn.execute(sa.select(*POLL_COLUMNS).where(poll.c.id == poll_id)).mappings().one()
        )


def _clock(conn: sa.Connection) -> sa.ColumnElement[Any]:
    if conn.dialect.name == "sqlite":
        return sa.literal_column("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')", sa.String).label("now")
    return sa.literal_column("statement_timestamp()", UtcDateTime).label("now")


def _utc(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment.astimezone(UTC)
