"""Ways from a voter to a ballot: by equal values, over any number of rows and lines, and by order."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import sqrt

from tests.secrecy.traces import Trace

MOST_SHARED = 4
"""A value that stands in so many rows of a table tells nobody apart: a poll's id, a language, an answer."""
SIGNIFICANT = 4.5
"""Standard deviations of Spearman's rank correlation from 0: by chance once in 150,000 pairs of columns."""


class Joins:
    """Finds all that can be reached from a value."""

    def __init__(self, traces: Collection[Trace]) -> None:
        self._telling = _telling(traces)
        self._holding: dict[str, list[frozenset[str]]] = defaultdict(list)
        for trace in traces:
            telling = trace.values & self._telling
            for value in telling:
                self._holding[value].append(telling)

    def reachable(self, start: Iterable[str]) -> set[str]:
        """The values in rows with one of these, and in rows with one of those, and so on."""
        found, fresh = set(), set(start)
        while fresh:
            found |= fresh
            rows = [row for value in fresh for row in self._holding.get(value, ())]
            fresh = {value for row in rows for value in row} - found
        return found


def _telling(traces: Iterable[Trace]) -> set[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for trace in traces:
        counts.update((trace.where, value) for value in trace.values)
    common = {value for (_, value), count in counts.items() if count > MOST_SHARED}
    return {value for _, value in counts} - common


def joined(
    traces: Collection[Trace], voters: Mapping[str, Collection[str]], ballots: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """For each voter with a way to ballots, the ballots. Both are given with all the values that stand for them."""
    joins = Joins(traces)
    of_value = {value: ballot for ballot, values in ballots.items() for value in values}
    found = {
        voter: {of_value[value] for value in joins.reachable(values) if value in of_value}
        for voter, values in voters.items()
    }
    return {voter: reached for voter, reached in found.items() if reached}


def in_order(
    traces: Collection[Trace],
    voters: Mapping[str, Collection[str]],
    ballots: Mapping[str, Collection[str]],
    cast_by: Mapping[str, str],
) -> dict[tuple[str, str], float]:
    """Pairs of orders that agree too well to be chance: one that voters stand in, one that ballots stand in.

    Orders of voters are looked for wherever a voter's values stand, in rows and lines that equal values lead to
    included; likewise those of ballots. `cast_by` says the truth: whose ballot is whose.
    """
    joins = Joins(traces)
    of_voters = _orders(traces, {one: joins.reachable(values) for one, values in voters.items()})
    of_ballots = _orders(traces, {one: joins.reachable(values) for one, values in ballots.items()})
    found = {}
    for left, places in of_voters.items():
        for right, others in of_ballots.items():
            both = [voter for voter in places if cast_by[voter] in others]
            deviation = _deviation(
                [places[voter] for voter in both], [others[cast_by[voter]] for voter in both]
            )
            if abs(deviation) > SIGNIFICANT:
                found[left, right] = deviation
    return found


def _orders(traces: Iterable[Trace], of: Mapping[str, Collection[str]]) -> dict[str, dict[str, float]]:
    """By place and column: where each of these stands first."""
    owner: dict[str, set[str]] = defaultdict(set)
    for one, values in of.items():
        for value in values:
            owner[value].add(one)
    orders: dict[str, dict[str, float]] = defaultdict(dict)
    for trace in traces:
        owners = {one for value in trace.values for one in owner.get(value, ())}
        if len(owners) == 1:
            (one,) = owners
            for column, rank in trace.ranks.items():
                orders[f"{trace.where}/{column}"].setdefault(one, rank)
    return {name: order for name, order in orders.items() if len(set(order.values())) > 1}


def _deviation(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rank correlation in standard deviations from none (normal approximation)."""
    n = len(left)
    if n < 10 or len(set(left)) == 1 or len(set(right)) == 1:
        return 0.0
    xs, ys = _ranks(left), _ranks(right)
    middle = (n + 1) / 2
    covariance = sum((x - middle) * (y - middle) for x, y in zip(xs, ys, strict=True))
    spread = sqrt(sum((x - middle) ** 2 for x in xs) * sum((y - middle) ** 2 for y in ys))
    return covariance / spread * sqrt(n - 1)


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal ones share the mean of their ranks."""
    ordered = sorted(values)
    first = {value: n for n, value in reversed(list(enumerate(ordered, 1)))}
    counts = Counter(values)
    return [first[value] + (counts[value] - 1) / 2 for value in values]
