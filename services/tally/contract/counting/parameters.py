"""Parameters of a rule in a question's `counting`: what each may be, and what it is when it is not given."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.ties import LISTED, METHODS

Check = Callable[[Question, Any], list[Problem]]
REQUIRED = object()
MOST_MONEY = 10**15
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,6}))? ?%")


@dataclass(frozen=True, slots=True)
class Parameter:
    """`check` finds what is wrong with a value, with pointers relative to it. `default` None: the parameter is left out."""

    check: Check
    default: Any = None


Parameters = Mapping[str, Parameter]


def settings(question: Question, parameters: Parameters) -> dict[str, Any]:
    """The whole method: what the definition gives, and the defaults of what it does not."""
    given = question["counting"]
    defaults = {name: each.default for name, each in parameters.items() if each.default is not None}
    return {"rule": given["rule"], **defaults, **from_question(question, parameters), **given}


def from_question(question: Question, parameters: Parameters) -> dict[str, Any]:
    """Required parameters that the question itself tells where `counting` does not: what its voters could spend (`budget` of
    `knapsack`) is what there is to spend. `counting` may say another sum, as where each voter is given a part of it.
    """
    told = {"budget": question.get("budget")}
    return {
        name: told[name]
        for name, each in parameters.items()
        if each.default is REQUIRED and told.get(name) is not None
    }


def check_parameters(question: Question, parameters: Parameters) -> list[Problem]:
    """What is wrong with a question's `counting`; pointers are relative to the question."""
    given = {name: value for name, value in question["counting"].items() if name != "rule"}
    told = from_question(question, parameters)
    problems = [
        Problem(f"/counting/{name}", "unknown_parameter") for name in sorted(given.keys() - parameters)
    ]
    for name, parameter in parameters.items():
        if name in given:
            found = parameter.check(question, given[name])
            problems += [Problem(f"/counting/{name}{p.pointer}", p.code, p.params) for p in found]
        elif parameter.default is REQUIRED and name not in told:
            problems.append(Problem(f"/counting/{name}", "parameter_missing"))
    return problems


def invalid(**allowed: Any) -> list[Problem]:
    return [Problem("", "parameter_invalid", allowed)]


def whole(least: int, most: int = MOST_MONEY) -> Check:
    """An integer within these limits."""

    def check(_question: Question, value: Any) -> list[Problem]:
        fits = type(value) is int and least <= value <= most
        return [] if fits else invalid(min=least, max=most)

    return check


def one_of(*names: str) -> Check:
    def check(_question: Question, value: Any) -> list[Problem]:
        return [] if value in names and isinstance(value, str) else invalid(allowed=list(names))

    return check


def seats(question: Question, value: Any) -> list[Problem]:
    """How many options are chosen: not more than there are, without exclusive ones ("none of these")."""
    electable = sum(not option.get("exclusive") for option in question["options"])
    return whole(1, max(1, electable))(question, value)


def share(written: Any) -> Fraction | None:
    """A share as it is written in a definition: `"1/3"`, `"50%"`, `"33.3%"`; nothing for anything else."""
    if not isinstance(written, str):
        return None
    fraction, percent = _FRACTION.fullmatch(written), _PERCENT.fullmatch(written)
    if fraction and int(fraction[2]):
        return Fraction(int(fraction[1]), int(fraction[2]))
    return Fraction(f"{percent[1]}.{percent[2] or 0}") / 100 if percent else None


TIES = Parameter(one_of(*METHODS), LISTED)
SEATS = Parameter(seats, 1)
