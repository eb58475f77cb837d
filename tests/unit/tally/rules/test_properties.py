"""What holds of every rule, whatever the ballots are."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.encodings import canonical_json
from services.tally.contract import rules
from services.tally.contract.counting.profiles import Counters, Groups
from services.tally.contract.counting.ties import Context
from tests.unit.tally.rules.elections import count, question

IDS = "abcde"
SEED = bytes(range(32))
TIES = st.sampled_from(["listed", "draw"])

approvals = st.lists(st.sampled_from(IDS), unique=True, max_size=5).map(sorted)
rankings = st.lists(st.sampled_from(IDS), unique=True, max_size=5)
points = st.dictionaries(st.sampled_from(IDS), st.integers(0, 5))
ANSWERS = {"choice": approvals, "cumulative": points, "score": points, "ranking": rankings}
ALL = tuple(sorted(rules.rules()))
costs = st.lists(st.integers(0, 30) | st.sampled_from([0, 10, 10**15]), min_size=5, max_size=5)


@st.composite
def methods(draw, among=ALL):
    """A question with any rule and parameters that may stand together, and ballots for it."""
    rule = draw(st.sampled_from(among))
    kind = draw(st.sampled_from([k for k in rules.rules()[rule].KINDS if k in ANSWERS]))
    more = {"ties": draw(TIES)}
    if rule in ("greedy", "equal_shares"):
        more["budget"] = draw(st.integers(0, 60))
    if rule == "greedy":
        more["order"] = draw(st.sampled_from(["votes", "votes_per_cost"]))
        more["unaffordable"] = draw(st.sampled_from(["skip", "stop"]))
        if draw(st.booleans()):
            more["exclusive"] = [["a", "b"], ["b", "c", "d"]]
            more["caps"] = [{"group": "x", "projects": 1}, {"group": "y", "budget": 15}]
    if rule == "equal_shares":
        more["utility"] = draw(st.sampled_from(["cost", "cardinality"]))
        more["completion"] = draw(st.sampled_from(["none", "add1", "add1u", "utilitarian"]))
        more |= draw(st.sampled_from([{}, {"threshold": {"votes": 6}}, {"threshold": {"at_least": "1/3"}}]))
    if rule == "composite":
        more |= {"sources": [{"name": "ballots", "weight": "1/1"}], "points": [5, 4, 3, 2, 1]}
    if rule in ("plurality", "approval", "score", "cumulative", "borda", "schulze"):
        more["winners"] = draw(st.integers(1, 5))
    most = None if rule == "plurality" else 5
    asked = question(
        kind, IDS, costs=draw(costs), groups=["x", "x", "y", "y", "z"], max=most, rule=rule, **more
    )
    answer = (
        approvals.filter(lambda each: len(each) == 1)
        if (rule, kind) == ("plurality", "choice")
        else ANSWERS[kind]
    )
    return asked, draw(st.lists(st.tuples(st.integers(1, 9), answer), max_size=12))


def outcome(asked, ballots):
    return count(asked, ballots, seed=SEED).as_json()


@given(methods(), st.randoms())
def test_the_order_of_ballots_never_matters(election, random):
    asked, ballots = election
    single = [answer for n, answer in ballots for _ in range(n)]
    random.shuffle(single)
    assert outcome(asked, single) == outcome(asked, ballots)


@given(methods(), st.integers(0, 12))
def test_shards_merged_are_the_whole(election, cut):
    asked, ballots = election
    first, second = rules.new_profile(asked), rules.new_profile(asked)
    for part, profile in ((ballots[:cut], first), (ballots[cut:], second)):
        for n, answer in part:
            profile.add(answer, n)
    first.merge(second)
    assert rules.count(asked, first, Context(seed=SEED)).as_json() == outcome(asked, ballots)


@given(methods())
def test_an_outcome_can_be_signed_and_gives_every_option_a_reason(election):
    asked, ballots = election
    told = outcome(asked, ballots)
    canonical_json(told)
    assert [option["id"] for option in told["options"]] == list(IDS)
    assert all(option["reason"]["code"] for option in told["options"])


@given(methods(among=("greedy", "equal_shares")))
def test_money_never_exceeds_the_limit(election):
    asked, ballots = election
    told = outcome(asked, ballots)
    chosen = {option["id"] for option in told["options"] if option["selected"]}
    cost = {option["id"]: option["cost"] for option in asked["options"]}
    limit = asked["counting"]["budget"]
    assert sum(cost[option] for option in chosen) == told["budget"]["spent"] <= limit
    if "other" in told:
        assert sum(cost[option] for option in told["other"]["selected"]) == told["other"]["spent"] <= limit
    if "exclusive" in asked["counting"]:
        assert len(chosen & {"a", "b"}) <= 1
        assert len(chosen & {"b", "c", "d"}) <= 1
        assert len(chosen & {"a", "b"}) <= 1
        assert sum(cost[option] for option in chosen & {"c", "d"}) <= 15


@given(methods(among=tuple(name for name, rule in rules.rules().items() if rule.LIVE)))
def test_live_counters_come_to_the_same_options_as_the_recount(election):
    asked, ballots = election
    live = Counters(asked)
    for n, answer in ballots:
        live.add(answer, n)
    live_outcome = rules.count(asked, live, Context(seed=SEED)).as_json()
    assert live_outcome["options"] == outcome(asked, ballots)["options"]


@given(st.lists(st.sampled_from(IDS), min_size=1, max_size=30), TIES)
def test_one_more_ballot_for_a_winner_by_plurality_keeps_it_winning(votes, ties):
    asked = question("choice", IDS, rule="plurality", ties=ties)
    ballots = [[vote] for vote in votes]
    winner = count(asked, ballots, seed=SEED).selected
    assert count(asked, [*ballots, winner], seed=SEED).selected == winner


@given(st.lists(rankings, max_size=20))
def test_a_condorcet_winner_wins_by_schulze(ballots):
    found = count(question("ranking", IDS, rule="schulze"), ballots)
    winner = found.details["condorcet_winner"]
    assert winner is None or found.selected == [winner]


@given(st.lists(rankings, max_size=20))
def test_rounds_of_a_runoff_account_for_every_ballot(ballots):
    found = count(question("ranking", IDS, rule="instant_runoff"), ballots)
    for each in found.rounds:
        assert sum(Fraction(option["votes"]) for option in each["options"]) + each["exhausted"] == len(
            ballots
        )


@given(st.lists(rankings, max_size=20))
def test_averaged_borda_gives_each_ballot_the_same_number_of_points(ballots):
    found = count(question("ranking", IDS, rule="borda"), ballots)
    assert sum(option.score for option in found.options) == len(ballots) * 10


@given(st.sampled_from(sorted(ANSWERS)), st.data())
def test_packing_forgets_nothing_that_counts(kind, data):
    asked = question(kind, IDS, rule="plurality")
    ballots = data.draw(st.lists(ANSWERS[kind], max_size=8))
    groups, counters = Groups(asked), Counters(asked)
    for ballot in ballots:
        groups.add(ballot)
        counters.add(ballot)
    assert groups.counters().votes() == counters.votes()
    assert sum(groups.numbers.values()) == groups.ballots == len(ballots)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 40), approvals), max_size=10), st.integers(1, 10**6))
@pytest.mark.parametrize("utility", ["cost", "cardinality"])
def test_leaving_out_raises_that_change_nothing_changes_nothing(utility, ballots, budget):
    """`add1` skips raises; here it is compared with one that takes every step."""
    from services.tally.contract.counting import completion, equal_shares

    asked = question("choice", IDS, max=5, rule="equal_shares", budget=budget)
    groups = Groups(asked)
    for n, answer in ballots:
        groups.add(answer, n)
    costs = [1 + budget * part // 17 for part in (2, 3, 5, 7, 11)]
    electorate = equal_shares.Electorate.of(costs, groups.approved(), max(1, groups.ballots))
    step = max(1, budget // 150)
    found, raised = completion.add1(electorate, budget, utility, step, min)
    every, kept = 0, equal_shares.run(electorate, budget, 0, utility, min)
    while every < raised and not completion.exhausted(electorate, budget, kept.funded):
        following = equal_shares.run(electorate, budget, every + step, utility, min)
        if sum(costs[project] for project in following.funded) > budget:
            break
        every, kept = every + step, following
    assert set(found.funded) == set(kept.funded)
    assert every == raised
    beyond = equal_shares.run(electorate, budget, raised + step, utility, min)
    over = sum(costs[project] for project in beyond.funded) > budget
    assert over or completion.exhausted(electorate, budget, kept.funded) or found.flip is None
