"""After certification nothing joins a phone with a ballot: not with every database, file, log line, metric and key.

Forty people with known phones vote in one sequencing step; then everything that the platform keeps is searched
(tests/secrecy). The same search finds all forty before certification, so it can find.
"""

import hmac
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa

from deploy.local.database import SERVICES
from deploy.local.stack import Stack
from services.common.crypto import KeyFolder, Undecryptable, keyed_hash
from services.common.encodings import b64u, sha256
from services.identity.keys import Keys
from services.polls.contract.breakdown import cell_of, cohort_tag
from services.polls.domain.roll import roll_hash
from services.polls.poll_keys import PollKeys
from tests.fixtures.people import GENEROUS, Person, eventually, found_city
from tests.secrecy.joins import in_order, joined
from tests.secrecy.traces import Trace, files, holding, lines, rows

VOTERS = 40
DISTRICTS = ("geumcheon", "dobong", "eunpyeong", "yeongdeungpo")
"""Where the voters live; nothing else of the test has these words in it."""
BREAKDOWN = {"by": ["district", "gender"], "least": 3}
QUESTIONS = [
    {
        "id": "q1",
        "kind": "choice",
        "title": "무엇이 먼저입니까?",
        "options": [{"id": one, "label": one.upper()} for one in "abc"],
    },
    {"id": "q2", "kind": "text", "title": "왜 그렇습니까?", "required": False},
]


@dataclass
class Secret:
    """What the voters alone know: whose phone, whose ballot."""

    phones: list[str] = field(default_factory=list)
    ballots: dict[str, dict] = field(default_factory=dict)  # by phone: the receipt
    texts: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, dict] = field(default_factory=dict)


@dataclass
class Insider:
    """Whoever has every key, every database and every file of a stack."""

    stack: Stack
    poll_id: str

    def __post_init__(self) -> None:
        self.keys = self.stack.home / "keys"
        self.identity = Keys.load(self.keys)
        self.addresses = KeyFolder(self.keys, "notify").secret("recipient")
        self.polls = PollKeys(KeyFolder(self.keys, "polls").ring("secret"))

    def poll_row(self) -> sa.RowMapping:
        engine = sa.create_engine(self.stack.database_url("polls"))
        with engine.connect() as conn:
            found = conn.execute(sa.text("SELECT * FROM poll WHERE id = :id"), {"id": self.poll_id})
            row = found.mappings().one()
        engine.dispose()
        return row

    def pseudonyms(self, wrapped: str, phones: list[str]) -> dict[str, str]:
        """What polls made of each phone, with a secret of the poll; nothing when it is none."""
        try:
            secret = self.polls.pass_secret(self.poll_id, wrapped)
        except Undecryptable:
            return {}
        return {
            phone: b64u(hmac.digest(secret, self.identity.tag_of(phone).encode(), "sha256"))
            for phone in phones
        }

    def tags(self, wrapped: str, profiles: dict[str, dict]) -> dict[str, str]:
        """The cohort tag of each phone, with a secret of the poll; nothing when it is none."""
        try:
            secret = self.polls.pass_secret(self.poll_id, wrapped)
        except Undecryptable:
            return {}
        by = BREAKDOWN["by"]
        return {phone: cohort_tag(secret, cell_of(by, told, "api")) for phone, told in profiles.items()}

    def voters(self, phones: list[str]) -> dict[str, set[str]]:
        """Everything that can be computed of each phone with the keys and secrets that are there."""
        row = self.poll_row()
        roll_secret = self.polls.roll_secret(self.poll_id, row["roll_secret"])
        pseudonyms = self.pseudonyms(row["secret"], phones)
        found = {}
        for phone in phones:
            tag = self.identity.tag_of(phone)
            rolled = roll_hash(roll_secret, tag)
            found[phone] = {phone, phone[1:], f"0{phone[3:]}", tag, self.identity.index_of(phone)}
            found[phone] |= {keyed_hash(self.addresses, phone), rolled.hex(), b64u(rolled)}
            found[phone] |= {self.identity.counter_key("number", phone)}
            found[phone] |= {pseudonyms[phone]} if phone in pseudonyms else set()
        return found

    def traces(self) -> list[Trace]:
        """Every row, every line of a log, every metric."""
        found = [trace for name in SERVICES for trace in rows(self.stack.database_url(name), name)]
        for path in sorted((self.stack.home / "logs").glob("*")):
            found += lines(f"logs/{path.name}", path.read_text(errors="replace"))
        for url in self.metrics():
            found += lines(f"metrics {urlsplit(url).port}", httpx.get(url, timeout=10).text)
        return found

    def metrics(self) -> Iterator[str]:
        """Where each process tells its metrics: a gateway at its own address, the others at an address apart."""
        yield from (f"{url}/metrics" for url in self.stack.urls)
        for process in self.stack.supervisor.processes():
            port = process.command.environ.get("TELEMETRY_PORT")
            if port and not process.name.startswith("gateway"):
                yield f"http://127.0.0.1:{port}/metrics"


