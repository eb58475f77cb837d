"""A gateway that sends a file whose parts lie in a folder, for the benchmark of exports."""

import json
import time
from pathlib import Path
from typing import Any

from gateway.app import Application, assemble
from gateway.settings import GatewaySettings
from services.common.objects import LocalFolder
from services.identity import contract as identity
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway import fakes


async def fetch(folder: Path, form: str) -> tuple[int, float]:
    """How many bytes the file has, and the seconds of fetching it once more; all of it is thrown away."""
    environ = {"MVOTING_HOME": str(folder), "MVOTING_ENV": "production"}
    settings = GatewaySettings.load(environ)
    application = Application(assemble(settings, bus(folder, form), LocalFolder(folder), b"k" * 32, dict))
    size = await fetched(application, form)
    began = time.perf_counter()
    assert await fetched(application, form) == size
    return size, time.perf_counter() - began


async def fetched(application: Application, form: str) -> int:
    received = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal received
        assert message.get("status", 200) == 200, message
        received += len(message.get("body", b""))

    await application(scope(form), receive, send)
    return received


def bus(folder: Path, form: str) -> fakes.FakeBus:
    made = fakes.FakeBus()
    made.on(identity.LIST_ORGANIZATIONS, {"items": []})
    made.on(identity.LIST_ENDED_SESSIONS, {"sids": []})
    made.on(polls.GET_POLL, fakes.poll())
    made.on(tally.EXPORT_RESULTS, lambda *, part=0, **_: json.loads((folder / f"{form}.{part}").read_text()))
    return made


def scope(form: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/polls/poll-1/results/export",
        "raw_path": b"/api/v1/polls/poll-1/results/export",
        "query_string": f"format={form}".encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "root_path": "",
    }
