"""`knapsack`: pick options that together cost no more than `budget`, between `min` (1) and `max` (all) of them. Answer: list of
option ids. Every option has a `cost`; an exclusive one ("none of these") needs none and costs nothing.
"""

from collections.abc import Iterable
from typing import Any

from services.polls.contract import picking
from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, shares

NAME = "knapsack"
WIDGET = "knapsack"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("budget", "limits", "order", "exclusive"))


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of options to pick."""
    least, most = question.get("min"), question.get("max")
    return (1 if least is None else least), (len(picking.ordinary(question)) if most is None else most)


def check_definition(question: Question) -> list[Problem]:
    if question.get("budget") is None:
        return [Problem("/budget", "required")]
    problems = picking.check_options(question) or _check_costs(question)
    return problems or picking.check_numbers(question, *limits(question)) or _check_cheapest(question)


def _check_costs(question: Question) -> list[Problem]:
    """An option that nobody could pick has a cost or a budget with a slip in it."""
    problems = []
    for n, option in enumerate(question["options"]):
        here = f"/options/{n}/cost"
        if option.get("exclusive"):
            continue
        if option.get("cost") is None:
            problems.append(Problem(here, "cost_missing"))
        elif option["cost"] > question["budget"]:
            figures = {"cost": option["cost"], "budget": question["budget"]}
            problems.append(Problem(here, "cost_above_budget", figures))
    return problems


def _check_cheapest(question: Question) -> list[Problem]:
    least, _ = limits(question)
    cheapest = sum(sorted(option["cost"] for option in picking.ordinary(question))[:least])
    if cheapest <= question["budget"]:
        return []
    return [
        Problem("/min", "min_unaffordable", {"min": least, "cost": cheapest, "budget": question["budget"]})
    ]


def check_answer(question: Question, answer: Any) -> list[Problem]:
    problems = picking.check_list(question, answer, *limits(question))
    return problems or _over_budget(question, answer)


def _over_budget(question: Question, picked: list[str]) -> list[Problem]:
    names = set(picked)
    spent = sum(each.get("cost") or 0 for each in question["options"] if each["id"] in names)
    if spent <= question["budget"] or _is_exclusive(question, picked):
        return []
    over = {"budget": question["budget"], "given": spent, "over": spent - question["budget"]}
    return [Problem("", "over_budget", over)]


def _is_exclusive(question: Question, picked: list[str]) -> bool:
    return any(each.get("exclusive") for each in question["options"] if each["id"] in picked)


def canonical(question: Question, answer: Any) -> list[str]:
    """In the order of the definition, so that equal votes look equal."""
    return picking.in_order(question, answer)


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    return ((option, 1) for option in answer)


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """Share of those who answered: the shares add up to more than 100 %."""
    return {"options": shares(question, counters, answered)}
