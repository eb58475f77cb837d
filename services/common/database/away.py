"""What tells that a database is away, and not that a statement is wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from services.common.errors import Unavailable


class DatabaseAway(Unavailable):
    """The database did not answer in time or cannot take more; trying again later is right."""


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
def away_when_away() -> Iterator[None]:
    """Turns an engine's word that it is away into :class:`DatabaseAway`; other errors pass."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        if is_away(error):
            raise DatabaseAway from error
        raise
