"""Each rule by small examples: ties everywhere, nobody voting, nothing costing anything, one option, huge numbers."""

from fractions import Fraction

import pytest

from services.common.encodings import canonical_json
from services.polls.contract.kinds import kinds
from services.tally.contract import rules
from services.tally.contract.counting.ballots import FORMS, increments
from services.tally.contract.counting.outcome import Reason
from services.tally.contract.counting.ties import Context, SeedMissing, lot, seed_of
from services.tally.contract.rules.composite import SourceMissing
from tests.unit.tally.rules.elections import count, question, reasons, scores


def test_plurality_names_the_winner_and_by_how_much_others_lost():
    outcome = count(question("choice", "abc", rule="plurality"), [(5, ["a"]), (3, ["b"]), (1, ["c"])])
    assert outcome.selected == ["a"]
    assert outcome.options[1].reason.as_json() == {
        "code": "outscored",
        "params": {"place": 2, "score": 3, "needed": 5, "missed_by": 2},
    }
    assert outcome.ties == []


def test_a_tie_is_broken_by_listed_order_and_recorded():
    outcome = count(question("choice", "abc", rule="plurality"), [(2, ["b"]), (2, ["c"]), (1, ["a"])])
    assert outcome.selected == ["b"]
    assert reasons(outcome) == {"a": "outscored", "b": "chosen", "c": "tie_lost"}
    assert outcome.ties == [{"options": ["b", "c"], "preferred": ["b"], "by": "listed", "score": 2}]


def test_a_draw_is_the_order_of_published_lots():
    seed = seed_of("poll-1", 4, b"\x01" * 32)
    asked = question("choice", "abcdef", rule="plurality", ties="draw")
    outcome = count(asked, [[option] for option in "abcdef"], seed=seed)
    drawn = sorted("abcdef", key=lambda option: lot(seed, "q1", option))
    assert outcome.selected == drawn[:1]
    assert outcome.ties[0]["options"] == drawn
    assert outcome.ties[0]["seed"] == seed.hex()


def test_the_draw_is_derived_as_it_is_documented():
    """Computed by `printf '…' | sha256sum`, so that the derivation cannot change unnoticed."""
    seed = seed_of("poll-1", 2, bytes(32))
    assert seed.hex() == "7199180c0f32bd6a1ac0e89121e8aaa7bdf46206a1d9878db1c74cef75cd59a9"
    assert lot(seed, "q1", "a").hex() == "3f526e5c378df88ac78455f25e44eceb2f10f19a940df296ba0daef68d4dac7f"


def test_without_a_seed_a_draw_is_no_silent_choice():
    asked = question("choice", "ab", rule="plurality", ties="draw")
    with pytest.raises(SeedMissing):
        count(asked, [["a"], ["b"]])
    assert rules.live_outcome(asked, {"a": 1, "b": 1}, 2, Context()) is None
    assert rules.live_outcome(asked, {"a": 2, "b": 1}, 3, Context()).selected == ["a"]


@pytest.mark.parametrize(
    ("rule", "kind", "more"),
    [
        ("plurality", "choice", {}),
        ("plurality", "ranking", {}),
        ("plurality", "yes_no", {}),
        ("approval", "choice", {}),
        ("score", "score", {"min": 0, "max": 5}),
        ("cumulative", "cumulative", {}),
        ("borda", "ranking", {}),
        ("instant_runoff", "ranking", {}),
        ("schulze", "ranking", {}),
    ],
)
def test_who_has_no_votes_is_not_chosen(rule, kind, more):
    asked = question(kind, () if kind == "yes_no" else "ab", rule=rule) | more
    outcome = count(asked, [])
    assert (outcome.selected, outcome.ballots, outcome.ties) == ([], 0, [])
    assert set(reasons(outcome).values()) <= {"no_votes", "not_electable"}


def test_seats_that_nobody_votes_for_stay_empty():
    asked = question("choice", "abcd", rule="approval", winners=3) | {"max": 4}
    outcome = count(asked, [(5, ["a"]), (1, ["b", "a"])])
    assert outcome.selected == ["a", "b"]
    assert reasons(outcome) == {"a": "chosen", "b": "chosen", "c": "no_votes", "d": "no_votes"}
    assert outcome.ties == []


