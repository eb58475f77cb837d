"""`score`: the options with the most points are chosen, by their `sum`, or by the exact `mean` of all ballots."""

from fractions import Fraction

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.outcome import Outcome, Score
from services.tally.contract.counting.parameters import SEATS, TIES, Parameter, one_of, settings
from services.tally.contract.counting.profiles import Counters
from services.tally.contract.counting.seats import QUORUM, Standing, plain
from services.tally.contract.counting.ties import Context

NAME = "score"
KINDS = ("score", "cumulative")
LIVE = True
PARAMETERS = {
    "by": Parameter(one_of("sum", "mean"), "sum"),
    "winners": SEATS,
    "ties": TIES,
    "quorum": QUORUM,
}


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Counters:
    return Counters(question)


def count(question: Question, profile: Counters, context: Context) -> Outcome:
    """A ballot that gives an option no score counts as 0 for it in the mean."""
    scores: dict[str, Score] = dict(profile.points())
    if settings(question, PARAMETERS)["by"] == "mean":
        scores = {option: Fraction(points, profile.ballots or 1) for option, points in scores.items()}
    return plain(question, Standing(profile.ballots, profile.votes(), scores), PARAMETERS, context)
