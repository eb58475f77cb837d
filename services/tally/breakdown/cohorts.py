"""What was counted of each group of voters. It is fetched, used and forgotten: never stored, logged or told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Group = tuple[str, ...]
"""One value for each dimension, in the order of the breakdown."""
Key = tuple[str, str]
"""Question id and the name of one of its counters; the name `""` counts the ballots that answered the question."""


@dataclass(frozen=True)
class Cohorts:
    """Counters of a whole poll by group.

    `by`: the dimensions; `values`: all that each can have, in the order of tables. `voters`, `counters`: by group. `hours`: the
    voters of each group by the hour of casting, named by its start (UTC).
    """

    by: Sequence[str]
    values: Mapping[str, Sequence[str]]
    voters: Mapping[Group, int]
    hours: Mapping[Group, Mapping[str, int]] = field(repr=False)
    counters: Mapping[Group, Mapping[Key, int]] = field(repr=False)

    def index(self, dimension: str) -> int:
        return list(self.by).index(dimension)

    def voters_by(self, dimension: str) -> list[int]:
        """Voters by value, in the order of `values`."""
        place, sums = self.index(dimension), Counter[str]()
        for group, number in self.voters.items():
            sums[group[place]] += number
        return [sums[value] for value in self.values[dimension]]

    def counters_by(self, dimension: str, question: str) -> list[dict[str, int]]:
        """One question's counters by value, in the order of `values`."""
        place = self.index(dimension)
        sums: dict[str, Counter[str]] = {value: Counter() for value in self.values[dimension]}
        for group, counters in self.counters.items():
            for (of, name), number in counters.items():
                if of == question:
                    sums[group[place]][name] += number
        return [dict(sums[value]) for value in self.values[dimension]]

    def hours_by(self, dimension: str) -> list[dict[str, int]]:
        """Voters by value and hour, in the order of `values`."""
        place = self.index(dimension)
        sums: dict[str, Counter[str]] = {value: Counter() for value in self.values[dimension]}
        for group, hours in self.hours.items():
            sums[group[place]].update(hours)
        return [dict(sums[value]) for value in self.values[dimension]]

    def all_hours(self) -> dict[str, int]:
        """All voters by hour."""
        sums = Counter[str]()
        for hours in self.hours.values():
            sums.update(hours)
        return dict(sums)

    def totals(self) -> dict[Key, int]:
        """The counters over all groups, which are those of the whole poll."""
        sums = Counter[Key]()
        for counters in self.counters.values():
            sums.update(counters)
        return dict(sums)
