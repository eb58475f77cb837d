"""A rule store in memory; the behaviour suite of the real one is tests/component/polls/test_tries.py."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from services.polls.domain.roll import roll_hash
from services.polls.domain.tries import Counted, Tries, TryLimits, guess
from services.polls.rules import Context, RuleTools, Voter
from services.polls.rules.memory import Memory

ROLL, ROLL_SECRET = 7, b"r" * 32


class FakeRuleStore:
    """Keeps the promises of `RuleStore` for one thread."""

    def __init__(self, on_roll: Iterable[str] = ()) -> None:
        self._roll = {roll_hash(ROLL_SECRET, tag) for tag in on_roll}
        self.tries: dict[str, Tries] = {}
        self.now = datetime(2026, 3, 2, tzinfo=UTC)
        self.questions = 0

    def on_roll(self, roll: int, hashes: Sequence[bytes]) -> set[bytes]:
        self.questions += 1
        return self._roll & set(hashes) if roll == ROLL else set()

    def count_guesses(
        self, poll_id: str, guesses: Sequence[tuple[str, bool | None]], limits: TryLimits
    ) -> list[Counted]:
        counted = []
        for voter, right in guesses:
            counted.append(guess(self.tries.get(voter, Tries()), right, self.now, limits))
            self.tries[voter] = counted[-1].tries
        return counted

    def forget_guesses(self, poll_id: str, pseudonyms: Sequence[str]) -> None:
        for voter in pseudonyms:
            self.tries[voter] = Tries()


def context(store: FakeRuleStore, **fields: Any) -> Context:
    tools = RuleTools(store, Memory(), TryLimits(most=3, pause=60))
    return Context(**{"poll_id": "p", "roll": ROLL, "roll_secret": ROLL_SECRET, "tools": tools, **fields})


def voter(name: str, **evidence: Any) -> Voter:
    return Voter(f"pseudonym of {name}", name, evidence)