@pytest.mark.parametrize("rule", ["plurality", "borda", "schulze"])
def test_in_rankings_too(rule):
    asked = question("ranking", "abc", rule=rule, winners=3)
    outcome = count(asked, [(5, ["a"]), (3, ["b", "a"])])
    assert outcome.selected == ["a", "b"]
    assert reasons(outcome)["c"] == "no_votes"
    alone = question("ranking", "ab", rule=rule)
    alone["options"].append({"id": "none", "label": "none", "exclusive": True})
    assert count(alone, [(5, ["none"])]).selected == []


@pytest.mark.parametrize("budget", [{}, {"budget": 100}])
def test_what_no_source_wants_is_not_chosen(budget):
    sources = [{"name": "committee", "weight": "40%"}, {"name": "ballots", "weight": "60%"}]
    asked = question("choice", "abc", rule="composite", sources=sources, **budget)
    asked |= {"options": [{**option, "cost": 10} for option in asked["options"]]}
    asked["counting"] |= {} if budget else {"winners": 3}
    given = {"committee": {"a": 5, "b": 0, "c": 0}}
    outcome = count(asked, [(2, ["b"])], sources=given)
    assert outcome.selected == ["a", "b"]
    assert reasons(outcome)["c"] == "no_votes"


def test_a_motion_that_ties_is_lost_and_abstentions_are_never_chosen():
    asked = question("yes_no", (), rule="plurality")
    tied = count(asked, [(2, "yes"), (2, "no"), (9, "abstain")])
    assert tied.selected == ["no"]
    assert tied.ties[0]["options"] == ["no", "yes"]
    assert reasons(tied)["abstain"] == "not_electable"
    assert count(asked, [(3, "yes"), (2, "no")]).selected == ["yes"]


def test_a_threshold_is_an_exact_share_of_what_it_says():
    def chosen(threshold, yes, no, abstain=0, **context):
        asked = question("yes_no", (), rule="plurality", threshold=threshold)
        return count(asked, [(yes, "yes"), (no, "no"), (abstain, "abstain")], **context).selected

    two_thirds = {"at_least": "2/3", "of": "decided"}
    assert chosen(two_thirds, 4, 2) == ["yes"]
    assert chosen(two_thirds, 399_999_999, 200_000_001) == []
    assert chosen({"more_than": "50%"}, 5, 4, abstain=1) == []
    assert chosen({"more_than": "50%", "of": "decided"}, 5, 4, abstain=1) == ["yes"]
    assert chosen({"at_least": "1/3", "of": "roll"}, 33, 0, roll_size=100) == []
    assert chosen({"at_least": "1/3", "of": "roll"}, 34, 0, roll_size=100) == ["yes"]
    assert chosen({"at_least": "1/3", "of": "roll"}, 34, 0) == []


def test_a_missed_quorum_chooses_nothing_and_says_by_how_much():
    asked = question("choice", "ab", rule="plurality", quorum={"ballots": 10})
    outcome = count(asked, [(9, ["a"])])
    assert outcome.selected == []
    assert outcome.options[0].reason.params == {"ballots": 9, "least": 10, "missed_by": 1}
    assert count(asked, [(10, ["a"])]).selected == ["a"]


def test_approval_with_several_seats():
    asked = question("choice", "abcd", max=4, rule="approval", winners=2)
    outcome = count(asked, [["a", "b"], ["b", "c"], ["b", "c", "d"]])
    assert outcome.selected == ["b", "c"]


def test_the_mean_is_exact():
    outcome = count(
        question("score", "ab", rule="score", by="mean"),
        [{"a": 1, "b": 5}, {"a": 2, "b": 5}, {"a": 2, "b": 4}],
    )
    assert scores(outcome) == {"a": Fraction(5, 3), "b": Fraction(14, 3)}
    assert outcome.as_json()["options"][0]["score"] == "5/3"


