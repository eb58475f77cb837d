"""Raking, effective sizes and margins of error: known figures, another implementation, and the margins that must be met."""

import random
from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.tally.breakdown.raking import (
    NotConverged,
    effective_size,
    margin_of_mean,
    margin_of_share,
    mean_and_variance,
    rake,
    text,
    weighted,
)

Group = tuple[str, ...]


def plain_raking(ballots: dict[Group, int], margins: list[dict[str, int]]) -> dict[Group, float]:
    """The same with floating-point numbers, written down from the article: sums of a table are made to fit in turn."""
    table = {group: float(n) for group, n in ballots.items() if n}
    total = sum(table.values())
    for _ in range(3000):
        for place, margin in enumerate(margins):
            for value, people in margin.items():
                of_value = [group for group in table if group[place] == value]
                factor = people / sum(margin.values()) * total / sum(table[group] for group in of_value)
                for group in of_value:
                    table[group] *= factor
    return {group: n / ballots[group] for group, n in table.items()}


def sums(weights: dict[Group, Decimal], ballots: dict[Group, int], place: int) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for group, weight in weights.items():
        found[group[place]] = found.get(group[place], Decimal(0)) + weight * ballots[group]
    return found


def test_one_margin_gives_shares_of_the_population_over_shares_of_the_ballots():
    weights = rake({("f",): 30, ("m",): 70}, [{"f": 51, "m": 49}])
    assert {group: text(weight, 6) for group, weight in weights.items()} == {
        ("f",): "1.700000",
        ("m",): "0.700000",
    }


def test_two_margins_keep_the_odds_ratio_of_the_ballots():
    """30 20 / 10 40 to rows 60, 40 and columns 50, 50: the odds ratio stays 6, so the first cell x solves
    x (x - 10) = 6 (60 - x) (50 - x), which is x = 40.
    """
    ballots = {("a", "x"): 30, ("a", "y"): 20, ("b", "x"): 10, ("b", "y"): 40}
    weights = rake(ballots, [{"a": 60, "b": 40}, {"x": 50, "y": 50}])
    fitted = {group: text(weights[group] * n, 8) for group, n in ballots.items()}
    assert fitted == {
        ("a", "x"): "40.00000000",
        ("a", "y"): "20.00000000",
        ("b", "x"): "10.00000000",
        ("b", "y"): "30.00000000",
    }


def test_an_even_table_becomes_the_product_of_its_margins():
    ballots = {(row, column): 25 for row in "ab" for column in "xy"}
    weights = rake(ballots, [{"a": 7, "b": 3}, {"x": 2, "y": 8}])
    assert text(weights["a", "y"] * 25, 6) == "56.000000"


def random_ballots(
    rng: random.Random, sizes: tuple[int, ...]
) -> tuple[dict[Group, int], list[dict[str, int]]]:
    names = [[f"{place}{n}" for n in range(size)] for place, size in enumerate(sizes)]
    groups: list[Group] = [()]
    for values in names:
        groups = [(*group, value) for group in groups for value in values]
    ballots = {group: rng.choice((1, 2, 5, 20, 60)) for group in groups}
    return ballots, [{value: rng.randint(1, 1000) for value in values} for values in names]


@pytest.mark.parametrize("sizes", [(2,), (3, 4), (5, 3, 2)])
def test_it_agrees_with_floating_point_numbers(sizes: tuple[int, ...]):
    ballots, margins = random_ballots(random.Random(len(sizes)), sizes)
    weights, expected = rake(ballots, margins), plain_raking(ballots, margins)
    assert {group: float(weight) for group, weight in weights.items()} == pytest.approx(expected, rel=1e-9)


@given(
    seed=st.integers(0, 10**6),
    sizes=st.sampled_from([(2, 2), (3, 2), (4, 3), (2, 3, 2)]),
    holes=st.integers(0, 3),
)
@settings(max_examples=40)
def test_raked_margins_are_met(seed: int, sizes: tuple[int, ...], holes: int):
    rng = random.Random(seed)
    ballots, margins = random_ballots(rng, sizes)
    for group in rng.sample(sorted(ballots), holes):
        ballots[group] = 0
    for place, margin in enumerate(margins):
        assume(all(sum(n for g, n in ballots.items() if g[place] == value) for value in margin))
    try:
        weights = rake(ballots, margins)
    except NotConverged:
        assume(False)
    total = sum(ballots.values())
    for place, margin in enumerate(margins):
        found = sums(weights, ballots, place)
        for value, people in margin.items():
            assert float(found[value]) == pytest.approx(total * people / sum(margin.values()), rel=1e-10)


def test_the_order_of_groups_changes_no_digit():
    ballots, margins = random_ballots(random.Random(4), (4, 3))
    turned = dict(reversed(ballots.items()))
    assert rake(ballots, margins) == rake(turned, margins)


def test_the_digits_are_the_same_wherever_they_are_computed():
    weights = rake(
        {("a", "x"): 3, ("a", "y"): 7, ("b", "x"): 11, ("b", "y"): 2}, [{"a": 1, "b": 2}, {"x": 3, "y": 1}]
    )
    assert str(weights["a", "x"]) == "1.109863506416905202141379413687022153713"


def test_margins_that_no_weights_can_meet_are_not_met():
    with pytest.raises(NotConverged):
        rake({("a", "x"): 50, ("b", "y"): 50}, [{"a": 1, "b": 1}, {"x": 3, "y": 1}])


# --- sizes and margins of error


def test_equal_weights_leave_the_sample_as_large_as_it_is():
    assert effective_size({("a",): Decimal(1), ("b",): Decimal(1)}, {("a",): 40, ("b",): 60}) == 100


def test_the_effective_size_of_kish():
    """Two ballots of weight 1 and one of weight 2: (1 + 1 + 2)^2 / (1 + 1 + 4) = 16 / 6."""
    size = effective_size({("a",): Decimal(1), ("b",): Decimal(2)}, {("a",): 2, ("b",): 1})
    assert text(size, 4) == "2.6667"


def test_nothing_has_no_size():
    assert effective_size({}, {}) == 0


@pytest.mark.parametrize(
    ("share", "size", "margin"), [("0.5", 1000, "3.10"), ("0.5", 400, "4.90"), ("0.2", 100, "7.84")]
)
def test_margins_of_error_as_the_textbooks_have_them(share: str, size: int, margin: str):
    found = margin_of_share(Decimal(share), Decimal(size))
    assert text(found * 100, 2) == margin
    assert float(found) == pytest.approx(1.96 * sqrt(float(share) * (1 - float(share)) / size))


def test_a_share_of_all_or_nothing_has_no_margin():
    assert margin_of_share(Decimal(1), Decimal(10)) == 0
    assert margin_of_share(Decimal(0), Decimal(10)) == 0


def test_mean_and_variance_of_weighted_scores():
    """Scores 1 (weight 2) and 4 (weight 1): mean 2, variance (2·1 + 4) / 3."""
    mean, variance = mean_and_variance([(1, Decimal(2)), (4, Decimal(1))])
    assert (text(mean, 6), text(variance, 6)) == ("2.000000", "2.000000")
    assert text(margin_of_mean(variance, Decimal(100)), 4) == "0.2772"


def test_groups_without_weight_are_left_out():
    assert weighted({("a",): Decimal("1.5")}, {("a",): 2, ("unknown",): 7}) == 3
