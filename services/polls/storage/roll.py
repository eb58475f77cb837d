"""Voter rolls while they are uploaded and afterwards.

Every upload has a number and its rows carry it. Replacing a roll means that the poll points to another number, which
is one row; what became superfluous is removed later, piece by piece (`sweep`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from services.common.database import for_update, insert_ignore
from services.polls.contract.errors import UploadNotFound
from services.polls.domain.roll import (
    DISCARDED,
    LOADING,
    READY,
    DuplicateLine,
    RejectedLine,
    RollUpload,
)
from services.polls.storage.tables import roll_line, roll_row, roll_upload

_AT_ONCE = 1_000
_READ_AT_ONCE = 20_000
_UPLOAD_COLUMNS = (
    "number",
    "poll_id",
    "upload_id",
    "state",
    "rows",
    "total",
    "accepted",
    "duplicates",
    "rejected_count",
)


def on_roll(conn: sa.Connection, roll: int, hashes: Sequence[bytes]) -> set[bytes]:
    """Those of the hashes that stand on the roll."""
    found: set[bytes] = set()
    for start in range(0, len(hashes), _AT_ONCE):
        wanted = hashes[start : start + _AT_ONCE]
        statement = sa.select(roll_row.c.hash).where(roll_row.c.roll == roll, roll_row.c.hash.in_(wanted))
        found.update(bytes(one) for one in conn.execute(statement).scalars())
    return found


class RollReader:
    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn

    def newest(self, poll_id: str) -> RollUpload | None:
        """The upload under way, else the one in use."""
        return self._one(roll_upload.c.poll_id == poll_id, roll_upload.c.state != DISCARDED)

    def upload(self, poll_id: str, upload_id: str) -> RollUpload:
        """Raises `UploadNotFound` also for one that was replaced."""
        mine = (roll_upload.c.poll_id == poll_id, roll_upload.c.upload_id == upload_id)
        found = self._one(*mine, roll_upload.c.state != DISCARDED)
        if found is None:
            raise UploadNotFound
        return found

    def on_roll(self, roll: int, hashes: Sequence[bytes]) -> set[bytes]:
        return on_roll(self._conn, roll, hashes)

    def commitment(self, number: int) -> str:
        """Hex SHA-256 over the hashes of all rows of this upload, one after the other, sorted by their bytes."""
        digest, last = sha256(), b""
        while page := self._hashes_after(number, last):
            digest.update(b"".join(page))
            last = page[-1]
        return digest.hexdigest()

    def _hashes_after(self, number: int, last: bytes) -> list[bytes]:
        here = (roll_row.c.roll == number, roll_row.c.hash > last)
        statement = sa.select(roll_row.c.hash).where(*here).order_by(roll_row.c.hash).limit(_READ_AT_ONCE)
        return [bytes(one) for one in self._conn.execute(statement).scalars()]

    def _one(self, *conditions: sa.ColumnElement[bool]) -> RollUpload | None:
        columns = [roll_upload.c[name] for name in _UPLOAD_COLUMNS]
        statement = sa.select(*columns).where(*conditions).order_by(roll_upload.c.number.desc()).limit(1)
        row = self._conn.execute(self._locked(statement)).mappings().one_or_none()
        if row is None:
            return None
        duplicates, rejected = self._lines(row["number"])
        return RollUpload(**row, duplicate_lines=duplicates, rejected=rejected)

    def _locked(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement

    def _lines(self, number: int) -> tuple[list[DuplicateLine], list[RejectedLine]]:
        statement = sa.select(roll_line).where(roll_line.c.roll == number).order_by(roll_line.c.line)
        rows = self._conn.execute(statement).all()
        duplicates = [DuplicateLine(row.line, row.first_line) for row in rows if row.reason is None]
        return duplicates, [RejectedLine(row.line, row.reason) for row in rows if row.reason is not None]


class RollWriter(RollReader):
    def _locked(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return for_update(self._conn, statement)

    def begin(self, poll_id: str, upload_id: str, total: int | None, moment: datetime) -> None:
        """Starts an upload; one that was under way is given up."""
        self._set_state(DISCARDED, roll_upload.c.poll_id == poll_id, roll_upload.c.state == LOADING)
        empty = {"rows": 0, "accepted": 0, "duplicates": 0, "rejected_count": 0}
        row = {
            "poll_id": poll_id,
            "upload_id": upload_id,
            "state": LOADING,
            "started_at": moment,
            "total": total,
        }
        insert_ignore(self._conn, roll_upload, [row | empty])

    def add_rows(self, number: int, lines: Mapping[bytes, int]) -> list[DuplicateLine]:
        """Adds `{hash: line}`; what the roll has already comes back with the line it first stood on."""
        rows = [{"roll": number, "hash": one, "line": line} for one, line in sorted(lines.items())]
        added = {
            bytes(row.hash) for row in insert_ignore(self._conn, roll_row, rows, returning=[roll_row.c.hash])
        }
        known = self._first_lines(number, [one for one in lines if one not in added])
        return [DuplicateLine(lines[one], first) for one, first in known.items()]

    def _first_lines(self, number: int, hashes: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for start in range(0, len(hashes), _AT_ONCE):
            wanted = roll_row.c.hash.in_(hashes[start : start + _AT_ONCE])
            statement = sa.select(roll_row.c.hash, roll_row.c.line).where(roll_row.c.roll == number, wanted)
            found.update({bytes(row.hash): row.line for row in self._conn.execute(statement)})
        return found

    def note_lines(
        self, number: int, duplicates: Sequence[DuplicateLine], rejected: Sequence[RejectedLine]
    ) -> None:
        """Remembers lines to name; the caller sees to how many."""
        rows: list[dict[str, Any]] = [
            {"line": d.line, "reason": None, "first_line": d.first_line} for d in duplicates
        ]
        rows += [{"line": r.line, "reason": r.reason, "first_line": None} for r in rejected]
        insert_ignore(self._conn, roll_line, [{"roll": number, **row} for row in rows])

    def save_counts(self, upload: RollUpload) -> None:
        counts = {
            name: getattr(upload, name) for name in ("rows", "accepted", "duplicates", "rejected_count")
        }
        self._conn.execute(sa.update(roll_upload).where(roll_upload.c.number == upload.number).values(counts))

    def make_ready(self, upload: RollUpload, replaces: int | None) -> None:
        """The upload becomes the poll's roll; the poll itself has to be saved with its number."""
        self._set_state(DISCARDED, roll_upload.c.number == replaces)
        self._set_state(READY, roll_upload.c.number == upload.number)

    def discard_all(self, poll_id: str) -> None:
        self._set_state(DISCARDED, roll_upload.c.poll_id == poll_id)

    def abandon(self, poll_id: str, upload_id: str) -> None:
        """Gives up this upload if it is under way."""
        mine = (roll_upload.c.poll_id == poll_id, roll_upload.c.upload_id == upload_id)
        self._set_state(DISCARDED, *mine, roll_upload.c.state == LOADING)

    def discard_abandoned(self, moment: datetime, after: timedelta) -> None:
        """Gives up uploads that were started so long ago and never committed."""
        self._set_state(DISCARDED, roll_upload.c.state == LOADING, roll_upload.c.started_at < moment - after)

    def _set_state(self, state: str, *conditions: sa.ColumnElement[bool]) -> None:
        self._conn.execute(sa.update(roll_upload).where(*conditions).values(state=state))

    def sweep(self, most: int) -> int:
        """Removes at most so many rows of a discarded upload; returns how many it removed."""
        statement = sa.select(roll_upload.c.number).where(roll_upload.c.state == DISCARDED).limit(1)
        number = self._conn.execute(for_update(self._conn, statement, skip_locked=True)).scalar_one_or_none()
        if number is None:
            return 0
        doomed = sa.select(roll_row.c.hash).where(roll_row.c.roll == number).limit(most)
        gone = self._conn.execute(
            sa.delete(roll_row).where(roll_row.c.roll == number, roll_row.c.hash.in_(doomed))
        ).rowcount
        if gone < most:
            self._conn.execute(sa.delete(roll_line).where(roll_line.c.roll == number))
            self._conn.execute(sa.delete(roll_upload).where(roll_upload.c.number == number))
        return int(gone)