def of_ballots(secret: Secret) -> dict[str, set[str]]:
    """By ballot id: all that names this ballot and no other."""
    found = {}
    for phone, receipt in secret.ballots.items():
        named = {receipt["ballot_id"], receipt["leaf_hash"], receipt["signature"]}
        found[receipt["ballot_id"]] = {*named, secret.texts[phone]}
    return found


@contextmanager
def held(stack: Stack, name: str) -> Iterator[None]:
    """The process stands still meanwhile."""
    pid = stack.supervisor.process(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def vote(stack: Stack, operator: Person) -> tuple[str, Secret]:
    """Forty on a roll sign in one after the other and cast in that order, all within one step of the sequencer."""
    secret = Secret()
    people = [Person(stack.url) for _ in range(VOTERS)]
    secret.phones = [person.phone for person in people]
    poll = operator.ask("POST", "/polls", 201, json=draft())
    roll = "전화번호\n" + "\n".join(sorted(secret.phones, key=lambda phone: sha256(phone.encode())))
    operator.ask("PUT", f"/polls/{poll['id']}/roll", files={"file": ("roll.csv", roll.encode())})
    operator.ask("POST", f"/polls/{poll['id']}/open")
    for person in people:
        person.sign_in().tell(**profile_of(secret, person.phone))
        person.ask("PUT", f"/polls/{poll['id']}/subscription")
    with held(stack, "ballots"):
        for n, person in enumerate(people):
            text = f"이유 {n}: {b64u(sha256(person.phone.encode()))[:16]}"
            cast = person.cast(poll["id"], {"q1": ["abc"[n * 7 % 3]], "q2": text})
            assert cast.status_code == 201, cast.text
            secret.ballots[person.phone], secret.texts[person.phone] = cast.json(), text
    return poll["id"], secret


def profile_of(secret: Secret, phone: str) -> dict:
    """One of the voters is the only one of a district."""
    number = len(secret.profiles)
    district = DISTRICTS[0] if number == 0 else DISTRICTS[1 + number % 3]
    told = {"district": district, "gender": ("female", "male")[number % 2]}
    secret.profiles[phone] = told
    return {**told, "birth_year": 1940 + number}


def draft() -> dict:
    return {
        "title": "비밀 투표",
        "organization": "seoul",
        "closes_at": "2099-01-01T00:00:00Z",
        "eligibility": {"rule": "roll"},
        "breakdown": BREAKDOWN,
        "questions": QUESTIONS,
    }


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("database", os.environ.get("SECRECY_DATABASES", "sqlite").split())
def test_nothing_that_is_left_joins_a_phone_with_a_ballot(start_stack, database: str):
    stack = start_stack(database=database, environ=GENEROUS)
    operator = found_city(stack).seoul
    poll_id, secret = vote(stack, operator)
    insider, ballots = Insider(stack, poll_id), of_ballots(secret)
    cast_by = {phone: receipt["ballot_id"] for phone, receipt in secret.ballots.items()}

    before = insider.poll_row()["secret"]
    pseudonyms = insider.pseudonyms(before, secret.phones)
    cohorts = set(insider.tags(before, secret.profiles).values())
    eventually(lambda: counted(insider) == VOTERS)
    assert len(cohorts) == 7
    assert cohorts <= kept(insider)
    assert nowhere_told(insider)
    traces, voters = insider.traces(), insider.voters(secret.phones)
    found = joined(traces, voters, ballots)
    assert all(ballot in found[phone] for phone, ballot in cast_by.items())
    without_secret = {phone: voters[phone] - {pseudonyms[phone]} for phone in voters}
    assert joined(traces, without_secret, ballots) == {}
    orders = in_order(traces, without_secret, ballots, cast_by)
    assert ("identity.person/(place)", "ballots.ballot/(place)") in orders

    close_and_publish(operator, poll_id)
    eventually(lambda: not insider.poll_row()["secret"])
    names = {*pseudonyms.values(), *cohorts}
    eventually(lambda: not names & kept(insider))
    assert insider.tags(insider.poll_row()["secret"], secret.profiles) == {}
    assert counted(insider) == 0

    traces, voters = insider.traces(), insider.voters(secret.phones)
    assert joined(traces, voters, ballots) == {}
    assert in_order(traces, voters, ballots, cast_by) == {}
    # What `nowhere_told` looked for is found where it may be now: in the published tables.
    assert {trace.where.split(".")[0] for trace in traces if DISTRICTS[1] in trace.values} >= {"tally"}
    secrets = [before.encode(), *map(str.encode, names)]
    own = [path for path in files(stack.home) if is_ours(path, stack.home)]
    eventually(lambda: holding(own, secrets) == {})
    printed = [path for path in own if path.parts[-2] == "logs"]
    tags = [insider.identity.tag_of(phone) for phone in secret.phones]
    ids = [ballot.encode() for ballot in ballots]
    assert holding(printed, [*map(str.encode, (*secret.phones, *tags)), *ids]) == {}


def close_and_publish(operator: Person, poll_id: str) -> None:
    """The published breakdown does not tell how many voted where one did."""
    operator.ask("POST", f"/polls/{poll_id}/close")
    final = operator.final_results(poll_id)
    operator.ask("POST", f"/polls/{poll_id}/publish")
    districts = {row["value"]: row["voters"] for row in final["breakdown"]["voters"][0]["rows"]}
    assert districts[DISTRICTS[0]] is None
    assert 13 in [districts[name] for name in DISTRICTS[1:]]


def kept(insider: Insider) -> set[str]:
    """All values in ballots' tables."""
    url = insider.stack.database_url("ballots")
    return {value for trace in rows(url, "ballots") for value in trace.values}


def counted(insider: Insider) -> int:
    """How many voters ballots' counters of cohorts tell of."""
    engine = sa.create_engine(insider.stack.database_url("ballots"))
    with engine.connect() as conn:
        total = sa.text("SELECT coalesce(sum(n), 0) FROM cohort_counter WHERE question = '' AND name = ''")
        found = int(conn.execute(total).scalar_one())
    engine.dispose()
    return found


def nowhere_told(insider: Insider) -> bool:
    """Before the result nothing that is kept says where somebody lives: not even identity's database, in plain words."""
    told = {*DISTRICTS, "female"}
    assert [trace.where for trace in insider.traces() if told & trace.values] == []
    own = [path for path in files(insider.stack.home) if is_ours(path, insider.stack.home)]
    return holding(own, map(str.encode, told)) == {}


def is_ours(path: Path, home: Path) -> bool:
    """What services and gateways write. The broker's and the database server's own files: docs/security.md."""
    return path.relative_to(home).parts[0] not in ("rabbitmq", "postgres")
