"""A whole gateway with pages, whose services answer what a test says."""

import asyncio
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from gateway.app import Application, assemble, find_pages
from gateway.i18n import Catalogues
from gateway.settings import GatewaySettings
from services.ballots import contract as ballots
from services.common.objects import LocalFolder
from services.identity import contract as identity
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway import fakes
from tests.unit.gateway.conftest import Client
from tests.unit.pages import samples

KOREAN = {"Accept": "text/html", "Accept-Language": "ko"}


class Tags(HTMLParser):
    """Every start tag of a page with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def fields(self) -> dict[str, list[str]]:
        """Values of hidden fields by name."""
        found: dict[str, list[str]] = {}
        for tag, attributes in self.tags:
            if tag == "input" and attributes.get("type") == "hidden":
                found.setdefault(str(attributes["name"]), []).append(attributes.get("value") or "")
        return found


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
    made.on(identity.GET_PERSON, fakes.person(orgs={"seoul": "operator"}, roles=["admin"]))
    made.on(identity.LIST_ORGANIZATIONS, samples.ORGANIZATIONS)
    made.on(identity.LIST_MEMBERS, samples.MEMBERS)
    made.on(notify.GET_PREFERENCES, {"person_id": "person-1", "opt_out": False})
    made.on(notify.GET_SUBSCRIPTION, {"subscribed": False})
    made.on(notify.GET_DELIVERY_REPORT, {"counts": {"invitation": {"sent": 11, "failed": 2}}})
    made.on(notify.LIST_OUTBOX, samples.OUTBOX)
    made.on(polls.GET_POLL, lambda poll_id, actor: samples.poll(poll_id))
    made.on(polls.LIST_POLLS, samples.poll_list())
    made.on(polls.LIST_CHANGES, samples.CHANGES)
    made.on(polls.GET_ROLL, samples.ROLL)
    made.on(polls.ISSUE_PASSES, {"ballot_pass": "pass"})
    made.on(ballots.GET_SEALING, samples.sealing())
    for service in (polls, ballots, tally, notify):
        made.on(service.LIST_DEAD_LETTERS, samples.dead_letters(service))
    made.on(ballots.CAST, lambda poll_id, ballot_id, **_: fakes.receipt(poll_id, ballot_id))
    made.on(ballots.GET_STATUS, lambda **asked: {"status": "recorded", "receipt": fakes.receipt(**asked)})
    made.on(tally.GET_RESULTS, samples.results)
    made.on(tally.LIST_TEXTS, {"texts": ["<b>버스</b>\n더", "없음"], "next": 500})
    return made


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues.load()


@pytest.fixture
def application(bus, tmp_path, runner, tokens, catalogues, monkeypatch) -> Application:
    """With catalogues read once, and so templates compiled once, for all tests."""
    monkeypatch.setattr(Catalogues, "load", lambda: catalogues)
    settings = GatewaySettings.load({"MVOTING_HOME": str(tmp_path), "MVOTING_ENV": "dev"})
    return Application(
        assemble(settings, bus, LocalFolder(tmp_path / "media"), b"k" * 32, tokens.keys), find_pages()
    )


@pytest.fixture
def guest(runner, application) -> Client:
    return Client(runner, application, **KOREAN)


def signed_in(guest: Client, token: str) -> Client:
    return guest.with_headers(Cookie=f"mvoting={token}")


@pytest.fixture
def citizen(guest, tokens) -> Client:
    return signed_in(guest, tokens.token())


@pytest.fixture
def operator(guest, tokens) -> Client:
    return signed_in(guest, tokens.token(sub="person-2", sid="session-2", orgs={"seoul": "operator"}))


@pytest.fixture
def admin(guest, tokens) -> Client:
    return signed_in(guest, tokens.token(sub="person-3", sid="session-3", roles=["admin"]))


def csrf_of(client: Client, path: str = "/privacy") -> str:
    """The token that this session's forms carry."""
    return Tags(client.get(path).text).fields()["csrf_token"][0]


def post(client: Client, path: str, fields: dict[str, Any]) -> Any:
    return client.post(path, data={"csrf_token": csrf_of(client), **fields})
