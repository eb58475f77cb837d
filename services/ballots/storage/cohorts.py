"""Counters of cohorts: they grow with the log, are read once it is sealed, and go with the pseudonyms."""

from collections.abc import Collection
from dataclasses import astuple

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.ballots.domain import CohortCounter
from services.ballots.storage.tables import cohort_counter as counter
from services.common.database import Database, as_rows, rows_of

_KEY = (counter.c.cohort, counter.c.question, counter.c.name)
_NAMES = ("poll_id", "cohort", "question", "name", "n")
_PRIMARY = list(counter.primary_key.columns)


def _add_on_postgresql() -> postgresql.Insert:
    rows = rows_of(counter, bindparam("rows", type_=sa.Text), _NAMES)
    insert = postgresql.insert(counter).from_select(_NAMES, rows)
    return insert.on_conflict_do_update(index_elements=_PRIMARY, set_={"n": counter.c.n + insert.excluded.n})


def _add_on_sqlite() -> sqlite.Insert:
    insert = sqlite.insert(counter)
    return insert.on_conflict_do_update(index_elements=_PRIMARY, set_={"n": counter.c.n + insert.excluded.n})


_ON_POSTGRESQL, _ON_SQLITE = _add_on_postgresql(), _add_on_sqlite()


def add(conn: Connection, poll_id: str, counters: Collection[CohortCounter]) -> None:
    """Adds to the poll's counters, whose sequencer is alone with them."""
    rows = [dict(zip(_NAMES, (poll_id, *astuple(one)), strict=True)) for one in counters]
    if rows and conn.dialect.name == "postgresql":
        conn.execute(_ON_POSTGRESQL, {"rows": as_rows(rows)})
    elif rows:
        conn.execute(_ON_SQLITE, rows)


def erase(conn: Connection, poll_id: str, most: int) -> int:
    """Removes at most so many of the poll's counters; how many it were."""
    some = select(*_KEY).where(counter.c.poll_id == poll_id).limit(most)
    these = sa.delete(counter).where(counter.c.poll_id == poll_id, sa.tuple_(*_KEY).in_(some))
    return conn.execute(these).rowcount


class CohortReader:
    """Reads counters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, poll_id: str, after: tuple[str, str, str] | None, limit: int) -> list[CohortCounter]:
        """The next counters behind `after` (cohort, question, name), in the order of these."""
        wanted = select(*_KEY, counter.c.n).where(counter.c.poll_id == poll_id)
        if after is not None:
            wanted = wanted.where(sa.tuple_(*_KEY) > sa.tuple_(*after))
        with self._database.read() as conn:
            return [CohortCounter(*row) for row in conn.execute(wanted.order_by(*_KEY).limit(limit))]