def test_cumulative_points_and_votes():
    outcome = count(
        question("cumulative", "abc", rule="cumulative"), [{"a": 3}, {"a": 1, "b": 2}, {"b": 2, "c": 0}]
    )
    assert scores(outcome) == {"a": 4, "b": 4, "c": 0}
    assert [option.votes for option in outcome.options] == [2, 2, 0]
    assert outcome.selected == ["a"]


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("averaged", {"a": Fraction(7, 2), "b": 4, "c": 3, "d": Fraction(3, 2)}),
        ("zero", {"a": 3, "b": 3, "c": 2, "d": 0}),
        ("modified", {"a": 1, "b": 2, "c": 1, "d": 0}),
    ],
)
def test_borda_with_partial_rankings(variant, expected):
    """Four options; one ballot ranks only a, the other b before c."""
    outcome = count(question("ranking", "abcd", rule="borda", variant=variant), [["a"], ["b", "c"]])
    assert scores(outcome) == expected


def test_borda_shares_the_points_of_tied_places():
    outcome = count(question("ranking", "abc", rule="borda"), [[["a", "b"], "c"]])
    assert scores(outcome) == {"a": Fraction(3, 2), "b": Fraction(3, 2), "c": 0}


def test_instant_runoff_shows_every_round_and_exhausted_ballots():
    asked = question("ranking", "abcd", rule="instant_runoff")
    outcome = count(asked, [(4, ["a"]), (3, ["b", "a"]), (2, ["c", "b"]), (1, ["d"])])
    assert outcome.selected == ["b"]
    assert [(each["round"], each["exhausted"], each.get("eliminated")) for each in outcome.rounds] == [
        (1, 0, "d"),
        (2, 1, "c"),
        (3, 1, None),
    ]
    assert outcome.rounds[2]["options"] == [{"id": "a", "votes": "4"}, {"id": "b", "votes": "5"}]
    assert reasons(outcome) == {
        "a": "lost_last_round",
        "b": "chosen_by_majority",
        "c": "eliminated",
        "d": "eliminated",
    }


def test_instant_runoff_splits_equal_ranks_exactly():
    outcome = count(question("ranking", "abc", rule="instant_runoff"), [[["a", "b", "c"]], ["c"], ["a"]])
    assert outcome.rounds[0]["options"][1] == {"id": "b", "votes": "1/3"}
    assert outcome.rounds[1]["options"] == [{"id": "a", "votes": "3/2"}, {"id": "c", "votes": "3/2"}]
    assert outcome.selected == ["a"]
    assert outcome.ties == [{"options": ["a", "c"], "preferred": ["a"], "by": "listed", "round": 2}]


def test_options_that_nobody_ranks():
    asked = question("ranking", "abcdef", rule="instant_runoff")
    assert count(asked, [(4, ["f", "e"]), (3, ["e"]), (2, ["d", "e"])]).selected == ["e"]
    assert count(question("ranking", "abc", rule="schulze"), [["c"]]).selected == ["c"]


def test_schulze_by_the_example_of_its_author():
    """M. Schulze 2011, section 3.1: 45 voters, five candidates, E wins."""
    ballots = [
        (5, "ACBED"),
        (5, "ADECB"),
        (8, "BEDAC"),
        (3, "CABED"),
        (7, "CAEBD"),
        (2, "CBADE"),
        (7, "DCEBA"),
        (8, "EBADC"),
    ]
    asked = question("ranking", "ABCDE", rule="schulze", winners=5)
    outcome = count(asked, [(n, list(order)) for n, order in ballots])
    assert [option.reason.params["place"] for option in outcome.options] == [2, 4, 3, 5, 1]
    assert outcome.details["condorcet_winner"] is None
    assert outcome.details["pairwise"][0] == {"a": "A", "b": "B", "a_over_b": 20, "b_over_a": 25}


def test_schulze_names_the_condorcet_winner():
    outcome = count(
        question("ranking", "abc", rule="schulze"), [(3, ["a", "b"]), (2, ["b", "c"]), (2, ["c", "b"])]
    )
    assert outcome.details["condorcet_winner"] == "b"
    assert outcome.selected == ["b"]
    assert outcome.options[0].reason.as_json() == {
        "code": "beaten",
        "params": {"by": "b", "strength": 4, "against": 0},
    }


