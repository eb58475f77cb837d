"""`choice`: between `min` and `max` of the options (both 1 unless given), in the definition's order, within the group limits."""

from typing import Any

from auditor.kinds import Counters, Question, limits, listed, option_ids, shares
from auditor.picks import may_be_picked

NAME = "choice"


def is_valid(question: Question, answer: Any) -> bool:
    least, most = limits(question, 1, max(1, question.get("min") or 0))
    return listed(question, answer) and may_be_picked(question, answer, least, most)


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for name in answer:
        counters[name] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": shares(option_ids(question), counters, answered)}
