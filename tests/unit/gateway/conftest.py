import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.app import Application, assemble
from gateway.settings import GatewaySettings
from services.common.objects import LocalFolder
from services.identity import contract as identity
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway import fakes


class Client:
    """Talks to an application without a server; every request of a test runs in the same loop."""

    def __init__(self, runner: asyncio.Runner, application: Application, **headers: str) -> None:
        self.runner, self.application, self.headers = runner, application, headers
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)

    def __call__(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self.runner.run(self.http.request(method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self("POST", url, **options)

    def put(self, url: str, **options: Any) -> httpx.Response:
        return self("PUT", url, **options)

    def with_headers(self, **headers: str) -> "Client":
        return Client(self.runner, self.application, **{**self.headers, **headers})


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture
def tokens() -> fakes.Tokens:
    return fakes.Tokens()


@pytest.fixture
def bus() -> fakes.FakeBus:
    made = fakes.FakeBus()
    made.on(identity.LIST_ENDED_SESSIONS, {"sids": []})
    made.on(identity.GET_PERSON, fakes.person())
    made.on(notify.GET_PREFERENCES, {"person_id": "person-1", "opt_out": False})
    made.on(polls.GET_POLL, lambda poll_id, actor: found_poll(poll_id))
    made.on(tally.GET_RESULTS, fakes.results())
    return made


def found_poll(poll_id: str) -> dict[str, Any]:
    if poll_id != "poll-1":
        raise polls.PollNotFound
    return fakes.poll()


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {"MVOTING_HOME": str(tmp_path), "MVOTING_ENV": "production", "GATEWAY_HEARTBEAT": "0.05"}


@pytest.fixture
def application(environ, bus, tmp_path, runner, tokens) -> Application:
    settings = GatewaySettings.load(environ)
    return Application(assemble(settings, bus, LocalFolder(tmp_path / "media"), b"k" * 32, tokens.keys))


@pytest.fixture
def guest(runner: asyncio.Runner, application: Application) -> Client:
    return Client(runner, application)


@pytest.fixture
def citizen(guest: Client, tokens: fakes.Tokens) -> Client:
    return guest.with_headers(Authorization=f"Bearer {tokens.token()}")


@pytest.fixture
def operator(guest: Client, tokens: fakes.Tokens) -> Client:
    token = tokens.token(sub="person-2", sid="session-2", orgs={"seoul": "operator"})
    return guest.with_headers(Authorization=f"Bearer {token}")
