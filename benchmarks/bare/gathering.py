"""Gathering rows as the gateway gathers ballots, and inserting each batch in a thread of its own connection."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import local

import psycopg2

from benchmarks.bare.rows import Row, insert

MOST = 256
WAIT = 0.004


def inserter(dsn: str) -> Callable[[Sequence[Row]], None]:
    """A function that inserts rows over a connection of the thread that calls it."""
    own = local()

    def insert_all(rows: Sequence[Row]) -> None:
        if not hasattr(own, "cursor"):
            connection = psycopg2.connect(dsn, connect_timeout=5)
            connection.autocommit = True
            own.cursor = connection.cursor()
        insert(own.cursor, rows)

    return insert_all


class Gathering:
    """The rule of the gateway's batches (`services.common.bus.aio.coalescing`): what has come in one turn of the loop
    leaves at once while nothing is on its way; else a batch leaves when it is full, after `WAIT` seconds, or when the
    last one on its way has been committed.
    """

    def __init__(self, insert_all: Callable[[Sequence[Row]], None], threads: int) -> None:
        self._insert_all, self._pool = insert_all, ThreadPoolExecutor(threads)
        self._loop = asyncio.get_running_loop()
        self._rows: list[Row] = []
        self._committed: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.Handle | None = None
        self._on_the_way = 0

    async def add(self, row: Row) -> None:
        """Returns when the row is committed; raises what its batch's insert did."""
        self._rows.append(row)
        committed = self._committed
        if len(self._rows) >= MOST:
            self._flush()
        elif self._timer is None and self._on_the_way:
            self._timer = self._loop.call_later(WAIT, self._flush)
        elif self._timer is None:
            self._timer = self._loop.call_soon(self._flush)
        await asyncio.shield(committed)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._rows:
            return
        rows, committed = self._rows, self._committed
        self._rows, self._committed = [], self._loop.create_future()
        self._on_the_way += 1
        inserted = self._loop.run_in_executor(self._pool, self._insert_all, rows)
        inserted.add_done_callback(lambda done: self._arrived(done, committed))

    def _arrived(self, inserted: asyncio.Future[None], committed: asyncio.Future[None]) -> None:
        error = inserted.exception()
        if error is None:
            committed.set_result(None)
        else:
            committed.set_exception(error)
        self._on_the_way -= 1
        if not self._on_the_way:
            self._flush()