def budget(rule="greedy", kind="choice", costs=(40, 30, 50, 10), **more):
    groups = more.pop("groups", None)
    return question(kind, "abcd", max=4, costs=costs, groups=groups, **{"rule": rule, "budget": 100, **more})


VOTES = [(9, ["a"]), (8, ["b"]), (7, ["c"]), (6, ["d"])]


def test_greedy_passes_over_what_does_not_fit_or_stops_there():
    skipping = count(budget(), VOTES)
    assert skipping.selected == ["a", "b", "d"]
    assert skipping.options[2].reason.as_json() == {
        "code": "unaffordable",
        "params": {"cost": 50, "left": 30, "short": 20},
    }
    stopping = count(budget(unaffordable="stop"), VOTES)
    assert stopping.selected == ["a", "b"]
    assert stopping.options[3].reason.as_json() == {"code": "after_stop", "params": {"stopped_at": "c"}}
    assert skipping.details["budget"] == {"limit": 100, "spent": 80}


def test_greedy_by_votes_per_cost_compares_exactly():
    big = 10**15
    asked = budget(order="votes_per_cost", costs=(big, big - 1, 0, 3), budget=big)
    outcome = count(asked, [(3, ["a"]), (3, ["b"]), (1, ["c"])])
    assert outcome.selected == ["b", "c"]
    assert [step["option"] for step in outcome.rounds] == ["c", "b", "a"]
    canonical_json(outcome.as_json())


def test_equal_votes_per_cost_are_a_tie_however_large_the_numbers():
    asked = budget(order="votes_per_cost", costs=(7 * 10**14, 3 * 10**14, 1, 1), budget=7 * 10**14)
    outcome = count(asked, [(7, ["a"]), (3, ["b"])])
    assert outcome.selected == ["a"]
    assert outcome.ties[0]["options"] == ["a", "b"]


def test_a_greedy_threshold_says_how_many_were_missing():
    outcome = count(budget(threshold={"votes": 7}), VOTES)
    assert reasons(outcome)["d"] == "below_threshold"
    assert outcome.options[3].reason.params == {"reached": 6, "least": 7, "missed_by": 1}
    share = count(budget(threshold={"at_least": "30%"}), VOTES)
    assert share.selected == ["a"]


def test_exclusive_projects_and_caps():
    exclusive = count(budget(exclusive=[["a", "b"]]), VOTES)
    assert exclusive.selected == ["a", "c", "d"]
    assert exclusive.options[1].reason.as_json() == {"code": "excluded_by", "params": {"option": "a"}}
    assert "other" not in exclusive.details
    groups = ["강남", "강남", "강북", "강북"]
    capped = count(budget(groups=groups, caps=[{"group": "강남", "projects": 1}]), VOTES)
    assert capped.selected == ["a", "c", "d"]
    assert capped.options[1].reason.as_json() == {
        "code": "group_full",
        "params": {"group": "강남", "limit": 1},
    }
    money = count(budget(groups=groups, caps=[{"group": "강북", "budget": 15}]), VOTES)
    assert money.options[2].reason.params == {"group": "강북", "cost": 50, "left": 15, "short": 35}
    canonical_json(money.as_json())


@pytest.mark.parametrize("rule", ["greedy", "equal_shares"])
def test_nothing_to_spend_and_nothing_that_costs(rule):
    assert count(budget(rule, budget=0), VOTES).selected == []
    assert count(budget(rule, budget=0, costs=(0, 0, 5, 0)), [(1, ["a"]), (2, ["c"])]).selected == ["a"]
    assert count(budget(rule), []).selected == []
    assert count(question("choice", "a", costs=[5], rule=rule, budget=5), [["a"]]).selected == ["a"]


def test_equal_shares_gives_a_minority_its_part():
    """Six voters for three projects, four for another two: greedy gives all to the six."""
    asked = question(
        "choice", "abcde", max=5, costs=[30] * 5, rule="equal_shares", budget=90, completion="none"
    )
    outcome = count(asked, [(6, ["a", "b", "c"]), (4, ["d", "e"])])
    assert outcome.selected == ["a", "d"]
    assert outcome.details["other"]["selected"] == ["a", "b", "c"]
    assert outcome.options[0].reason.params["price"] == "5"
    assert outcome.options[3].reason.params == {"place": 2, "cost": 30, "price": "15/2", "payers": 4}


