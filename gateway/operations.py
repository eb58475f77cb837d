"""Dead letters of all services together, for API and page alike."""

import asyncio
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gateway.bus import Bus
from services.ballots import contract as ballots
from services.common.contract import Call
from services.common.errors import Unavailable
from services.common.operations.contract import QueueNotFound
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally

KEEPERS: Mapping[str, ModuleType] = {"polls": polls, "ballots": ballots, "tally": tally, "notify": notify}
"""Contracts of the services that have dead letters; a queue's name begins with its owner's."""


async def all_dead_letters(bus: Bus, actor: dict[str, Any] | None) -> dict[str, Any]:
    """`DeadLettersOfAllSchema`. A service that does not answer hides nothing of the others. Raises `forbidden`."""
    asked = (bus.call(contract.LIST_DEAD_LETTERS, actor=actor) for contract in KEEPERS.values())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    found: dict[str, Any] = {"queues": [], "items": [], "discarded": [], "unavailable": [], "next": None}
    for service, answer in zip(KEEPERS, answers, strict=True):
        if isinstance(answer, Unavailable):
            found["unavailable"].append(service)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            for part, items in answer.items():
                found[part] += items
    found["discarded"].sort(key=lambda one: str(one["discarded_at"]), reverse=True)
    return found


def replay_call(queue: str) -> Call:
    """Raises `QueueNotFound`."""
    call: Call = keeper(queue).REPLAY_DEAD_LETTERS
    return call


def discard_call(queue: str) -> Call:
    """Raises `QueueNotFound`."""
    call: Call = keeper(queue).DISCARD_DEAD_LETTERS
    return call


def keeper(queue: str) -> ModuleType:
    """The contract of the service that owns the queue."""
    found = KEEPERS.get(queue.partition(".")[0])
    if found is None:
        raise QueueNotFound
    return found
