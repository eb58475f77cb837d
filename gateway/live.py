"""Results as they change: one question to tally a second and poll, however many watch.

An update of tally is a hint.  The hub asks tally for the truth, at most once a second, and gives it to every watcher
of that poll; a slow watcher skips what it missed.  Embargoed polls have only their embargoed state to stream, because
that is all that tally says of them.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
from prometheus_client import Gauge
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.bus import Bus
from gateway.errors import TooManyWatchers
from services.common.errors import DomainError
from services.common.telemetry.logs import get_logger
from services.polls import contract as polls
from services.tally import contract as tally

log = get_logger(__name__)
PAUSE = 1.0
LOOK_AGAIN = 15.0
"""Seconds after which tally is asked without a hint: hints may be lost."""
KEPT_RESULTS = 1_000
SEND_SECONDS = 20.0
RETRY_MS = (2_000, 6_000)
Results = dict[str, Any]

WATCHERS = Gauge("result_watchers", "Open result streams")


class Channel:
    """One poll's watchers and what they were told last."""

    def __init__(self, poll_id: str) -> None:
        self.poll_id = poll_id
        self.watchers: set[Watcher] = set()
        self.changed = asyncio.Event()
        self.frame = b""
        self.version = 0
        self.task: asyncio.Task[None] | None = None

    def tell(self, results: Results) -> None:
        frame = b"event: results\ndata: " + orjson.dumps(results) + b"\n\n"
        if frame != self.frame:
            self.frame, self.version = frame, self.version + 1
            for watcher in self.watchers:
                watcher.wake.set()


class Watcher:
    """One open stream. Iterating gives what to send; it ends when closed."""

    def __init__(self, channel: Channel, heartbeat: float) -> None:
        self._channel, self._heartbeat = channel, heartbeat
        self._seen = 0
        self.wake = asyncio.Event()
        self.closed = False

    def close(self) -> None:
        self.closed = True
        self.wake.set()

    async def frames(self) -> AsyncIterator[bytes]:
        yield f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311 - spreads reconnections
        while not self.closed:
            if self._seen != self._channel.version:
                self._seen = self._channel.version
                yield self._channel.frame
            elif not await self._woken():
                yield b": still here\n\n"

    async def _woken(self) -> bool:
        try:
            async with asyncio.timeout(self._heartbeat):
                await self.wake.wait()
        except TimeoutError:
            return False
        self.wake.clear()
        return True


class Live:
    """The hub of all polls, and the memory of results for who asks without watching."""

    def __init__(self, bus: Bus, heartbeat: float, limit: int) -> None:
        self._bus, self._heartbeat, self._limit = bus, heartbeat, limit
        self._channels: dict[str, Channel] = {}
        self._kept: dict[str, tuple[float, asyncio.Task[Results]]] = {}
        self._watching = 0
        self._closed = False
        bus.subscribe(tally.RESULTS_UPDATED, lambda event: self._hint(event["poll_id"]))
        bus.subscribe(polls.POLL_CHANGED, lambda event: self._state_changed(event["poll_id"]))

    async def results(self, poll_id: str) -> Results:
        """What tally lets everybody see, at most a second old. Raises ResultsNotFound, Unavailable."""
        kept = self._kept.get(poll_id)
        if kept is None or time.monotonic() - kept[0] >= PAUSE:
            if len(self._kept) >= KEPT_RESULTS:
                del self._kept[next(iter(self._kept))]
            task: asyncio.Task[Results] = asyncio.ensure_future(
                self._bus.call(tally.GET_RESULTS, poll_id=poll_id)
            )
            task.add_done_callback(lambda done: self._forget_failure(poll_id, done))
            kept = self._kept[poll_id] = (time.monotonic(), task)
        return await asyncio.shield(kept[1])

    async def watch(self, poll_id: str) -> "EventStream":
        """A stream of the poll's results. Raises ResultsNotFound, TooManyWatchers, Unavailable."""
        if self._watching >= self._limit or self._closed:
            raise TooManyWatchers
        results = await self.results(poll_id)
        return EventStream(self, poll_id, results)

    def join(self, poll_id: str, results: Results) -> Watcher:
        channel = self._channels.get(poll_id)
        if channel is None:
            channel = self._channels[poll_id] = Channel(poll_id)
            channel.tell(results)
            channel.task = asyncio.create_task(self._keep_telling(channel))
        watcher = Watcher(channel, self._heartbeat)
        channel.watchers.add(watcher)
        self._watching += 1
        WATCHERS.set(self._watching)
        return watcher

    def leave(self, poll_id: str, watcher: Watcher) -> None:
        watcher.close()
        channel = self._channels[poll_id]
        channel.watchers.discard(watcher)
        self._watching -= 1
        WATCHERS.set(self._watching)
        if not channel.watchers:
            del self._channels[poll_id]
            if channel.task is not None:
                channel.task.cancel()

    def close(self) -> None:
        """Ends every stream: the process is stopping, and browsers come back to another."""
        self._closed = True
        for channel in self._channels.values():
            for watcher in channel.watchers:
                watcher.close()

    def _hint(self, poll_id: str) -> None:
        channel = self._channels.get(poll_id)
        if channel is not None:
            channel.changed.set()

    def _state_changed(self, poll_id: str) -> None:
        """What may be seen may have changed: the next reader asks anew."""
        self._kept.pop(poll_id, None)
        self._hint(poll_id)

    async def _keep_telling(self, channel: Channel) -> None:
        """Starts by asking once more: a hint may have come between the first answer and the first watcher."""
        await asyncio.sleep(PAUSE)
        channel.changed.set()
        while True:
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await channel.changed.wait()
            except TimeoutError:
                pass
            channel.changed.clear()
            await self._refresh(channel)
            await asyncio.sleep(PAUSE)

    async def _refresh(self, channel: Channel) -> None:
        try:
            channel.tell(await self._bus.call(tally.GET_RESULTS, poll_id=channel.poll_id))
        except DomainError as error:
            channel.changed.set()
            log.warning("results could not be fetched for watchers", code=error.code)

    def _forget_failure(self, poll_id: str, done: asyncio.Task[Results]) -> None:
        kept = self._kept.get(poll_id)
        if (done.cancelled() or done.exception() is not None) and kept is not None and kept[1] is done:
            del self._kept[poll_id]


class EventStream(Response):
    """Server-Sent Events (HTML standard, 9.2). Lasts until the browser leaves or the gateway stops."""

    def __init__(self, live: Live, poll_id: str, results: Results) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._live, self._poll_id, self._results = live, poll_id, results

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watcher = self._live.join(self._poll_id, self._results)
        leaving = asyncio.create_task(close_on_disconnect(watcher, receive))
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] != "HEAD":
                await self._stream(watcher, send)
            await send({"type": "http.response.body", "body": b""})
        except (TimeoutError, OSError):
            log.info("watcher too slow or gone")
        finally:
            leaving.cancel()
            self._live.leave(self._poll_id, watcher)

    async def _stream(self, watcher: Watcher, send: Send) -> None:
        async for frame in watcher.frames():
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": frame, "more_body": True})


async def close_on_disconnect(watcher: Watcher, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    watcher.close()
