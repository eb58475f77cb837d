"""Result streams: how often, to whom, and how they end."""

import asyncio
import time
from typing import Any

import orjson
import pytest

from gateway import live as module
from gateway.errors import TooManyWatchers
from gateway.live import Live
from services.common.errors import Unavailable
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem


class Browser:
    """One open stream: what came so far, and a way to leave."""

    def __init__(
        self, application: Any, path: str = "/api/v1/polls/poll-1/results/stream", method: str = "GET"
    ) -> None:
        self.messages: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self.came = asyncio.Event()
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"accept", b"text/event-stream"), (b"last-event-id", b"7")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8080),
            "scheme": "http",
        }
        self.task = asyncio.create_task(application(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self.came.is_set():
            self.came.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    @property
    def results(self) -> list[dict[str, Any]]:
        return [orjson.loads(line[6:]) for line in self.text.splitlines() if line.startswith("data: ")]


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.05)
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.3)


async def until(condition, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - looks at what a browser has got so far
            await asyncio.sleep(0.005)


def test_a_change_reaches_every_watcher_with_one_question(runner, application, bus, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AGAIN", 60.0)

    async def scene():
        browsers = [Browser(application) for _ in range(5)]
        await until(lambda: all(b.results for b in browsers))
        assert "event: results" in browsers[0].text
        bus.on(tally.GET_RESULTS, fakes.results(voters=286))
        asked = bus.times(tally.GET_RESULTS)
        bus.tell(tally.RESULTS_UPDATED, poll_id="poll-1")
        await until(lambda: all(b.results[-1]["voters"] == 286 for b in browsers))
        assert bus.times(tally.GET_RESULTS) - asked <= 3
        await leave(browsers)

    runner.run(scene())


async def leave(browsers: list[Browser]) -> None:
    for browser in browsers:
        browser.left.set()
    await asyncio.gather(*(browser.task for browser in browsers))


def test_a_storm_of_hints_makes_few_questions(runner, application, bus, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.2)

    async def scene():
        browser = Browser(application)
        await until(lambda: browser.results)
        start, began = bus.times(tally.GET_RESULTS), time.monotonic()
        for number in range(100):
            bus.on(tally.GET_RESULTS, fakes.results(voters=number))
            bus.tell(tally.RESULTS_UPDATED, poll_id="poll-1")
            await asyncio.sleep(0.005)
        assert bus.times(tally.GET_RESULTS) - start <= 2 + (time.monotonic() - began) / module.PAUSE
        await until(lambda: browser.results[-1]["voters"] == 99)
        await leave([browser])

    runner.run(scene())


def test_a_lost_hint_only_delays(runner, application, bus):
    async def scene():
        browser = Browser(application)
        await until(lambda: browser.results)
        await asyncio.sleep(0.15)
        bus.on(tally.GET_RESULTS, fakes.results(voters=300))
        await until(lambda: browser.results[-1]["voters"] == 300)
        await leave([browser])

    runner.run(scene())


def test_a_quiet_stream_shows_signs_of_life_and_repeats_nothing(runner, application, bus):
    async def scene():
        browser = Browser(application)
        await until(lambda: browser.text.count(": still here") >= 3)
        assert len(browser.results) == 1
        assert browser.text.startswith("retry: ")
        await leave([browser])

    runner.run(scene())


def test_embargoed_polls_stream_their_state_only_until_it_ends(runner, application, bus):
    embargoed = {"poll_id": "poll-1", "state": "embargoed", "results": "after_close", "questions": []}
    bus.on(tally.GET_RESULTS, embargoed)

    async def scene():
        browser = Browser(application)
        await until(lambda: browser.results)
        bus.tell(tally.RESULTS_UPDATED, poll_id="poll-1")
        await asyncio.sleep(0.15)
        assert browser.results == [embargoed]
        bus.on(tally.GET_RESULTS, fakes.results(state="final"))
        bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
        await until(lambda: browser.results[-1]["state"] == "final")
        await leave([browser])

    runner.run(scene())


def test_tally_being_away_only_pauses_the_stream(runner, application, bus):
    async def scene():
        browser = Browser(application)
        await until(lambda: browser.results)
        bus.on(tally.GET_RESULTS, Unavailable())
        bus.tell(tally.RESULTS_UPDATED, poll_id="poll-1")
        await asyncio.sleep(0.15)
        bus.on(tally.GET_RESULTS, fakes.results(voters=400))
        await until(lambda: browser.results[-1]["voters"] == 400)
        await leave([browser])

    runner.run(scene())


def test_nothing_is_left_when_watchers_leave(runner, application, bus):
    async def scene():
        live = application.state.live
        browsers = [Browser(application) for _ in range(3)]
        await until(lambda: live._watching == 3)
        await leave(browsers)
        assert (live._watching, live._channels) == (0, {})
        asked = bus.times(tally.GET_RESULTS)
        bus.tell(tally.RESULTS_UPDATED, poll_id="poll-1")
        await asyncio.sleep(0.15)
        assert bus.times(tally.GET_RESULTS) == asked

    runner.run(scene())


def test_streams_end_when_the_gateway_stops(runner, application, guest):
    async def scene():
        browsers = [Browser(application) for _ in range(3)]
        await until(lambda: application.state.live._watching == 3)
        application.state.live.close()
        await asyncio.gather(*(browser.task for browser in browsers))
        assert all(not browser.messages[-1].get("more_body") for browser in browsers)

    runner.run(scene())
    problem(guest.get("/api/v1/polls/poll-1/results/stream"), 503, "too_many_watchers")


def test_there_is_a_limit(runner, bus):
    async def scene():
        live = Live(bus, heartbeat=1, limit=1)
        watcher = live.join("poll-1", fakes.results())
        with pytest.raises(TooManyWatchers):
            await live.watch("poll-1")
        live.leave("poll-1", watcher)
        await live.watch("poll-1")

    runner.run(scene())


def test_no_stream_of_what_is_not_there(guest, bus):
    bus.on(tally.GET_RESULTS, tally.ResultsNotFound())
    problem(guest.get("/api/v1/polls/poll-1/results/stream"), 404, "poll_not_found")


def test_a_head_request_has_no_stream(runner, application):
    async def scene():
        browser = Browser(application, method="HEAD")
        await browser.task
        assert browser.text == ""

    runner.run(scene())
