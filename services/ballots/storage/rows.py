"""What a row of a table means in the words of the domain."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from services.ballots.domain import ERASED, Log, Recorded
from services.ballots.storage.tables import ballot, log

Row = sa.Row[*tuple[Any, ...]]

KEPT = (
    ballot.c.poll_id,
    ballot.c.ballot_id,
    ballot.c.pseudonym,
    ballot.c.leaf_hash,
    ballot.c.recorded_at,
    ballot.c.key_id,
)
LOG_COLUMNS = (
    log.c.log_id,
    log.c.origin,
    log.c.size,
    log.c.root,
    log.c.sealed,
    log.c.writer,
    log.c.published,
    log.c.refused,
)
LOG_OF = select(*LOG_COLUMNS).where(log.c.log_id == bindparam("log"))


def to_recorded(row: Row) -> Recorded:
    return Recorded(
        row.poll_id, row.ballot_id, row.pseudonym or ERASED, bytes(row.leaf_hash), row.recorded_at, row.key_id
    )


def to_log(row: Row | None) -> Log | None:
    if row is None:
        return None
    return Log(
        row.log_id,
        row.origin or "",
        row.size,
        bytes(row.root),
        row.sealed,
        row.writer,
        row.published,
        row.refused,
    )
