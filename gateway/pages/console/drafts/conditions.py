"""When a question is asked: `show_if` as the form holds it.

What can be said of an earlier question depends on its kind, so the form asks first which question, and then what of it.
`told`: the question that the rest of the fields speaks of; if another one is chosen, they do not count.
"""

from collections.abc import Mapping
from typing import Any

from gateway.pages.console.drafts.fields import Fields, Reader, Words, present, shown

ANSWERED, ANY_OF, RANGE = "answered", "any_of", "range"
TESTS = {
    "choice": (ANY_OF, ANSWERED),
    "knapsack": (ANY_OF, ANSWERED),
    "ranking": (ANY_OF, ANSWERED),
    "cumulative": (ANY_OF, ANSWERED),
    "yes_no": (ANY_OF, ANSWERED),
    "number": (RANGE, ANSWERED),
    "score": (RANGE, ANSWERED),
}
"""What can be asked of an answer, by the kind of its question; of any other kind whether there is one."""


def blank() -> Words:
    return {"question": "", "told": "", "test": ANSWERED, "any_of": [], "min": "", "max": "", "option": ""}


def show(condition: Mapping[str, Any]) -> Words:
    test = ANY_OF if "any_of" in condition else ANSWERED if "answered" in condition else RANGE
    name = condition["question"]
    return blank() | {
        "question": name,
        "told": name,
        "test": test,
        "any_of": list(condition.get("any_of", [])),
        "min": shown(condition.get("min")),
        "max": shown(condition.get("max")),
        "option": shown(condition.get("option")),
    }


def posted(fields: Fields) -> Words:
    found = {name: fields.text(name) for name in ("question", "told", "test", "min", "max", "option")}
    if found["told"] != found["question"]:
        return blank() | {"question": found["question"]}
    test = found["test"] if found["test"] in (ANSWERED, ANY_OF, RANGE) else ANSWERED
    return found | {"test": test, "any_of": fields.texts("any_of")}


def read(reader: Reader, here: str, words: Words) -> dict[str, Any] | None:
    """`here` is the place of the condition."""
    if not words["question"]:
        return None
    made: dict[str, Any] = {"question": words["question"]}
    test = words["test"] if words["told"] == words["question"] else ANSWERED
    if test == ANY_OF:
        if not words["any_of"]:
            reader.refuse(f"{here}-any_of", "condition_no_answers")
        return made | {"any_of": words["any_of"]}
    if test == RANGE:
        numbers = {name: reader.number(f"{here}-{name}", words[name], signed=True) for name in ("min", "max")}
        if not words["min"].strip() and not words["max"].strip():
            reader.refuse(f"{here}-min", "condition_no_bounds")
        return made | present({**numbers, "option": words["option"] or None})
    return made | {"answered": True}


def tests(kind: str) -> tuple[str, ...]:
    return TESTS.get(kind, (ANSWERED,))
