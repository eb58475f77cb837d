"""Engines with our limits, and how each begins to write."""

import random
import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import Connection, Engine

from services.common.database.away import DatabaseAway

_RESTS_SECONDS = 1.0


def sqlite_engine(url: sa.URL, lock_timeout: float, options: dict[str, Any]) -> Engine:
    """An engine on a file, or several processes on one file; transactions begin when we say so."""
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


def postgresql_engine(
    url: sa.URL, connect: float, statement: float, lock: float, options: dict[str, Any]
) -> Engine:
    """An engine whose every wait ends; times in seconds."""
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


def begin_immediate(conn: Connection, lock_timeout: float) -> None:
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
