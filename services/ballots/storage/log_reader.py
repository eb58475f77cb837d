"""Reading the logs: everything that is told of them to anybody."""

from collections.abc import Iterable

from sqlalchemy import select

from services.ballots.domain import Published
from services.ballots.storage import record_book, tree
from services.ballots.storage.record_tables import city_entry, tile, written_text
from services.ballots.storage.tables import entry, log
from services.common.database import Database
from services.common.tlog import ranges


class LogReader:
    """Reads; what is under a published checkpoint never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, log_id: str) -> Published | None:
        """The newest published checkpoint."""
        return record_book.newest(self._database, log_id)

    def newest_of_all(self, after: str, limit: int) -> list[Published]:
        """Those of the logs with ids behind `after`, in order."""
        return record_book.newest_of_all(self._database, after, limit)

    def lines(self, log_id: str, size: int) -> dict[str, str]:
        """The cosignature lines of this checkpoint by witness."""
        return record_book.lines_of(self._database, log_id, size)

    def size(self, log_id: str) -> int:
        """How many entries there are, published or not; 0 for a log that has not begun."""
        with self._database.read() as conn:
            return conn.execute(select(log.c.size).where(log.c.log_id == log_id)).scalar_one_or_none() or 0

    def refused(self, log_id: str) -> str | None:
        """Why the log is refused, if it is."""
        with self._database.read() as conn:
            return conn.execute(select(log.c.refused).where(log.c.log_id == log_id)).scalar_one_or_none()

    def tile(self, log_id: str, level: int, number: int) -> bytes:
        """The hashes of a tile, perhaps more than were published."""
        wanted = (tile.c.log_id == log_id) & (tile.c.level == level) & (tile.c.number == number)
        with self._database.read() as conn:
            return bytes(conn.execute(select(tile.c.hashes).where(wanted)).scalar_one())

    def leaves(self, log_id: str, start: int, end: int) -> list[str]:
        """Leaves `start`, …, `end` - 1."""
        part = (entry.c.log_id == log_id) & (entry.c.index >= start) & (entry.c.index < end)
        with self._database.read() as conn:
            return list(conn.execute(select(entry.c.leaf).where(part).order_by(entry.c.index)).scalars())

    def leaves_between(
        self, log_id: str, low: bytes, high: bytes | None, size: int
    ) -> list[tuple[int, bytes]]:
        """Index and hash of the first `size` leaves whose hash is from `low` to below `high`, by hash."""
        part = (entry.c.log_id == log_id) & (entry.c.leaf_hash >= low) & (entry.c.index < size)
        if high is not None:
            part &= entry.c.leaf_hash < high
        statement = (
            select(entry.c.index.label("place"), entry.c.leaf_hash).where(part).order_by(entry.c.leaf_hash)
        )
        with self._database.read() as conn:
            return [(row.place, bytes(row.leaf_hash)) for row in conn.execute(statement)]

    def hashes(self, log_id: str, parts: Iterable[ranges.Range]) -> list[bytes]:
        """The hashes of these parts of the tree. Raises `TileMissing`."""
        with self._database.read() as conn:
            return tree.hashes(conn, log_id, parts)

    def facts_of(self, poll_id: str, size: int) -> list[tuple[int, str]]:
        """Index and leaf of the city's entries about a poll, of its first `size`."""
        wanted = (city_entry.c.poll_id == poll_id) & (city_entry.c.index < size)
        statement = (
            select(city_entry.c.index.label("place"), city_entry.c.leaf)
            .where(wanted)
            .order_by(city_entry.c.index)
        )
        with self._database.read() as conn:
            return [(row.place, row.leaf) for row in conn.execute(statement)]

    def texts(self, poll_id: str, question: str, start: int, end: int) -> list[str]:
        """What was written for this question in the entries `start`, …, `end` - 1."""
        part = (entry.c.log_id == poll_id) & (entry.c.index >= start) & (entry.c.index < end)
        same = (written_text.c.ballot_id == entry.c.entry_id) & (written_text.c.poll_id == entry.c.log_id)
        statement = select(written_text.c.text).join_from(entry, written_text, same)
        wanted = statement.where(part, written_text.c.question == question).order_by(entry.c.index)
        with self._database.read() as conn:
            return list(conn.execute(wanted).scalars())
