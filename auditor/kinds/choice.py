"""`choice`: between `min` and `max` of the options (both 1 unless given), in the definition's order."""

from typing import Any

from auditor.kinds import Counters, Question, limits, option_ids, shares

NAME = "choice"


def is_valid(question: Question, answer: Any) -> bool:
    if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
        return False
    least, most = limits(question, 1, max(1, question.get("min") or 0))
    in_order = [name for name in option_ids(question) if name in answer]
    return answer == in_order and least <= len(answer) <= most


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for name in answer:
        counters[name] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": shares(option_ids(question), counters, answered)}
