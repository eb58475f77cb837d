"""Ballots and tally as they run: their own processes, a real broker, their real entry points."""

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import any_free
from deploy.local.processes import Command, Process
from deploy.local.supervisor import Supervisor
from services.ballots import contract
from services.common.bus import dead_letters
from services.common.bus.aio import AsyncBus, Pending
from services.common.bus.client import BusClient
from services.common.bus.link import Link
from services.common.crypto import KeyFolder, create_missing
from services.common.encodings import b64u, canonical_json, sha256, unb64u
from services.common.errors import DomainError
from services.common.tlog import merkle
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import ED25519, Key, Note
from services.migrate import migrate
from services.polls import contract as polls
from services.polls.contract import passes
from services.tally import contract as tally
from tests.fixtures.fake_witness import FakeWitness
from tests.fixtures.servers import running
from tests.unit.ballots.scene import ballot_id_of, verifier

WAIT_SECONDS = 30.0


class Gateway:
    """A gateway's side of the bus: an event loop in a thread of its own."""

    def __init__(self, amqp_uri: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._bus = self._run(self._connected(amqp_uri))

    def submit(self, items: Sequence[dict[str, Any]]) -> list[Any]:
        return list(self._run(self._submit(items)))

    def close(self) -> None:
        self._run(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT_SECONDS)

    async def _connected(self, amqp_uri: str) -> AsyncBus:
        bus = AsyncBus(amqp_uri, "test gateway", [contract.CAST])
        await bus.start()
        assert await bus.wait_ready(10)
        return bus

    async def _submit(self, items: Sequence[dict[str, Any]]) -> list[Any]:
        return await asyncio.gather(
            *(self._bus.submit(contract.CAST, item) for item in items), return_exceptions=True
        )

    async def _closed(self) -> None:
        await self._bus.close()
        await asyncio.sleep(0.2)  # pika's transport closes its socket a moment later


@dataclass(frozen=True)
class Running:
    """The processes, and a gateway's place on the bus."""

    environ: dict[str, str]
    supervisor: Supervisor
    bus: BusClient
    gateway: "Gateway"
    keys: KeyFolder

    def call(self, call: Any, **arguments: Any) -> Any:
        return self.bus.call(call, **arguments)

    def item(self, poll_id: str, voter: str, choice: str, number: int = 1) -> dict[str, Any]:
        signer = self.keys.signer("pass")
        now = int(time.time() * 1_000_000)
        pseudonym = b64u(sha256(f"{poll_id} {voter}".encode()))
        made = passes.BallotPass(poll_id, pseudonym, "web", now, signer.key_id)
        return {
            "poll_id": poll_id,
            "ballot_id": ballot_id_of(voter, number),
            "answers": {"q1": [choice]},
            "ballot_pass": passes.issue([made], signer.sign)[0],
        }

    def cast(self, *items: dict[str, Any]) -> list[Any]:
        """Receipts, `Pending`, or the errors, in the order of the items."""
        return self.gateway.submit(items)

    def status(self, poll_id: str, item: dict[str, Any]) -> dict[str, Any]:
        return self.call(contract.GET_STATUS, poll_id=poll_id, ballot_id=item["ballot_id"])

    def results(self, poll_id: str) -> dict[str, Any]:
        return self.call(tally.GET_RESULTS, poll_id=poll_id)

    def metrics(self, name: str) -> str:
        port = self.supervisor.process(name).command.environ["TELEMETRY_PORT"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    def backlog(self) -> float:
        """Messages that wait for a worker, as the metric has it."""
        lines = values_of(self.metrics("ballots"), "ballots_backlog_messages")
        return float(lines[0].split()[1])

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.supervisor.logs.glob("*.log"))


def values_of(metrics: str, name: str) -> list[str]:
    return [line for line in metrics.splitlines() if line.startswith(f"{name} ")]


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)
    return found


