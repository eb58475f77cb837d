"""`approval`: a ballot gives one vote to each option that it names; those with the most votes are chosen."""

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.parameters import SEATS, TIES
from services.tally.contract.counting.profiles import Counters
from services.tally.contract.counting.seats import QUORUM, THRESHOLD, Standing, plain
from services.tally.contract.counting.ties import Context

NAME = "approval"
KINDS = ("choice", "knapsack")
LIVE = True
PARAMETERS = {"winners": SEATS, "ties": TIES, "quorum": QUORUM, "threshold": THRESHOLD}


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Counters:
    return Counters(question)


def count(question: Question, profile: Counters, context: Context) -> Outcome:
    votes = profile.votes()
    return plain(question, Standing(profile.ballots, votes, votes), PARAMETERS, context)
