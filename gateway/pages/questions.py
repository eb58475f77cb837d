"""A poll's questions as the ballot shows them, and the answers in a posted form.

Field names: `q.<question>` for options, yes/no and text, `q.<question>.<option>` for a scale. Ids hold no dot.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import FormData

from services.polls.contract.kinds import Question, kinds

Entered = dict[str, list[str]]


def widget(question: Question) -> str:
    return kinds()[question["kind"]].WIDGET


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest, in the kind's own sense; (1, 1) for a kind without limits."""
    own = getattr(kinds()[question["kind"]], "limits", None)
    return own(question) if own else (1, 1)


def shown(question: Question) -> dict[str, Any]:
    """The question with what its widget needs."""
    least, most = limits(question)
    options = [
        {"image": None, "cost": None, "description": None, "group": None, **o} for o in question["options"]
    ]
    return {
        "description": None,
        **question,
        "widget": widget(question),
        "least": least,
        "most": most,
        "options": options,
        "grouped": grouped(options),
        "pictures": any(option["image"] for option in options),
    }


def grouped(options: Iterable[Mapping[str, Any]]) -> list[tuple[str | None, list[Mapping[str, Any]]]]:
    """Options by group, groups in the order of their first option."""
    groups: dict[str | None, list[Mapping[str, Any]]] = {}
    for option in options:
        groups.setdefault(option["group"], []).append(option)
    return list(groups.items())


def field_names(question: Question) -> list[str]:
    name = f"q.{question['id']}"
    if widget(question) == "scale":
        return [f"{name}.{option['id']}" for option in question["options"]]
    return [name]


def entered_in(questions: Iterable[Question], form: FormData) -> Entered:
    """What stands in the ballot's fields, for showing it again; anything else in the form is left out."""
    names = [name for question in questions for name in field_names(question)]
    found = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in names}
    return {name: values for name, values in found.items() if values}


def answers_in(questions: Iterable[Question], entered: Entered) -> dict[str, Any]:
    """The ballot's answers; a question that was left blank is not among them."""
    read = {question["id"]: answer_in(question, entered) for question in questions}
    return {name: answer for name, answer in read.items() if answer is not None}


def answer_in(question: Question, entered: Entered) -> Any:
    given = [value for value in entered.get(f"q.{question['id']}", []) if value != ""]
    match widget(question):
        case "options":
            return given or None
        case "scale":
            return scores_in(question, entered)
        case _:
            return given[0] if given and given[0].strip() else None


def scores_in(question: Question, entered: Entered) -> dict[str, Any] | None:
    """Scores by option. What is no whole number stays as it is: the ballot rules refuse it."""
    scores = {}
    for option in question["options"]:
        for value in entered.get(f"q.{question['id']}.{option['id']}", [])[:1]:
            if value.strip():
                scores[option["id"]] = (
                    int(value) if value.strip().isascii() and value.strip().isdigit() else value
                )
    return scores or None


def field_of(questions: Iterable[Question], pointer: str) -> str:
    """The id of the field that a complaint about the answers (`/q1/o2`) belongs to."""
    name, _, rest = pointer.strip("/").partition("/")
    question = next((q for q in questions if q["id"] == name), None)
    if question is None:
        return ""
    own = f"q-{name}"
    return f"{own}-{rest}" if rest and widget(question) == "scale" else own


def lines(question: Question, answer: Any, yes_no: Mapping[str, str]) -> list[str]:
    """An answer in words, for the confirmation page."""
    if answer is None:
        return []
    labels = {option["id"]: option["label"] for option in question["options"]}
    match widget(question):
        case "options":
            return [labels[option] for option in answer]
        case "scale":
            return [f"{labels[option]}: {points}" for option, points in answer.items()]
        case "yes_no":
            return [yes_no[answer]]
        case _:
            return [str(answer).strip()]
