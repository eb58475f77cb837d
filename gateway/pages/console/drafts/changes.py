"""Adding, removing and moving parts of the form by submit buttons, without JavaScript."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from gateway.pages.console.drafts import conditions, counting, limits, options
from gateway.pages.console.drafts.fields import Words
from gateway.pages.console.drafts.questions import NUMBERS, TEXTS

OPTIONS_AT_FIRST = {"choice": 4, "score": 2, "knapsack": 4, "cumulative": 4, "ranking": 4}


def change(entered: Words, step: str) -> Words:
    """The form after a button: `add-question-choice`, `remove-option-0-2`, `up-question-1`. No other changes it, but the
    question whose button it was stands open.
    """
    verb, _, rest = step.partition("-")
    what, _, place = rest.partition("-")
    with suppress(ValueError, IndexError, OverflowError):
        entered["questions"][int(place.partition("-")[0])]["shown"] = True
    action = CHANGES.get((verb, what))
    if action is not None:
        with suppress(ValueError, IndexError, OverflowError):
            action(entered["questions"], place)
    return entered


def add_question(questions: list[Words], kind: str) -> None:
    """A new last question, the only one that stands open."""
    made: Words = dict.fromkeys((*TEXTS, *NUMBERS), "") | {
        "id": fresh("q", questions),
        "kind": kind,
        "required": True,
        "folded": False,
        "shown": True,
        "options": [],
        "counting": counting.show(kind, None),
        "limits": [],
        "limits_kept": "",
        "show_if": conditions.blank(),
        "show_if_kept": "",
    }
    for question in questions:
        question["shown"] = False
    questions.append(made)
    for _ in range(OPTIONS_AT_FIRST.get(kind, 0)):
        add_option(questions, str(len(questions) - 1))


def add_option(questions: list[Words], place: str) -> None:
    listed = questions[int(place)]["options"]
    listed.append(options.blank() | {"id": fresh("o", listed)})


def remove_question(questions: list[Words], place: str) -> None:
    del questions[int(place)]


def remove_option(questions: list[Words], place: str) -> None:
    question, n = _places(place)
    del questions[question]["options"][n]


def move_up(questions: list[Words], place: str) -> None:
    n = int(place)
    if n > 0:
        questions.insert(n - 1, questions.pop(n))


def add_limit(questions: list[Words], place: str) -> None:
    questions[int(place)]["limits"].append(limits.blank())


def remove_limit(questions: list[Words], place: str) -> None:
    question, n = _places(place)
    del questions[question]["limits"][n]


def adder(name: str, row: Callable[[], object]) -> Callable[[list[Words], str], None]:
    """A button that adds a row to a parameter of the counting rule."""

    def add(questions: list[Words], place: str) -> None:
        questions[int(place)]["counting"][name].append(row())

    return add


def remover(name: str) -> Callable[[list[Words], str], None]:
    def remove(questions: list[Words], place: str) -> None:
        question, n = _places(place)
        del questions[question]["counting"][name][n]

    return remove


def _places(place: str) -> tuple[int, int]:
    question, _, n = place.partition("-")
    return int(question), int(n)


def fresh(letter: str, items: list[Words]) -> str:
    """An id that none of the items has."""
    taken = {item["id"] for item in items}
    return next(name for n in range(1, len(items) + 2) if (name := f"{letter}{n}") not in taken)


CHANGES: Mapping[tuple[str, str], Callable[[list[Words], str], None]] = {
    ("add", "question"): add_question,
    ("add", "option"): add_option,
    ("add", "limit"): add_limit,
    ("add", "cap"): adder("caps", lambda: {"group": "", "projects": "", "budget": ""}),
    ("add", "exclusive"): adder("exclusive", list),
    ("add", "source"): adder("sources", lambda: {"name": "", "weight": ""}),
    ("remove", "question"): remove_question,
    ("remove", "option"): remove_option,
    ("remove", "limit"): remove_limit,
    ("remove", "cap"): remover("caps"),
    ("remove", "exclusive"): remover("exclusive"),
    ("remove", "source"): remover("sources"),
    ("up", "question"): move_up,
}
"""What a button's value does to the questions, by its first two words."""


def without_blanks(entered: Words) -> Words:
    """Options that nobody filled in are left out."""
    for question in entered["questions"]:
        question["options"] = [option for option in question["options"] if not options.is_blank(option)]
    return entered
