"""The load client: signed-in voters who cast one ballot each, at a bounded rate, and write down everything.

It runs in a thread with an event loop of its own, while the scenario breaks things from the main thread.
"""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.voters import tokens
from services.common.ids import new_id
from tests.chaos.http import Connection, NoAnswer
from tests.chaos.journal import UNKNOWN, Journal

ANSWER_SECONDS = 12.0
LONGEST_PAUSE = 4.0
OPTIONS = ("a", "b", "c", "d")


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one voter wants to cast."""

    voter: str
    token: str
    ballot_id: str
    answers: dict[str, Any]


def ballots(keys: Path, seed: int) -> Iterator[Ballot]:
    """For ever: another voter each, choices from the seed."""
    choice = random.Random(seed)
    number = 0
    while True:
        for token in tokens(keys, 200):
            number += 1
            yield Ballot(f"v{number}", token, new_id(), {"q1": [choice.choice(OPTIONS)]})


@dataclass(frozen=True)
class Plan:
    """`persistent`: the share of voters who try again, with the same ballot, after 503 or no answer; up to `tries`."""

    rate: float = 80.0
    lanes: int = 24
    persistent: float = 0.8
    tries: int = 12


class Load:
    """`start`, break things, `stop`. `told` counts answers by status meanwhile."""

    def __init__(
        self,
        urls: Sequence[str],
        poll_id: str,
        source: Iterator[Ballot],
        journal: Path,
        seed: int,
        plan: Plan | None = None,
    ) -> None:
        self._urls = list(urls)
        self._path = f"/api/v1/polls/{poll_id}/ballots"
        self._source = source
        self._journal_path = journal
        self._random = random.Random(seed)
        self._plan = plan or Plan()
        self._turns = 0
        self._stopping, self._held = threading.Event(), threading.Event()
        self._under_way = 0
        self._thread = threading.Thread(target=self._main, name="load", daemon=True)
        self._failure: BaseException | None = None
        self.told: Counter[int] = Counter()
        self.last_recorded = 0.0

    def start(self) -> "Load":
        self._thread.start()
        return self

    def hold(self, seconds: float = ANSWER_SECONDS) -> None:
        """No request leaves until `go_on`; returns when nothing is under way."""
        self._held.set()
        until = time.monotonic() + seconds
        while self._under_way and time.monotonic() < until:
            time.sleep(0.02)

    def go_on(self) -> None:
        self._held.clear()

    @property
    def running(self) -> bool:
        """Whether anybody is still voting."""
        return self._thread.is_alive()

    def stop(self, seconds: float = 60.0) -> None:
        """No new voter; those who wait for an answer get it or their time-out."""
        self._stopping.set()
        self._thread.join(seconds)
        if self._thread.is_alive() or self._failure:
            raise RuntimeError("the load client itself failed") from self._failure

    def _main(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as error:  # noqa: BLE001 - told by stop()
            self._failure = error

    async def _all(self) -> None:
        journal = Journal(self._journal_path)
        self._began = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._plan.lanes):
                    group.create_task(self._lane(journal, number))
        finally:
            journal.close()

    async def _lane(self, journal: Journal, number: int) -> None:
        connections = [Connection(url) for url in self._urls]
        try:
            while not self._stopping.is_set():
                await self._pace()
                ballot = next(self._source, None)
                if ballot is None:
                    return
                await self._cast(journal, connections, ballot, number)
        finally:
            for connection in connections:
                connection.close()

    async def _pace(self) -> None:
        """Turns are handed out evenly; one that comes late is not caught up in a burst."""
        self._turns += 1
        due = self._began + self._turns / self._plan.rate
        now = time.monotonic()
        if due < now - 1.0:
            self._began += now - due
        await asyncio.sleep(max(0.0, due - now))

    async def _cast(
        self, journal: Journal, connections: list[Connection], ballot: Ballot, first: int
    ) -> None:
        tries = self._plan.tries if self._random.random() < self._plan.persistent else 1
        for attempt in range(tries):
            status, retry_after = await self._once(
                journal, connections[(first + attempt) % len(connections)], ballot
            )
            if status not in (UNKNOWN, 503) or self._stopping.is_set():
                return
            pause = max(retry_after, min(LONGEST_PAUSE, 0.2 * 2**attempt))
            await asyncio.sleep(pause * (0.5 + self._random.random()))

    async def _once(self, journal: Journal, connection: Connection, ballot: Ballot) -> tuple[int, float]:
        while self._held.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.02)
        self._under_way += 1
        try:
            return await self._told(journal, connection, ballot)
        finally:
            self._under_way -= 1

    async def _told(self, journal: Journal, connection: Connection, ballot: Ballot) -> tuple[int, float]:
        await journal.write(
            {
                "what": "cast",
                "voter": ballot.voter,
                "ballot_id": ballot.ballot_id,
                "answers": ballot.answers,
                "at": time.time(),
            }
        )
        body = orjson.dumps({"ballot_id": ballot.ballot_id, "answers": ballot.answers})
        status, content, retry_after = UNKNOWN, {}, 0.0
        try:
            answer = await connection.post(self._path, ballot.token, body, ANSWER_SECONDS)
            status, content, retry_after = answer.status, answer.body, answer.retry_after
        except NoAnswer:
            pass
        await journal.write(
            {
                "what": "answer",
                "ballot_id": ballot.ballot_id,
                "status": status,
                "code": content.get("code"),
                "leaf_hash": content.get("leaf_hash"),
                "at": time.time(),
            }
        )
        self.told[status] += 1
        if status == 201:
            self.last_recorded = time.monotonic()
        return status, retry_after
