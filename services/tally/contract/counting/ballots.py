"""Forms of ballots: what the canonical answers of the question kinds look like to a counting rule.

A form is what rules care about; several kinds share one.

| form | kinds | canonical answer |
|---|---|---|
| approvals | choice, knapsack | list of option ids |
| verdict | yes_no | `"yes"`, `"no"` or `"abstain"` |
| points | score, cumulative | `{option id: points}` |
| ranking | ranking | list of option ids, best first; in files also lists of ids that are ranked equally |
"""

from collections.abc import Iterable, Sequence
from typing import Any

from services.polls.contract.kinds import Question

APPROVALS, VERDICT, POINTS, RANKING = "approvals", "verdict", "points", "ranking"
FORMS = {
    "choice": APPROVALS,
    "knapsack": APPROVALS,
    "yes_no": VERDICT,
    "score": POINTS,
    "cumulative": POINTS,
    "ranking": RANKING,
}
YES, NO, ABSTAIN = "yes", "no", "abstain"

Packed = str | tuple[int, ...]
"""A ballot as a small hashable value: equal ballots have equal ones. See `Packing`."""

_TIED = "\0"


def form_of(question: Question) -> str:
    """The form of the question's ballots. KeyError for a kind that is not counted."""
    return FORMS[question["kind"]]


def option_ids(question: Question) -> list[str]:
    """The options in listed order; of a motion `no` first, so that a motion which ties is lost."""
    return [NO, YES, ABSTAIN] if question["kind"] == "yes_no" else [o["id"] for o in question["options"]]


def levels(answer: Sequence[str | Sequence[str]]) -> list[list[str]]:
    """A ranking as levels, best first; options on one level are ranked equally."""
    return [[each] if isinstance(each, str) else list(each) for each in answer]


def increments(form: str, answer: Any) -> Iterable[tuple[str, int]]:
    """The counters of one answer, the same as its kind's `count`: `option`, or `option=points`, or `option=place`.

    Options that share a place have the same place, and the next one stands as many places lower as they are.
    """
    if form == APPROVALS:
        return ((option, 1) for option in answer)
    if form == VERDICT:
        return ((answer, 1),)
    if form == POINTS:
        return ((f"{option}={points}", 1) for option, points in answer.items())
    return _places(answer)


def _places(answer: Sequence[str | Sequence[str]]) -> Iterable[tuple[str, int]]:
    place = 1
    for level in levels(answer):
        yield from ((f"{option}={place}", 1) for option in level)
        place += len(level)


class Packing:
    """Turns answers to one question into small hashable values and back.

    Approvals, verdicts and rankings become a text with one character for each option (its number in the definition from
    1), which takes a fraction of a list's memory; a zero character before an option says that it is ranked equal with the
    one before. Points become a tuple of numbers and points in turn.
    """

    def __init__(self, question: Question) -> None:
        self.form = form_of(question)
        self.options = option_ids(question)
        self.number = {option: n for n, option in enumerate(self.options, start=1)}
        self._character = {option: chr(n) for option, n in self.number.items()}

    def pack(self, answer: Any) -> Packed:
        """Raises KeyError for an option that is not the question's."""
        if self.form == APPROVALS:
            return "".join(sorted(map(self._character.__getitem__, answer)))
        if self.form == VERDICT:
            return self._character[answer]
        if self.form == POINTS:
            given = sorted((self.number[option], points) for option, points in answer.items())
            return tuple(each for pair in given for each in pair)
        return "".join(map(self._level, answer))

    def _level(self, level: str | Sequence[str]) -> str:
        if isinstance(level, str):
            return self._character[level]
        return _TIED.join(sorted(map(self._character.__getitem__, level)))

    def unpack(self, packed: Packed) -> Any:
        """An answer that packs to this."""
        if isinstance(packed, tuple):
            return {self.options[n - 1]: p for n, p in zip(packed[::2], packed[1::2], strict=True)}
        if self.form == RANKING:
            return [[self.options[n - 1] for n in level] for level in packed_levels(packed)]
        named = [self.options[ord(character) - 1] for character in packed]
        return named[0] if self.form == VERDICT else named


def packed_levels(packed: str) -> list[list[int]]:
    """The levels of a packed ranking as option numbers from 1, best first."""
    if _TIED not in packed:
        return [[ord(character)] for character in packed]
    found: list[list[int]] = []
    tied = False
    for character in packed:
        if character == _TIED:
            tied = True
        elif tied:
            found[-1].append(ord(character))
            tied = False
        else:
            found.append([ord(character)])
    return found
