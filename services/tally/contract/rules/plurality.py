"""`plurality`: one vote a ballot; the option with the most votes is chosen. Of rankings the first place is the vote.

With `threshold` it is a majority or supermajority rule, and with `quorum` too few ballots choose nothing.
"""

from services.polls.contract.kinds import Problem, Question
from services.polls.contract.kinds.choice import limits
from services.tally.contract.counting.ballots import RANKING, form_of
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.parameters import SEATS, TIES
from services.tally.contract.counting.profiles import Counters
from services.tally.contract.counting.seats import QUORUM, THRESHOLD, Standing, plain
from services.tally.contract.counting.ties import Context

NAME = "plurality"
KINDS = ("choice", "yes_no", "ranking")
LIVE = True
PARAMETERS = {"winners": SEATS, "ties": TIES, "quorum": QUORUM, "threshold": THRESHOLD}


def check_definition(question: Question) -> list[Problem]:
    """More than one choice on a ballot is approval."""
    several = question["kind"] == "choice" and limits(question)[1] > 1
    return [Problem("/counting/rule", "rule_needs_single_choice")] if several else []


def profile(question: Question) -> Counters:
    return Counters(question)


def count(question: Question, profile: Counters, context: Context) -> Outcome:
    votes = profile.firsts() if form_of(question) == RANKING else profile.votes()
    return plain(question, Standing(profile.ballots, votes, votes), PARAMETERS, context)
