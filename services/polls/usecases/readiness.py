"""Whether a poll's whole definition is fit to be opened."""

from datetime import datetime

from services.polls import eligibility
from services.polls.contract import ballot_rules
from services.polls.contract.breakdown import check_breakdown
from services.polls.contract.kinds import Problem
from services.polls.domain.poll import Poll, window_problems
from services.polls.rules import Readiness
from services.tally.contract.rules import check_counting


def readiness_problems(poll: Poll, now: datetime, *, scheduled: bool, witnesses: int) -> list[Problem]:
    """Everything that keeps the poll from opening now, or by itself later; pointers are the poll's.

    `witnesses`: how many this platform asks; a poll that needs more would never be certified.
    """
    problems = [] if poll.title else [Problem("/title", "required")]
    times = window_problems(poll.opens_at, poll.closes_at, now, scheduled=scheduled)
    problems += [Problem(f"/{time.field}", time.code) for time in times]
    if poll.witnesses > witnesses:
        problems.append(Problem("/witnesses", "too_few_witnesses", {"configured": witnesses}))
    ill_formed = ballot_rules.check_questions(list(poll.questions))
    split = check_breakdown(poll.breakdown, () if ill_formed else poll.questions)
    problems += [Problem(f"/breakdown{p.pointer}", p.code, p.params) for p in split]
    problems += ill_formed + check_counting(poll.questions, ill_formed)
    rules = eligibility.check_ready(poll.eligibility, Readiness(poll.roll_size))
    return problems + [Problem(f"/eligibility{p.pointer}", p.code, p.params) for p in rules]
