"""`borda`: points by place.

With m options, the one at place p of a ballot gets m - p points; options ranked equally share the points of their places. What a
ballot that ranks only k options gives is the stated `variant`:

- `averaged` (the default): the options it does not rank share the points of the places left, (m - k - 1) / 2 each, so that an
  option's score is half of all its wins and ties over other options on all ballots;
- `zero`: they get nothing;
- `modified`: the ballot's first gets k points and its last 1; the others nothing. Ranking few gives less (de Borda's own).
"""

from fractions import Fraction

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.ballots import levels, option_ids
from services.tally.contract.counting.outcome import Outcome, Score
from services.tally.contract.counting.parameters import SEATS, TIES, Parameter, one_of, settings
from services.tally.contract.counting.seats import QUORUM, Standing, plain
from services.tally.contract.counting.ties import Context

NAME = "borda"
KINDS = ("ranking",)
LIVE = False
PARAMETERS = {
    "variant": Parameter(one_of("averaged", "zero", "modified"), "averaged"),
    "winners": SEATS,
    "ties": TIES,
    "quorum": QUORUM,
}


class Points:
    """Twice the points of each option, an integer in every variant, and how many ballots rank it."""

    def __init__(self, question: Question) -> None:
        self._options = option_ids(question)
        self._variant = settings(question, PARAMETERS)["variant"]
        self._all_averages = 0
        self.ballots = 0
        self.doubled = dict.fromkeys(self._options, 0)
        self.ranked = dict.fromkeys(self._options, 0)

    def add(self, answer: list[str | list[str]], n: int = 1) -> None:
        ranked = levels(answer)
        length = sum(map(len, ranked))
        size = len(self._options)
        unranked = max(0, size - length - 1) if self._variant == "averaged" else 0
        best = length if self._variant == "modified" else size - 1
        place = 0
        for level in ranked:
            points = 2 * (best - place) - (len(level) - 1) - unranked
            for option in level:
                self.doubled[option] += points * n
                self.ranked[option] += n
            place += len(level)
        self._all_averages += unranked * n
        self.ballots += n

    def merge(self, other: "Points") -> None:
        for option in self._options:
            self.doubled[option] += other.doubled[option]
            self.ranked[option] += other.ranked[option]
        self._all_averages += other._all_averages  # noqa: SLF001 - the same class
        self.ballots += other.ballots

    def scores(self) -> dict[str, Score]:
        return {o: whole(Fraction(self.doubled[o] + self._all_averages, 2)) for o in self._options}


def whole(value: Fraction) -> Score:
    return value.numerator if value.denominator == 1 else value


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Points:
    return Points(question)


def count(question: Question, profile: Points, context: Context) -> Outcome:
    standing = Standing(profile.ballots, profile.ranked, profile.scores())
    return plain(question, standing, PARAMETERS, context)
