"""`choice`: pick between `min` and `max` of the options (both 1 unless given). Answer: list of option ids."""

from collections.abc import Iterable
from typing import Any

from services.polls.contract import picking
from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, shares

NAME = "choice"
WIDGET = "options"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("limits", "order", "exclusive"))


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of options to pick."""
    least = question.get("min")
    most = question.get("max")
    least = 1 if least is None else least
    return least, max(1, least) if most is None else most


def check_definition(question: Question) -> list[Problem]:
    return picking.check_options(question) or picking.check_numbers(question, *limits(question))


def check_answer(question: Question, answer: Any) -> list[Problem]:
    return picking.check_list(question, answer, *limits(question))


def canonical(question: Question, answer: Any) -> list[str]:
    """In the order of the definition, so that equal votes look equal."""
    return picking.in_order(question, answer)


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    return ((option, 1) for option in answer)


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """Share of those who answered: with several choices the shares add up to more than 100 %."""
    return {"options": shares(question, counters, answered)}
