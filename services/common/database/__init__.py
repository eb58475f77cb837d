"""One way to talk to SQLite and to PostgreSQL.

    with database.read() as conn:
        rows = conn.execute(select(thing)).all()

    with database.write() as tx:
        tx.conn.execute(insert(thing), rows)
        tx.commit()          # leaving the block without it rolls back

Both engines get the same constraints and the same isolation as far as a caller can see: on SQLite a write
transaction takes the write lock at its beginning, so it never fails half-way for a lock.  Every wait ends: what the
database cannot do in time raises :class:`DatabaseAway`.  Errors of the data (``IntegrityError``) go to the caller.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from services.common.database.away import DatabaseAway, away_when_away, is_away
from services.common.database.engines import begin_immediate, postgresql_engine, sqlite_engine
from services.common.database.statements import as_rows, for_update, insert_ignore, now, rows_of
from services.common.database.types import BigId, JsonText, UtcDateTime

__all__ = [
    "BigId",
    "Database",
    "DatabaseAway",
    "JsonText",
    "Transaction",
    "UtcDateTime",
    "as_rows",
    "for_update",
    "insert_ignore",
    "is_away",
    "now",
    "rows_of",
]


class Transaction:
    """A write transaction: ends by :meth:`commit`, else everything in it is undone."""

    def __init__(self, conn: Connection, on_emit: Sequence[Callable[[], None]] = ()) -> None:
        self.conn = conn
        self.on_emit = on_emit
        self.committed = False
        self._callbacks: list[Callable[[], None]] = []

    def commit(self) -> None:
        self.conn.commit()
        self.committed = True

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Called once the block has ended, only if it was committed; the same callback only once."""
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def finished(self) -> None:
        for callback in self._callbacks if self.committed else ():
            callback()


class Database:
    """A pool of connections to one database.

    ``pool_size`` must not be less than the number of requests handled at a time.  Times are in seconds.
    ``on_emit`` is called after every committed transaction that wrote an event to the outbox.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 12,
        connect_timeout: float = 3.0,
        statement_timeout: float = 10.0,
        lock_timeout: float = 5.0,
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock_timeout = lock_timeout
        self._writing = threading.Lock()
        self.on_emit: list[Callable[[], None]] = []
        options = {
            "pool_size": pool_size,
            "max_overflow": 4,
            "pool_timeout": lock_timeout,
            "hide_parameters": True,
        }
        if self.is_sqlite:
            self.engine = sqlite_engine(self.url, lock_timeout, options)
        else:
            self.engine = postgresql_engine(
                self.url, connect_timeout, statement_timeout, lock_timeout, options
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with; each statement sees what is committed when it starts."""
        with away_when_away(), self.engine.connect() as conn:
            yield conn if self.is_sqlite else conn.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with away_when_away(), self._turn(), self.engine.connect() as conn:
            if self.is_sqlite:
                begin_immediate(conn, self._lock_timeout)
            tx = Transaction(conn, self.on_emit)
            yield tx
        tx.finished()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer; waiting for it here lets the process's other greenlets run meanwhile."""
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=self._lock_timeout):
            raise DatabaseAway
        try:
            yield
        finally:
            self._writing.release()

    def check(self) -> None:
        """Raises :class:`DatabaseAway` when nothing can be read."""
        with self.read() as conn:
            conn.execute(sa.text("SELECT 1"))

    def truncate_journal(self) -> bool:
        """Empties SQLite's write-ahead log, which keeps what pages held before; PostgreSQL's is its operator's matter.

        False, and nothing done, while somebody reads from it or writes; try again later.
        """
        if not self.is_sqlite:
            return True
        with away_when_away(), self._turn(), self.engine.connect() as conn:
            raw: Any = conn.connection.driver_connection
            raw.execute("PRAGMA busy_timeout = 0")  # SQLite's own wait would hold up every greenlet
            try:
                busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:
                return False
            finally:
                raw.execute(f"PRAGMA busy_timeout = {int(self._lock_timeout * 1000)}")
        return not busy

    def close(self) -> None:
        self.engine.dispose()
