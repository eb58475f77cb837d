"""What ballots remembers of polls' answers, and for how long."""

import time
from collections.abc import Callable
from typing import Any

from services.ballots.contract import PollUnknown
from services.ballots.domain import PollFacts
from services.common.crypto import Verifier
from services.common.errors import Unavailable
from services.common.ids import parse_utc
from services.polls import contract as polls

Ask = Callable[..., dict[str, Any]]
"""`ask(call, **arguments)`: the bus client's `call`, which raises the call's errors and `Unavailable`."""

PASS_KEY_USE = "pass"  # noqa: S105 - the name of a use, not a password


MOST_REMEMBERED = 1_000
"""Definitions kept at a time; the one asked for longest ago goes first."""
MOST_SIGNATURES = 1_000
"""Good signatures kept at a time: far more batches of passes than can be under way."""


class KnownPolls:
    """Definitions of opened polls and the public keys of passes.

    A definition is frozen but for its closing time, so an old one is still good while polls does not answer; one that
    is not known at all raises `Unavailable` and the work has to be done again later.
    """

    def __init__(
        self, ask: Ask, *, fresh_for: float, refetch_after: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._fresh_for, self._refetch_after, self._clock = fresh_for, refetch_after, clock
        self._facts: dict[str, tuple[float, PollFacts]] = {}
        self._keys = Verifier({})
        self._keys_asked = float("-inf")
        self._verified: dict[tuple[str, bytes], bytes] = {}

    def facts(self, poll_id: str) -> PollFacts:
        """Raises `PollUnknown`."""
        return self._not_older_than(self._fresh_for, poll_id)

    def remembered(self, poll_id: str) -> PollFacts | None:
        """What is known without asking, however long ago it was asked: good for all that is frozen."""
        return self._facts.get(poll_id, (0.0, None))[1]

    def doubted(self, poll_id: str) -> PollFacts:
        """The facts again, after they would have refused a ballot: the closing time may have been moved."""
        return self._not_older_than(self._refetch_after, poll_id)

    def verify_pass(self, key_id: str, signed: polls.passes.Signed) -> bool:
        """Whether polls signed this. Passes that were signed together are verified once.

        Asks for polls' keys when it sees a new key id, but not all the time.
        """
        if self._verified.get((key_id, signed.signature)) == signed.message:
            return True
        if not self._verify(key_id, signed):
            return False
        self._verified[key_id, signed.signature] = signed.message
        if len(self._verified) > MOST_SIGNATURES:
            del self._verified[next(iter(self._verified))]
        return True

    def _verify(self, key_id: str, signed: polls.passes.Signed) -> bool:
        if key_id not in self._keys and self._clock() - self._keys_asked >= self._refetch_after:
            self._keys = self._fetch_keys()
            self._keys_asked = self._clock()
        return self._keys.verify(key_id, signed.signature, signed.message)

    def ask_facts(self, poll_id: str) -> PollFacts:
        """Straight from polls. Raises `PollUnknown`, `Unavailable`."""
        try:
            facts = load_facts(self._ask(polls.GET_DEFINITION, poll_id=poll_id))
        except polls.PollNotFound:
            raise PollUnknown from None
        self._remember(facts)
        return facts

    def _remember(self, facts: PollFacts) -> None:
        self._facts.pop(facts.poll_id, None)
        self._facts[facts.poll_id] = (self._clock(), facts)
        if len(self._facts) > MOST_REMEMBERED:
            del self._facts[next(iter(self._facts))]

    def _not_older_than(self, seconds: float, poll_id: str) -> PollFacts:
        asked, facts = self._facts.get(poll_id, (float("-inf"), None))
        if facts is not None and self._clock() - asked < seconds:
            return facts
        try:
            return self.ask_facts(poll_id)
        except Unavailable:
            if facts is None:
                raise
            return facts

    def _fetch_keys(self) -> Verifier:
        keys = self._ask(polls.GET_KEYS)["keys"]
        return Verifier.from_wire(
            {key["id"]: key["public_key"] for key in keys if key["use"] == PASS_KEY_USE}
        )


def load_facts(answer: dict[str, Any]) -> PollFacts:
    """Facts from the answer of polls' GET_DEFINITION."""
    definition = answer["definition"]
    return PollFacts(
        poll_id=answer["poll_id"],
        state=answer["state"],
        questions=definition["questions"],
        hashed=tuple(polls.ballot_rules.hashed_questions(definition["questions"])),
        witnesses=definition.get("witnesses", 0),
        broken_down=bool(definition.get("breakdown")),
        opened_at=_micros(answer["opened_at"]),
        closes_at=None if answer["closes_at"] is None else _micros(answer["closes_at"]),
    )


def _micros(text: str) -> int:
    moment = parse_utc(text)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
