"""The Method of Equal Shares, exact (D. Peters, G. Pierczyński, P. Skowron, "Proportional Participatory Budgeting with Additive
Utilities", NeurIPS 2021; https://equalshares.net).

Everyone gets the same share of the budget. Again and again the project is funded that costs its supporters the least for each
unit of utility: all pay the same price q, those who have less pay all that they have. The utility of a project is its cost
(`cost`) or 1 (`cardinality`).

How it is fast and exact: voters whose funded projects are the same have paid the same, so money is kept for such *classes* and
not for voters, as integers over one common denominator that grows with each purchase. A project's price only rises while money
is spent, so its last known price is a lower bound, and only those are computed anew that could be the cheapest.

All figures are linear in a raise of everybody's share, as long as no comparison comes out otherwise; a run can note the smallest
raise at which one could (`completion` leaves out the raises below it, which must give the same projects).
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

COST, CARDINALITY = "cost", "cardinality"

Slope = Fraction | int
Break = Callable[[Sequence[int]], int]
"""Which of several equally cheap projects is funded."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One funded project, the price that a supporter pays who has enough, and how many have paid anything."""

    project: int
    price: Fraction
    payers: int


@dataclass(frozen=True)
class Electorate:
    """`costs` by project; `groups`: sets of projects with the number of voters who support them; `voters`: all, also those
    who support nothing.
    """

    costs: Sequence[int]
    voters: int
    sets: Sequence[tuple[int, ...]]
    weights: Sequence[int]
    supporters: Sequence[Sequence[int]]
    votes: Sequence[int]

    @classmethod
    def of(
        cls, costs: Sequence[int], approvals: Iterable[tuple[tuple[int, ...], int]], voters: int
    ) -> "Electorate":
        merged: dict[tuple[int, ...], int] = defaultdict(int)
        for approved, n in approvals:
            merged[approved] += n
        sets, weights = list(merged), list(merged.values())
        supporters: list[list[int]] = [[] for _ in costs]
        votes = [0] * len(costs)
        for group, approved in enumerate(sets):
            for project in approved:
                supporters[project].append(group)
                votes[project] += weights[group]
        return cls(costs, voters, sets, weights, supporters, votes)


@dataclass
class Run:
    """The outcome for one share. `flip`: the smallest raise at which anything could change, None if nothing ever can; it is not
    looked for below `step`, the raise that comes next anyhow, nor at all without one. `left`: what the supporters of each
    project that was not funded had together when they could not pay for it.
    """

    step: int | None = None
    purchases: list[Purchase] = field(default_factory=list)
    flip: Fraction | None = None
    left: dict[int, Fraction] = field(default_factory=dict)
    looking: bool = False

    def __post_init__(self) -> None:
        self.looking = self.step is not None

    def could_flip(self, numerator: int, denominator: int) -> None:
        """Something changes at this raise."""
        if not self.looking:
            return
        flip = self.flip
        if flip is None or numerator * flip.denominator < flip.numerator * denominator:
            self.flip = Fraction(numerator, denominator)
            self.looking = self.step is not None and self.flip > self.step

    @property
    def funded(self) -> list[int]:
        return [purchase.project for purchase in self.purchases]


@dataclass(frozen=True, slots=True)
class Price:
    """What a supporter pays, `(base + slope * raise) / (rich * denominator)`, if he has it; the others pay all they have."""

    base: int
    slope: int
    rich: int


