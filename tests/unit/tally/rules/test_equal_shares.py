"""Equal Shares by its definition taken literally, voter by voter, beside the exact runs and the estimated ones."""

from fractions import Fraction

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.tally.contract import rules
from services.tally.contract.counting import completion, equal_shares
from services.tally.contract.counting.equal_shares import CARDINALITY, COST, Electorate
from services.tally.contract.counting.estimates import BITS, Estimator
from services.tally.contract.counting.profiles import Groups
from services.tally.contract.counting.ties import Context
from services.tally.readers import opened
from tests.unit.tally.rules.elections import data_file

UTILITIES = pytest.mark.parametrize("utility", [COST, CARDINALITY])
COSTS = st.lists(st.integers(1, 5000), min_size=1, max_size=9)


@st.composite
def elections(draw):
    """Costs, a limit that none exceeds, and groups of voters; some projects cost alike, so that ties come up."""
    costs = draw(COSTS) + draw(st.lists(st.sampled_from([0, 60, 60, 100]), max_size=3))
    limit = max([1, *costs]) * draw(st.integers(1, 4)) + draw(st.integers(0, 500))
    projects = st.lists(st.integers(0, len(costs) - 1), unique=True, max_size=len(costs)).map(sorted)
    ballots = draw(st.lists(st.tuples(projects.map(tuple), st.integers(1, 7)), min_size=1, max_size=25))
    return Electorate.of(costs, ballots, sum(n for _, n in ballots)), limit


def literally(electorate, limit, raised, utility):
    """Every voter by himself, all prices anew in each round: the text of the paper, nothing else."""
    voters = [group for group, n in enumerate(electorate.weights) for _ in range(n)]
    money = [Fraction(limit, electorate.voters) + raised] * len(voters)
    of = {
        p: [v for v, group in enumerate(voters) if p in electorate.sets[group]]
        for p in range(len(electorate.costs))
    }
    left = {p for p, cost in enumerate(electorate.costs) if cost <= limit and of[p]}
    funded = sorted(p for p in left if not electorate.costs[p])
    left -= set(funded)
    while True:
        prices = {
            p: price
            for p in left
            if (price := price_of(electorate.costs[p], [money[v] for v in of[p]])) is not None
        }
        if not prices:
            return funded
        rates = {p: price / (electorate.costs[p] if utility == COST else 1) for p, price in prices.items()}
        best = min(rates, key=lambda p: (rates[p], p))
        for voter in of[best]:
            money[voter] -= min(money[voter], prices[best])
        funded.append(best)
        left.remove(best)


def price_of(cost, purses):
    """The least price q with sum(min(purse, q)) = cost."""
    if sum(purses) < cost:
        return None
    purses = sorted(purses)
    paid = Fraction(0)
    for n, purse in enumerate(purses):
        price = (cost - paid) / (len(purses) - n)
        if price <= purse:
            return price
        paid += purse
    raise AssertionError


@UTILITIES
@settings(max_examples=400)
@given(elections(), st.integers(0, 300))
def test_an_exact_run_is_the_definition_taken_literally(utility, election, raised):
    electorate, limit = election
    assert equal_shares.run(electorate, limit, raised, utility, min).funded == literally(
        electorate, limit, raised, utility
    )


@UTILITIES
@settings(max_examples=400)
@given(elections(), st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_an_estimate_is_right_or_says_nothing(utility, election, raises):
    """Also with what earlier runs have learnt; and shares between those of two runs of which one is steady give the same."""
    electorate, limit = election
    units = electorate.costs if utility == COST else [1] * len(electorate.costs)
    estimator, trace, raised = Estimator(electorate, limit, units), None, 0
    for more in raises:
        before, raised = trace, raised + more
        trace = estimator.trace(raised, before)
        if trace is None:
            event("undecided")
            continue
        exact = equal_shares.run(electorate, limit, raised, utility, min)
        assert trace.funded == exact.funded
        for purchase in exact.purchases:
            if electorate.costs[purchase.project]:
                low, high = trace.prices[purchase.project]
                assert low <= purchase.price * 2**BITS <= high
        event(f"steady: {trace.steady}")
        if trace.steady:
            for between in {before.raised + 1, (before.raised + raised) // 2, raised - 1} & set(
                range(before.raised, raised)
            ):
                assert equal_shares.run(electorate, limit, between, utility, min).funded == trace.funded


@UTILITIES
@settings(max_examples=150)
@given(elections(), st.integers(1, 40))
def test_add1_is_every_step_taken(utility, election, increment):
    electorate, limit = election
    raised, kept = 0, literally(electorate, limit, 0, utility)
    for _ in range(60):
        if completion.exhausted(electorate, limit, kept):
            break
        following = literally(electorate, limit, raised + increment, utility)
        if sum(electorate.costs[p] for p in following) > limit:
            break
        raised, kept = raised + increment, following
    else:
        return  # as many steps as a test has time for
    found, told = completion.add1(electorate, limit, utility, increment, min)
    assert (found.funded, told) == (kept, raised)


@pytest.mark.parametrize(
    "name", ["Netherlands_Assen_2024", "Poland_Swiecie_2023", "Poland_Lodz_2022_Teofilow-Wielkopolska"]
)
@UTILITIES
def test_estimates_of_real_elections(name, utility):
    with opened(data_file(f"pabulib/{name}.pb")) as election:
        groups = Groups(election.question)
        for answer, n in election.ballots:
            groups.add(answer, n)
        costs, limit = [o["cost"] for o in election.question["options"]], election.counting["budget"]
    electorate = Electorate.of(costs, groups.approved(), groups.ballots)
    estimator, trace, decided = (
        Estimator(electorate, limit, costs if utility == COST else [1] * len(costs)),
        None,
        0,
    )
    for raised in range(0, 40, 4):
        trace = estimator.trace(raised, trace)
        if trace is not None:
            decided += 1
            assert trace.funded == equal_shares.run(electorate, limit, raised, utility, min).funded
    assert decided >= (0 if name.startswith("Netherlands") else 8)


@pytest.mark.parametrize(
    ("given", "limit", "ballots", "step"),
    [({}, 10_000_000, 100, 1000), ({}, 50, 100, 1), ({}, 50, 0, 1), ({"increment": 7}, 10_000_000, 100, 7)],
)
def test_a_raise_is_a_hundredth_of_the_first_share_unless_said(given, limit, ballots, step):
    counting = {"rule": "equal_shares", "budget": limit, **given}
    options = [{"id": "a", "cost": limit}, {"id": "b", "cost": 1}]
    question = {"id": "q", "kind": "choice", "options": options, "max": 2, "counting": counting}
    profile = rules.new_profile(question)
    profile.add(["b"], ballots)
    assert rules.count(question, profile, Context()).details["budget"]["increment"] == step
