"""Thresholds and quorums: least numbers of votes or ballots, given as a number or as an exact share of something.

`{"votes": 200}`, `{"score": 200}`, `{"at_least": "1/3", "of": "roll"}`, `{"more_than": "50%"}`. A share is of the ballots that
answer the question (`answered`, unless said), of those that do not abstain (`decided`), or of the voter roll (`roll`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.parameters import Check, invalid, share, whole

ANSWERED, DECIDED, ROLL = "answered", "decided", "roll"
_SHARES = ("at_least", "more_than")


@dataclass(frozen=True, slots=True)
class Wholes:
    """What a share can be of. `roll` is nothing where the poll has no voter roll."""

    answered: int
    decided: int
    roll: int | None


def threshold(*numbers: str) -> Check:
    """A check of `{<one of numbers>: n}` or of a share."""

    def check(question: Question, value: Any) -> list[Problem]:
        if not isinstance(value, dict) or len(value.keys() & {*numbers, *_SHARES}) != 1:
            return invalid(allowed=[*numbers, *_SHARES])
        extra = value.keys() - {*numbers, *_SHARES, "of"}
        problems = [Problem(f"/{name}", "unknown_parameter") for name in sorted(extra)]
        for name in numbers:
            if name in value:
                found = whole(0)(question, value[name]) + ([] if "of" not in value else invalid(allowed=[]))
                problems += [Problem(f"/{name}", p.code, p.params) for p in found]
        return problems + _check_share(value)

    return check


def _check_share(value: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name in _SHARES:
        if name in value:
            found = share(value[name])
            if found is None or not 0 <= found <= 1:
                problems.append(Problem(f"/{name}", "parameter_invalid", {"allowed": ["1/3", "50%"]}))
    if value.get("of", ANSWERED) not in (ANSWERED, DECIDED, ROLL):
        problems.append(Problem("/of", "parameter_invalid", {"allowed": [ANSWERED, DECIDED, ROLL]}))
    return problems


def least(value: Mapping[str, Any], wholes: Wholes) -> int:
    """The smallest number that meets the threshold. A share of a roll that does not exist can not be met by fewer than
    all who answered and one more: it is never met.
    """
    for name in ("votes", "score", "ballots"):
        if name in value:
            return int(value[name])
    of = {ANSWERED: wholes.answered, DECIDED: wholes.decided, ROLL: wholes.roll}[value.get("of", ANSWERED)]
    if of is None:
        return wholes.answered + 1
    if "at_least" in value:
        return ceil((share(value["at_least"]) or 0) * of)
    return floor((share(value["more_than"]) or 0) * of) + 1
