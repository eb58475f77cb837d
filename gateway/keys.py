"""Public keys of all services in one list, for whoever checks a signature."""

import asyncio
import time
from typing import Any

from gateway.bus import Bus
from gateway.kept import Fresh
from services.ballots import contract as ballots
from services.polls import contract as polls
from services.tally import contract as tally

KEPT = 60.0
SOURCES = (polls.GET_KEYS, ballots.GET_KEYS, tally.GET_KEYS)


class PublicKeys:
    """Asks every service at most once a minute, and ballots as seldom for its witnesses."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._keys: list[dict[str, Any]] = []
        self._asked = float("-inf")
        self._witnesses = Fresh(KEPT, 1)

    async def all(self) -> list[dict[str, Any]]:
        """Every service's keys. Raises Unavailable unless all of them answer: half a list would mislead."""
        if time.monotonic() - self._asked > KEPT:
            answers = await asyncio.gather(*(self._bus.call(source) for source in SOURCES))
            self._keys = [key for answer in answers for key in answer["keys"]]
            self._asked = time.monotonic()
        return self._keys

    async def witnesses(self) -> list[str]:
        """Verifier keys of the witnesses who are asked for cosignatures. Raises Unavailable."""
        found = await self._witnesses.get("all", lambda: self._bus.call(ballots.GET_WITNESSES))
        return [each["vkey"] for each in found["witnesses"]]