class Purse:
    """The money of all voters: by class, `base + slope * raise` over one denominator. Class 0 has nothing left."""

    def __init__(self, electorate: Electorate, limit: int, raised: int) -> None:
        self.electorate = electorate
        self.denominator = electorate.voters
        self.base = [0, limit + raised * electorate.voters]
        self.slope = [0, electorate.voters]
        self._class = [1] * len(electorate.sets)
        self._size = [0, len(electorate.sets)]
        self._free: list[int] = []

    def of(self, project: int) -> dict[int, int]:
        """The classes of the project's supporters who have money, with their numbers of voters."""
        found: dict[int, int] = defaultdict(int)
        weights, classes = self.electorate.weights, self._class
        for group in self.electorate.supporters[project]:
            found[classes[group]] += weights[group]
        found.pop(0, None)
        return found

    def price(self, project: int, run: Run) -> Price | None:
        """The least equal price at which the supporters can pay for the project; None when they cannot."""
        able, base = self.of(project), self.base
        cost = self.electorate.costs[project] * self.denominator
        money = sum([base[each] * n for each, n in able.items()])
        if money < cost:
            self._note_shortage(project, money, able, run)
            return None
        rest, rest_slope, rich = cost, 0, sum(able.values())
        poor: list[int] = []
        for each in self._ascending(able, rest, rich):
            if base[each] * rich >= rest:
                break
            n = able[each]
            rest, rest_slope, rich = rest - base[each] * n, rest_slope - self.slope[each] * n, rich - n
            poor.append(each)
        if run.looking:
            for each in poor:
                run.could_flip(rest - base[each] * rich, self.slope[each] * rich - rest_slope)
        return Price(rest, rest_slope if run.looking else 0, rich)

    def _ascending(self, able: dict[int, int], rest: int, rich: int) -> Iterable[int]:
        """The classes, poorest first; none where even the poorest can pay an equal part."""
        poorest = min([self.base[each] for each in able])
        return sorted(able, key=self.base.__getitem__) if poorest * rich < rest else ()

    def _note_shortage(self, project: int, money: int, able: dict[int, int], run: Run) -> None:
        run.left[project] = Fraction(money, self.denominator)
        gain = sum(self.slope[each] * n for each, n in able.items()) if run.looking else 0
        if gain:
            run.could_flip(self.electorate.costs[project] * self.denominator - money, gain)

    def pay(self, project: int, price: Price, looking: bool) -> Purchase:
        """Takes the price from every supporter, all money from those who have less. Without `looking` slopes are let go."""
        factor = price.rich // gcd(price.rich, price.base, price.slope)
        self.base = [each * factor for each in self.base]
        if looking:
            self.slope = [each * factor for each in self.slope]
        self.denominator *= factor
        base, slope = price.base * factor // price.rich, price.slope * factor // price.rich
        moved, payers = {0: 0}, 0
        for group in self.electorate.supporters[project]:
            old = self._class[group]
            if old not in moved:
                moved[old] = self._class_below(old, base, slope)
            payers += self.electorate.weights[group] if self.base[old] else 0
            self._move(group, old, moved[old])
        return Purchase(project, Fraction(base, self.denominator), payers)

    def _move(self, group: int, old: int, new: int) -> None:
        """A class that nobody is left in is used again: a short list is quicker to carry along."""
        self._class[group] = new
        self._size[new] += 1
        self._size[old] -= 1
        if old and not self._size[old]:
            self.base[old] = 0
            self._free.append(old)

    def _class_below(self, old: int, base: int, slope: int) -> int:
        if self.base[old] < base or (self.base[old] == base and self.slope[old] == slope):
            return 0
        money, slope = self.base[old] - base, self.slope[old] - slope
        if self._free:
            new = self._free.pop()
            self.base[new], self.slope[new] = money, slope
            return new
        self.base.append(money)
        self.slope.append(slope)
        self._size.append(0)
        return len(self.base) - 1


def run(
    electorate: Electorate, limit: int, raised: int, utility: str, break_tie: Break, step: int | None = None
) -> Run:
    """One run in which every voter gets `limit / voters + raised`. With `step` it says at which raise to look again."""
    found, purse = Run(step), Purse(electorate, limit, raised)
    heap: list[tuple[Fraction, int]] = []
    for project, cost in enumerate(electorate.costs):
        if electorate.votes[project] and cost <= limit:
            if cost == 0:
                found.purchases.append(Purchase(project, Fraction(0), 0))
            else:
                unit = cost if utility == COST else 1
                heap.append((Fraction(cost, electorate.votes[project] * unit), project))
    heapq.heapify(heap)
    slopes: dict[int, Slope] = {}
    while heap:
        prices = _cheapest(heap, purse, found, slopes, utility)
        if not prices:
            break
        _buy(prices, heap, purse, found, slopes, break_tie)
    return found


Rated = dict[int, tuple[Fraction, Price]]


def _cheapest(
    heap: list[tuple[Fraction, int]], purse: Purse, found: Run, slopes: dict[int, Slope], utility: str
) -> Rated:
    """Prices per utility of every project that could be the cheapest now; those nobody can pay for are dropped."""
    rated: Rated = {}
    best: Fraction | None = None
    while heap and (best is None or heap[0][0] <= best):
        _, project = heapq.heappop(heap)
        price = purse.price(project, found)
        if price is not None:
            unit = purse.electorate.costs[project] if utility == COST else 1
            per = price.rich * purse.denominator * unit
            rate = Fraction(price.base, per)
            slopes.pop(project, None)
            if price.slope:
                slopes[project] = Fraction(price.slope, per)
            rated[project] = rate, price
            best = rate if best is None else min(best, rate)
    return rated


def _buy(
    rated: Rated,
    heap: list[tuple[Fraction, int]],
    purse: Purse,
    found: Run,
    slopes: dict[int, Slope],
    break_tie: Break,
) -> None:
    best = min(rate for rate, _ in rated.values())
    tied = [project for project, (rate, _) in rated.items() if rate == best]
    project = tied[0] if len(tied) == 1 else break_tie(tied)
    _, price = rated.pop(project)
    for other, (rate, _) in rated.items():
        heapq.heappush(heap, (rate, other))
    own = slopes.pop(project, 0)
    if slopes and found.looking:
        rates = {other: rate for rate, other in heap}
        for other, slope in slopes.items():
            if other in rates and own > slope:
                at = (rates[other] - best) / (own - slope)
                found.could_flip(at.numerator, at.denominator)
    found.purchases.append(purse.pay(project, price, found.looking))