@pytest.mark.parametrize("completion", ["add1", "add1u", "utilitarian"])
def test_equal_shares_leaves_out_what_too_few_support(completion):
    """The two voters of c could pay for it; without it their money is theirs to spend on b."""
    asked = question(
        "choice", "abc", max=3, costs=[50, 30, 20], rule="equal_shares", budget=100, completion=completion
    )
    ballots = [(5, ["a"]), (3, ["b"]), (2, ["b", "c"])]
    assert count(asked, ballots).selected == ["a", "b", "c"]
    asked["counting"]["threshold"] = {"more_than": "20%"}
    outcome = count(asked, ballots)
    assert outcome.selected == ["a", "b"]
    assert outcome.options[2].votes == 2
    assert outcome.options[2].reason == Reason("below_threshold", {"reached": 2, "least": 3, "missed_by": 1})


def test_equal_shares_completions():
    def chosen(completion):
        asked = question(
            "choice", "abcde", max=5, costs=[30] * 5, rule="equal_shares", budget=90, completion=completion
        )
        return count(asked, [(6, ["a", "b", "c"]), (4, ["d", "e"])]).selected

    assert chosen("add1") == ["a", "b", "d"]
    assert chosen("utilitarian") == ["a", "b", "d"]
    assert chosen("add1u") == ["a", "b", "d"]


def test_equal_shares_raises_by_large_steps_where_nothing_changes_between():
    """In won: a unit of money is nothing, and a raise by one at a time would take 10^12 runs."""
    costs = [10**14, 9 * 10**14, 10**14]
    asked = question(
        "choice", "abc", max=3, costs=costs, rule="equal_shares", budget=10**15, completion="add1"
    )
    outcome = count(asked, [(90, ["a"]), (10, ["b"])])
    assert outcome.selected == ["a", "b"]
    assert outcome.details["budget"]["raised"] == 9 * 10**13 - 10**13


def test_utilities_of_equal_shares_differ():
    """By cost a voter's money goes to the larger project of equal support; by number to the smaller."""

    def chosen(utility):
        asked = question(
            "choice",
            "ab",
            max=2,
            costs=[80, 40],
            rule="equal_shares",
            budget=100,
            completion="none",
            utility=utility,
        )
        return count(asked, [(9, ["a", "b"]), (1, ["a"])]).selected

    assert chosen("cost") == ["a"]
    assert chosen("cardinality") == ["b"]


def test_composite_results_are_exact():
    sources = [
        {"name": "ballots", "weight": "50%"},
        {"name": "committee", "weight": "40%"},
        {"name": "survey", "weight": "10%"},
    ]
    asked = question("choice", "abc", rule="composite", sources=sources)
    committee, survey = {"a": 10, "b": 80, "c": 10}, {"a": "1/3", "b": "1/3", "c": "1/3"}
    outcome = count(
        asked, [(7, ["a"]), (2, ["b"]), (1, ["c"])], sources={"committee": committee, "survey": survey}
    )
    third = Fraction(1, 30)
    assert scores(outcome) == {
        "a": Fraction(35, 100) + Fraction(4, 100) + third,
        "b": Fraction(10, 100) + Fraction(32, 100) + third,
        "c": Fraction(5, 100) + Fraction(4, 100) + third,
    }
    assert outcome.selected == ["b"]
    canonical_json(outcome.as_json())
    with pytest.raises(SourceMissing, match="committee"):
        count(asked, [["a"]])


@pytest.mark.parametrize(
    ("normalise", "expected"),
    [
        ("sum", [Fraction(1, 2), Fraction(1, 2), 0]),
        ("max", [1, 1, 0]),
        ("rank", [Fraction(3, 4), Fraction(3, 4), 0]),
    ],
)
def test_composite_scales(normalise, expected):
    asked = question(
        "choice", "abc", rule="composite", normalise=normalise, sources=[{"name": "ballots", "weight": "1/1"}]
    )
    assert list(scores(count(asked, [(4, ["a"]), (4, ["b"])])).values()) == expected


