"""Profiles: ballots added up, never kept one by one. Each can be added to, and merged with another of its kind.

The order of additions never matters, and the profiles of parts merge into the profile of the whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

from services.polls.contract.kinds import Question
from services.tally.contract.counting.ballots import (
    APPROVALS,
    POINTS,
    VERDICT,
    Packed,
    Packing,
    increments,
)


class Profile(Protocol):
    """What a rule counts. `ballots`: how many were added; blank ones are not."""

    ballots: int

    def add(self, answer: Any, n: int = 1) -> None:
        """Adds `n` ballots with this canonical answer. Raises KeyError for an unknown option."""

    def merge(self, other: Self) -> None:
        """Adds all ballots of the other profile of the same question."""


class Counted(Protocol):
    """A profile that knows for each option how often it was named, and its points."""

    ballots: int

    def votes(self) -> dict[str, int]:
        """How many ballots name each option; with points: give it more than none; in a ranking: rank it."""

    def points(self) -> dict[str, int]:
        """The sum of points of each option."""

    def firsts(self) -> dict[str, int]:
        """How many ballots rank each option first, alone or with others."""

    def place_points(self, scale: list[int]) -> dict[str, int]:
        """The sum of `scale[place - 1]` over the ballots that rank an option."""


class Counters:
    """The named counters that the question's kind makes: live results have nothing else."""

    def __init__(
        self, question: Question, counters: Mapping[str, int] | None = None, ballots: int = 0
    ) -> None:
        self._packing = Packing(question)
        self._counters = Counter(counters or {})
        self.ballots = ballots

    def add(self, answer: Any, n: int = 1) -> None:
        for name, one in increments(self._packing.form, answer):
            self._counters[name] += one * n
        self.ballots += n

    def merge(self, other: "Counters") -> None:
        self._counters.update(other._counters)  # noqa: SLF001 - the same class
        self.ballots += other.ballots

    def _sums(self, weigh: Any) -> dict[str, int]:
        found = dict.fromkeys(self._packing.options, 0)
        for name, n in self._counters.items():
            option, separator, value = name.rpartition("=")
            if separator:
                found[option] += n * weigh(int(value))
        return found

    def votes(self) -> dict[str, int]:
        if self._packing.form in (APPROVALS, VERDICT):
            return {option: self._counters[option] for option in self._packing.options}
        if self._packing.form == POINTS:
            return self._sums(lambda points: points > 0)
        return self._sums(lambda _place: 1)

    def points(self) -> dict[str, int]:
        return self._sums(lambda points: points)

    def firsts(self) -> dict[str, int]:
        return self._sums(lambda place: place == 1)

    def place_points(self, scale: list[int]) -> dict[str, int]:
        return self._sums(lambda place: scale[place - 1] if place <= len(scale) else 0)


class Groups:
    """Identical ballots together: each different ballot once, with its number."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self.packing = Packing(question)
        self.numbers: dict[Packed, int] = {}
        self.ballots = 0

    def add(self, answer: Any, n: int = 1) -> None:
        packed = self.packing.pack(answer)
        self.numbers[packed] = self.numbers.get(packed, 0) + n
        self.ballots += n

    def merge(self, other: "Groups") -> None:
        for packed, n in other.numbers.items():
            self.numbers[packed] = self.numbers.get(packed, 0) + n
        self.ballots += other.ballots

    def counters(self) -> Counters:
        """The same ballots as counters."""
        found = Counters(self._question)
        for packed, n in self.numbers.items():
            found.add(self.packing.unpack(packed), n)
        return found

    def approved(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """Sets of options with their numbers of ballots: an option is in the set when the ballot gives it anything.
        Options are numbered from 0; a set may come several times.
        """
        for packed, n in self.numbers.items():
            if isinstance(packed, tuple):
                pairs = zip(packed[::2], packed[1::2], strict=True)
                yield tuple(option - 1 for option, points in pairs if points > 0), n
            else:
                yield tuple(ord(character) - 1 for character in packed if character != "\0"), n


class Pairwise:
    """How many ballots prefer each option to each other one: `over[a][b]`, options numbered from 0.

    A ranked option is preferred to every one that is not ranked; among those that are not ranked there is no preference.
    A row is one integer with 64 bits for each option, so that a ballot costs an addition for each option that it ranks.
    """

    BITS = 64

    def __init__(self, question: Question) -> None:
        self.packing = Packing(question)
        self._size = len(self.packing.options)
        self._unit = {option: 1 << self.BITS * n for n, option in enumerate(self.packing.options)}
        self._all = sum(self._unit.values())
        self._rows = dict.fromkeys(self.packing.options, 0)
        self._named = 0
        self.ballots = 0

    def add(self, answer: Any, n: int = 1) -> None:
        below, unit, rows = self._all, self._unit, self._rows
        for level in answer:
            if isinstance(level, str):
                below -= unit[level]
                rows[level] += below * n
            else:
                below -= sum(unit[option] for option in level)
                for option in level:
                    rows[option] += below * n
        self._named += (self._all - below) * n
        self.ballots += n

    def merge(self, other: "Pairwise") -> None:
        for option, row in other._rows.items():  # noqa: SLF001 - the same class
            self._rows[option] += row
        self._named += other._named  # noqa: SLF001 - the same class
        self.ballots += other.ballots

    @property
    def over(self) -> list[list[int]]:
        return [self._lanes(row) for row in self._rows.values()]

    @property
    def named(self) -> list[int]:
        """How many ballots rank each option."""
        return self._lanes(self._named)

    def _lanes(self, row: int) -> list[int]:
        return [row >> self.BITS * n & (1 << self.BITS) - 1 for n in range(self._size)]
