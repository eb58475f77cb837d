"""Exclusive options ("none of these") in every rule, and what rules take from the question itself."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.deciding import Case, without_exclusive
from auditor.kinds import kinds as auditor_kinds
from auditor.recount.counting import Profile
from auditor.rules import rules as auditor_rules
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds
from services.tally.contract import rules
from services.tally.contract.counting.ballots import FORMS, increments
from services.tally.contract.counting.ties import Context
from tests.unit.polls.questions import answers, questions
from tests.unit.tally.rules.elections import count, question, reasons

METHODS = [
    ("plurality", "choice", {"max": 1}, {}),
    ("approval", "choice", {"max": 3}, {"winners": 2}),
    ("approval", "knapsack", {"budget": 60}, {"winners": 2}),
    ("cumulative", "cumulative", {}, {}),
    ("score", "cumulative", {}, {"by": "mean"}),
    ("plurality", "ranking", {}, {}),
    ("borda", "ranking", {}, {}),
    ("borda", "ranking", {}, {"variant": "modified"}),
    ("instant_runoff", "ranking", {}, {}),
    ("schulze", "ranking", {}, {}),
    ("greedy", "choice", {"max": 3}, {"budget": 50}),
    ("greedy", "knapsack", {"budget": 60}, {}),
    ("greedy", "ranking", {}, {"budget": 50}),
    ("greedy", "cumulative", {}, {"budget": 50, "order": "votes_per_cost"}),
    ("equal_shares", "knapsack", {"budget": 60}, {"completion": "utilitarian"}),
    ("equal_shares", "cumulative", {}, {"budget": 60, "completion": "none"}),
]


def asked(rule, kind, fields, parameters):
    options = [{"id": name, "label": name, "cost": 10 * n} for n, name in enumerate("abcd", start=1)]
    options.insert(1, {"id": "none", "label": "없음", "exclusive": True})
    counting = {"rule": rule, **parameters}
    made = {
        "id": "q1",
        "kind": kind,
        "title": "?",
        "required": True,
        "options": options,
        "counting": counting,
    }
    return {**made, **fields}


def ballots_for(one, seed):
    """Valid ballots, of which a good many are for none of these."""
    random, found = Random(seed), []
    for _ in range(30):
        names = random.sample("abcd", random.randint(1, 3))
        if random.random() < 0.4:
            names = ["none"]
        answer = dict.fromkeys(names, 1) if one["kind"] == "cumulative" else names
        if not ballot_rules.check_ballot([one], {"q1": answer}):
            found.append(ballot_rules.canonical_answers([one], {"q1": answer})["q1"])
    return found


@pytest.mark.parametrize(("rule", "kind", "fields", "parameters"), METHODS)
@pytest.mark.parametrize("seed", [1, 2])
def test_none_of_these_is_counted_and_never_chosen_and_the_auditor_agrees(
    rule, kind, fields, parameters, seed
):
    one = asked(rule, kind, fields, parameters)
    assert ballot_rules.check_questions([one]) == []
    cast = ballots_for(one, seed)
    outcome = count(one, cast)
    assert [option.id for option in outcome.options] == ["a", "none", "b", "c", "d"]
    none = outcome.options[1]
    assert (none.selected, none.reason.code) == (False, "not_electable")
    assert none.votes == none.score == sum("none" in answer for answer in cast) > 0
    assert outcome.ballots == len(cast)
    assert {code for option, code in reasons(outcome).items() if option != "none"} != {"not_electable"}

    profile = Profile(one, whole=True)
    for answer in cast:
        assert auditor_kinds()[kind].is_valid(one, answer)
        profile.add(answer, 1)
    case, votes = without_exclusive(Case(one, profile, b"", None))
    decided = auditor_rules()[rule].decide(case)
    assert sorted(decided.selected) == sorted(outcome.selected)
    told = {option.id: str(option.score) for option in outcome.options}
    assert {name: str(score) for name, score in {**decided.scores, **votes}.items()} == told


@pytest.mark.parametrize(("rule", "kind", "fields", "parameters"), METHODS)
def test_live_outcomes_and_merged_shards_say_the_same(rule, kind, fields, parameters):
    one = asked(rule, kind, fields, parameters)
    cast = ballots_for(one, 3)
    whole = count(one, cast)
    left, right = rules.new_profile(one), rules.new_profile(one)
    for n, answer in enumerate(cast):
        (left if n % 2 else right).add(answer)
    left.merge(right)
    assert rules.count(one, left, Context()) == whole
    counters = Counter(name for answer in cast for name, _ in kinds()[kind].count(one, answer))
    live = rules.live_outcome(one, counters, len(cast), Context())
    if live is not None:
        assert live.options == whole.options


def test_a_knapsack_s_budget_is_the_rule_s_unless_it_says_another():
    one = asked("greedy", "knapsack", {"budget": 60}, {})
    assert rules.method(one)["budget"] == 60
    assert count(one, [["a"]]).details["budget"]["limit"] == 60
    other = asked("greedy", "knapsack", {"budget": 60}, {"budget": 90})
    assert count(other, [["a"]]).details["budget"]["limit"] == 90
    without = question("choice", "ab", costs=[1, 2], rule="greedy")
    assert [p.pointer for p in rules.check_question(without)] == ["/counting/budget"]


def test_there_are_no_more_seats_than_options_that_can_be_chosen():
    assert rules.check_question(asked("approval", "choice", {"max": 3}, {"winners": 4})) == []
    assert rules.check_question(asked("approval", "choice", {"max": 3}, {"winners": 5}))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_counters_are_what_rules_count_with(data):
    one = data.draw(questions().filter(lambda made: made["kind"] in FORMS))
    answer = kinds()[one["kind"]].canonical(one, data.draw(answers(one)))
    found = list(kinds()[one["kind"]].count(one, answer))
    assert sorted(found) == sorted(increments(FORMS[one["kind"]], answer))
    assert all(len(name) <= 128 for name, _ in found)
