"""`yes_no`: 찬성, 반대 or 기권. Answer: `"yes"`, `"no"` or `"abstain"`. No options in the definition."""

from collections.abc import Iterable
from typing import Any

from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, share

NAME = "yes_no"
WIDGET = "yes_no"
COUNTED = True
RECORDED = PLAIN
FIELDS: frozenset[str] = frozenset()
ANSWERS = ("yes", "no", "abstain")


def check_definition(question: Question) -> list[Problem]:
    return [Problem("/options", "options_not_used")] if question["options"] else []


def check_answer(question: Question, answer: Any) -> list[Problem]:
    return [] if answer in ANSWERS else [Problem("", "not_yes_no_abstain")]


def canonical(question: Question, answer: Any) -> str:
    return str(answer)


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    return ((answer, 1),)


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """Shares are of those who answered, abstentions included."""
    return {
        "options": [
            {"id": name, "count": counters.get(name, 0), "share": share(counters.get(name, 0), answered)}
            for name in ANSWERS
        ]
    }
