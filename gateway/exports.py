"""Results as files: fetched from tally part by part, and sent while they are fetched."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from gateway.bus import Bus
from services.common.errors import Unavailable
from services.tally import contract as tally

TRIES = 6
PAUSE = 0.5


@dataclass(frozen=True)
class File:
    """The first part of a file, and what to ask with for the others. `first["next"]` is null when it is all."""

    asked: dict[str, Any]
    first: dict[str, Any]

    @property
    def head(self) -> bytes:
        return base64.b64decode(self.first["content"])

    @property
    def whole(self) -> bool:
        return self.first["next"] is None


async def parts(bus: Bus, file: File) -> AsyncIterator[bytes]:
    """The file. All parts stand for as many entries of the log as the first. Raises what tally refuses a part with: then the
    file breaks off, and its receiver sees that it is not whole.
    """
    part = file.first
    yield file.head
    while part["next"] is not None:
        part = await _part(bus, {**file.asked, "part": part["next"], "as_of": file.first["as_of"]})
        yield base64.b64decode(part["content"])


async def _part(bus: Bus, asked: dict[str, Any]) -> dict[str, Any]:
    for _ in range(TRIES - 1):
        try:
            found: dict[str, Any] = await bus.call(tally.EXPORT_RESULTS, **asked)
            return found
        except Unavailable:
            await asyncio.sleep(PAUSE)
    return dict(await bus.call(tally.EXPORT_RESULTS, **asked))


async def guarded(places: asyncio.Semaphore, file: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file, while it is sent one of so many downloads at a time."""
    async with places, aclosing(file):  # type: ignore[type-var]
        async for part in file:
            yield part
