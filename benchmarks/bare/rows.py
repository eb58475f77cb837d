"""A ballot's rows as intake would write them, made from a request and nothing else.

There is no pass here: the pseudonym is a hash of the ballot's id, as long as a real one.  Tests hold leaf, hash and
columns to what intake inserts.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from services.common.encodings import b64u
from services.common.ids import to_minute

CHANNEL = "api"
KEY_ID = "receipt-2026-000000-0"


class Row(NamedTuple):
    """A row of `ballot`, its columns in the table's order."""

    ballot_id: str
    poll_id: str
    pseudonym: str
    channel: str
    leaf: str
    leaf_hash: bytes
    recorded_at: datetime
    key_id: str


def row_of(poll_id: str, body: bytes, now: datetime) -> Row:
    """The row of a request's ballot. Raises ValueError or KeyError for what is none."""
    ballot = orjson.loads(body)
    ballot_id = ballot["ballot_id"]
    whole = {"v": 1, "poll": poll_id, "ballot_id": ballot_id, "answers": ballot["answers"]}
    leaf = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    leaf_hash = hashlib.sha256(b"\0" + leaf).digest()
    pseudonym = b64u(hashlib.sha256(ballot_id.encode()).digest())
    return Row(ballot_id, poll_id, pseudonym, CHANNEL, leaf.decode(), leaf_hash, to_minute(now), KEY_ID)


INSERT_BALLOTS = f"INSERT INTO ballot ({', '.join(Row._fields)}) VALUES "
INSERT_WAITING = "INSERT INTO waiting (poll_id, recorded_at, ballot_id) VALUES "


def insert(cursor: Any, rows: Sequence[Row]) -> None:
    """All rows of both tables in one message to PostgreSQL, which makes one transaction of it.

    The cursor's connection commits by itself.
    """
    ballots = b",".join(cursor.mogrify("(%s,%s,%s,%s,%s,%s,%s,%s)", row) for row in rows)
    waiting = b",".join(
        cursor.mogrify("(%s,%s,%s)", (row.poll_id, row.recorded_at, row.ballot_id)) for row in rows
    )
    cursor.execute(INSERT_BALLOTS.encode() + ballots + b";" + INSERT_WAITING.encode() + waiting)
