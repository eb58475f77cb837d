"""Question kinds as they stand in the record: one file a kind, found by itself. To add one, write `<kind>.py` and its test.

A question is its object in the frozen definition; an answer is what stands for it in a leaf: the one canonical form of a valid
answer, never null. Counters map names of a kind's own choosing to numbers.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib import import_module
from math import floor
from pkgutil import iter_modules
from typing import Any, Protocol, cast

Question = Mapping[str, Any]
Counters = Counter[str]


class Kind(Protocol):
    """What a kind's module offers. NAME: the kind's name in definitions."""

    NAME: str

    def is_valid(self, question: Question, answer: Any) -> bool:
        """Whether the frozen rules allow this answer, in just this form."""

    def count(self, question: Question, counters: Counters, answer: Any, ballots: int) -> None:
        """Adds so many ballots with this valid answer."""

    def result(self, question: Question, counters: Counters, answered: int) -> dict[str, Any]:
        """The fields of the question's published result, beside its id, kind and number of `answered` ballots."""


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("Kind", module) for module in found}


def option_ids(question: Question) -> list[str]:
    return [option["id"] for option in question["options"]]


def listed(question: Question, answer: Any) -> bool:
    """Whether this is a list of some of the options in the definition's order."""
    if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
        return False
    return answer == [name for name in option_ids(question) if name in answer]


def limits(question: Question, least: int, most: int) -> tuple[int, int]:
    """The question's `min` and `max`, or what is meant where they are left out."""
    low, high = question.get("min"), question.get("max")
    return (least if low is None else low), (most if high is None else high)


def percent(count: int, whole: int) -> str:
    """The share in percent with two decimals, half up: `"41.75"`; `"0.00"` of nothing."""
    return two_decimals(Fraction(100 * count, whole) if whole else Fraction(0))


def two_decimals(number: Fraction) -> str:
    """A number that is not negative, with two decimals, half up."""
    hundredths = floor(number * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def shares(names: list[str], counters: Counters, answered: int) -> list[dict[str, Any]]:
    """Each option's count and its share of those who answered."""
    return [
        {"id": name, "count": counters[name], "share": percent(counters[name], answered)} for name in names
    ]