def command(name: str, environ: dict[str, str], *module: str) -> Command:
    port = any_free()
    return Command(
        name,
        [sys.executable, "-m", *module],
        {"PATH": os.environ["PATH"], **environ, "TELEMETRY_PORT": str(port)},
        ready=lambda: is_ready(port),
    )


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def services(
    rabbitmq: str, new_module_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("ballots")
    for service, uses in (("polls", ("pass",)), ("ballots", ("receipt", "log")), ("tally", ("result",))):
        create_missing(folder / "keys", service, signing=uses)
    environ = {
        "AMQP_URI": rabbitmq,
        "MVOTING_HOME": str(folder),
        "BALLOTS_DATABASE_URL": new_module_database(),
        "TALLY_DATABASE_URL": new_module_database(),
        "NEIGHBOURS_DATABASE_URL": f"sqlite:///{folder}/neighbours.db",
        "BALLOTS_SEAL_GRACE": "1",
        "BALLOTS_WITNESS_SECONDS": "1",
        "MVOTING_LOG_ORIGIN": "https://vote.example",
    }
    good, sleepy = FakeWitness("good.example/w"), FakeWitness("sleepy.example/w", delay=3.0)
    environ["MVOTING_WITNESSES"] = f"{good.setting} {sleepy.setting}"
    migrate("ballots", environ["BALLOTS_DATABASE_URL"])
    migrate("tally", environ["TALLY_DATABASE_URL"])
    commands = [
        command("neighbours", environ, "tests.component.ballots.neighbours"),
        command("ballots", environ, "services.run", "ballots"),
        command("ballots-worker", environ, "services.run", "ballots-worker"),
        command("tally", environ, "services.run", "tally"),
    ]
    with running(folder, *commands) as supervisor:
        bus = BusClient(rabbitmq)
        gateway = Gateway(rabbitmq)
        yield Running(environ, supervisor, bus, gateway, KeyFolder(folder / "keys", "polls"))
        gateway.close()
        bus.close()
    good.close()
    sleepy.close()


@pytest.fixture
def poll() -> str:
    return f"open-{secrets.token_hex(6)}"


def test_from_the_opening_to_the_certified_result(services: Running, poll: str):
    services.call(polls.OPEN_POLL, poll_id=poll, actor=None)
    items = [services.item(poll, f"v{n}", "abbc"[n % 4]) for n in range(200)]
    receipts = services.cast(*items)
    assert [receipt["ballot_id"] for receipt in receipts] == [item["ballot_id"] for item in items]
    ballots_keys = KeyFolder(Path(services.environ["MVOTING_HOME"]) / "keys", "ballots")
    for receipt in receipts:
        body = {name: value for name, value in receipt.items() if name != "signature"}
        signature = unb64u(receipt["signature"])
        assert ballots_keys.verifier("receipt").verify(receipt["key_id"], signature, canonical_json(body))

    assert services.cast(*items[:50]) == receipts[:50]
    again = services.cast(services.item(poll, "v0", "d", number=2))
    assert isinstance(again[0], contract.AlreadyVoted)
    assert again[0].params == {"recorded_at": receipts[0]["recorded_at"]}

    eventually(lambda: services.results(poll).get("voters") == 200)
    assert services.status(poll, items[0])["receipt"] == receipts[0]
    assert services.status(poll, items[0])["index"] in range(200)

    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    final = eventually(lambda: (found := services.results(poll))["state"] == "final" and found)
    options = {option["id"]: option["count"] for option in final["questions"][0]["options"]}
    assert options == {"a": 50, "b": 100, "c": 50, "d": 0}
    signer = KeyFolder(Path(services.environ["MVOTING_HOME"]) / "keys", "tally").signer("result")
    signature = unb64u(final.pop("signature")["value"])
    assert verifier(signer).verify(signer.key_id, signature, canonical_json(final))
    late = services.cast(services.item(poll, "late", "a"))
    assert isinstance(late[0], contract.PollNotOpen)
    assert recount(services, poll) == (0, "the recount agrees\n", "")
    assert recount(services, "p" * 22) == (2, "", "not_sealed\n")


def recount(services: Running, poll: str) -> tuple[int, str, str]:
    """What the operator's command answers."""
    asked = subprocess.run(
        [sys.executable, "-m", "services.tally", "recount", poll],
        env={**os.environ, **services.environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return asked.returncode, asked.stdout, asked.stderr


def test_the_log_is_public_cosigned_and_proves_every_ballot(services: Running, poll: str):
    services.call(polls.OPEN_POLL, poll_id=poll, actor=None)
    items = [services.item(poll, f"v{n}", "a") for n in range(20)]
    receipts = services.cast(*items)
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    sealed = eventually(
        lambda: (told := services.call(contract.GET_LOG_STATE, poll_id=poll))["sealed"] and told
    )
    told = eventually(lambda: cosigned(services, poll))
    note = Note.parse(told["checkpoint"])
    end = Checkpoint.parse(note.text)
    keys = [key for key in services.call(contract.GET_KEYS)["keys"] if key["use"] == "log"]
    assert note.signed_by(Key(f"vote.example/log/{poll}", ED25519, unb64u(key["public_key"])) for key in keys)
    assert (end.size, told["sealed"], Note.parse(sealed["checkpoint"]).text) == (20, True, note.text)
    for item, receipt in zip(items, receipts, strict=True):
        found = services.status(poll, item)
        path = [base64.b64decode(each) for each in found["inclusion_proof"]]
        leaf = unb64u(receipt["leaf_hash"])
        assert merkle.root_of_path(leaf, found["index"], 20, path) == end.root
    record = eventually(lambda: services.call(contract.GET_CITY_RECORD, poll_id=poll)["entries"])
    assert [json.loads(each["leaf"])["kind"] for each in record][:1] == ["poll_sealed"]
    assert services.call(contract.GET_SEALING, poll_id=poll)["witnesses"]["agreed"][0] == "good.example/w"
    assert "log_refused_logs 0.0" in services.metrics("ballots")


def cosigned(services: Running, log_id: str) -> dict[str, Any] | None:
    told = services.call(contract.GET_CHECKPOINT, log_id=log_id)
    return told if "good.example/w" in told["checkpoint"] else None


def test_a_poll_held_back_shows_no_number_until_it_is_published(services: Running):
    poll = f"open-later-{secrets.token_hex(6)}"
    services.cast(*(services.item(poll, f"v{n}", "a") for n in range(10)))
    hidden = {"poll_id": poll, "state": "embargoed", "results": "after_publish", "questions": []}
    assert services.results(poll) == hidden
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    eventually(lambda: services.call(contract.GET_LOG_STATE, poll_id=poll)["sealed"])
    eventually(lambda: recounted(services, poll))
    assert services.results(poll) == hidden
    with pytest.raises(tally.ResultsEmbargoed):
        services.call(tally.EXPORT_RESULTS, poll_id=poll, format="csv")
    services.call(polls.PUBLISH_POLL, poll_id=poll, actor=None)
    eventually(lambda: services.results(poll)["state"] == "final")
    exported = services.call(tally.EXPORT_RESULTS, poll_id=poll, format="csv", language="en")
    assert exported["filename"] == f"results-{poll}.csv"


def recounted(services: Running, poll: str) -> bool:
    return bool(services.call(tally.RECOUNT, poll_id=poll)["agreed"])


def test_one_voter_from_fifty_messages_counts_once(services: Running, poll: str):
    items = [services.item(poll, "kim", "ab"[n % 2], number=n) for n in range(50)]
    outcomes = services.cast(*items)
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert kinds == {"dict": 1, "AlreadyVoted": 49}


def test_bad_items_are_refused_each_alone(services: Running, poll: str):
    good = services.item(poll, "kim", "a")
    other = services.item(f"{poll}x", "lee", "a")
    outcomes = services.cast(
        good,
        services.item(poll, "lee", "nothing"),
        {**good, "ballot_pass": good["ballot_pass"][:-8] + "AAAAAAAA"},
        {**good, "ballot_pass": other["ballot_pass"]},
        {**good, "phone": "+821012345678"},
    )
    assert "signature" in outcomes[0]
    codes = [outcome.code for outcome in outcomes[1:] if isinstance(outcome, DomainError)]
    assert codes == ["invalid_input", "invalid_pass", "invalid_pass", "invalid_input"]


def test_ballots_taken_while_the_worker_is_dead_are_recorded_when_it_is_back(services: Running, poll: str):
    worker = services.supervisor.process("ballots-worker")
    worker.kill()
    items = [services.item(poll, f"v{n}", "a") for n in range(20)]
    assert all(isinstance(outcome, Pending) for outcome in services.cast(*items))
    assert services.status(poll, items[0]) == {"status": "unknown"}
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    eventually(lambda: services.backlog() > 0)
    time.sleep(2)
    assert not services.call(contract.GET_LOG_STATE, poll_id=poll)["sealed"]
    restart(worker)
    eventually(lambda: services.status(poll, items[-1])["status"] == "recorded")
    final = eventually(lambda: (found := services.results(poll))["state"] == "final" and found)
    assert final["voters"] == 20


def test_a_worker_that_hangs_delays_the_seal_and_its_ballots_count(
    services: Running, poll: str, tmp_path: Path
):
    worker = services.supervisor.process("ballots-worker")
    services.cast(services.item(poll, "early", "b"))
    with hanging(worker):
        items = [services.item(poll, f"v{n}", "a") for n in range(20)]
        assert all(isinstance(outcome, Pending) for outcome in services.cast(*items))
        services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
        with another_worker(services, tmp_path):
            time.sleep(3)
            assert not services.call(contract.GET_LOG_STATE, poll_id=poll)["sealed"]
    final = eventually(lambda: (found := services.results(poll))["state"] == "final" and found)
    assert final["voters"] == 21


@contextmanager
def hanging(process: Process) -> Iterator[None]:
    """Stopped by a signal, as if its machine had frozen."""
    assert process.pid
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


@contextmanager
def another_worker(services: Running, folder: Path) -> Iterator[None]:
    with running(folder, command("second-worker", services.environ, "services.run", "ballots-worker")):
        yield


def restart(process: Process) -> None:
    process.start()
    eventually(process.is_ready)


def test_the_sequencer_and_tally_may_be_killed_at_any_time(services: Running, poll: str):
    victims = [services.supervisor.process(name) for name in ("ballots", "tally")]
    for n in range(4):
        services.cast(*(services.item(poll, f"{n}-{m}", "b") for m in range(50)))
        victims[n % 2].kill()
        restart(victims[n % 2])
    eventually(lambda: services.results(poll).get("voters") == 200)
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    final = eventually(lambda: (found := services.results(poll))["state"] == "final" and found)
    assert final["voters"] == 200


def test_a_dead_letter_keeps_polls_from_being_sealed(services: Running, poll: str):
    services.cast(services.item(poll, "kim", "a"))
    uri = services.environ["AMQP_URI"]
    link = Link(uri, "test")
    link.publish(link.channel, b"no batch", "", contract.CAST.queue, delivery_mode=2)
    eventually(lambda: dead_letters.count(uri, [contract.CAST.queue])[contract.CAST.queue] == 1)
    link.close()
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    time.sleep(3)
    assert not services.call(contract.GET_LOG_STATE, poll_id=poll)["sealed"]
    letters = dead_letters.inspect(uri, contract.CAST.queue)
    dead_letters.discard(uri, contract.CAST.queue, [letter.id for letter in letters], lambda _: None)
    eventually(lambda: services.results(poll)["state"] == "final")


def test_metrics_count_and_logs_tell_nothing_of_voters_or_choices(services: Running, poll: str):
    item = services.item(poll, "secret-voter", "c")
    services.cast(item, services.item(poll, "other-voter", "no-such-option"))
    worker = services.metrics("ballots-worker")
    assert "ballots_recorded_total" in worker
    assert 'ballots_rejected_total{reason="invalid_input"}' in worker
    assert 'bus_batch_oldest_message_seconds{queue="ballots.cast"}' in worker
    assert "sequencer_lag_entries" in services.metrics("ballots")
    assert "sequencer_lag_seconds" in services.metrics("ballots")
    eventually(lambda: services.results(poll).get("voters") == 1)
    told = services.logs() + worker + services.metrics("ballots") + services.metrics("tally")
    pseudonym = b64u(sha256(f"{poll} secret-voter".encode()))
    for secret in (pseudonym, item["ballot_id"], item["ballot_pass"][:40], "no-such-option"):
        assert secret not in told


def test_keys_are_told(services: Running):
    keys = services.call(contract.GET_KEYS)["keys"]
    assert [(key["id"], key["use"], key["algorithm"]) for key in keys] == [
        ("ballots-log-1", "log", "Ed25519"),
        ("ballots-receipt-1", "receipt", "Ed25519"),
    ]
    [key] = services.call(tally.GET_KEYS)["keys"]
    assert (key["id"], key["use"]) == ("tally-result-1", "result")
