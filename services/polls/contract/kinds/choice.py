"""`choice`: pick between `min` and `max` of the options (both 1 unless given). Answer: list of option ids."""

from collections.abc import Iterable
from typing import Any

from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, share

NAME = "choice"
WIDGET = "options"
COUNTED = True
RECORDED = PLAIN


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of options to pick."""
    least = question.get("min")
    most = question.get("max")
    least = 1 if least is None else least
    return least, max(1, least) if most is None else most


def check_definition(question: Question) -> list[Problem]:
    least, most = limits(question)
    available = len(question["options"])
    if available < 2:
        return [Problem("/options", "too_few_options", {"least": 2})]
    if not 0 <= least <= most <= available or most == 0:
        return [Problem("/max", "limits_impossible", {"min": least, "max": most, "options": available})]
    return []


def check_answer(question: Question, answer: Any) -> list[Problem]:
    if not isinstance(answer, list) or not all(isinstance(item, str) for item in answer):
        return [Problem("", "not_a_list_of_options")]
    known = {option["id"] for option in question["options"]}
    problems = [Problem(f"/{n}", "unknown_option") for n, item in enumerate(answer) if item not in known]
    if len(set(answer)) != len(answer):
        problems.append(Problem("", "repeated_option"))
    least, most = limits(question)
    if len(answer) < least:
        problems.append(Problem("", "too_few_choices", {"min": least, "given": len(answer)}))
    if len(answer) > most:
        problems.append(Problem("", "too_many_choices", {"max": most, "given": len(answer)}))
    return problems


def canonical(question: Question, answer: Any) -> list[str]:
    """In the order of the definition, so that equal votes look equal."""
    picked = set(answer)
    return [option["id"] for option in question["options"] if option["id"] in picked]


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    return ((option, 1) for option in answer)


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """Share of those who answered: with several choices the shares add up to more than 100 %."""
    return {
        "options": [
            {
                "id": o["id"],
                "count": counters.get(o["id"], 0),
                "share": share(counters.get(o["id"], 0), answered),
            }
            for o in question["options"]
        ]
    }
