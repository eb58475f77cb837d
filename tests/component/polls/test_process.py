"""The processes `polls` and `polls-passes` as their callers meet them: over a real broker, by the calls of the contract.

Identity runs beside them as it is, because rolls ask it for the tags of phones.
"""

import asyncio
import base64
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pika
import pytest

from deploy.local.plan import answers
from deploy.local.ports import any_free
from deploy.local.processes import Command
from services.common.bus.aio.bus import AsyncBus
from services.common.bus.client import BusClient
from services.common.bus.topology import EVENTS_EXCHANGE
from services.common.crypto import Verifier
from services.common.encodings import unb64u
from services.common.errors import InvalidInput
from services.common.ids import format_utc, new_id
from services.identity import contract as identity
from services.keys import make
from services.migrate import migrate
from services.polls import contract
from services.polls.contract import passes
from services.tally import contract as tally
from tests.component.polls.scene import INDICATOR, MAPO, SEOUL
from tests.fixtures.databases import NewDatabase
from tests.fixtures.servers import running
from tests.unit.polls.pictures import picture

WATCHED = (contract.POLL_OPENED, contract.POLL_CLOSED, contract.POLL_PUBLISHED, contract.POLL_CHANGED)


class Listener:
    """Hears events as another process would."""

    def __init__(self, uri: str) -> None:
        self._heard: dict[str, set[str]] = {}
        self._connection = pika.BlockingConnection(pika.URLParameters(uri))
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.exchange_declare(EVENTS_EXCHANGE, "topic", durable=True)
        for event in WATCHED:
            self._channel.queue_bind(self._queue, EVENTS_EXCHANGE, event.routing_key)

    def names_of(self, poll_id: str) -> set[str]:
        """What was told of a poll so far."""
        for method, _, body in self._channel.consume(self._queue, auto_ack=True, inactivity_timeout=0.3):
            if method is None:
                break
            told = orjson.loads(body)["poll_id"]
            self._heard.setdefault(told, set()).add(method.routing_key.removeprefix("polls."))
        self._channel.cancel()
        return self._heard.get(poll_id, set())

    def tell(self, routing_key: str, payload: dict[str, Any]) -> None:
        properties = pika.BasicProperties(
            message_id=new_id(), content_type="application/json", delivery_mode=2
        )
        self._channel.basic_publish(EVENTS_EXCHANGE, routing_key, orjson.dumps(payload), properties)

    def close(self) -> None:
        self._connection.close()


class Gateway:
    """Submits requests for passes over one connection, from an event loop of its own."""

    def __init__(self, uri: str) -> None:
        self._runner = asyncio.Runner()
        self._runner.run(self._start(uri))

    async def _start(self, uri: str) -> None:
        self._bus = AsyncBus(uri, "test gateway", [contract.ISSUE_PASSES])
        await self._bus.start()
        assert await self._bus.wait_ready(10)

    def submit(self, *items: dict[str, Any]) -> list[Any]:
        return self._runner.run(self._submit(items))

    async def _submit(self, items: Any) -> list[Any]:
        submitted = (self._bus.submit(contract.ISSUE_PASSES, one) for one in items)
        return list(await asyncio.gather(*submitted, return_exceptions=True))

    def close(self) -> None:
        self._runner.run(self._close())
        self._runner.close()

    async def _close(self) -> None:
        await self._bus.close()
        await asyncio.sleep(0.1)  # pika closes its sockets in the loop's next rounds


@dataclass
class Running:
    """Running polls and what is needed to be its caller."""

    bus: BusClient
    listener: Listener
    gateway: "Gateway"
    folder: Path
    telemetry: list[str]

    def call(self, call: Any, **arguments: Any) -> Any:
        return self.bus.call(call, actor=SEOUL, **arguments)

    def draft(self, **fields: Any) -> dict[str, Any]:
        whole = {
            "title": "버스 유턴장에 노선도를 확대 부착할까요?",
            "organization": "seoul",
            "questions": INDICATOR,
            "closes_at": format_utc(datetime.now(UTC) + timedelta(days=1)),
        }
        return dict(self.call(contract.CREATE_POLL, draft=whole | fields))

    def opened(self, **fields: Any) -> dict[str, Any]:
        return dict(self.call(contract.OPEN_POLL, poll_id=self.draft(**fields)["id"]))

    def ask_passes(self, *items: dict[str, Any]) -> list[Any]:
        """Outcomes, errors as exceptions, asked as the gateway asks."""
        return self.gateway.submit(*items)

    def log(self, process: str) -> str:
        return (self.folder / "logs" / f"{process}.log").read_text()


def item(poll: dict[str, Any], tag: str = "A" * 43, **fields: Any) -> dict[str, Any]:
    base = {"poll_id": poll["id"], "tag": tag, "strength": "phone", "evidence": {}, "channel": "web"}
    return base | fields


