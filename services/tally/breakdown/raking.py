"""Weights that make those who voted look like the population: raking, also called iterative proportional fitting.

Source: W. E. Deming, F. F. Stephan, "On a Least Squares Adjustment of a Sampled Frequency Table When the Expected Marginal Totals
are Known", Annals of Mathematical Statistics 11 (1940). Effective sample size: L. Kish, "Survey Sampling" (1965), and "Weighting
for Unequal Pi", Journal of Official Statistics 8 (1992).

Numbers are decimals of a fixed precision, added in a fixed order: every machine comes to the same digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from services.tally.breakdown.cohorts import Group

EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""The arithmetic of weights."""
CLOSE = Decimal("1e-12")
"""Margins are met when no sum differs from what it should be by more than this part of it."""
MOST_ROUNDS = 500
Z95 = Decimal("1.96")
"""Standard deviations on both sides of the mean that hold 95 % of a normal distribution."""
ZERO = Decimal(0)

Weights = Mapping[Group, Decimal]


class NotConverged(Exception):
    """No weights were found that meet all margins: some combinations that the margins need did not vote."""


def rake(ballots: Mapping[Group, int], margins: Sequence[Mapping[str, int]]) -> dict[Group, Decimal]:
    """The weight of a ballot of each group, 1 on average.

    `ballots`: how many of each group, which has one value for each of the margins; `margins`: the people of the population
    by value. Each value of a margin has ballots, and each ballot's value a margin. Raises `NotConverged`.
    """
    groups = sorted(group for group, number in ballots.items() if number)
    total = Decimal(sum(ballots[group] for group in groups))
    targets = [_targets(margin, total) for margin in margins]
    weights = {group: Decimal(1) for group in groups}
    for _ in range(MOST_ROUNDS):
        worst = max(
            (_adjust(weights, ballots, place, target) for place, target in enumerate(targets)), default=ZERO
        )
        if worst <= CLOSE:
            return weights
    raise NotConverged


def _targets(margin: Mapping[str, int], total: Decimal) -> dict[str, Decimal]:
    people = sum(margin.values())
    return {
        value: EXACT.divide(EXACT.multiply(total, Decimal(number)), Decimal(people))
        for value, number in sorted(margin.items())
    }


def _adjust(
    weights: dict[Group, Decimal], ballots: Mapping[Group, int], place: int, targets: Mapping[str, Decimal]
) -> Decimal:
    """Scales the weights so that this margin is met; by what part the worst sum was off before."""
    sums = dict.fromkeys(targets, ZERO)
    for group, weight in weights.items():
        sums[group[place]] = EXACT.fma(weight, Decimal(ballots[group]), sums[group[place]])
    factors = {value: EXACT.divide(targets[value], sums[value]) for value in targets}
    for group, weight in weights.items():
        weights[group] = EXACT.multiply(weight, factors[group[place]])
    return max(EXACT.abs(EXACT.subtract(factor, Decimal(1))) for factor in factors.values())


def weighted(weights: Weights, numbers: Mapping[Group, int]) -> Decimal:
    """The weighted sum of so many of each group; groups without a weight are left out."""
    total = ZERO
    for group in sorted(weights):
        total = EXACT.fma(weights[group], Decimal(numbers.get(group, 0)), total)
    return total


def effective_size(weights: Weights, ballots: Mapping[Group, int]) -> Decimal:
    """Kish's effective sample size: the square of the sum of the weights over the sum of their squares; 0 of nothing."""
    squares = weighted({group: EXACT.multiply(weight, weight) for group, weight in weights.items()}, ballots)
    total = weighted(weights, ballots)
    return EXACT.divide(EXACT.multiply(total, total), squares) if squares else ZERO


def margin_of_share(share: Decimal, effective: Decimal) -> Decimal:
    """Half of the 95 % confidence interval of a share (0 to 1): 1.96 times the square root of p (1 - p) / n."""
    return margin_of_mean(EXACT.multiply(share, EXACT.subtract(Decimal(1), share)), effective)


def margin_of_mean(variance: Decimal, effective: Decimal) -> Decimal:
    """Half of the 95 % confidence interval of a mean of values with this variance."""
    return EXACT.multiply(Z95, EXACT.sqrt(EXACT.divide(max(variance, ZERO), effective)))


def mean_and_variance(values: Iterable[tuple[int, Decimal]]) -> tuple[Decimal, Decimal]:
    """Of values with weights that are not all zero."""
    pairs = list(values)
    total = _dot((weight, Decimal(1)) for _, weight in pairs)
    mean = EXACT.divide(_dot((weight, Decimal(value)) for value, weight in pairs), total)
    squares = EXACT.divide(_dot((weight, Decimal(value * value)) for value, weight in pairs), total)
    return mean, EXACT.subtract(squares, EXACT.multiply(mean, mean))


def _dot(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    total = ZERO
    for one, other in pairs:
        total = EXACT.fma(one, other, total)
    return total


def text(value: Decimal, places: int) -> str:
    """With so many decimals, half up: `"41.75"`."""
    return str(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT))
