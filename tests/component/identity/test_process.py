"""The process `identity` as its callers meet it: over a real broker, by the calls of its contract."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pika
import pytest

from deploy.local.plan import answers
from deploy.local.ports import any_free
from deploy.local.processes import Command
from services.common.bus.client import BusClient
from services.common.bus.topology import EVENTS_EXCHANGE
from services.common.contract import Event
from services.common.crypto import KeyFolder
from services.common.errors import InvalidInput
from services.identity import contract
from services.identity.contract import (
    InvalidPhone,
    NotAllowed,
    OrganizationExists,
    OrganizationNotFound,
    PersonNotFound,
    SessionEnded,
    TooManyAttempts,
    TooManyCodes,
    WrongCode,
)
from services.keys import make
from services.migrate import migrate
from tests.component.identity.scene import ADDRESS
from tests.fixtures.databases import NewDatabase
from tests.fixtures.servers import running

ADMIN = "010-0000-0001"
SEOUL = {"id": "seoul", "name_ko": "서울특별시", "name_en": "Seoul"}


class Listener:
    """Hears events as another process would."""

    def __init__(self, uri: str, *events: Event) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(uri))
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.exchange_declare(EVENTS_EXCHANGE, "topic", durable=True)
        for event in events:
            self._channel.queue_bind(self._queue, EVENTS_EXCHANGE, event.routing_key)

    def next(self, event: Event) -> dict[str, Any]:
        """The next such event; others are passed over."""
        for method, _, body in self._channel.consume(self._queue, auto_ack=True, inactivity_timeout=10):
            assert method is not None, f"no {event.name} came"
            if method.routing_key == event.routing_key:
                self._channel.cancel()
                return dict(json.loads(body))
        raise AssertionError("the broker ended the subscription")

    def close(self) -> None:
        self._connection.close()


@dataclass
class Running:
    """A running identity and what is needed to be its caller."""

    bus: BusClient
    listener: Listener
    environ: dict[str, str]
    telemetry: str
    log: Path

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.telemetry}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def ask(self, phone: str) -> dict[str, Any]:
        return dict(self.bus.call(contract.START_CHALLENGE, phone=phone, address=ADDRESS))

    def delivery(self, challenge_id: str) -> dict[str, Any]:
        return dict(self.bus.call(contract.GET_DELIVERY, challenge_id=challenge_id))

    def confirm(self, challenge_id: str, code: str) -> dict[str, Any]:
        arguments = {"challenge_id": challenge_id, "code": code, "address": ADDRESS}
        return dict(self.bus.call(contract.CONFIRM_CHALLENGE, **arguments))

    def sign_in(self, phone: str) -> dict[str, Any]:
        challenge_id = self.ask(phone)["challenge_id"]
        return self.confirm(challenge_id, self.delivery(challenge_id)["code"])

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "services.identity", *words]
        return subprocess.run(argv, env=self.environ, capture_output=True, text=True, timeout=60, check=False)

    def admin(self) -> dict[str, Any]:
        person_id = self.command("create-admin", "--phone", ADMIN).stdout.split()[-1]
        return {"person_id": person_id, "roles": ["admin"], "orgs": {}}


@pytest.fixture(scope="module")
def identity(
    new_module_database: NewDatabase, rabbitmq: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("identity")
    url, port = new_module_database(), any_free()
    make(folder / "keys", "identity", "access")
    migrate("identity", url)
    environ = {
        **os.environ,
        "AMQP_URI": rabbitmq,
        "IDENTITY_DATABASE_URL": url,
        "MVOTING_HOME": str(folder),
        "TELEMETRY_PORT": str(port),
        "MVOTING_LOG_LEVEL": "DEBUG",
    }
    telemetry = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "services.run", "identity"]
    command = Command("identity", argv, environ, ready=lambda: answers(f"{telemetry}/readyz"))
    with running(folder, command):
        bus = BusClient(rabbitmq)
        listener = Listener(rabbitmq, contract.CODE_REQUESTED, contract.SESSION_ENDED)
        yield Running(bus, listener, environ, telemetry, folder / "logs" / "identity.log")
        listener.close()
        bus.close()


@pytest.fixture
def phone(counter: Iterator[int]) -> str:
    """A number of this test's own."""
    return f"010-3{next(counter):03}-0000"


@pytest.fixture(scope="module")
def counter() -> Iterator[int]:
    return iter(range(1000))


