"""`knapsack`: options that together cost no more than `budget`, between `min` (1) and `max` (all) of them, in the definition's order,
within the group limits. An exclusive option costs nothing.
"""

from typing import Any

from auditor.kinds import Counters, Question, limits, listed, option_ids, shares
from auditor.picks import may_be_picked, together

NAME = "knapsack"


def is_valid(question: Question, answer: Any) -> bool:
    least, most = limits(question, 1, len(together(question)))
    if not listed(question, answer) or not may_be_picked(question, answer, least, most):
        return False
    costs = {option["id"]: option.get("cost", 0) for option in question["options"]}
    ordinary = together(question)
    return bool(sum(costs[name] for name in answer if name in ordinary) <= question["budget"])


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for name in answer:
        counters[name] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": shares(option_ids(question), counters, answered)}
