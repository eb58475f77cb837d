"""Exclusive options ("none of these") in counting: votes of their own, which no rule can choose.

A rule sees the question without them, and a ballot for one as a ballot that names nothing: it counts as a ballot, so for quorums and
shares of the ballots, and in equal shares of a budget its part stays unspent. The outcome has them again, with their votes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract.counting.ballots import POINTS, form_of
from services.tally.contract.counting.outcome import OptionOutcome, Outcome, Reason
from services.tally.contract.counting.profiles import Profile


def exclusive_options(question: Question) -> list[str]:
    """In listed order."""
    return [option["id"] for option in question["options"] if option.get("exclusive")]


def electable(question: Question) -> Question:
    """The question with those options only that a rule can choose."""
    return {**question, "options": [o for o in question["options"] if not o.get("exclusive")]}


class Beside:
    """A rule's own profile, and beside it the votes for exclusive options."""

    def __init__(self, question: Question, inner: Profile) -> None:
        self.inner = inner
        self.votes: Counter[str] = Counter()
        self._exclusive = frozenset(exclusive_options(question))
        self._nothing: Any = {} if form_of(question) == POINTS else []

    @property
    def ballots(self) -> int:
        return self.inner.ballots

    @ballots.setter
    def ballots(self, ballots: int) -> None:
        self.inner.ballots = ballots

    def add(self, answer: Any, n: int = 1) -> None:
        alone = next(iter(answer)) if len(answer) == 1 else None
        if isinstance(alone, str) and alone in self._exclusive:
            self.votes[alone] += n
            answer = self._nothing
        self.inner.add(answer, n)

    def merge(self, other: "Beside") -> None:
        self.votes.update(other.votes)
        self.inner.merge(other.inner)


def split(question: Question, counters: Mapping[str, int]) -> tuple[dict[str, int], Counter[str]]:
    """A question's counters without those of exclusive options, and the votes for these."""
    alone = set(exclusive_options(question))
    votes: Counter[str] = Counter()
    rest = {}
    for name, n in counters.items():
        option = name.partition("=")[0]
        if option in alone:
            votes[option] += n
        else:
            rest[name] = n
    return rest, votes


def restored(question: Question, outcome: Outcome, votes: Mapping[str, int]) -> Outcome:
    """The outcome with the exclusive options again, in listed order."""
    told = {option.id: option for option in outcome.options}
    for option in exclusive_options(question):
        n = votes.get(option, 0)
        told[option] = OptionOutcome(option, n, n, False, Reason("not_electable"))
    return replace(outcome, options=[told[option["id"]] for option in question["options"]])
