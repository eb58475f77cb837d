"""A bus that behaves like the real one, checked against the contracts, with services that answer what a test says."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt

from gateway.bus import NotConfirmed, Pending
from services.ballots import contract as ballots
from services.common.contract import Batch, Call, Event, instance
from services.common.errors import GENERIC_ERRORS, DomainError, Unavailable
from services.identity import contract as identity
from services.polls import contract as polls
from services.polls.contract import schemas

ITEMS = {polls.ISSUE_PASSES.queue: schemas.PassRequestSchema, ballots.CAST.queue: ballots.CastSchema}
OUTCOMES = {polls.ISSUE_PASSES.queue: schemas.PassSchema, ballots.CAST.queue: ballots.ReceiptSchema}


class FakeBus:
    """`answers[call]` is a value, an error, or a function of the arguments that returns or raises one. What nobody
    answers is Unavailable, as on the real bus."""

    def __init__(self) -> None:
        self.ready = True
        self.answers: dict[Any, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._listeners: dict[str, list[Callable[[dict[str, Any]], None]]] = {}

    async def call(self, call: Call, /, **arguments: Any) -> Any:
        call.load(arguments)
        self.asked.append((call.routing_key, arguments))
        answer = self._answer(call.routing_key, arguments, call.errors)
        self._check(call.response, answer, call.routing_key)
        return answer

    async def submit(self, batch: Batch, item: dict[str, Any], /) -> dict[str, Any] | Pending:
        assert not instance(ITEMS[batch.queue]).validate(item), item
        self.asked.append((batch.queue, item))
        answer: dict[str, Any] | Pending = self._answer(batch.queue, item, (*batch.errors, NotConfirmed))
        if not isinstance(answer, Pending):
            self._check(OUTCOMES[batch.queue], answer, batch.queue)
        return answer

    def subscribe(self, event: Event, listener: Callable[[dict[str, Any]], None], /) -> None:
        assert event.watched, "only watched events are broadcast"
        self._listeners.setdefault(event.routing_key, []).append(listener)

    def tell(self, event: Event, **payload: Any) -> None:
        """The event happens."""
        for listener in self._listeners.get(event.routing_key, []):
            listener(event.load(payload))

    def times(self, call: Call | Batch) -> int:
        """How often it was asked."""
        return sum(name == name_of(call) for name, _ in self.asked)

    def last(self, call: Call | Batch) -> dict[str, Any]:
        """The arguments it was asked with last."""
        return next(arguments for name, arguments in reversed(self.asked) if name == name_of(call))

    def on(self, call: Call | Batch, answer: Any) -> None:
        self.answers[name_of(call)] = answer

    def _answer(self, name: str, arguments: dict[str, Any], errors: tuple[type[DomainError], ...]) -> Any:
        answer = self.answers.get(name, Unavailable())
        try:
            answer = answer(**arguments) if callable(answer) and not isinstance(answer, type) else answer
        except DomainError as error:
            answer = error
        if isinstance(answer, DomainError):
            assert isinstance(answer, (*errors, *GENERIC_ERRORS)), f"{name} does not declare {answer.code}"
            raise answer
        return answer

    def _check(self, schema: Any, answer: Any, name: str) -> None:
        if schema is not None:
            problems = instance(schema).validate(answer)
            assert not problems, f"{name} would not answer so: {problems}"


def name_of(call: Call | Batch) -> str:
    return call.queue if isinstance(call, Batch) else call.routing_key


class Tokens:
    """Identity's part: a key and tokens signed with it."""

    def __init__(self, key_id: str = "access-token-1") -> None:
        self.key_id, self.key = key_id, secrets.token_bytes(32)

    def keys(self) -> dict[str, bytes]:
        return {self.key_id: self.key}

    def token(self, lives: float = 600, **claims: Any) -> str:
        now = time.time()
        usual = {
            "iss": identity.ACCESS_ISSUER,
            "sub": "person-1",
            "sid": "session-1",
            "tag": "tag-of-a-phone",
            "strength": "phone",
            "roles": [],
            "orgs": {},
            "iat": int(now),
            "exp": int(now + lives),
        }
        return jwt.encode({**usual, **claims}, self.key, algorithm="HS256", headers={"kid": self.key_id})


def person(**changed: Any) -> dict[str, Any]:
    usual = {
        "id": "person-1",
        "roles": [],
        "orgs": {},
        "member": False,
        "phone_hint": "1234",
        "language": "ko",
    }
    return {**usual, **changed}


def session(tokens: Tokens, refresh_token: str = "refresh-2", **claims: Any) -> dict[str, Any]:
    return {
        "access_token": tokens.token(**claims),
        "expires_at": "2026-11-22T00:10:00Z",
        "refresh_token": refresh_token,
        "refresh_expires_at": "2099-12-22T00:00:00Z",
        "person": person(),
    }


def poll(**changed: Any) -> dict[str, Any]:
    """An open policy poll of one question, as everybody sees it."""
    usual = {
        "id": "poll-1",
        "kind": "policy",
        "state": "open",
        "title": "버스 유턴장에 노선도를 확대 부착할까요?",
        "purpose": "",
        "notice": "",
        "reference_url": None,
        "image": None,
        "organization": "seoul",
        "opens_at": "2026-11-21T00:00:00Z",
        "closes_at": "2026-11-30T00:00:00Z",
        "results": "live",
        "identity": "phone",
        "eligibility": {"rule": "everyone"},
        "evidence": [],
        "revoting": False,
        "witnesses": 0,
        "breakdown": None,
        "language": "ko",
        "questions": [
            {
                "id": "q1",
                "kind": "choice",
                "title": "고르세요",
                "required": True,
                "min": 1,
                "max": 1,
                "options": [{"id": "a", "label": "가"}, {"id": "b", "label": "나"}],
            }
        ],
        "roll_size": None,
        "definition_hash": "0" * 64,
        "certified": None,
        "created_at": "2026-11-20T00:00:00Z",
        "updated_at": "2026-11-20T00:00:00Z",
    }
    return {**usual, **changed}


def receipt(poll_id: str = "poll-1", ballot_id: str = "ballot-0123456789") -> dict[str, Any]:
    known = {"v": 1, "poll_id": poll_id, "ballot_id": ballot_id, "leaf_hash": "h" * 43}
    return {
        **known,
        "recorded_at": "2026-11-22T00:00:00Z",
        "include_within": 60,
        "key_id": "ballots-receipt-1",
        "signature": "s" * 86,
    }


def results(**changed: Any) -> dict[str, Any]:
    options = [{"id": "a", "count": 119, "share": "41.75"}, {"id": "b", "count": 166, "share": "58.25"}]
    question = {"id": "q1", "kind": "choice", "answered": 285, "options": options}
    known = {"poll_id": "poll-1", "state": "live", "results": "live", "voters": 285, "questions": [question]}
    return {**known, **changed}


def roll(**changed: Any) -> dict[str, Any]:
    usual = {
        "state": "ready",
        "upload_id": "upload-1",
        "rows": 0,
        "total": None,
        "accepted": 0,
        "duplicates": 0,
    }
    return {**usual, "duplicate_lines": [], "rejected_count": 0, "rejected": [], **changed}
