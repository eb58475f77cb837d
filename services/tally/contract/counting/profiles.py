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
    packed_levels,
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
    """

    BUFFER = 50_000

    def __init__(self, question: Question) -> None:
        self.packing = Packing(question)
        size = len(self.packing.options)
        self._over = [[0] * size for _ in range(size)]
        self._named = [0] * size
        self._waiting: dict[str, int] = {}
        self.ballots = 0

    def add(self, answer: Any, n: int = 1) -> None:
        packed = str(self.packing.pack(answer))
        self._waiting[packed] = self._waiting.get(packed, 0) + n
        self.ballots += n
        if len(self._waiting) >= self.BUFFER:
            self._settle()

    def merge(self, other: "Pairwise") -> None:
        for mine, others in zip(self.over, other.over, strict=True):
            mine[:] = [a + b for a, b in zip(mine, others, strict=True)]
        self._named = [a + b for a, b in zip(self._named, other.named, strict=True)]
        self.ballots += other.ballots

    @property
    def over(self) -> list[list[int]]:
        self._settle()
        return self._over

    @property
    def named(self) -> list[int]:
        """How many ballots rank each option."""
        self._settle()
        return self._named

    def _settle(self) -> None:
        for packed, n in self._waiting.items():
            self._note(packed, n)
        self._waiting.clear()

    def _note(self, packed: str, n: int) -> None:
        below = set(range(len(self._over)))
        for level in packed_levels(packed):
            below.difference_update([each - 1 for each in level])
            for each in level:
                row = self._over[each - 1]
                self._named[each - 1] += n
                for other in below:
                    row[other] += n
