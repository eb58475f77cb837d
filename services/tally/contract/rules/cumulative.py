"""`cumulative`: voters share out points; the options with the most points are chosen."""

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.parameters import SEATS, TIES
from services.tally.contract.counting.profiles import Counters
from services.tally.contract.counting.seats import QUORUM, Standing, plain
from services.tally.contract.counting.ties import Context

NAME = "cumulative"
KINDS = ("cumulative",)
LIVE = True
PARAMETERS = {"winners": SEATS, "ties": TIES, "quorum": QUORUM}


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Counters:
    return Counters(question)


def count(question: Question, profile: Counters, context: Context) -> Outcome:
    standing = Standing(profile.ballots, profile.votes(), profile.points())
    return plain(question, standing, PARAMETERS, context)
