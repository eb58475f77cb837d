"""Two small memories: of what is true for a moment, and of what never changes."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any


class Fresh:
    """Answers that may be told for so many seconds; all who ask at the same time share one call. Failures are not kept."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._kept: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The kept answer, else that of `ask`; raises what that raises."""
        kept = self._kept.get(key)
        if kept is None or time.monotonic() - kept[0] >= self._seconds:
            if key not in self._kept and len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            task = asyncio.ensure_future(ask())
            task.add_done_callback(lambda done: self._forget_failure(key, done))
            kept = self._kept[key] = (time.monotonic(), task)
        return await asyncio.shield(kept[1])

    def forget(self, key: Hashable) -> None:
        """The next who asks hears what is true then."""
        self._kept.pop(key, None)

    def _forget_failure(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and key in self._kept and self._kept[key][1] is done:
            del self._kept[key]


class Lasting:
    """Bytes that never change, as many as fit; what was not asked for longest goes first."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._fetching: dict[Hashable, asyncio.Task[bytes]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[bytes]]) -> bytes:
        """The kept bytes, else those of `ask`, called once for all who ask meanwhile; raises what that raises."""
        found = self.peek(key)
        if found is not None:
            return found
        task = self._fetching.get(key)
        if task is None:
            task = self._fetching[key] = asyncio.ensure_future(ask())
            task.add_done_callback(lambda done: self._fetched(key, done))
        return await asyncio.shield(task)

    def peek(self, key: Hashable) -> bytes | None:
        """The kept bytes, if there are any."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def _fetched(self, key: Hashable, done: asyncio.Task[bytes]) -> None:
        self._fetching.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        value = done.result()
        self._kept[key] = value
        self._size += len(value)
        while self._size > self._limit:
            self._size -= len(self._kept.popitem(last=False)[1])
