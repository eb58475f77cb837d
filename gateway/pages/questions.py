"""A poll's questions as the ballot shows them, and the answers in a posted form. How one question is asked, its widget
knows (`widgets/`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from gateway.pages.widgets import Told, Words, widgets
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import Problem, Question, kinds
from services.polls.contract.limits import values_of
from services.polls.contract.ordering import ordering

Entered = dict[str, list[str]]
BARE_OPTION = {
    "image": None,
    "cost": None,
    "description": None,
    "group": None,
    "category": None,
    "exclusive": False,
}
BARE_QUESTION = {
    "description": None,
    "limits": None,
    "order": "fixed",
    "show_if": None,
    "budget": None,
    "most_each": None,
    "decimals": 0,
    "earliest": None,
    "latest": None,
}
BARE_CONDITION = {"any_of": None, "min": None, "max": None, "option": None, "answered": False}
NAMED = 3
"""So many groups are named in a limit; of more, the first and how many there are."""


def widget(question: Question) -> str:
    return kinds()[question["kind"]].WIDGET


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest, in the kind's own sense; (1, 1) for a kind without limits."""
    own = getattr(kinds()[question["kind"]], "limits", None)
    return own(question) if own else (1, 1)


def ballot_questions(questions: Sequence[Question], ballot_id: str = "") -> list[dict[str, Any]]:
    """All questions with what their widgets need, options in the order of this ballot; without one, of the definition."""
    numbers = {question["id"]: n for n, question in enumerate(questions, 1)}
    asked = [shown(question, ballot_id) for question in questions]
    by_id = {question["id"]: question for question in asked}
    for question in asked:
        condition = question["show_if"]
        if condition:
            on = by_id[condition["question"]]
            question["condition"] = told_condition(condition, on, numbers[on["id"]])
    return asked


def told_condition(condition: Mapping[str, Any], on: Question, number: int) -> dict[str, Any]:
    """When a question is asked, with the number of the question it hangs on and the labels of that one's options; yes and
    no are words of the page.
    """
    labels = {option["id"]: option["label"] for option in on["options"]}
    listed = condition.get("any_of") or [condition.get("option")]
    names = [labels.get(each, each) for each in listed if each]
    return {**BARE_CONDITION, **condition, "number": number, "names": names, "yes_no": not labels}


def shown(question: Question, ballot_id: str = "") -> dict[str, Any]:
    """The question with what its widget needs."""
    least, most = limits(question)
    by_id = {option["id"]: {**BARE_OPTION, **option} for option in question["options"]}
    options = [by_id[name] for name in (ordering(question, ballot_id) if ballot_id else by_id)]
    full = {**BARE_QUESTION, **question}
    return {
        **full,
        "widget": widget(question),
        "least": least,
        "most": most,
        "options": options,
        "grouped": grouped(options),
        "alone": sum(option["exclusive"] for option in options),
        "pictures": any(option["image"] for option in options),
        "each_most": full["most_each"] or most,
        "rules": [rule(question, limit) for limit in full["limits"] or []],
        "condition": None,
    }


def rule(question: Question, limit: Mapping[str, Any]) -> dict[str, Any]:
    """A limit with the names it counts."""
    values = values_of(question, limit)
    return {
        "by": limit["by"],
        "each": bool(limit.get("each")),
        "least": limit.get("min"),
        "most": limit.get("max"),
        "distinct": limit.get("distinct"),
        "values": values,
        "whole": not limit.get("values"),
        "named": values if len(values) <= NAMED else values[:1],
    }


def grouped(options: Iterable[Mapping[str, Any]]) -> list[tuple[str | None, list[Mapping[str, Any]]]]:
    """Options by group, groups in the order of their first option; those that can only be chosen alone stand apart."""
    groups: dict[tuple[bool, str | None], list[Mapping[str, Any]]] = {}
    for option in options:
        alone = bool(option["exclusive"])
        groups.setdefault((alone, None if alone else option["group"]), []).append(option)
    return [(group, members) for (_, group), members in groups.items()]


def field_names(question: Question) -> list[str]:
    name = f"q.{question['id']}"
    if widgets()[widget(question)].BY_OPTION:
        return [f"{name}.{option['id']}" for option in question["options"]]
    return [name]


def entered_in(questions: Iterable[Question], form: FormData) -> Entered:
    """What stands in the ballot's fields, for showing it again; anything else in the form is left out."""
    names = [name for question in questions for name in field_names(question)]
    found = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in names}
    return {name: values for name, values in found.items() if values}


@dataclass(frozen=True)
class Reading:
    """What was entered, read: `answers` to the questions that are asked, `dropped` ids of those that were answered and
    are not asked after all, `problems` of both the page's and the rules' kind.
    """

    answers: dict[str, Any]
    asked: list[str]
    dropped: list[str]
    problems: list[Problem]


def read(questions: Sequence[Question], entered: Entered) -> Reading:
    """The ballot in the fields; a question that was left blank is not among the answers."""
    given = {question["id"]: widgets()[widget(question)].read(question, entered) for question in questions}
    given = {name: answer for name, answer in given.items() if answer is not None}
    asked = ballot_rules.shown(questions, given)
    answers = {name: answer for name, answer in given.items() if name in asked}
    return Reading(
        answers=answers,
        asked=[question["id"] for question in questions if question["id"] in asked],
        dropped=[name for name in given if name not in asked],
        problems=problems(questions, entered, answers, asked),
    )


def problems(
    questions: Sequence[Question], entered: Entered, answers: Mapping[str, Any], asked: Iterable[str]
) -> list[Problem]:
    """What is wrong, question by question; where the page already complains, the rules need not."""
    own = {
        question["id"]: widgets()[widget(question)].complaints(question, entered)
        for question in questions
        if question["id"] in asked
    }
    found = ballot_rules.check_ballot(questions, answers)
    rules = [problem for problem in found if not own.get(question_of(problem.pointer))]
    mine = [Problem(f"/{name}{p.pointer}", p.code, p.params) for name, each in own.items() for p in each]
    order = {question["id"]: n for n, question in enumerate(questions)}
    return sorted(mine + rules, key=lambda problem: order.get(question_of(problem.pointer), -1))


def question_of(pointer: str) -> str:
    """The id of the question that a complaint about the answers (`/q1/o2`) is about."""
    return pointer.removeprefix("/").partition("/")[0]


def field_of(questions: Iterable[Question], pointer: str) -> str:
    """The id of the field that a complaint about the answers belongs to."""
    name, _, rest = pointer.strip("/").partition("/")
    question = next((q for q in questions if q["id"] == name), None)
    if question is None:
        return ""
    known = [option["id"] for option in question["options"]]
    return f"q-{name}-{rest}" if rest in known and widgets()[widget(question)].BY_OPTION else f"q-{name}"


def told(question: Question, answer: Any, words: Words) -> Told:
    """An answer in words, for the confirmation page."""
    return Told([]) if answer is None else widgets()[widget(question)].tell(question, answer, words)
