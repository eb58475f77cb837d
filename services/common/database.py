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

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from typing_extensions import override

from services.common.errors import Unavailable

_RESTS_SECONDS = 1.0


class DatabaseAway(Unavailable):
    """The database did not answer in time or cannot take more; trying again later is right."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time in UTC; only aware values go in, only aware values come out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    @override
    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON kept as text, the same on both engines; ``None`` is SQL's NULL."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    @override
    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Type of a self-counting primary key: SQLite counts only ``INTEGER``."""


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
            self.engine = _sqlite_engine(self.url, lock_timeout, options)
        else:
            self.engine = _postgresql_engine(
                self.url, connect_timeout, statement_timeout, lock_timeout, options
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with; each statement sees what is committed when it starts."""
        with _away_when_away(), self.engine.connect() as conn:
            yield conn if self.is_sqlite else conn.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with _away_when_away(), self._turn(), self.engine.connect() as conn:
            if self.is_sqlite:
                _begin_immediate(conn, self._lock_timeout)
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
        with _away_when_away(), self._turn(), self.engine.connect() as conn:
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


def now(conn: Connection) -> datetime:
    """The database's clock, which is the judge of every window of time."""
    if conn.dialect.name == "sqlite":
        text = conn.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")).scalar_one()
        return datetime.fromisoformat(text)
    moment: datetime = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def insert_ignore(
    conn: Connection,
    table: sa.Table,
    rows: Sequence[dict[str, Any]],
    returning: Sequence[sa.Column[Any]] = (),
) -> Sequence[sa.Row[Any]]:
    """Inserts the rows that break no unique constraint and returns the named columns of those.

    The order of what returns is not that of ``rows``.  Rows are cut into as many statements as the engine needs.
    """
    if not rows:
        return []
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    if not returning:
        conn.execute(statement, rows)
        return []
    return conn.execute(statement.returning(*returning), rows).all()


def rows_of(table: sa.Table, rows: sa.BindParameter[str], names: Sequence[str]) -> sa.Select[Any]:
    """PostgreSQL only: selects these columns of rows that travel as one text (`as_rows`).

    A value a parameter, SQLAlchemy renders and psycopg2 quotes each of them, which costs the client more than all else.
    """
    columns = [sa.column(name, table.c[name].type) for name in names]
    made = sa.func.json_populate_recordset(
        sa.literal_column(f"NULL::{table.name}"), sa.cast(rows, postgresql.JSON)
    )
    return sa.select(*columns).select_from(made.table_valued(*columns))


def as_rows(rows: Sequence[dict[str, Any]]) -> str:
    """What `rows_of` reads: JSON, bytes in PostgreSQL's hexadecimal form."""
    return orjson.dumps(rows, default=_as_bytea).decode()


def _as_bytea(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError
    return "\\x" + value.hex()


def for_update(conn: Connection, statement: sa.Select[Any], *, skip_locked: bool = False) -> sa.Select[Any]:
    """Locks the selected rows; on SQLite the write transaction holds the whole file already."""
    return statement if conn.dialect.name == "sqlite" else statement.with_for_update(skip_locked=skip_locked)


def is_away(error: BaseException) -> bool:
    """Whether this is the database's condition (gone, full, busy) and not the statement's fault."""
    if isinstance(error, (DatabaseAway, exc.TimeoutError)):
        return True
    if not isinstance(error, (exc.OperationalError, exc.InterfaceError)):
        return isinstance(error, exc.DBAPIError) and error.connection_invalidated
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in _SQLITE_CONDITIONS
    return True


_SQLITE_CONDITIONS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
}


@contextmanager
def _away_when_away() -> Iterator[None]:
    try:
        yield
    except exc.SQLAlchemyError as error:
        if is_away(error):
            raise DatabaseAway from error
        raise


def _sqlite_engine(url: sa.URL, lock_timeout: float, options: dict[str, Any]) -> Engine:
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(lock_timeout * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",  # what was erased must not stay in the file
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _postgresql_engine(
    url: sa.URL, connect: float, statement: float, lock: float, options: dict[str, Any]
) -> Engine:
    limits = {
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": 4 * statement,
    }
    given = url.query.get("options", "")
    flags = " ".join(
        [str(given), "-c timezone=UTC", *(f"-c {key}={int(value * 1000)}" for key, value in limits.items())]
    )
    arguments = {
        "connect_timeout": max(2, int(connect)),
        "options": flags.strip(),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": int(2000 * statement),
    }
    engine = sa.create_engine(url, connect_args=arguments, **options)
    _look_at_idle_connections(engine)
    return engine


def _look_at_idle_connections(engine: Engine) -> None:
    """A connection that has rested for a while is asked for a sign of life before it is used again.

    SQLAlchemy's own `pool_pre_ping` asks before every use, which costs a busy service one turn in five.  A connection
    that broke within the last moment shows it at its first statement, as one that breaks in the middle does.
    """

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        now = time.monotonic()
        if now - record.info.get("rests_since", now) < _RESTS_SECONDS:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.DisconnectionError from error
        if not alive:
            raise exc.DisconnectionError


def _begin_immediate(conn: Connection, lock_timeout: float) -> None:
    """Takes SQLite's write lock, sleeping between tries: SQLite's own wait would hold up every greenlet."""
    deadline = time.monotonic() + lock_timeout
    raw: Any = conn.connection.driver_connection
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise DatabaseAway from error
            time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - jitter, no secret
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(lock_timeout * 1000)}")
