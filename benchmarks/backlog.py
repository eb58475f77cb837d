"""A backlog of ballots, made the way a gateway makes one: passes, then casts that the broker confirms and nobody answers."""

import asyncio
import secrets
import time
from collections.abc import Callable

import orjson
import uvloop

from benchmarks.client import ANSWERS
from services.ballots import contract as ballots
from services.common.bus.aio import AsyncBus, Pending
from services.common.ids import new_id
from services.polls import contract as polls

CONNECT_SECONDS = 10.0
# Passes asked for at the same time: far below what their queue holds.
AT_ONCE = 2_000


class NotTaken(Exception):
    """A ballot that should wait was answered, or not confirmed."""


def fill(amqp_uri: str, poll: str, count: int) -> None:
    """Leaves `count` ballots of different voters in the intake queue, each promised as by a 202. Raises NotTaken.

    No worker may run meanwhile; what a gateway would do for sessions and HTTP is left out.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcomes = runner.run(_fill(amqp_uri, poll, count))
    if outcomes != [True] * count:
        raise NotTaken(f"{outcomes.count(True)} of {count} ballots were accepted")


async def _fill(amqp_uri: str, poll: str, count: int) -> list[bool]:
    bus = AsyncBus(amqp_uri, "benchmark", (polls.ISSUE_PASSES, ballots.CAST), most_waiting=count)
    await bus.start()
    try:
        if not await bus.wait_ready(CONNECT_SECONDS):
            raise NotTaken("no broker")
        room = asyncio.Semaphore(AT_ONCE)
        return list(await asyncio.gather(*(_cast(bus, poll, room) for _ in range(count))))
    finally:
        await bus.close()


async def _cast(bus: AsyncBus, poll: str, room: asyncio.Semaphore) -> bool:
    """Whether the ballot waits."""
    voter = {"tag": secrets.token_urlsafe(32), "strength": "phone", "evidence": {}, "channel": "api"}
    async with room:
        issued = await bus.submit(polls.ISSUE_PASSES, {"poll_id": poll, **voter})
    if isinstance(issued, Pending):
        return False
    item = {"poll_id": poll, "ballot_id": new_id(), "answers": orjson.loads(ANSWERS), **issued}
    return isinstance(await bus.submit(ballots.CAST, item), Pending)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.1) -> float:
    """The moment (monotonic) at which it was first seen to hold. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return time.monotonic()
        time.sleep(pause)
    raise TimeoutError(f"not within {seconds:.0f} s")