def test_signing_in_from_the_request_to_the_token(identity: Running, phone: str) -> None:
    asked = identity.ask(phone)
    assert identity.listener.next(contract.CODE_REQUESTED) == {"challenge_id": asked["challenge_id"]}
    delivery = identity.delivery(asked["challenge_id"])
    assert delivery["phone"] == "+82" + phone.replace("-", "")[1:]
    assert re.fullmatch(r"\d{6}", delivery["code"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT.*Z", asked["expires_at"])

    answer = identity.confirm(asked["challenge_id"], delivery["code"])
    token = answer["access_token"]
    folder = KeyFolder(identity.environ["MVOTING_HOME"] + "/keys", contract.ACCESS_KEYS)
    key = folder.mac_keys(contract.ACCESS_KEY_USE)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, [contract.ACCESS_ALGORITHM], issuer=contract.ACCESS_ISSUER)
    assert claims["sub"] == answer["person"]["id"]
    assert identity.bus.call(contract.TAG_PHONES, phones=[phone, "?"])["tags"] == [claims["tag"], None]
    assert identity.bus.call(contract.GET_PERSON, person_id=claims["sub"]) == answer["person"]


def test_refusals_arrive_as_what_the_contract_declares(identity: Running, phone: str) -> None:
    with pytest.raises(InvalidPhone):
        identity.ask("02-123-4567")
    challenge_id = identity.ask(phone)["challenge_id"]
    with pytest.raises(TooManyCodes) as soon:
        identity.ask(phone)
    assert 0 < soon.value.params["retry_after"] <= 30
    with pytest.raises(WrongCode):
        identity.confirm("unknown", "000000")
    wrong = "000000" if identity.delivery(challenge_id)["code"] != "000000" else "111111"
    for _ in range(4):
        with pytest.raises(WrongCode):
            identity.confirm(challenge_id, wrong)
    with pytest.raises(TooManyAttempts):
        identity.confirm(challenge_id, wrong)
    with pytest.raises(PersonNotFound):
        identity.bus.call(contract.GET_PERSON, person_id="nobody")
    with pytest.raises(SessionEnded):
        identity.bus.call(contract.REFRESH_SESSION, refresh_token="nothing")


def test_unknown_and_wrong_fields_are_refused(identity: Running, phone: str) -> None:
    person_id = identity.sign_in(phone)["person"]["id"]
    for changes in ({"language": "fr"}, {"member": False}, {"roles": ["admin"]}, {"phone_hint": "0000"}):
        with pytest.raises(InvalidInput):
            identity.bus.call(contract.UPDATE_PERSON, person_id=person_id, **changes)
    assert identity.bus.call(contract.UPDATE_PERSON, person_id=person_id, member=True, language="en")[
        "member"
    ]


def test_signing_out_is_told_to_every_gateway_at_once(identity: Running, phone: str) -> None:
    first = identity.sign_in(phone)
    answer = identity.bus.call(contract.REFRESH_SESSION, refresh_token=first["refresh_token"])
    sid = jwt.decode(answer["access_token"], options={"verify_signature": False})["sid"]

    assert identity.bus.call(contract.END_SESSION, sid=sid) is None

    assert identity.listener.next(contract.SESSION_ENDED) == {"sid": sid}
    assert sid in identity.bus.call(contract.LIST_ENDED_SESSIONS)["sids"]
    with pytest.raises(SessionEnded):
        identity.bus.call(contract.REFRESH_SESSION, refresh_token=answer["refresh_token"])


def test_an_administrator_is_made_by_hand_and_makes_operators(identity: Running, phone: str) -> None:
    admin = identity.admin()
    assert admin == identity.admin()
    call = identity.bus.call
    assert call(contract.CREATE_ORGANIZATION, actor=admin, **SEOUL) == SEOUL
    with pytest.raises(OrganizationExists):
        call(contract.CREATE_ORGANIZATION, actor=admin, **SEOUL)
    with pytest.raises(InvalidInput):
        call(contract.CREATE_ORGANIZATION, actor=admin, **{**SEOUL, "id": "Not A Slug"})
    assert call(contract.LIST_ORGANIZATIONS) == {"items": [SEOUL]}

    arguments = {"actor": admin, "organization": "seoul", "phone": phone, "role": "operator"}
    member = call(contract.SET_MEMBER, **arguments)
    assert call(contract.LIST_MEMBERS, actor=admin, organization="seoul") == {"items": [member]}
    answer = identity.sign_in(phone)
    assert answer["person"]["orgs"] == {"seoul": "operator"}
    actor = {"person_id": member["person_id"], "roles": [], "orgs": {"seoul": "operator"}}
    with pytest.raises(NotAllowed):
        call(contract.SET_MEMBER, **{**arguments, "actor": actor})
    with pytest.raises(OrganizationNotFound):
        call(contract.SET_MEMBER, **{**arguments, "organization": "nowhere"})

    assert (
        call(contract.REMOVE_MEMBER, actor=admin, organization="seoul", person_id=member["person_id"]) is None
    )
    answer = call(contract.REFRESH_SESSION, refresh_token=answer["refresh_token"])
    assert answer["person"]["orgs"] == {}
    with pytest.raises(NotAllowed):
        call(contract.LIST_MEMBERS, actor=actor, organization="seoul")


def test_the_program_says_what_is_wrong_in_one_sentence(identity: Running) -> None:
    refused = identity.command("create-admin", "--phone", "02-123-4567")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "123" not in refused.stderr
    assert "0 phones" in identity.command("encrypt-anew").stdout


def test_the_log_and_the_metrics_name_nobody(identity: Running, phone: str) -> None:
    challenge_id = identity.ask(phone)["challenge_id"]
    delivery = identity.delivery(challenge_id)
    answer = identity.confirm(challenge_id, delivery["code"])
    token = answer["access_token"]
    secrets = [
        phone.replace("-", "")[1:],
        delivery["code"],
        ADDRESS,
        token,
        answer["refresh_token"],
        answer["person"]["id"],
        jwt.decode(token, options={"verify_signature": False})["tag"],
    ]
    metrics, log = identity.get("/metrics"), identity.log.read_text()
    told = log + re.sub(r"(?m)^.* [0-9.e+-]+$", lambda line: line[0].rsplit(" ", 1)[0], metrics)

    assert not [secret for secret in secrets if secret in told]
    for name in ("sign_in_codes_requested_total", "sign_in_codes_confirmed_total", "sessions_started_total"):
        value = re.search(rf"(?m)^{name} ([0-9.]+)$", metrics)
        assert value is not None
        assert float(value[1]) >= 1


def test_it_is_ready_and_alive(identity: Running) -> None:
    assert json.loads(identity.get("/readyz"))["ready"] is True
    assert json.loads(identity.get("/livez"))["alive"] is True
