"""Identity's database: every query is in this package, and a transaction is one `Work`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection

from services.common import database
from services.common.contract import Event
from services.common.database import Database, Transaction
from services.common.outbox import emit
from services.identity.storage.challenges import Challenges
from services.identity.storage.leftovers import Leftovers
from services.identity.storage.organizations import Organizations
from services.identity.storage.people import People
from services.identity.storage.profiles import Profiles
from services.identity.storage.sessions import Sessions
from services.identity.storage.usage import UsageCounters

DatabaseClock = Callable[[Connection], datetime]


class View:
    """What can be read."""

    def __init__(self, conn: Connection, clock: DatabaseClock) -> None:
        self._conn, self._clock = conn, clock
        self.people = People(conn)
        self.profiles = Profiles(conn)
        self.sessions = Sessions(conn)
        self.organizations = Organizations(conn)

    @cached_property
    def now(self) -> datetime:
        """The database's time, asked for once: everything in one piece of work happens at the same moment."""
        return self._clock(self._conn)


class Work(View):
    """A transaction: happens as a whole at `commit()`, and not at all without it."""

    def __init__(self, tx: Transaction, clock: DatabaseClock) -> None:
        super().__init__(tx.conn, clock)
        self._tx = tx
        self.challenges = Challenges(tx.conn)
        self.usage = UsageCounters(tx.conn)
        self.leftovers = Leftovers(tx.conn)

    def emit(self, event: Event, payload: dict[str, Any]) -> None:
        emit(self._tx, event, payload)

    def commit(self) -> None:
        self._tx.commit()


class IdentityStore:
    """Where identity keeps what it knows. `clock` is the database's own unless a test needs another."""

    def __init__(self, db: Database, clock: DatabaseClock = database.now) -> None:
        self._database, self._clock = db, clock

    @contextmanager
    def read(self) -> Iterator[View]:
        with self._database.read() as conn:
            yield View(conn, self._clock)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """Raises `DatabaseAway` when the database cannot do it in time."""
        with self._database.write() as tx:
            yield Work(tx, self._clock)
