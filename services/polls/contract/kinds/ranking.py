"""`ranking`: rank between `min` (1) and `max` (all) of the options. Answer: list of option ids, best first."""

from collections.abc import Iterable
from typing import Any

from services.polls.contract import picking
from services.polls.contract.kinds import MOST_COUNTERS, PLAIN, Counters, Problem, Question, shares

NAME = "ranking"
WIDGET = "ranking"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("limits", "order", "exclusive"))


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of options to rank."""
    least, most = question.get("min"), question.get("max")
    return (1 if least is None else least), (len(picking.ordinary(question)) if most is None else most)


def check_definition(question: Question) -> list[Problem]:
    if len(question["options"]) * limits(question)[1] > MOST_COUNTERS:
        return [Problem("/max", "too_many_counters", {"most": MOST_COUNTERS})]
    return picking.check_options(question) or picking.check_numbers(question, *limits(question))


def check_answer(question: Question, answer: Any) -> list[Problem]:
    return picking.check_list(question, answer, *limits(question))


def canonical(question: Question, answer: Any) -> list[str]:
    return list(answer)


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    """One counter for each option and place."""
    return ((f"{option}={place}", 1) for place, option in enumerate(answer, start=1))


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`count`: ballots that rank the option first, `share` of those who answered; `places`: how many rank it 1st, 2nd and so on."""
    places = range(1, limits(question)[1] + 1)
    ranked = {
        o["id"]: [counters.get(f"{o['id']}={place}", 0) for place in places] for o in question["options"]
    }
    firsts = {name: numbers[0] for name, numbers in ranked.items()}
    options = shares(question, firsts, answered)
    return {"options": [{**each, "places": ranked[each["id"]]} for each in options]}
