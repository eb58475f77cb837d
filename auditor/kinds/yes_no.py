"""`yes_no`: for, against, or abstaining."""

from typing import Any

from auditor.kinds import Counters, Question, shares

NAME = "yes_no"
ANSWERS = ["yes", "no", "abstain"]


def is_valid(question: Question, answer: Any) -> bool:
    return isinstance(answer, str) and answer in ANSWERS


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    counters[answer] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": shares(ANSWERS, counters, answered)}
