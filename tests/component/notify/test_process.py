"""Notify as it runs: its own process, a real broker, its real entry points."""

import secrets
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.common.bus.client import BusClient
from services.common.errors import InvalidInput
from services.identity import contract as identity
from services.notify import contract
from services.polls import contract as polls
from tests.component.notify import processes
from tests.component.notify.processes import eventually, new_phone
from tests.fixtures.servers import running


@dataclass(frozen=True)
class Running:
    """A notify process and a client on the same bus."""

    bus: BusClient
    metrics_url: str
    log: Path

    def call(self, call, **arguments):
        return self.bus.call(call, **arguments)

    def outbox(self, to: str):
        return self.call(contract.LIST_OUTBOX, to=to)["items"]


@pytest.fixture(scope="module")
def notify(environ):
    commands = [
        processes.neighbours(environ),
        processes.notify(environ, MVOTING_ENV="dev"),
    ]
    home = Path(environ["MVOTING_HOME"])
    with running(home, *commands):
        bus = BusClient(environ["AMQP_URI"])
        port = commands[1].environ["TELEMETRY_PORT"]
        yield Running(bus, f"http://127.0.0.1:{port}/metrics", home / "logs" / "notify.log")
        bus.close()


def test_a_code_arrives_soon(notify):
    phone = new_phone()
    notify.call(identity.START_CHALLENGE, phone=phone, address="127.0.0.1")
    (message,) = eventually(lambda: notify.outbox(phone))
    assert message["code"] == "654321"
    assert message["challenge_id"] == phone
    assert message["text"].startswith("[엠보팅]")


def test_a_subscriber_hears_of_the_published_result(notify):
    poll_id, person = secrets.token_hex(8), new_phone()
    assert notify.call(contract.SUBSCRIBE, person_id=person, poll_id=poll_id) == {"subscribed": True}
    assert notify.call(contract.GET_SUBSCRIPTION, person_id=person, poll_id=poll_id) == {"subscribed": True}
    notify.call(polls.PUBLISH_POLL, poll_id=poll_id, actor=None)
    (message,) = eventually(lambda: notify.outbox(person))
    assert message["kind"] == "announcement"
    assert f"https://mvoting.example/polls/{poll_id}" in message["text"]
    report = eventually(lambda: notify.call(contract.GET_DELIVERY_REPORT, poll_id=poll_id)["counts"])
    assert report == {"announcement": {"sent": 1}}


def test_invitations_are_sent_and_reported(notify):
    poll_id, job_id = secrets.token_hex(8), secrets.token_hex(8)
    phones = [new_phone() for _ in range(30)]
    wanted = {"poll_id": poll_id, "job_id": job_id, "phones": phones, "language": "ko"}
    assert notify.call(contract.SEND_INVITATIONS, **wanted) == {"queued": 30, "repeated": 0, "opted_out": 0}
    assert notify.call(contract.SEND_INVITATIONS, **wanted) == {"queued": 30, "repeated": 0, "opted_out": 0}

    def counts():
        return notify.call(contract.GET_DELIVERY_REPORT, poll_id=poll_id)["counts"]

    eventually(lambda: counts() == {"invitation": {"sent": 30}})
    assert [len(notify.outbox(phone)) for phone in phones] == [1] * 30


def test_who_opted_out_is_not_invited(notify):
    poll_id, phone = secrets.token_hex(8), new_phone()
    person = {"person_id": phone, "opt_out": True}
    assert notify.call(contract.SET_PREFERENCES, **person) == person
    assert notify.call(contract.GET_PREFERENCES, person_id=phone) == person
    answer = notify.call(
        contract.SEND_INVITATIONS, poll_id=poll_id, job_id="job", phones=[phone], language="ko"
    )
    assert answer == {"queued": 0, "repeated": 0, "opted_out": 1}


def test_bad_input_is_named(notify):
    with pytest.raises(InvalidInput) as refused:
        notify.call(contract.SEND_INVITATIONS, poll_id="p", job_id="job", phones=["x"], language="ko")
    assert refused.value.errors[0]["pointer"] == "/phones/0"
    with pytest.raises(InvalidInput):
        notify.call(contract.SUBSCRIBE, person_id="p")


def test_what_happened_is_counted_and_no_log_line_tells_whom_or_what(notify):
    phone = new_phone()
    notify.call(identity.START_CHALLENGE, phone=phone, address="127.0.0.1")
    eventually(lambda: notify.outbox(phone))

    def metrics():
        return urllib.request.urlopen(notify.metrics_url, timeout=5).read().decode()

    eventually(lambda: 'messages_sent_total{channel="outbox",kind="code",result="sent"}' in metrics())
    told = notify.log.read_text() + metrics()
    assert phone not in told
    assert phone[3:] not in told
    assert "654321" not in told
