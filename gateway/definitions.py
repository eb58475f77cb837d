"""Polls in memory: reading one costs no call.

Only what everybody may see is kept.  What is kept is fresh for a few seconds, is fetched again when polls tells of a
change, and is shown a while longer when polls cannot be asked: it is polls that judges a ballot, not this memory.
"""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any

from gateway.bus import Bus
from services.common.errors import Unavailable
from services.polls import contract as polls

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHOWN_WITHOUT_POLLS = 300.0
KEPT_POLLS = 2_000
Poll = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A poll and when it was fetched (monotonic)."""

    poll: Poll
    at: float


class Definitions:
    """The cache. A poll's dict is shared by all its readers: nobody may change it."""

    def __init__(self, bus: Bus, ttl: float) -> None:
        self._bus, self._ttl = bus, ttl
        self._kept: dict[str, Kept] = {}
        self._dirty: set[str] = set()
        self._fetching: dict[str, asyncio.Task[Poll]] = {}
        bus.subscribe(polls.POLL_CHANGED, lambda event: self.forget(event["poll_id"]))

    async def get(
        self, poll_id: str, actor: dict[str, Any] | None = None, at_most: float | None = None
    ) -> Poll:
        """The poll as this actor may see it, not older than `at_most` seconds. Raises PollNotFound, Unavailable."""
        if not NAME.fullmatch(poll_id):
            raise polls.PollNotFound
        kept = self.peek(poll_id, at_most)
        if kept is not None:
            return kept
        try:
            return await self._fetched(poll_id)
        except polls.PollNotFound:
            if actor is None or not (actor["orgs"] or actor["roles"]):
                raise
        poll: Poll = await self._bus.call(polls.GET_POLL, poll_id=poll_id, actor=actor)
        return poll

    def peek(self, poll_id: str, at_most: float | None = None) -> Poll | None:
        """The fresh poll without waiting, if it is here: for the way of a ballot."""
        kept = self._kept.get(poll_id)
        if kept is None or poll_id in self._dirty:
            return None
        age = time.monotonic() - kept.at
        return kept.poll if age < (self._ttl if at_most is None else at_most) else None

    def forget(self, poll_id: str) -> None:
        """The poll has changed: the next reader fetches it again."""
        self._dirty.add(poll_id)
        self._fetching.pop(poll_id, None)
        if len(self._dirty) > KEPT_POLLS:
            self._kept.clear()
            self._dirty.clear()

    async def _fetched(self, poll_id: str) -> Poll:
        """One call for all who ask at the same time."""
        task = self._fetching.get(poll_id)
        if task is None:
            task = self._fetching[poll_id] = asyncio.create_task(self._fetch(poll_id))
            task.add_done_callback(lambda done: self._fetched_now(poll_id, done))
        try:
            return await asyncio.shield(task)
        except Unavailable:
            kept = self._kept.get(poll_id)
            if kept is None or time.monotonic() - kept.at > SHOWN_WITHOUT_POLLS:
                raise
            return kept.poll

    async def _fetch(self, poll_id: str) -> Poll:
        self._dirty.discard(poll_id)
        asked = time.monotonic()
        poll: Poll = await self._bus.call(polls.GET_POLL, poll_id=poll_id, actor=None)
        if len(self._kept) >= KEPT_POLLS:
            del self._kept[next(iter(self._kept))]
        self._kept[poll_id] = Kept(poll, asked)
        return poll

    def _fetched_now(self, poll_id: str, done: asyncio.Task[Poll]) -> None:
        if self._fetching.get(poll_id) is done:
            del self._fetching[poll_id]
        if not done.cancelled() and isinstance(done.exception(), polls.PollNotFound):
            self._kept.pop(poll_id, None)
