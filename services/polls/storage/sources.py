"""Entered sources of composite results: the newest scores of each."""

from dataclasses import asdict

import sqlalchemy as sa

from services.polls.domain.sources import EnteredSource
from services.polls.storage.tables import source as table

_COLUMNS = [column for column in table.c if column.name != "poll_id"]


class SourceReader:
    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    def of(self, poll_id: str) -> dict[tuple[str, str], EnteredSource]:
        """What is entered, by question and source."""
        statement = sa.select(*_COLUMNS).where(table.c.poll_id == poll_id)
        found = [EnteredSource(**row) for row in self._conn.execute(statement).mappings()]
        return {one.place: one for one in found}


class SourceWriter(SourceReader):
    """For whoever holds the poll's lock."""

    def put(self, poll_id: str, entered: EnteredSource) -> None:
        """In the place of what was entered there before."""
        here = (
            (table.c.poll_id == poll_id)
            & (table.c.question == entered.question)
            & (table.c.source == entered.source)
        )
        self._conn.execute(sa.delete(table).where(here))
        self._conn.execute(sa.insert(table), {"poll_id": poll_id, **asdict(entered)})

    def settle(self, poll_id: str) -> None:
        self._conn.execute(sa.update(table).where(table.c.poll_id == poll_id).values(settled=True))
