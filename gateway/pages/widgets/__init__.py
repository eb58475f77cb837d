"""How each kind of question is asked on a page: one file a widget, found by itself, and `templates/widgets/<widget>.html`.

A widget is the bridge between a form's fields and an answer of the contract, both ways: it reads an answer out of what
was entered, and says an answer in words. It checks nothing that the rules of voting check; it only complains of what no
answer could say (two options in one place). Kinds name their widget in `services/polls/contract/kinds`.

Field names: `q.<question>`, or `q.<question>.<option>` where every option has a field. Ids hold no dot.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from services.polls.contract.kinds import Problem, Question

Entered = Mapping[str, Sequence[str]]
"""What stands in the fields: values by field name."""


@dataclass(frozen=True)
class Words:
    """The reader's language."""

    gettext: Callable[[str], str]
    language: str


@dataclass(frozen=True)
class Told:
    """An answer in words: a line for each thing chosen, and what they come to together, where there is such a sum."""

    lines: list[str]
    total: str = ""


class Widget(Protocol):
    """What a widget's module offers. BY_OPTION: whether every option has a field of its own."""

    BY_OPTION: bool

    def read(self, question: Question, entered: Entered) -> Any:
        """The answer in the fields, None for a blank. What is no answer of the kind stays as it was entered: the rules
        of voting refuse it.
        """

    def complaints(self, question: Question, entered: Entered) -> list[Problem]:
        """What was entered and no answer could say; pointers as the rules write them (`/o2`)."""

    def tell(self, question: Question, answer: Any, words: Words) -> Told:
        """A valid answer in words."""


@cache
def widgets() -> dict[str, Widget]:
    """All widgets by name."""
    names = [module.name for module in iter_modules(__path__)]
    return {name: cast("Widget", import_module(f"{__name__}.{name}")) for name in names}


def nothing(question: Question, entered: Entered) -> list[Problem]:
    """Of a widget whose fields say nothing that an answer could not."""
    return []


def values(question: Question, entered: Entered) -> list[str]:
    """What stands in the question's one field, without the empty value that means no answer."""
    return [value for value in entered.get(f"q.{question['id']}", ()) if value != ""]


def by_option(question: Question, entered: Entered) -> dict[str, str]:
    """What stands in the options' fields, empty ones left out, in the order of the definition."""
    found = {}
    for option in question["options"]:
        for value in entered.get(f"q.{question['id']}.{option['id']}", ())[:1]:
            if value.strip():
                found[option["id"]] = plain(value)
    return found


def plain(text: str) -> str:
    """A number or date as people type it, in the plain characters of a keyboard: `１２` is `12`, `−3` is `-3`."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def whole(text: str) -> int | str:
    """A whole number; what is none, or is longer than any limit, stays text."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else text


def labels(question: Question) -> dict[str, str]:
    return {option["id"]: option["label"] for option in question["options"]}


def is_alone(question: Question, option_id: str) -> bool:
    """Whether the option can only be chosen alone, as "none of these"."""
    return any(option["id"] == option_id and option.get("exclusive") for option in question["options"])
