"""Branching: questions that are asked only when an earlier one was answered in a certain way (`show_if`).

A condition names an earlier question, so that there are no cycles, and one test of its answer: `any_of` options (or `yes`, `no`,
`abstain`), `min` and `max` of a number or of the score of an `option`, or `answered`. A question that is not asked has no answer,
so whatever depends on it is not asked either.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.polls.contract.kinds import Problem, Question, number, score, yes_no

Condition = Mapping[str, Any]
_LISTS, _POINTS = ("choice", "knapsack", "ranking"), "cumulative"


def shown(questions: Sequence[Question], answers: Any) -> frozenset[str]:
    """The ids of the questions that whoever gives these answers is asked. Takes answers as they are sent and as they are
    recorded, and never raises: what is no valid answer meets no condition but `answered`.
    """
    given = answers if isinstance(answers, Mapping) else {}
    by_id: dict[str, Question] = {}
    for question in questions:
        condition = question.get("show_if")
        if condition is None or _holds(condition, by_id.get(condition["question"]), given):
            by_id[question["id"]] = question
    return frozenset(by_id)


def _holds(condition: Condition, question: Question | None, answers: Mapping[str, Any]) -> bool:
    """`question`: the one that the condition is about, if it is asked itself."""
    answer = None if question is None else answers.get(question["id"])
    if question is None or answer is None:
        return False
    if "any_of" in condition:
        return _names_any(condition["any_of"], answer)
    if condition.keys() & {"min", "max"}:
        return _within(condition, question, answer)
    return True


def _names_any(names: Sequence[str], answer: Any) -> bool:
    """Whether the answer is, or lists, or gives points to one of these."""
    if isinstance(answer, Mapping):
        return any(type(answer.get(name)) is int and answer[name] > 0 for name in names)
    if isinstance(answer, list):
        return any(name in answer for name in names)
    return isinstance(answer, str) and answer in names


def _within(condition: Condition, question: Question, answer: Any) -> bool:
    scale = 1
    if question["kind"] == number.NAME:
        value, scale = number.scaled(question, answer), number.scale(question)
    else:
        points = answer.get(condition["option"]) if isinstance(answer, Mapping) else None
        value = points if type(points) is int else None
    if value is None or ("min" in condition and value < condition["min"] * scale):
        return False
    return "max" not in condition or value <= condition["max"] * scale


def check_conditions(questions: Sequence[Question]) -> list[Problem]:
    """What is wrong with the conditions; pointers start at the poll. Questions are of known kinds."""
    return [
        Problem(f"/questions/{n}/show_if{p.pointer}", p.code, p.params)
        for n, question in enumerate(questions)
        if question.get("show_if") is not None
        for p in _check(question["show_if"], questions[:n], questions[n:])
    ]


def _check(condition: Condition, earlier: Sequence[Question], later: Sequence[Question]) -> list[Problem]:
    about = next((each for each in earlier if each["id"] == condition["question"]), None)
    if about is None:
        exists = any(each["id"] == condition["question"] for each in later)
        return [Problem("/question", "condition_not_earlier" if exists else "unknown_question")]
    tests = [
        condition.keys() & {"any_of"},
        condition.keys() & {"min", "max"},
        condition.keys() & {"answered"},
    ]
    if sum(map(bool, tests)) != 1:
        return [Problem("", "condition_unclear")]
    if tests[1]:
        return _check_range(condition, about)
    if "option" in condition:
        return [Problem("/option", "condition_unfit")]
    return _check_any_of(condition["any_of"], about) if tests[0] else []


def _check_any_of(names: Sequence[str], about: Question) -> list[Problem]:
    if about["kind"] == yes_no.NAME:
        known = set(yes_no.ANSWERS)
    elif about["kind"] in (*_LISTS, _POINTS):
        known = {option["id"] for option in about["options"]}
    else:
        return [Problem("/any_of", "condition_unfit")]
    return [Problem(f"/any_of/{n}", "unknown_option") for n, name in enumerate(names) if name not in known]


def _check_range(condition: Condition, about: Question) -> list[Problem]:
    if about["kind"] not in (number.NAME, score.NAME):
        return [Problem("", "condition_unfit")]
    options = {option["id"] for option in about["options"]}
    if about["kind"] == number.NAME and "option" in condition:
        return [Problem("/option", "condition_unfit")]
    if about["kind"] == score.NAME and condition.get("option") not in options:
        return [Problem("/option", "unknown_option" if "option" in condition else "required")]
    lowest, highest = (number if about["kind"] == number.NAME else score).limits(about)
    least, most = condition.get("min", lowest), condition.get("max", highest)
    if max(least, lowest) > min(most, highest):
        return [Problem("", "condition_never", {"least": lowest, "most": highest})]
    return []