@pytest.fixture(scope="module")
def polls(
    new_module_database: NewDatabase, rabbitmq: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("polls")
    environ = {**os.environ, "AMQP_URI": rabbitmq, "MVOTING_HOME": str(folder), "MVOTING_LOG_LEVEL": "DEBUG"}
    for service in ("identity", "polls"):
        environ[f"{service.upper()}_DATABASE_URL"] = new_module_database()
        make(folder / "keys", service, "access")
        migrate(service, environ[f"{service.upper()}_DATABASE_URL"])
    ports = [any_free() for _ in range(3)]
    commands = [
        process(name, environ, port)
        for name, port in zip(("identity", "polls", "polls-passes"), ports, strict=True)
    ]
    with running(folder, *commands):
        bus, listener, gateway = BusClient(rabbitmq), Listener(rabbitmq), Gateway(rabbitmq)
        yield Running(bus, listener, gateway, folder, [f"http://127.0.0.1:{port}" for port in ports[1:]])
        gateway.close()
        listener.close()
        bus.close()


def process(name: str, environ: dict[str, str], port: int) -> Command:
    argv = [sys.executable, "-m", "services.run", name]
    address = f"http://127.0.0.1:{port}/readyz"
    return Command(name, argv, {**environ, "TELEMETRY_PORT": str(port)}, ready=lambda: answers(address))


def until(found: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_a_poll_from_draft_to_published(polls: Running) -> None:
    poll = polls.opened()
    poll_id = poll["id"]
    assert polls.bus.call(contract.GET_POLL, poll_id=poll_id, actor=None) == poll
    assert polls.bus.call(contract.GET_DEFINITION, poll_id=poll_id)["definition"]["id"] == poll_id
    assert poll_id in [one["id"] for one in polls.bus.call(contract.LIST_POLLS, q="유턴장")["items"]]
    closed = polls.call(contract.CLOSE_POLL, poll_id=poll_id)
    assert closed["state"] == "closed"
    with pytest.raises(contract.NotCertified):
        polls.call(contract.PUBLISH_POLL, poll_id=poll_id)
    polls.listener.tell(tally.CERTIFIED.routing_key, {"poll_id": poll_id, "agreed": True})
    until(lambda: polls.call(contract.GET_POLL, poll_id=poll_id)["certified"] is True)
    assert polls.call(contract.PUBLISH_POLL, poll_id=poll_id)["state"] == "published"
    expected = {"poll.opened", "poll.closed", "poll.published", "poll.changed"}
    until(lambda: polls.listener.names_of(poll_id) == expected)
    changes = polls.bus.call(contract.LIST_CHANGES, poll_id=poll_id)["items"]
    assert [change["what"] for change in changes] == ["opened", "closed", "certified", "published"]


def test_a_recount_that_differs_blocks_publication_and_is_told_loudly(polls: Running) -> None:
    poll = polls.opened()
    polls.call(contract.CLOSE_POLL, poll_id=poll["id"])
    polls.listener.tell(tally.CERTIFIED.routing_key, {"poll_id": poll["id"], "agreed": False})
    until(lambda: polls.call(contract.GET_POLL, poll_id=poll["id"])["certified"] is False)
    with pytest.raises(contract.PublicationBlocked):
        polls.call(contract.PUBLISH_POLL, poll_id=poll["id"])
    until(lambda: "a recount differs from the live counters" in polls.log("polls"))
    assert "polls_recounts_differing_total 1.0" in metrics(polls.telemetry[0])


def metrics(address: str) -> str:
    with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def test_a_scheduled_poll_opens_and_closes_by_itself(polls: Running) -> None:
    now = datetime.now(UTC)
    poll = polls.draft(
        opens_at=format_utc(now + timedelta(seconds=4)), closes_at=format_utc(now + timedelta(seconds=12))
    )
    polls.call(contract.SCHEDULE_POLL, poll_id=poll["id"])
    until(lambda: polls.call(contract.GET_POLL, poll_id=poll["id"])["state"] == "open")
    assert (
        polls.call(contract.GET_DEFINITION, poll_id=poll["id"])["definition"]["opens_at"] == poll["opens_at"]
    )
    until(lambda: polls.call(contract.GET_POLL, poll_id=poll["id"])["state"] == "closed")
    assert polls.call(contract.GET_POLL, poll_id=poll["id"])["closes_at"] == poll["closes_at"]


def test_refusals_arrive_as_what_the_contract_declares(polls: Running) -> None:
    poll = polls.draft(questions=[])
    with pytest.raises(InvalidInput) as refused:
        polls.call(contract.OPEN_POLL, poll_id=poll["id"])
    assert refused.value.errors == [{"pointer": "/questions", "code": "no_questions", "params": {}}]
    with pytest.raises(contract.PollNotFound):
        polls.bus.call(contract.GET_POLL, poll_id=poll["id"], actor=MAPO)
    with pytest.raises(contract.NotAllowed):
        polls.bus.call(contract.CREATE_POLL, draft={"title": "x", "organization": "seoul"}, actor=MAPO)
    with pytest.raises(InvalidInput) as refused:
        polls.call(contract.CREATE_POLL, draft={"title": "", "organization": "seoul", "color": "red"})
    assert {error["pointer"] for error in refused.value.errors} == {"/draft/title", "/draft/color"}
    opened = polls.opened()
    with pytest.raises(contract.PollFrozen) as frozen:
        polls.call(contract.UPDATE_POLL, poll_id=opened["id"], patch={"title": "다른 제목"})
    assert frozen.value.params == {"fields": ["title"]}


def test_passes_for_many_at_once(polls: Running) -> None:
    poll = polls.opened()
    asked = [item(poll, tag=f"{n:043d}") for n in range(300)]
    asked[7] = {**asked[7], "channel": "smoke"}
    outcomes = polls.ask_passes(*asked, item({"id": "u" * 22}))
    assert isinstance(outcomes[7], InvalidInput)
    assert isinstance(outcomes[300], contract.PollNotFound)
    issued = [passes.decode(one["ballot_pass"]) for n, one in enumerate(outcomes[:300]) if n != 7]
    assert len({one.pseudonym for one, _ in issued}) == 299
    ring = Verifier(
        {
            key["id"]: unb64u(key["public_key"])
            for key in polls.bus.call(contract.GET_KEYS)["keys"]
            if key["use"] == "pass"
        }
    )
    assert all(ring.verify(one.key_id, signed.signature, signed.message) for one, signed in issued)
    polls.call(contract.CLOSE_POLL, poll_id=poll["id"])
    [refused] = polls.ask_passes(item(poll))
    assert isinstance(refused, contract.PollNotOpen)
    assert refused.params["state"] == "closed"


def test_a_password_is_asked_for_and_tries_end(polls: Running) -> None:
    poll = polls.opened(eligibility={"rule": "password", "password": "벚꽃 2026"})
    needed, right = polls.ask_passes(item(poll), item(poll, evidence={"password": "벚꽃 2026"}))
    assert isinstance(needed, contract.EvidenceNeeded)
    assert needed.params == {"field": "password"}
    assert "ballot_pass" in right
    guesses = [
        polls.ask_passes(item(poll, tag="B" * 43, evidence={"password": f"틀림 {n}"}))[0] for n in range(6)
    ]
    assert [type(one) for one in guesses] == [contract.WrongPassword] * 5 + [contract.TooManyTries]


def test_a_roll_from_phones_to_passes(polls: Running) -> None:
    poll = polls.draft(eligibility={"rule": "roll"})
    upload = {"poll_id": poll["id"], "upload_id": "upload-1"}
    polls.call(contract.BEGIN_ROLL, **upload, total=4)
    phones = ["010-1234-5678", "+821012345678", "no phone", "010-2222-3333"]
    rows = [{"line": n, "phone": phone} for n, phone in enumerate(phones, start=2)]
    status = polls.call(contract.ADD_ROLL_ROWS, **upload, first=0, rows=rows)
    assert (status["accepted"], status["duplicates"], status["rejected_count"]) == (2, 1, 1)
    assert status["duplicate_lines"] == [{"line": 3, "first_line": 2}]
    polls.call(contract.COMMIT_ROLL, **upload)
    poll = polls.call(contract.OPEN_POLL, poll_id=poll["id"])
    assert poll["roll_size"] == 2
    on_roll = polls.call(contract.FILTER_ROLL, poll_id=poll["id"], phones=["01022223333", "01099998888"])
    assert on_roll == {"on_roll": [True, False]}
    tags = polls.bus.call(identity.TAG_PHONES, phones=["010-1234-5678", "010-9999-8888"])["tags"]
    outcomes = polls.ask_passes(*(item(poll, tag=tag) for tag in tags))
    assert "ballot_pass" in outcomes[0]
    assert isinstance(outcomes[1], contract.NotEligible)


def test_an_image_goes_to_the_media_folder(polls: Running) -> None:
    poll = polls.draft()
    content = base64.b64encode(picture("PNG", (600, 400))).decode()
    made = polls.call(contract.ADD_IMAGE, poll_id=poll["id"], target="poll", content=content)
    assert (made["width"], made["height"]) == (600, 400)
    assert (polls.folder / "media" / made["url"].removeprefix("/media/")).read_bytes().startswith(b"RIFF")
    with pytest.raises(contract.InvalidImage):
        polls.call(contract.ADD_IMAGE, poll_id=poll["id"], target="poll", content="AAAA")


def test_what_must_not_be_told_is_in_no_log_and_no_metric(polls: Running) -> None:
    poll = polls.opened(eligibility={"rule": "password", "password": "geheim-7531"})
    [outcome] = polls.ask_passes(item(poll, tag="T" * 43, evidence={"password": "geheim-7531"}))
    pseudonym = passes.decode(outcome["ballot_pass"])[0].pseudonym
    told = polls.log("polls") + polls.log("polls-passes") + "".join(metrics(each) for each in polls.telemetry)
    for secret in ("geheim-7531", "T" * 43, pseudonym, "argon2", "1234-5678", "821012345678"):
        assert secret not in told
    assert "polls_passes_issued_total" in told
