"""Counting the ballots of a poll anew, as they come, in bounded memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.branching import is_asked
from auditor.formats import canonical
from auditor.kinds import Counters, Question, kinds
from auditor.recount.leaves import LeafForm
from auditor.recount.unique import UniqueIds

TOGETHER = 50_000
"""Different answers that are gathered before they are judged: equal ballots are judged together."""
TOLD = 5
"""Places that are told of each kind of trouble."""
MALFORMED = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of a definition or a result that is not of the form it should have: nobody has to have checked it before us."""


@dataclass
class Trouble:
    """How many leaves have it, and where the first of them are."""

    leaves: int = 0
    places: list[int] = field(default_factory=list)

    def add(self, index: int, leaves: int = 1) -> None:
        self.leaves += leaves
        if len(self.places) < TOLD:
            self.places.append(index)


class Profile:
    """The counters of one question, and how many ballots answered it. With `answers`, its different answers are kept as well,
    as their canonical text, with the number of ballots: what rules count that need whole ballots.
    """

    def __init__(self, question: Question, *, whole: bool) -> None:
        self.question = question
        self.kind = kinds()[question["kind"]]
        self.answered = 0
        self.counters: Counters = Counter()
        self.answers: Counter[bytes] | None = Counter() if whole else None

    def add(self, answer: Any, ballots: int) -> None:
        self.answered += ballots
        self.kind.count(self.question, self.counters, answer, ballots)
        if self.answers is not None:
            self.answers[canonical.dumps(answer)] += ballots

    def result(self) -> dict[str, Any]:
        """The question's published result as it should be, without what a counting rule adds."""
        head = {"id": self.question["id"], "kind": self.question["kind"], "answered": self.answered}
        return head | self.kind.result(self.question, self.counters, self.answered)


class Count:
    """Takes the leaves of a poll in order; questions must be of known kinds."""

    def __init__(self, poll_id: str, questions: Sequence[Question], unique: UniqueIds) -> None:
        self._form = LeafForm(poll_id)
        self._unique = unique
        self._pending: dict[bytes, int] = {}
        self._first: dict[bytes, int] = {}
        self.profiles = {
            question["id"]: Profile(question, whole=bool(question.get("counting"))) for question in questions
        }
        self.ballots = 0
        self.troubles: dict[str, Trouble] = {}

    def add(self, leaves: Sequence[bytes]) -> None:
        """Adds the next leaves."""
        pending, take_apart, unique = self._pending, self._form.take_apart, self._unique.add
        for index, leaf in enumerate(leaves, self.ballots):
            parts = take_apart(leaf)
            if parts is None:
                self._note(self._form.trouble(leaf), index)
                continue
            unique(index, parts[0])
            answers = parts[1]
            if answers in pending:
                pending[answers] += 1
            else:
                pending[answers] = 1
                self._first[answers] = index
        self.ballots += len(leaves)
        if len(pending) > TOGETHER:
            self._judge()

    def finish(self) -> None:
        """After the last leaf: judges what is gathered and looks for repeated ids."""
        self._judge()
        for _, again in self._unique.repeated():
            self._note("repeated_id", again)

    def _judge(self) -> None:
        for text, ballots in self._pending.items():
            code = self._judge_answers(text, ballots)
            if code:
                self._note(code, self._first[text], ballots)
        self._pending.clear()
        self._first.clear()

    def _judge_answers(self, text: bytes, ballots: int) -> str | None:
        """Counts ballots with these answers, or says what is wrong with them."""
        try:
            answers = canonical.loads(text)
        except canonical.NotCanonical:
            return "not_canonical"
        try:
            if not isinstance(answers, dict) or not self._is_valid(answers):
                return "invalid_ballot"
            for name, answer in answers.items():
                self.profiles[name].add(answer, ballots)
        except MALFORMED:
            return "not_judged"
        return None

    def _is_valid(self, answers: Mapping[str, Any]) -> bool:
        for name, profile in self.profiles.items():
            if not is_asked(profile.question, answers):
                if name in answers:
                    return False
            elif name in answers:
                if not profile.kind.is_valid(profile.question, answers[name]):
                    return False
            elif profile.question.get("required", True):
                return False
        return answers.keys() <= self.profiles.keys()

    def _note(self, code: str, index: int, leaves: int = 1) -> None:
        self.troubles.setdefault(code, Trouble()).add(index, leaves)
