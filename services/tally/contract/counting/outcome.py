"""What a count comes to: for each option whether it is chosen and why, and everything that led there.

All of it can be written as canonical JSON: texts, integers within 53 bits, booleans, lists and objects; no floats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Score = int | Fraction
_LARGEST = 2**53 - 1


def text(value: Score) -> str:
    """An exact number: `"17"`, `"-3"` or `"35/3"`."""
    return str(value)


def number(value: Score) -> int | str:
    """A figure of a reason: an integer where JSON can hold it exactly, else its text."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return value if isinstance(value, int) and abs(value) <= _LARGEST else text(value)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an option is chosen or not: a code, and the figures that fill its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class OptionOutcome:
    """`votes`: ballots that name the option. `score`: what the rule compares."""

    id: str
    votes: int
    score: Score
    selected: bool
    reason: Reason

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "votes": self.votes,
            "score": text(self.score),
            "selected": self.selected,
            "reason": self.reason.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """`options` in listed order. `rounds` are the steps, where the rule takes several. `ties`: every tie that had to be
    broken, and how. `details`: what only this rule has, such as `pairwise`, `budget` or `other`.
    """

    rule: str
    ballots: int
    options: Sequence[OptionOutcome]
    rounds: Sequence[Mapping[str, Any]] = ()
    ties: Sequence[Mapping[str, Any]] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def selected(self) -> list[str]:
        """The chosen options in listed order."""
        return [option.id for option in self.options if option.selected]

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "ballots": self.ballots,
            "options": [option.as_json() for option in self.options],
            "rounds": [dict(each) for each in self.rounds],
            "ties": [dict(each) for each in self.ties],
            **self.details,
        }
