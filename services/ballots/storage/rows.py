"""What a row of a table means in the words of the domain."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from services.ballots.domain import Log, Recorded
from services.ballots.storage.tables import ballot, poll_log

Row = sa.Row[*tuple[Any, ...]]

KEPT = (
    ballot.c.poll_id,
    ballot.c.ballot_id,
    ballot.c.pseudonym,
    ballot.c.leaf_hash,
    ballot.c.recorded_at,
    ballot.c.key_id,
)
LOG_OF = select(poll_log.c.poll_id, poll_log.c.size, poll_log.c.sealed, poll_log.c.writer).where(
    poll_log.c.poll_id == bindparam("poll")
)


def to_recorded(row: Row) -> Recorded:
    return Recorded(
        row.poll_id, row.ballot_id, row.pseudonym, bytes(row.leaf_hash), row.recorded_at, row.key_id
    )


def to_log(row: Row | None) -> Log | None:
    return None if row is None else Log(row.poll_id, row.size, row.sealed, row.writer)
