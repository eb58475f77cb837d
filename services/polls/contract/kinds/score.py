"""`score`: give every option an integer between `min` and `max` (1 and 5 unless given). Answer: `{option: integer}`."""

from collections.abc import Iterable
from typing import Any

from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, mean, segment, share

NAME = "score"
WIDGET = "scale"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("order",))
WIDEST = 100


def limits(question: Question) -> tuple[int, int]:
    """Lowest and highest score."""
    lowest, highest = question.get("min"), question.get("max")
    return (1 if lowest is None else lowest), (5 if highest is None else highest)


def check_definition(question: Question) -> list[Problem]:
    lowest, highest = limits(question)
    if not question["options"]:
        return [Problem("/options", "too_few_options", {"least": 1})]
    if not 0 <= lowest < highest <= WIDEST:
        return [Problem("/max", "scores_impossible", {"min": lowest, "max": highest, "widest": WIDEST})]
    return []


def check_answer(question: Question, answer: Any) -> list[Problem]:
    if not isinstance(answer, dict):
        return [Problem("", "not_scores")]
    lowest, highest = limits(question)
    known = [option["id"] for option in question["options"]]
    problems = [Problem(f"/{segment(name)}", "unknown_option") for name in answer if name not in known]
    for name in known:
        given = answer.get(name)
        if given is None:
            problems.append(Problem(f"/{name}", "score_missing"))
        elif type(given) is not int or not lowest <= given <= highest:
            problems.append(Problem(f"/{name}", "score_outside", {"min": lowest, "max": highest}))
    return problems


def canonical(question: Question, answer: Any) -> dict[str, int]:
    return {option["id"]: answer[option["id"]] for option in question["options"]}


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    """One counter for each option and score, from which sum, mean and distribution follow."""
    return ((f"{option}={points}", 1) for option, points in answer.items())


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`count` is the sum of points, `share` that sum in percent of the most possible, `mean` with two decimals."""
    lowest, highest = limits(question)
    options = []
    for option in question["options"]:
        distribution = [counters.get(f"{option['id']}={points}", 0) for points in range(lowest, highest + 1)]
        total = sum(points * votes for points, votes in enumerate(distribution, start=lowest))
        options.append(
            {
                "id": option["id"],
                "count": total,
                "share": share(total, answered * highest),
                "mean": mean(total, answered),
                "distribution": distribution,
            }
        )
    return {"lowest": lowest, "highest": highest, "options": options}
