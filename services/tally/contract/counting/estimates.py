"""The Method of Equal Shares in whole numbers with proven bounds of error: fast, and silent where the bounds do not decide.

Money is counted in units of 2^-96 and rounded; a bound on the error is carried along, and whenever two figures are closer to each
other than their bounds, there is no answer and `equal_shares` counts exactly. So rounding never decides anything.

What a run learns serves the next one, in which every share is raised a little. With p_j the price of a funded project, a voter has
max(0, share - sum of p_j over the funded projects that the voter supports), whatever the order of funding. So where the same projects are
funded, nobody has more than `gain` more than in the run before, `gain` being the raise and what prices have fallen by. The price of
a project at which so many supporters are rich (pay it in full) and so many poor (pay all they have) is convex in the money that all
have more: it is at least the old price less gain * poor / rich. Most projects need not be looked at again.

If two runs fund the same projects in the same order, and in every step the price per utility that was best with the lower shares is
still below that of every other project with the higher ones, then all shares between give the same: prices only fall while shares
rise. Such a run is `steady`, and the shares between are left out.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

BITS = 96
Level = tuple[int, int, int]
"""A lower bound of a project's price, and how many supporters pay less than it and how many pay it; of a project that nobody can pay
for: what its supporters have together at most, how many they are, and 0.
"""


class Undecided(Exception):
    """Two figures are so close to each other that only exact ones tell which is greater."""


@dataclass
class Trace:
    """What one run has funded, in order. `prices`: lower and upper bound by project. By step: `best`, an upper bound of the price per
    utility of what was funded; `levels`, what is known of other projects; `errors`, the bound on everybody's money.
    `steady`: all shares from those of the run before to these give the same. `ahead`: a guess how much shares can still be raised until
    something more can be paid for; None where nothing is in sight.
    """

    raised: int
    funded: list[int] = field(default_factory=list)
    prices: dict[int, tuple[int, int]] = field(default_factory=dict)
    best: list[int] = field(default_factory=list)
    levels: list[dict[int, Level]] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    steady: bool = False
    ahead: int | None = None


class Supporters:
    """Who supports a project: groups of one voter, and groups of several with their numbers."""

    def __init__(self, groups: Sequence[int], weights: Sequence[int]) -> None:
        self.groups = groups
        self.of = _getter(groups)
        self.ones = _getter([group for group in groups if weights[group] == 1])
        self.many = [(group, weights[group]) for group in groups if weights[group] > 1]


def _getter(places: Sequence[int]) -> Callable[[Sequence[int]], Sequence[int]]:
    """Picks these places of a list; `itemgetter` does it fastest, and gives no tuple for less than two."""
    if len(places) > 1:
        found: Callable[[Sequence[int]], Sequence[int]] = itemgetter(*places)
        return found
    return lambda values: [values[place] for place in places]


def _mask(groups: Sequence[int]) -> int:
    """A bit for each group."""
    bits = bytearray(groups[-1] // 8 + 1 if groups else 0)
    for group in groups:
        bits[group >> 3] |= 1 << (group & 7)
    return int.from_bytes(bits, "little")


class Estimator:
    """Runs with different shares of one election. `units`: the utility of each project."""

    def __init__(self, electorate: Any, limit: int, units: Sequence[int]) -> None:
        self.electorate = electorate
        self.limit = limit
        self.units = units
        self.costs = [cost << BITS for cost in electorate.costs]
        self.supporters = [Supporters(groups, electorate.weights) for groups in electorate.supporters]
        wanted = [p for p, cost in enumerate(electorate.costs) if electorate.votes[p] and cost <= limit]
        self._masks = [_mask(groups) for groups in electorate.supporters]
        self._many = {group: n - 1 for group, n in enumerate(electorate.weights) if n > 1}
        self._common: dict[int, list[int]] = {}
        self.free = [p for p in wanted if not electorate.costs[p]]
        self.heap = sorted(
            (self.costs[p] // electorate.votes[p] // units[p] - 1, p) for p in wanted if p not in self.free
        )

    def common(self, project: int) -> list[int]:
        """For each project how many voters support it and this one."""
        if project not in self._common:
            mask, supporters = self._masks[project], self.electorate.supporters
            many = {group: self._many[group] for group in supporters[project] if group in self._many}
            self._common[project] = [
                (mask & other).bit_count() + sum([n for group, n in many.items() if other >> group & 1])
                for other in self._masks
            ]
        return self._common[project]

    def trace(self, raised: int, before: Trace | None = None) -> Trace | None:
        """The run in which everybody has `limit / voters + raised`; `before`: one with lower shares. None where bounds do not decide."""
        try:
            return _Pass(self, raised, before).run()
        except Undecided:
            return None


class _Pass:
    """One run."""

    def __init__(self, estimator: Estimator, raised: int, before: Trace | None) -> None:
        voters = estimator.electorate.voters
        self.estimator = estimator
        self.before = before
        self.trace = Trace(raised, funded=list(estimator.free), steady=before is not None)
        self.money = [((estimator.limit + raised * voters) << BITS) // voters] * len(
            estimator.electorate.sets
        )
        self.error = 1
        self.heap = list(estimator.heap)
        self.low: dict[int, Level] = {}
        self.different: set[int] = set()
        """Projects that were funded up to now in this run and not in the one before, or the other way round."""
        self.recalled = 0
        self.gains = [0] * len(estimator.costs)
        """What the supporters of each project have more, together, because prices have fallen since the run before."""

    def run(self) -> Trace:
        """Raises Undecided."""
        trace, before = self.trace, self.before
        while self.heap:
            trace.levels.append({})
            trace.errors.append(self.error)
            self._recall(len(trace.best))
            found = self._cheapest()
            if found is None:
                break
            self._fund(*found)
        trace.steady = trace.steady and before is not None and trace.funded == before.funded
        trace.ahead = min(self._ahead(), default=None)
        return trace

    def _ahead(self) -> Iterator[int]:
        """What the supporters of each project that they cannot pay for lack, for each of them."""
        for project, (most, supporters, rich) in self.low.items():
            if not rich:
                yield (self.estimator.costs[project] - most - 1) // supporters >> BITS

    def _recall(self, step: int) -> None:
        """Bounds of prices from the run before, if the same projects were funded there up to this step; what was found there in earlier
        steps, when everybody had more, is a bound too.
        """
        before = self.before
        if before is None or self.different or step >= len(before.levels):
            return
        each = ((self.trace.raised - before.raised) << BITS) + before.errors[step]
        for levels in before.levels[self.recalled : step + 1]:
            for project, (price, poor, rich) in levels.items():
                more = each * poor + self.gains[project]
                if project in self.trace.prices:
                    continue
                if not rich:
                    self._recall_shortage(project, price + more, poor)
                elif self._is_better(project, least := price - more // rich - 1):
                    self._learn(project, (least, poor, rich))
        self.recalled = step + 1

    def _recall_shortage(self, project: int, most: int, supporters: int) -> None:
        if most < self.estimator.costs[project]:
            self._learn(project, (most, supporters, 0))

    def _is_better(self, project: int, least: int) -> bool:
        known = self.low.get(project)
        return known is None or (known[2] > 0 and known[0] < least)

    def _cheapest(self) -> tuple[int, int, int, int] | None:
        """The project with the least price per utility, its price, the bound on the price's error, and an upper bound of its rate; None
        when nobody can pay for anything.
        """
        heap, units, bar = self.heap, self.estimator.units, self._bar()
        best: tuple[int, int, int, int] | None = None
        looked: list[tuple[int, int]] = []
        while heap and (best is None or heap[0][0] <= max(best[3], bar)):
            key, project = heapq.heappop(heap)
            low = self.low.get(project)
            if low is not None and not low[2]:
                continue
            if low is not None and low[0] // units[project] > key:
                heapq.heappush(heap, (low[0] // units[project], project))
                continue
            most = None if best is None else (max(best[3], bar) + 1) * units[project]
            found = self._price(project, low[0] if low else 0, most)
            if found is None:
                continue
            price, poor, rich, lowest = found
            error = self.error * poor // rich + 2
            key = (price - error) // units[project]
            looked.append((key, project))
            if best is None or key <= best[3]:
                if lowest is None or lowest - price <= 2 * (self.error + error):
                    raise Undecided
                rate = (price + error) // units[project] + 1
                if best is None or rate < best[3]:
                    best = project, price, error, rate
        return self._decided(best, looked, bar)

    def _bar(self) -> int:
        """Up to here every project is looked at, to know whether the run is steady."""
        step, before = len(self.trace.best), self.before
        if not self.trace.steady or before is None or step >= len(before.best):
            return -1
        return before.best[step]

    def _decided(
        self, best: tuple[int, int, int, int] | None, looked: list[tuple[int, int]], bar: int
    ) -> tuple[int, int, int, int] | None:
        """The best, if it is certain. What else was looked at waits again."""
        if best is None:
            return None
        for key, project in looked:
            if project == best[0]:
                continue
            if key <= best[3]:
                raise Undecided
            if key <= bar:
                self.trace.steady = False
            heapq.heappush(self.heap, (key, project))
        return best

    def _learn(self, project: int, level: Level) -> None:
        self.low[project] = level
        self.trace.levels[-1][project] = level

    def _price(self, project: int, start: int, most: int | None) -> tuple[int, int, int, int | None] | None:
        """The price, how many supporters are poor and how many rich, and the least that a rich one has; a price beyond `most` is only a
        lower bound, without the latter. None when they cannot pay.

        Newton's method from below: the sum of what supporters pay is concave in the price.
        """
        supporters, money = self.estimator.supporters[project], self.money
        ones: Sequence[int] = supporters.ones(money)
        many = [(money[group], n) for group, n in supporters.many]
        votes = rich = self.estimator.electorate.votes[project]
        rest, total = self.estimator.costs[project], sum(ones) + sum([each * n for each, n in many])
        if total < rest:
            if rest - total <= votes * self.error:
                raise Undecided
            self._learn(project, (total + votes * self.error, votes, 0))
            return None
        price = max(start, rest // votes)
        while True:
            ones = [each for each in ones if each >= price]
            many = [(each, n) for each, n in many if each >= price]
            left = len(ones) + sum([n for _, n in many])
            if not left:
                raise Undecided
            have = sum(ones) + sum([each * n for each, n in many])
            rest, total, same, rich = rest - total + have, have, left == rich, left
            least, poor = rest // rich, votes - rich
            done = same and price >= least
            price = max(price, least)
            if done or (most is not None and price > most):
                self._learn(project, (least - self.error * poor // rich - 1, poor, rich))
                return price, poor, rich, min([*ones, *(each for each, _ in many)]) if done else None

    def _fund(self, project: int, price: int, error: int, rate: int) -> None:
        trace, before, money = self.trace, self.before, self.money
        step = len(trace.best)
        trace.prices[project] = price - error, price + error
        trace.best.append(rate)
        trace.funded.append(project)
        if before is not None and project in before.prices:
            self._note_gain(project, before.prices[project][1] - price + error)
        supporters = self.estimator.supporters[project]
        left = [each - price if each > price else 0 for each in supporters.of(money)]
        deque(map(money.__setitem__, supporters.groups, left), maxlen=0)
        self.error += error
        if before is not None and step < len(before.best):
            self.different ^= {project}
            self.different ^= {before.funded[len(self.estimator.free) + step]}
            trace.steady = trace.steady and not self.different

    def _note_gain(self, project: int, gain: int) -> None:
        if gain > 0:
            common = self.estimator.common(project)
            self.gains = [before + gain * n for before, n in zip(self.gains, common, strict=True)]
