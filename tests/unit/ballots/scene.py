"""A poll, voters with passes, and the intake's surroundings: what polls would answer, keys, and a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.ballots.domain import Terms
from services.ballots.known_polls import KnownPolls
from services.ballots.receipts import ReceiptSigner
from services.ballots.storage import BallotStore, LogReader, RefusalBook
from services.ballots.usecases import intake, reading, refusals
from services.common.crypto import Signer, Verifier
from services.common.database import Database
from services.common.encodings import b64u, canonical_json, sha256
from services.common.errors import Unavailable
from services.common.ids import format_utc
from services.migrate import migrate
from services.polls import contract as polls
from services.polls.contract import passes

NOW = datetime.now(UTC)
TERMS = Terms("vote.example", 60)
OPENED = NOW - timedelta(hours=1)
CLOSES = NOW + timedelta(hours=1)
QUESTIONS = [
    {
        "id": "q1",
        "kind": "choice",
        "title": "일-생활 균형 지표로 중요한 것은?",
        "required": True,
        "min": 1,
        "max": 2,
        "options": [{"id": name, "label": name.upper()} for name in ("a", "b", "c", "d")],
    },
    {"id": "q2", "kind": "yes_no", "title": "찬성하십니까?", "required": False, "options": []},
    {"id": "q3", "kind": "text", "title": "의견", "required": False, "options": []},
]


def signer(key_id: str) -> Signer:
    return Signer(key_id, Ed25519PrivateKey.generate())


def verifier(*signers: Signer) -> Verifier:
    return Verifier({one.key_id: one.public_key for one in signers})


class FakePolls:
    """Answers as polls does; it can be made unreachable."""

    def __init__(self) -> None:
        self.signer = signer("polls-pass-1")
        self.definitions: dict[str, dict[str, Any]] = {}
        self.cells: list[dict[str, Any]] = []
        self.away = False
        self.asked: list[str] = []

    def add(self, poll_id: str, **facts: Any) -> str:
        definition = {"id": poll_id, "title": "행복지표", "questions": QUESTIONS}
        self.definitions[poll_id] = {
            "poll_id": poll_id,
            "state": "open",
            "definition": definition,
            "definition_hash": sha256(canonical_json(definition)).hex(),
            "opened_at": format_utc(OPENED),
            "closes_at": format_utc(CLOSES),
            "results": "live",
            "roll_size": None,
            **facts,
        }
        return poll_id

    def ask(self, call: Any, **arguments: Any) -> dict[str, Any]:
        self.asked.append(call.method)
        if self.away:
            raise Unavailable
        if call is polls.GET_KEYS:
            key = {"id": self.signer.key_id, "use": "pass", "public_key": b64u(self.signer.public_key)}
            return {"keys": [key, {**key, "id": "polls-other-1", "use": "other"}]}
        if call is polls.GET_COHORT_CELLS:
            return {"cells": self.cells}
        assert call is polls.GET_DEFINITION
        if arguments["poll_id"] not in self.definitions:
            raise polls.PollNotFound
        return self.definitions[arguments["poll_id"]]

    def ballot_pass(self, poll_id: str, voter: str, issued_at: datetime = NOW, **changes: Any) -> str:
        """A pass for this voter; `by` is who signs it."""
        by = changes.pop("by", self.signer)
        made = passes.BallotPass(
            poll=poll_id,
            pseudonym=b64u(sha256(f"{poll_id} {voter}".encode())),
            channel="web",
            issued_at=int(issued_at.timestamp() * 1_000_000),
            key_id=by.key_id,
        )
        made = replace(made, **changes)
        return passes.issue([made], by.sign)[0]


@dataclass
class Scene:
    """The intake with a real database, and polls as a fake."""

    url: str
    polls: FakePolls = field(default_factory=FakePolls)
    receipt_signer: Signer = field(default_factory=lambda: signer("ballots-receipt-1"))

    def __post_init__(self) -> None:
        migrate("ballots", self.url)
        self.database = Database(self.url, pool_size=20, lock_timeout=20.0)
        self.store = BallotStore(self.database, TERMS)
        self.reader = LogReader(self.database)
        self.refusals = RefusalBook(self.database)
        self.known = KnownPolls(self.polls.ask, fresh_for=10.0, refetch_after=0.0)
        self.receipts = ReceiptSigner(
            {self.receipt_signer.key_id: self.receipt_signer}, self.receipt_signer.key_id
        )
        self.poll = self.polls.add("poll-1")

    def item(
        self, voter: str, ballot_id: str | None = None, answers: Any = None, **changes: Any
    ) -> dict[str, Any]:
        poll_id = changes.pop("poll_id", self.poll)
        return {
            "poll_id": poll_id,
            "ballot_id": ballot_id or ballot_id_of(voter),
            "answers": {"q1": ["a"]} if answers is None else answers,
            "ballot_pass": self.polls.ballot_pass(poll_id, voter),
            **changes,
        }

    def cast(self, *items: Any) -> list[dict[str, Any]]:
        return intake.cast(items, store=self.store, polls=self.known, receipts=self.receipts)

    def serve(self, *items: Any) -> list[dict[str, Any]]:
        """As the entry point does it: refusals are kept before anybody is told."""
        outcomes = self.cast(*items)
        refusals.keep(self.refusals, items, outcomes)
        return outcomes

    def status(self, voter: str, number: int = 1) -> dict[str, Any]:
        """What is told of this voter's ballot."""
        own = {"store": self.store, "receipts": self.receipts, "refusals": self.refusals}
        return reading.status(self.poll, ballot_id_of(voter, number), reader=self.reader, **own)

    def admits(self, log_id: str) -> bool:
        """Every log may go on."""
        return True

    def close(self) -> None:
        self.database.close()

    def rows(self, table: Any) -> Sequence[Any]:
        with self.database.read() as conn:
            return conn.execute(table.select()).all()


def ballot_id_of(voter: str, number: int = 1) -> str:
    return f"ballot-of-{voter}-{number}".ljust(16, "_")


def code(outcome: dict[str, Any]) -> str:
    """The outcome in one word."""
    return "ok" if "ok" in outcome else str(outcome["error"]["code"])