def test_a_composite_can_fund_projects():
    asked = budget("composite", sources=[{"name": "ballots", "weight": "100%"}])
    outcome = count(asked, VOTES)
    assert outcome.selected == ["a", "b", "d"]
    assert reasons(outcome)["c"] == "unaffordable"


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        (question("choice", "ab", rule="nonsense"), ["/counting/rule"]),
        (question("choice", "ab", rule=["plurality"]), ["/counting/rule"]),
        (question("text", "", rule="plurality"), ["/counting/rule"]),
        (question("ranking", "ab", rule="approval"), ["/counting/rule"]),
        (question("choice", "ab", max=2, rule="plurality"), ["/counting/rule"]),
        (question("choice", "ab", rule="plurality", winner=1), ["/counting/winner"]),
        (question("choice", "ab", rule="plurality", winners=3), ["/counting/winners"]),
        (question("choice", "ab", rule="plurality", winners=True), ["/counting/winners"]),
        (question("choice", "ab", rule="plurality", ties="coin"), ["/counting/ties"]),
        (question("choice", "ab", rule="plurality", threshold={"at_least": 0.5}), ["/counting/threshold/at_least"]),
        (question("choice", "ab", rule="plurality", threshold={"at_least": "3/2"}), ["/counting/threshold/at_least"]),
        (question("choice", "ab", rule="plurality", threshold={"at_least": "1/0"}), ["/counting/threshold/at_least"]),
        (question("choice", "ab", rule="plurality", quorum={}), ["/counting/quorum"]),
        (question("choice", "ab", rule="plurality", quorum={"ballots": 1, "of": "roll"}), ["/counting/quorum/ballots"]),
        (question("choice", "ab", costs=[1], rule="greedy", budget=5), ["/options/1/cost"]),
        (question("choice", "ab", costs=[1, 1], rule="greedy"), ["/counting/budget"]),
        (question("choice", "ab", costs=[1, 1], rule="greedy", budget=-1), ["/counting/budget"]),
        (question("choice", "ab", costs=[1, 1], rule="greedy", budget=1, exclusive=[["a", "z"]]), ["/counting/exclusive/0"]),
        (question("choice", "ab", costs=[1, 1], rule="greedy", budget=1, caps=[{"group": "x", "projects": 1}]), ["/counting/caps/0/group"]),
        (question("choice", "ab", rule="composite", sources=[{"name": "ballots", "weight": "50%"}]), ["/counting/sources"]),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_before_the_poll_opens(asked, pointers):
    assert [problem.pointer for problem in rules.check_question(asked)] == pointers


def test_problems_are_told_with_the_question_they_are_in():
    fine = question("choice", "ab", rule="plurality")
    del fine["counting"]
    bad = question("choice", "ab", rule="plurality", ties=1)
    assert [problem.pointer for problem in rules.check_counting([fine, bad])] == [
        "/questions/1/counting/ties"
    ]


def test_every_kind_counts_as_the_rules_expect():
    """A live result has only the counters of its kind: they must be those that a rule's own profile makes."""
    options = [{"id": option, "label": option} for option in "abc"]
    answers = {
        "choice": ["a", "c"],
        "knapsack": ["a", "c"],
        "yes_no": "no",
        "score": {"a": 1, "b": 5, "c": 3},
        "cumulative": {"a": 2, "c": 1},
        "ranking": ["c", "a"],
    }
    for name in kinds().keys() & FORMS.keys():
        asked = {"id": "q1", "kind": name, "options": options}
        assert sorted(kinds()[name].count(asked, answers[name])) == sorted(
            increments(FORMS[name], answers[name])
        )


def test_the_method_is_told_with_its_defaults():
    asked = question("choice", "ab", costs=[1, 2], rule="greedy", budget=3)
    assert rules.method(asked) == {
        "rule": "greedy",
        "budget": 3,
        "order": "votes",
        "unaffordable": "skip",
        "threshold": {"votes": 1},
        "ties": "listed",
    }
